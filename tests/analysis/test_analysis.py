"""The analysis: every figure agrees with the cards, adds up to its total, and leads to its records."""

import datetime as dt
import html
import re
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from django.test import Client, TestCase

from analysis.dimensions import DIMENSIONS
from analysis.measures import measures
from analysis.models import SavedAnalysis
from analysis.table import Comparison, Question, Table, TooManyPeriods
from dashboard.cards import DayFigures
from equipment.figures import use_by_machine
from production.figures import PlantFlow, plant_flows
from records.pages.dates import DateRange
from sites.models import Material, Operation, Purpose, Site, StockEffect, User
from tests.factories import (
    People,
    make_dispatch,
    make_equipment_log,
    make_machine,
    make_manpower_log,
    make_material,
    make_member,
    make_operation,
    make_people,
    make_production,
    make_received,
    make_role,
    make_site,
)

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

MONDAY = dt.date(2026, 3, 2)
TUESDAY = dt.date(2026, 3, 3)
MARCH = DateRange(dt.date(2026, 3, 1), dt.date(2026, 3, 31))


class AnalysisCase(TestCase):
    people: People
    site: Site
    alice: User
    debris: Material
    aggregate: Material
    making: Operation
    feeding: Operation
    disposing: Operation

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = make_people()
        cls.site, cls.alice = cls.people.site, cls.people.alice
        cls.debris = make_material(code="DEBRIS", name="Concrete debris", is_final=False, position=2)
        cls.aggregate = make_material(code="AGGREGATE", name="Aggregate", position=1)
        cls.making = make_operation()
        cls.feeding = make_operation(stock_effect=StockEffect.REMOVES, purpose=Purpose.FEED)
        cls.disposing = make_operation(stock_effect=StockEffect.NONE, purpose=Purpose.RESIDUE)
        make_received(cls.site, cls.debris, by=cls.alice, date=MONDAY, tons="100.001")
        make_received(cls.site, cls.aggregate, by=cls.alice, date=TUESDAY, tons="20")
        make_production(cls.site, cls.debris, cls.feeding, by=cls.alice, date=MONDAY, tons="80")
        make_production(cls.site, cls.aggregate, cls.making, by=cls.alice, date=MONDAY, tons="70.5")
        make_production(cls.site, cls.debris, cls.disposing, by=cls.alice, date=MONDAY, tons="6")
        make_dispatch(cls.site, cls.aggregate, cls.making, by=cls.alice, date=TUESDAY, tons="30")

    def table(
        self,
        measure: str,
        rows: str,
        columns: str = "",
        *,
        dates: DateRange = MARCH,
        comparison: Comparison = Comparison.NONE,
        filters: dict[str, str] | None = None,
        sort: str = "",
    ) -> Table:
        question = Question(
            measure=measures()[measure],
            rows=DIMENSIONS[rows],
            columns=DIMENSIONS[columns] if columns else None,
            sites=(self.site,),
            scope_code=self.site.code,
            dates=dates,
            comparison=comparison,
            filters=filters or {},
        )
        return Table(question, user=self.alice, sort=sort)

    def get(self, person: User | None = None, **query: str) -> "Response":
        client = Client()
        client.force_login(person or self.alice)
        dates = {} if "period" in query else {"from": "2026-03-01", "to": "2026-03-31"}
        return client.get(f"/analysis/?{urlencode({'site': self.site.code, **dates, **query})}")


def shown(table: Table) -> dict[str, str]:
    return {row.label: row.total.text for row in table.rows}


class TableTests(AnalysisCase):
    def test_divides_tons_by_material_from_the_greatest(self) -> None:
        table = self.table("received", "material")

        assert shown(table) == {"Concrete debris": "100.00", "Aggregate": "20.00"}
        assert table.total.value == Decimal("120.001")

    def test_keeps_the_order_of_dates_until_another_is_chosen(self) -> None:
        make_received(self.site, self.debris, by=self.alice, date=dt.date(2026, 3, 30), tons="500")

        assert list(shown(self.table("received", "day"))) == [
            "Mon 2 Mar 2026",
            "Tue 3 Mar 2026",
            "Mon 30 Mar 2026",
        ]
        assert next(iter(shown(self.table("received", "day", sort="-value")))) == "Mon 30 Mar 2026"

    def test_divides_by_two_dimensions(self) -> None:
        table = self.table("received", "material", "day")

        assert table.headings == ["Mon 2 Mar 2026", "Tue 3 Mar 2026"]
        assert [[figure.text for figure in row.figures] for row in table.rows] == [
            ["100.00", "–"],
            ["–", "20.00"],
        ]
        assert [figure.text for figure in table.total.figures] == ["100.00", "20.00"]

    def test_adds_up_whatever_it_is_divided_by(self) -> None:
        for measure in measures().values():
            offered = [name for name, each in DIMENSIONS.items() if each.applies_to(measure)]
            total = self.table(measure.name, "year").total.value
            for name in offered:
                with self.subTest(measure=measure.name, rows=name):
                    table = self.table(measure.name, name, "weekday" if name != "weekday" else "month")
                    assert table.total.value == total
                    if measure.per is None and not measure.amount.alike_by:
                        assert sum(row.value or 0 for row in table.rows) == (total or 0)

    def test_agrees_with_the_cards_and_the_balance(self) -> None:
        day = DateRange(MONDAY, MONDAY)
        make_equipment_log(make_machine(self.site), by=self.alice, date=MONDAY, hours="6")
        make_manpower_log(self.site, make_role(), by=self.alice, date=MONDAY, headcount=4)
        cards = DayFigures([self.site], MONDAY)
        plant = sum(plant_flows([self.site], first=MONDAY, last=MONDAY).values(), PlantFlow())
        [use] = use_by_machine([self.site], first=MONDAY, last=MONDAY)

        expected = {
            "output": cards.production[-1],
            "received": cards.received[-1],
            "machine-hours": cards.machine_hours[-1],
            "people": cards.headcount[-1],
            "feed": plant.feed_ton,
            "residue": plant.residue_ton,
            "recovery": plant.recovery_percent,
            "utilisation": use.utilisation,
            "tons-per-machine-hour": plant.output_ton / use.hours,
        }
        assert {name: self.table(name, "day", dates=day).total.value for name in expected} == expected

    def test_does_not_add_up_loads_of_different_materials(self) -> None:
        for material, loads in ((self.debris, 10), (self.aggregate, 5)):
            make_received(self.site, material, by=self.alice, date=MONDAY, tons="50", loads=loads)

        by_material = self.table("received-loads", "material", "day")
        average = self.table("received-average", "material")

        assert shown(by_material) == {"Concrete debris": "10", "Aggregate": "5"}
        assert by_material.total.total.text == "–"
        assert shown(average) == {"Aggregate": "10.00", "Concrete debris": "5.00"}
        assert average.total.value == Decimal(100) / 15

    def test_sums_the_rows_beyond_fifty(self) -> None:
        for number in range(55):
            make_dispatch(
                self.site,
                self.aggregate,
                self.making,
                by=self.alice,
                date=MONDAY,
                tons=str(number + 1),
                owner=f"Customer {number:02}",
            )

        table = self.table("dispatched", "owner")

        assert len(table.rows) == 51
        assert table.rows[0].label == "Customer 54"
        assert table.rows[-1].label == "Other (6)"
        assert table.rows[-1].total.href == ""
        assert sum(row.value or 0 for row in table.rows) == table.total.value == 30 + 55 * 56 // 2

    def test_compares_with_the_period_before_and_with_last_year(self) -> None:
        make_received(self.site, self.debris, by=self.alice, date=dt.date(2026, 2, 20), tons="50")
        make_received(self.site, self.debris, by=self.alice, date=dt.date(2025, 3, 20), tons="200.002")

        before = self.table("received", "material", comparison=Comparison.BEFORE)
        year = self.table("received", "material", comparison=Comparison.YEAR)

        assert before.question.earlier_dates == DateRange(dt.date(2026, 1, 29), dt.date(2026, 2, 28))
        assert [row.change for row in before.rows] == [("50.00", "+100.0\N{NO-BREAK SPACE}%"), ("–", "")]
        assert year.rows[0].change == ("200.00", "−50.0\N{NO-BREAK SPACE}%")

    def test_refuses_more_days_than_a_table_can_show(self) -> None:
        role = make_role()
        for number in range(401):
            date = dt.date(2024, 1, 1) + dt.timedelta(days=number)
            make_manpower_log(self.site, role, by=self.alice, date=date, headcount=1)

        dates = DateRange(dt.date(2024, 1, 1), dt.date(2025, 12, 31))
        with pytest.raises(TooManyPeriods):
            assert self.table("people", "day", dates=dates).rows
        assert len(self.table("people", "month", dates=dates).rows) == 14


class PageTests(AnalysisCase):
    def test_leads_to_the_records_of_each_figure(self) -> None:
        other = make_site(code="YARD-SOUTH")
        make_member(other, user=self.alice)
        make_received(other, self.debris, by=self.alice, date=MONDAY, tons="7")
        make_dispatch(
            self.site,
            self.aggregate,
            self.making,
            by=self.alice,
            date=MONDAY,
            tons="12.25",
            owner="Smith & Sons",
        )
        requested = [
            ("received", "material", "site"),
            ("received", "category", "month"),
            ("received", "source", "weekday"),
            ("received", "vehicle", "quarter"),
            ("dispatched", "owner", "week"),
            ("dispatched", "operation", "year"),
            ("output", "shift", "day"),
            ("feed", "material", "weekday"),
        ]
        for measure, rows, columns in requested:
            with self.subTest(measure=measure, rows=rows, columns=columns):
                page = self.get(site="all", measure=measure, rows=rows, columns=columns).text
                cells = re.findall(r'<a href="(/[a-z]+/\?[^"]+)">([\d.,]+)</a>', page)
                assert cells
                client = Client()
                client.force_login(self.alice)
                for href, figure in cells:
                    totals = client.get(f"{html.unescape(href)}&totals=1").text
                    assert figure in totals.partition('id="totals"')[2], href

    def test_narrows_by_the_filters_of_the_lists(self) -> None:
        page = self.get(measure="received", rows="day", material=str(self.aggregate.pk)).text

        assert "20.00" in page
        assert "100.00" not in page

    def test_replaces_a_division_that_the_figure_does_not_have(self) -> None:
        page = self.get(measure="labour-hours", rows="material", columns="owner")

        assert page.status_code == HTTPStatus.OK
        assert '<option value="month" selected>Month</option>' in page.text

    def test_draws_the_same_figures(self) -> None:
        for rows, columns in (("material", ""), ("month", "material"), ("material", "weekday"), ("day", "")):
            with self.subTest(rows=rows, columns=columns):
                page = self.get(measure="received", view="chart", rows=rows, columns=columns)
                assert "<svg" in page.text
                assert "100.00" in page.text

    def test_shows_nothing_of_another_site(self) -> None:
        page = self.get(self.people.oscar, site="all", measure="received", rows="material")

        assert "100.00" not in page.text
        assert self.get(self.people.oscar).status_code == HTTPStatus.NOT_FOUND

    def test_takes_a_number_of_queries_that_does_not_grow(self) -> None:
        client = Client()
        client.force_login(self.alice)
        client.get("/analysis/?site=YARD-NORTH")
        with self.assertNumQueries(7):
            client.get("/analysis/?site=YARD-NORTH&measure=recovery&rows=month&from=2026-03-01&to=2026-03-31")


class SavedAnalysisTests(AnalysisCase):
    def save(self, person: User, *, site: str = "YARD-NORTH", **data: str) -> "Response":
        client = Client()
        client.force_login(person)
        query = urlencode({"site": site, "measure": "received", "rows": "week", "period": "30"})
        return client.post(f"/analysis/save/?{query}", data)

    def test_with_filters_that_are_too_long_is_not_saved(self) -> None:
        client = Client()
        client.force_login(self.alice)
        query = urlencode({"site": "YARD-NORTH", "measure": "dispatched", "owner": "x" * 3000})

        response = client.post(f"/analysis/save/?{query}", {"name": "Long"})

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert not SavedAnalysis.objects.exists()

    def test_keeps_the_analysis_with_its_moving_dates(self) -> None:
        response = self.save(self.alice, name="Weekly intake")

        saved = SavedAnalysis.objects.get()
        assert response.status_code == HTTPStatus.FOUND
        assert "period=30" in saved.query
        assert "rows=week" in saved.query
        assert "Weekly intake" in self.get().text

    def test_replaces_the_one_of_the_same_name(self) -> None:
        self.save(self.alice, name="Weekly intake")
        self.save(self.alice, name="Weekly intake", is_shared="on")

        assert SavedAnalysis.objects.get().shared_with == self.site

    def test_is_seen_by_others_of_the_site_only_where_it_is_shared(self) -> None:
        self.save(self.alice, name="Mine")
        self.save(self.alice, name="Ours", is_shared="on")

        page = self.get(self.people.mona).text

        assert "Ours" in page
        assert "Mine" not in page
        assert "Ours" not in self.get(self.people.oscar, site="all").text

    def test_is_shared_with_one_site(self) -> None:
        response = self.save(self.alice, site="all", name="Ours", is_shared="on")

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "Choose one site first" in response.text
        assert not SavedAnalysis.objects.exists()

    def test_is_not_shared_by_a_viewer(self) -> None:
        response = self.save(self.people.victor, name="Ours", is_shared="on")

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert not SavedAnalysis.objects.exists()
        assert self.save(self.people.victor, name="Mine").status_code == HTTPStatus.FOUND

    def test_is_removed_by_its_owner_alone(self) -> None:
        self.save(self.alice, name="Ours", is_shared="on")
        saved = SavedAnalysis.objects.get()
        statuses = []
        for person in (self.people.oscar, self.people.mona, self.alice):
            client = Client()
            client.force_login(person)
            statuses.append(client.post(f"/analysis/saved/{saved.pk}/remove/").status_code)

        assert statuses == [HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN, HTTPStatus.FOUND]
        assert not SavedAnalysis.objects.exists()


class ListTests(AnalysisCase):
    def test_shows_a_filter_of_an_analysis_only_while_it_is_in_use(self) -> None:
        client = Client()
        client.force_login(self.alice)
        shown_by = {
            query: 'name="weekday"' in client.get(f"/received/?site=YARD-NORTH&{query}").text
            for query in ("filters=1", "weekday=1")
        }

        assert shown_by == {"filters=1": False, "weekday=1": True}
