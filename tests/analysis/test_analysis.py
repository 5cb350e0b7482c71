"""The analysis: every figure agrees with the cards, adds up to its total, and leads to its records."""

import datetime as dt
import html
import json
import re
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from django.test import Client, TestCase
from openpyxl import load_workbook

from analysis.dimensions import DIMENSIONS
from analysis.measures import measures
from analysis.models import SavedAnalysis
from analysis.reports import pinned_analyses
from analysis.table import Comparison, Question, Table, TooManyPeriods
from core.jobs.runner import JobOutcome
from dashboard.cards import DayFigures
from equipment.figures import use_by_machine
from exports.models import ExportAudit, ExportJob
from exports.worker import ExportRunner
from inventory.figures import changes_by_day
from parties.models import merge_parties
from production.figures import PlantFlow, plant_flows
from records.pages.dates import DateRange
from sites.models import Material, Operation, Purpose, Site, StockEffect, User
from sites.scope import Scope
from tests.factories import (
    People,
    make_dispatch,
    make_equipment_log,
    make_machine,
    make_manpower_log,
    make_material,
    make_member,
    make_operation,
    make_party,
    make_people,
    make_production,
    make_received,
    make_role,
    make_site,
    make_target,
)
from tests.files import FilesOfTheTest
from tests.records.case import heartbeat_at_rest

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


def changes(table: Table) -> list[tuple[str, str]]:
    """Return what each row is compared with, and by how much it differs, as a person reads it."""
    return [(row.change.before, row.change.percent) for row in table.rows if row.change is not None]


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

    def test_every_measure_agrees_with_the_cards_the_balance_and_the_api(self) -> None:
        day = DateRange(MONDAY, MONDAY)
        waste = make_material(code="WASTE", name="Waste", is_final=False)
        make_production(self.site, waste, self.making, by=self.alice, date=MONDAY, tons="3.001")
        make_received(self.site, self.debris, by=self.alice, date=MONDAY, tons="0.333", loads=3)
        make_dispatch(
            self.site,
            self.aggregate,
            self.making,
            by=self.alice,
            date=MONDAY,
            tons="12.345",
            loads=2,
            trips=4,
        )
        for purpose, tons in ((Purpose.USED, "1.5"), (Purpose.DISPOSED, "0.25")):
            operation = make_operation(stock_effect=StockEffect.REMOVES, purpose=purpose)
            make_production(self.site, self.debris, operation, by=self.alice, date=MONDAY, tons=tons)
        make_equipment_log(make_machine(self.site), by=self.alice, date=MONDAY, hours="6.25")
        make_manpower_log(self.site, make_role(), by=self.alice, date=MONDAY, headcount=4)
        cards = DayFigures([self.site], MONDAY)
        plant = sum(plant_flows([self.site], first=MONDAY, last=MONDAY).values(), PlantFlow())
        [use] = use_by_machine([self.site], first=MONDAY, last=MONDAY)
        ledger = changes_by_day([self.site], first=MONDAY, last=MONDAY)[MONDAY]
        metrics, sums = self._of_the_api()

        expected = {
            "output": cards.production[-1],
            "not-for-sale": plant.product_ton - plant.output_ton,
            "feed": plant.feed_ton,
            "residue": plant.residue_ton,
            "used": ledger.used_ton,
            "disposed": ledger.disposed_ton,
            "recovery": plant.recovery_percent,
            "received": cards.received[-1],
            "received-loads": sums["received", "loads"],
            "received-average": Decimal("0.333") / 3,
            "dispatched": cards.dispatched[-1],
            "dispatched-loads": sums["dispatch", "loads"],
            "trips": sums["dispatch", "trips"],
            "dispatched-average": Decimal("12.345") / 2,
            "machine-hours": cards.machine_hours[-1],
            "utilisation": use.utilisation,
            "people": cards.headcount[-1],
            "labour-hours": sums["manpower", "hours"],
            "tons-per-machine-hour": plant.output_ton / use.hours,
            "tons-per-labour-hour": plant.output_ton / sums["manpower", "hours"],
        }
        found = {name: self.table(name, "day", dates=day).total.value for name in measures()}
        assert found == expected
        assert {
            "totalProductionToday": found["output"],
            "feedUsedToday": found["feed"],
            "residueToday": found["residue"],
            "receivedMaterialsToday": found["received"],
            "totalDispatchedToday": found["dispatched"],
        }.items() <= metrics.items()
        for module in ("received", "dispatch"):
            assert sums[module, "qtyTon"] == found["received" if module == "received" else "dispatched"]

    def _of_the_api(self) -> tuple[dict[str, Decimal], dict[tuple[str, str], Decimal]]:
        """Return the API's metrics of Monday, and the sums over its lists of records."""
        client = Client()
        client.force_login(self.alice)
        query = urlencode({"siteId": self.site.pk, "date": MONDAY.isoformat()})
        metrics = json.loads(
            client.get(f"/api/dashboard/metrics?{query}").content, parse_float=Decimal, parse_int=Decimal
        )["metrics"]
        sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for module in ("received", "dispatch", "manpower"):
            query = urlencode({"siteId": self.site.pk, "dateFrom": MONDAY, "dateTo": MONDAY})
            answer = json.loads(client.get(f"/api/{module}?{query}").content, parse_float=Decimal)
            [records] = [each for each in answer.values() if isinstance(each, list)]
            for record in records:
                for name in ("qtyTon", "loads", "trips"):
                    sums[module, name] += Decimal(record.get(name) or 0)
                sums[module, "hours"] += Decimal(record.get("hours") or 0) * record.get("headcount", 0)
        return metrics, sums

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
        assert changes(before) == [("50.00", "+100.0\N{NO-BREAK SPACE}%"), ("–", "")]
        assert changes(year)[0] == ("200.00", "−50.0\N{NO-BREAK SPACE}%")

    def test_compares_the_output_with_the_targets_of_working_days(self) -> None:
        make_target(self.site, "100", since=MONDAY)
        days = DateRange(MONDAY, dt.date(2026, 3, 8))

        by_day = self.table("output", "day", dates=days, comparison=Comparison.TARGET)
        by_site = self.table("output", "site", dates=days, comparison=Comparison.TARGET)
        by_operation = self.table("output", "operation", dates=days, comparison=Comparison.TARGET)

        # Six working days, of which one made something.
        assert len(by_day.rows) == 6
        assert changes(by_day)[:2] == [
            ("100.00", "70.5\N{NO-BREAK SPACE}%"),
            ("100.00", "0.0\N{NO-BREAK SPACE}%"),
        ]
        for table in (by_day, by_site, by_operation):
            assert table.total.change is not None
            assert table.total.change[:2] == ("600.00", "11.8\N{NO-BREAK SPACE}%")
        assert changes(by_operation) == [("–", "")]

    def test_compares_a_material_with_its_own_target(self) -> None:
        make_target(self.site, "50", since=MONDAY, material=self.aggregate)

        table = self.table(
            "output", "material", dates=DateRange(MONDAY, MONDAY), comparison=Comparison.TARGET
        )

        assert changes(table) == [("50.00", "141.0\N{NO-BREAK SPACE}%")]

    def test_gives_no_percentage_where_a_site_has_no_target(self) -> None:
        other = make_site()
        make_target(self.site, "50", since=MONDAY)
        table = self.table("output", "site", dates=DateRange(MONDAY, MONDAY), comparison=Comparison.TARGET)
        both = Table(replace(table.question, sites=(self.site, other)), user=self.alice)

        assert both.total.change is not None
        assert both.total.change[:2] == ("50.00", "")
        assert changes(both) == [("50.00", "141.0\N{NO-BREAK SPACE}%")]

    def test_counts_a_merged_party_as_the_one_it_was_merged_into(self) -> None:
        acme, same, carrier = (
            make_party("Acme Ltd", is_customer=True),
            make_party("ACME Limited", is_customer=True),
            make_party("Haulage", is_carrier=True),
        )
        for party, tons in ((acme, "5"), (same, "7")):
            make_dispatch(
                self.site,
                self.aggregate,
                self.making,
                by=self.alice,
                date=MONDAY,
                tons=tons,
                party=party.pk,
                carrier=carrier.pk,
            )
        merge_parties(parties=[same], into=acme, by=self.people.ada)

        assert shown(self.table("dispatched", "customer")) == {"Not entered": "30.00", "Acme Ltd": "12.00"}
        assert shown(self.table("trips", "carrier")) == {"Haulage": "2", "Not entered": "1"}

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
            party=make_party("Smith & Sons").pk,
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
            ("dispatched", "customer", "carrier"),
            ("received", "registered-vehicle", "supplier"),
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

    def test_is_put_on_the_dashboard_of_its_site(self) -> None:
        self.save(self.alice, name="Weekly intake", is_shared="on")
        saved = SavedAnalysis.objects.get()
        mona, oscar = Client(), Client()
        mona.force_login(self.people.mona)
        oscar.force_login(self.people.oscar)

        answers = [
            client.post(f"/analysis/saved/{saved.pk}/pin/", {"pinned": "1"}) for client in (mona, oscar)
        ]

        assert [each.status_code for each in answers] == [HTTPStatus.FOUND, HTTPStatus.NOT_FOUND]
        assert "/analysis/cards/?site=YARD-NORTH" in mona.get("/dashboard/?site=YARD-NORTH").text
        card = mona.get("/analysis/cards/?site=YARD-NORTH", headers={"HX-Request": "true"}).text
        assert "Weekly intake" in card
        assert "<html" not in card
        assert "Weekly intake" not in mona.get("/analysis/cards/?site=all").text
        mona.post(f"/analysis/saved/{saved.pk}/pin/")
        card = mona.get("/analysis/cards/?site=YARD-NORTH", headers={"HX-Request": "true"}).text
        assert "Weekly intake" not in card

    def test_is_no_card_of_a_site_that_was_taken_away(self) -> None:
        self.save(self.alice, name="Weekly intake")
        SavedAnalysis.objects.get().pinned_by.add(self.alice)
        self.site.memberships.filter(user=self.alice).delete()

        assert not pinned_analyses(self.alice, Scope(site=self.site, choices=(self.site,)))


class FileTests(FilesOfTheTest, AnalysisCase):
    storage = "exports"

    def setUp(self) -> None:
        self.enterContext(heartbeat_at_rest())
        self.keep_files_apart()

    def made(self, file_format: str, **query: str) -> bytes:
        """Request a file as the page does, make it, and return it."""
        client = Client()
        client.force_login(self.people.victor)
        dates = {"from": "2025-01-01", "to": "2026-12-31"}
        address = urlencode({"site": "YARD-NORTH", **dates, **query})
        answer = client.post(f"/exports/reports/analysis/?{address}", {"format": file_format})
        assert answer.status_code == HTTPStatus.FOUND
        job = ExportJob.objects.latest("pk")
        assert ExportRunner().run(job.pk) is JobOutcome.DONE
        job.refresh_from_db()
        return b"".join(client.get(f"/exports/{job.pk}/file/").streaming_content)  # type: ignore[attr-defined]  # a file

    def test_has_the_figures_of_the_page_and_is_recorded(self) -> None:
        text = self.made("csv", measure="received", rows="material", columns="month").decode("utf-8-sig")

        assert text.splitlines() == [
            "Material,Mar 2026 (t),All (t)",
            "Concrete debris,100.001,100.001",
            "Aggregate,20.000,20.000",
            "Total,120.001,120.001",
        ]
        audit = ExportAudit.objects.get()
        assert (audit.module, audit.site_codes, audit.rows) == ("analysis", "YARD-NORTH", 3)
        assert audit.filters == {"Figure": "Received", "By": "Material", "And by": "Month"}

    def test_has_what_the_figures_are_compared_with(self) -> None:
        make_target(self.site, "50", since=MONDAY)

        text = self.made(
            "csv",
            **{"from": "2026-03-02", "to": "2026-03-02"},
            measure="output",
            rows="day",
            compare="target",
        )

        assert text.decode("utf-8-sig").splitlines()[1] == "Mon 2 Mar 2026,70.500,50.000,141.0000"

    def test_is_narrowed_by_the_filters_of_the_page(self) -> None:
        text = self.made("csv", measure="received", rows="day", material=str(self.aggregate.pk))

        assert text.decode("utf-8-sig").splitlines()[-1] == "Total,20.000"
        assert ExportAudit.objects.get().filters["Material"] == "Aggregate"

    def test_does_not_run_a_heading_as_a_formula(self) -> None:
        self.debris.name = "=1+1"
        self.debris.save()

        text = self.made("csv", measure="received", rows="month", columns="material").decode("utf-8-sig")

        assert text.splitlines()[0] == "Month,'=1+1 (t),Aggregate (t),All (t)"

    def test_is_a_workbook_or_a_pdf(self) -> None:
        workbook = self.made("xlsx", measure="recovery", rows="month", compare="before")
        pdf = self.made("pdf", measure="recovery", rows="material", columns="weekday")

        sheet = load_workbook(BytesIO(workbook))["Recovery rate"]
        assert [cell.value for cell in sheet[1]] == ["Month", "Recovery rate", "Before", "Change"]
        assert round(sheet["B3"].value, 1) == 92.2
        assert pdf.startswith(b"%PDF")

    def test_of_another_site_or_an_unknown_report_is_not_found(self) -> None:
        client = Client()
        client.force_login(self.people.oscar)

        for address in ("analysis/?site=YARD-NORTH", "balances/?site=all"):
            answer = client.post(f"/exports/reports/{address}", {"format": "csv"})
            assert answer.status_code == HTTPStatus.NOT_FOUND


class ListTests(AnalysisCase):
    def test_shows_a_filter_of_an_analysis_only_while_it_is_in_use(self) -> None:
        client = Client()
        client.force_login(self.alice)
        shown_by = {
            query: 'name="weekday"' in client.get(f"/received/?site=YARD-NORTH&{query}").text
            for query in ("filters=1", "weekday=1")
        }

        assert shown_by == {"filters=1": False, "weekday=1": True}
