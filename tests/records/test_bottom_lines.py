"""The bottom lines of every module: what is added up, and what never is."""

from collections.abc import Sequence

from dashboard.day_sheet.grid import Grid
from records import registry
from records.closing.figures import differences, figures_of_day
from sites.models import Purpose, StockEffect
from tests.factories import make_material, make_operation
from tests.records.case import MONDAY, RecordsTestCase

# Tons of loads that came in or went out, hours, trips and person-shifts are alike. Loads are added up for
# one material only; percentages, hours per unit and counted stock never are.
BY_METHOD = ["weighed_ton", "deemed_ton", "estimated_ton", "survey_ton"]
ON_SITE = ["used_ton", "disposed_ton"]
TOTALS = {
    "production": ["output_ton", "not_for_sale_ton", "feed_ton", "residue_ton", "other_ton", *ON_SITE],
    "received": ["qty_ton", "loads", *BY_METHOD],
    "dispatch": ["qty_ton", "loads", "trips", *BY_METHOD],
    "equipment": ["machine_hours", "fuel"],
    "manpower": ["labour_hours", "headcount"],
    "inventory": [],
    "downtime": ["minutes", "tons_lost"],
    "readings": ["counted"],
}


class TestTotals(RecordsTestCase):
    def test_are_of_things_that_are_alike(self) -> None:
        modules = registry.modules()

        assert {module.slug: [column.name for column in module.totals] for module in modules} == TOTALS
        limited = {(module.slug, each.name) for module in modules for each in module.totals if each.alike_by}
        assert limited == {("received", "loads"), ("dispatch", "loads"), ("readings", "counted")}

    def test_have_every_ton_of_production_in_exactly_one_part(self) -> None:
        unsold = make_material(is_final=False)
        self.receive(qty_ton="100")
        tons = 1
        for purpose in Purpose:
            is_on_site = purpose in (Purpose.USED, Purpose.DISPOSED)
            effect = StockEffect.REMOVES if is_on_site else StockEffect.NONE
            operation = make_operation(stock_effect=effect, purpose=purpose)
            for material in (self.aggregate, unsold):
                self.produce(material=material.pk, operation=operation.pk, qty_ton=str(tons), confirmed=True)
                tons *= 2

        assert self.totals_of("production") == [
            ("", "12"),
            ("Output", "1.00"),
            ("Product not for sale", "2.00"),
            ("Feed used", "12.00"),
            ("Residue", "48.00"),
            ("Other", "3,072.00"),
            ("Used on site", "192.00"),
            ("Disposed on site", "768.00"),
        ]

    def test_show_only_the_parts_that_occur(self) -> None:
        self.produce(qty_ton="2.5")

        assert self.totals_of("production") == [("", "1"), ("Output", "2.50")]

    def test_have_loads_of_one_material_and_not_of_several(self) -> None:
        self.receive(loads="2", qty_ton="10")
        self.receive(loads="3", qty_ton="20")
        assert self.totals_of("received") == [("", "2"), ("Tons", "30.00"), ("Loads", "5")]

        self.receive(material=self.aggregate.pk, loads="1", qty_ton="5")

        assert self.totals_of("received") == [("", "3"), ("Tons", "35.00")]

    def test_of_a_list_are_under_their_columns_and_the_parts_in_rows_of_their_own(self) -> None:
        self.receive(qty_ton="50")
        self.produce(qty_ton="2.5")
        self.produce(material=self.debris.pk, operation=self.feeding.pk, qty_ton="7")
        self.client.force_login(self.alice)

        foot = self.foot("production")

        assert foot == [["2 records"], ["Output", "2.50"], ["Feed used", "7.00"]]

    def foot(self, slug: str) -> Sequence[Sequence[str]]:
        """Return the texts of each row under a list."""
        query = {"site": self.site.code, "from": MONDAY.isoformat(), "to": MONDAY.isoformat()}
        address = f"/{slug}/"
        page = self.client.get(address, query, headers={"HX-Request": "true", "HX-Target": "totals"})
        rows = page.content.decode().split("<tfoot")[1].split("</tfoot>")[0].split("<tr>")[1:]
        return [
            [text for part in row.split("<")[1:] if (text := " ".join(part.split(">", 1)[1].split()))]
            for row in rows
        ]

    def totals_of(self, slug: str) -> list[tuple[str, str]]:
        """Return the totals of the day sheet, which are the rows' number and the module's totals."""
        module = registry.module(slug)
        grid = Grid(module, site=self.site, date=MONDAY, takes_entries=False)
        return [(total.label, total.text) for total in grid.totals]


class TestApprovedFigures(RecordsTestCase):
    def test_of_days_approved_with_one_figure_of_tons_do_not_differ_in_their_parts(self) -> None:
        self.produce(qty_ton="2.5")
        now = figures_of_day(self.site, MONDAY)
        stored = [
            line._replace(figures={"records": line.figures["records"], "qty_ton": line.figures["output_ton"]})
            if (line.module, line.of) == ("production", None)
            else line
            for line in now
        ]

        assert differences(stored, now) == []

    def test_show_a_part_that_changed(self) -> None:
        self.produce(qty_ton="2.5")
        before = figures_of_day(self.site, MONDAY)
        self.receive(qty_ton="50")
        self.produce(material=self.debris.pk, operation=self.feeding.pk, qty_ton="7")

        found = differences(before, figures_of_day(self.site, MONDAY))

        assert ("Feed used", "0.00", "7.00") in [
            (str(each.figure), each.approved, each.now) for each in found
        ]
