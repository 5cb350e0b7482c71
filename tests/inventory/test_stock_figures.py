"""Stock by material and by category, its levels and low marks, against sums in plain Python."""

from collections import defaultdict
from decimal import Decimal
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as PropertyCase

from dispatch.module import DISPATCH
from inventory.figures import (
    COVER_DAYS,
    MaterialStock,
    stock_by_category,
    stock_by_material,
    stock_levels,
    stock_spans,
)
from inventory.module import STOCK_COUNTS
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.models import DailyRecord
from records.module import RecordModule
from sites.dates import each_day
from sites.models import Category, Material, Site
from tests.factories import (
    make_material,
    make_member,
    make_operation,
    make_received,
    make_site,
    make_threshold,
)
from tests.inventory.ledger_case import LedgerTestCase, day_of_march, tons


class FiguresTestCase(LedgerTestCase):
    def mark(self, low_ton: str, *, site: Site | None = None) -> None:
        make_threshold(site or self.site, self.debris, low_ton=low_ton)

    def debris_on(self, day: int, *sites: Site) -> MaterialStock:
        (stock,) = [
            stock
            for stock in stock_by_material(sites or [self.site], date=day_of_march(day))
            if stock.level.material == self.debris
        ]
        return stock


class TestStockByMaterial(FiguresTestCase):
    def test_has_each_column_of_the_day(self) -> None:
        self.receive(day=1, tons="100")
        self.receive(day=2, tons="20")
        self.feed(day=2, tons="30")
        self.dispatch(day=2, tons="5.5")
        self.count(day=2, tons="80")

        stock = self.debris_on(2)

        assert stock.period.opening_ton == tons("100")
        assert stock.day.received_ton == tons("20")
        assert stock.day.consumed_ton == tons("30")
        assert stock.day.dispatched_ton == tons("5.5")
        assert stock.day.adjustment_ton == tons("-4.5")
        assert stock.level.closing_ton == tons("80")
        assert stock.day.counts

    def test_carries_stock_over_days_without_movement(self) -> None:
        self.receive(day=1, tons="100")

        stock = self.debris_on(20)

        assert (stock.period.opening_ton, stock.level.closing_ton) == (tons("100"), tons("100"))
        assert not stock.day.counts

    def test_follows_stock_over_the_last_days(self) -> None:
        self.receive(day=30, tons="100")
        self.feed(day=31, tons="40")

        stock = self.debris_on(31)

        assert len(stock.closings) == COVER_DAYS
        assert stock.closings[-3:] == (tons("0"), tons("100"), tons("60"))

    def test_is_of_the_materials_that_were_there_and_in_their_order(self) -> None:
        self.debris.position = 2
        self.debris.save()
        make_material(code="NEVER")
        self.receive(day=1, tons="1")
        self.receive(day=1, tons="1", material=self.aggregate)

        found = [stock.level.material.code for stock in stock_by_material([self.site], date=day_of_march(1))]

        assert found == ["AGGREGATE", "DEBRIS"]
        assert stock_by_material([self.site], date=day_of_march(0)) == []
        assert stock_by_material([], date=day_of_march(1)) == []

    def test_takes_as_many_queries_for_many_sites_as_for_one(self) -> None:
        sites = [self.site, *(make_site() for _ in range(20))]
        for day in range(1, 9):
            self.receive(day=day, tons="1")
        stock_by_material([self.site], date=day_of_march(9))

        for chosen in ([self.site], sites):
            with self.assertNumQueries(4):
                stock_by_material(chosen, date=day_of_march(9))


class TestDaysOfCover(FiguresTestCase):
    def test_are_stock_by_the_mean_dispatch_of_thirty_days(self) -> None:
        self.receive(day=1, tons="100")
        self.dispatch(day=2, tons="30")
        self.dispatch(day=9, tons="30")

        assert self.debris_on(9).days_of_cover == tons("20")

    def test_are_unknown_where_none_left(self) -> None:
        self.receive(day=1, tons="100")

        assert self.debris_on(9).days_of_cover is None

    def test_forget_what_left_longer_ago(self) -> None:
        self.receive(day=1, tons="100")
        self.dispatch(day=1, tons="30")

        assert self.debris_on(30).days_of_cover is not None
        assert self.debris_on(31).days_of_cover is None

    def test_are_none_at_all_below_zero(self) -> None:
        self.dispatch(day=1, tons="30")

        assert self.debris_on(1).days_of_cover == 0


class TestLevels(FiguresTestCase):
    def test_come_in_the_order_of_the_materials(self) -> None:
        self.receive(day=1, tons="5")
        self.receive(day=1, tons="7", material=self.aggregate)

        found = stock_levels([self.site], date=day_of_march(1))

        assert [(level.material.name, level.closing_ton) for level in found] == [
            (material.name, tons("7" if material == self.aggregate else "5"))
            for material in Material.objects.filter(pk__in=[self.aggregate.pk, self.debris.pk])
        ]

    def test_are_low_below_their_mark_and_not_at_it(self) -> None:
        self.mark("50")
        self.receive(day=1, tons="50")
        self.feed(day=2, tons="0.001")

        assert not stock_levels([self.site], date=day_of_march(1))[0].is_low
        assert stock_levels([self.site], date=day_of_march(2))[0].is_low

    def test_show_a_marked_material_that_was_never_there_as_low(self) -> None:
        self.mark("50")

        (level,) = stock_levels([self.site], date=day_of_march(1))

        assert (level.closing_ton, level.low_ton, level.is_low) == (tons("0"), tons("50"), True)

    def test_over_several_sites_name_those_that_are_low_and_add_up_their_marks(self) -> None:
        other = make_site(code="YARD-EAST")
        self.mark("50")
        self.mark("10", site=other)
        self.receive(day=1, tons="60")
        make_received(other, self.debris, by=make_member(other), date=day_of_march(1), tons="9")

        (level,) = stock_levels([self.site, other], date=day_of_march(1))

        assert level.closing_ton == tons("69")
        assert level.low_sites == ("YARD-EAST",)
        assert level.low_ton == tons("60")

    def test_see_one_site_below_zero_behind_the_plenty_of_another(self) -> None:
        other = make_site(code="YARD-EAST")
        self.feed(day=1, tons="5")
        make_received(other, self.debris, by=make_member(other), date=day_of_march(1), tons="500")

        (level,) = stock_levels([self.site, other], date=day_of_march(1))

        assert level.closing_ton == tons("495")
        assert level.lowest_ton == tons("-5")
        assert level.is_negative

    def test_take_two_queries_whatever_the_number_of_sites(self) -> None:
        self.receive(day=1, tons="1")
        stock_levels([self.site], date=day_of_march(1))

        for sites in ([self.site], [self.site, make_site()]):
            with self.assertNumQueries(2):
                stock_levels(sites, date=day_of_march(1))


class TestSpans(FiguresTestCase):
    def of_debris(self, first: int, last: int) -> tuple[Decimal, Decimal] | None:
        found = stock_spans(self.site, first=day_of_march(first), last=day_of_march(last))
        return found.get(self.debris.pk)

    def test_go_from_the_least_to_the_most_at_the_end_of_a_day(self) -> None:
        self.receive(day=1, tons="100")
        self.feed(day=3, tons="70")
        self.receive(day=5, tons="20")

        assert self.of_debris(1, 5) == (tons("30"), tons("100"))
        assert self.of_debris(4, 5) == (tons("30"), tons("50"))

    def test_know_what_lay_there_before_anything_moved(self) -> None:
        self.receive(day=1, tons="100")

        assert self.of_debris(10, 20) == (tons("100"), tons("100"))

    def test_begin_with_nothing_where_a_material_first_came_later(self) -> None:
        self.receive(day=4, tons="100")

        assert self.of_debris(1, 5) == (tons("0"), tons("100"))
        assert self.of_debris(1, 3) is None

    def test_take_two_queries(self) -> None:
        self.receive(day=1, tons="100")
        self.of_debris(1, 31)

        with self.assertNumQueries(2):
            self.of_debris(1, 31)


class TestStockByCategory(FiguresTestCase):
    def test_adds_the_materials_of_each_category_in_the_order_of_the_categories(self) -> None:
        self.debris.category = Category.RAW_FEED
        self.debris.save()
        gravel = make_material(category=Category.AGGREGATES)
        self.receive(day=1, tons="100")
        self.receive(day=1, tons="7", material=self.aggregate)
        self.receive(day=2, tons="3", material=gravel)

        found = stock_by_category([self.site], first=day_of_march(1), last=day_of_march(2))

        assert [(stock.category, stock.closings) for stock in found] == [
            (Category.AGGREGATES, (tons("7"), tons("10"))),
            (Category.RAW_FEED, (tons("100"), tons("100"))),
        ]

    def test_is_held_against_what_the_marks_of_its_materials_come_to_at_all_sites(self) -> None:
        other = make_site(code="YARD-EAST")
        self.receive(day=1, tons="29")
        self.mark("20")
        self.mark("10", site=other)
        make_threshold(self.site, make_material(category=Category.FINE), low_ton="3")
        period = {"first": day_of_march(1), "last": day_of_march(2)}

        of_one = stock_by_category([self.site], **period)
        of_both = stock_by_category([self.site, other], **period)

        assert [(stock.low_ton, stock.is_low) for stock in of_one] == [(tons("20"), False), (tons("3"), True)]
        assert [(stock.low_ton, stock.is_low) for stock in of_both] == [(tons("30"), True), (tons("3"), True)]

    def test_takes_three_queries(self) -> None:
        self.receive(day=1, tons="100")
        period = {"first": day_of_march(1), "last": day_of_march(31)}
        stock_by_category([self.site], **period)

        with self.assertNumQueries(3):
            stock_by_category([self.site], **period)


# Tons by the number of the site, the material and the day.
type Moves = dict[tuple[int, int, int], Decimal]

amounts = st.integers(1, 200_000).map(lambda kilograms: Decimal(kilograms).scaleb(-3))
steps = st.tuples(
    st.sampled_from(["receive", "dispatch", "count"]),
    st.integers(0, 1),
    st.integers(0, 1),
    st.integers(1, 6),
    amounts,
)


def closings_of(moved: Moves, counted: Moves) -> Moves:
    """Add up what there is of each material at each site at the end of each day; a count is as it is."""
    closings: Moves = defaultdict(Decimal)
    for at, of, day in product((0, 1), (0, 1), range(1, 7)):
        book = closings[at, of, day - 1] + moved[at, of, day]
        closings[at, of, day] = counted.get((at, of, day), book)
    return closings


class TestFiguresEqualPlainSums(PropertyCase):
    """Two sites, two materials, six days: whatever happens, the figures are what a child would add up."""

    @settings(max_examples=8)
    @given(taken=st.lists(steps, max_size=10))
    def test_whatever_happens(self, taken: list[tuple[str, int, int, int, Decimal]]) -> None:
        sites = [make_site(), make_site()]
        materials = [make_material(), make_material(category=Category.FINE)]
        self.alice = make_member(*sites)
        making = make_operation()
        moved: Moves = defaultdict(Decimal)
        counted: Moves = {}
        for act, at, of, day, amount in taken:
            values: dict[str, object] = {"date": day_of_march(day), "material": materials[of].pk}
            if act == "count":
                if (at, of, day) not in counted:
                    counted[at, of, day] = amount
                    self.enter(STOCK_COUNTS, sites[at], {**values, "counted_ton": amount, "notes": "Drone"})
                continue
            moved[at, of, day] += amount if act == "receive" else -amount
            values |= {"qty_ton": amount, "operation": making.pk}
            if act == "receive":
                self.enter(RECEIVED, sites[at], values)
            else:
                self.enter(DISPATCH, sites[at], values)

        closings = closings_of(moved, counted)
        days = list(each_day(day_of_march(1), day_of_march(6)))
        moved_between = stock_spans(sites[0], first=days[0], last=days[-1])
        for chosen in ([0], [0, 1]):
            response = [sites[at] for at in chosen]
            found = stock_by_category(response, first=days[0], last=days[-1])
            by_category = {stock.category: stock.closings for stock in found}
            last = {level.material.pk: level.closing_ton for level in stock_levels(response, date=days[-1])}
            for of, material in enumerate(materials):
                expected = tuple(sum(closings[at, of, day] for at in chosen) for day in range(1, 7))
                assert by_category.get(Category(material.category), (0,) * 6) == expected
                assert last.get(material.pk, 0) == expected[-1]
                if chosen == [0]:
                    assert moved_between.get(material.pk, (0, 0)) == (min(expected), max(expected))

    def enter[R: DailyRecord](self, module: RecordModule[R], site: Site, values: dict[str, object]) -> None:
        operations.create(
            module=module, values=values, site=site, by=self.alice, source=Source.PAGE, confirmed=True
        )
