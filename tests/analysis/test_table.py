"""The figures of an analysis: they agree with the cards and add up to their total."""

import datetime as dt
import html
import json
import re
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from functools import partial
from urllib.parse import parse_qsl, urlencode

import pytest
from django.test import Client

from analysis.dimensions import DIMENSIONS
from analysis.measures import measures
from analysis.table import AnalysisTable, ComparedTo, TooManyPeriods
from dashboard.cards import DayFigures
from equipment.downtime.figures import Period, TimeUse
from equipment.downtime.models import TimeCategory
from equipment.figures import Use, use_by_machine
from equipment.models import Status
from inventory.figures import changes_by_day
from parties.models import merge_parties
from production.figures import PlantFlow, plant_flows
from records.choices import Shift
from records.pages.dates import DateRange
from sites.models import Purpose, StockEffect
from tests.analysis.case import MONDAY, AnalysisCase
from tests.factories import (
    make_dispatch,
    make_downtime,
    make_downtime_reason,
    make_equipment_log,
    make_machine,
    make_manpower_log,
    make_material,
    make_operation,
    make_party,
    make_production,
    make_received,
    make_role,
    make_site,
    make_target,
)


def shown(table: AnalysisTable) -> dict[str, str]:
    return {row.label: row.total.text for row in table.rows}


def changes(table: AnalysisTable) -> list[tuple[str, str]]:
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
                    if measure.is_sum:
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
        self._make_stops()
        make_manpower_log(self.site, make_role(), by=self.alice, date=MONDAY, headcount=4)
        cards = DayFigures([self.site], MONDAY)
        plant = sum(plant_flows([self.site], first=MONDAY, last=MONDAY).values(), PlantFlow())
        hours = Use.of_all(use_by_machine([self.site], first=MONDAY, last=MONDAY))
        ledger = changes_by_day([self.site], first=MONDAY, last=MONDAY)[MONDAY]
        time = Period([self.site], MONDAY, MONDAY)
        use = TimeUse.of_all(time.by_machine().values())
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
            "utilisation": hours.utilisation,
            "availability": use.physical_availability,
            "downtime": sum(each.minutes for each in time.stops_by_reason() if each.reason_id),
            "tons-lost": use.tons_lost,
            "people": cards.headcount[-1],
            "labour-hours": sums["manpower", "hours"],
            "tons-per-machine-hour": plant.output_ton / hours.hours,
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
        assert (sums["downtime", "minutes"], sums["downtime", "tonsLost"]) == (Decimal(90), Decimal(180))
        assert (found["downtime"], found["tons-lost"]) == (Decimal(90), Decimal(180))
        # Half an hour with a reason, and 4.5 hours that a status alone explains.
        assert use.down == 5 * 60

    def _make_stops(self) -> None:
        """Log three machines: one that runs, one with stops that have reasons, and one broken down."""
        running, stopped, broken = (make_machine(self.site, tons_per_hour="120") for _number in range(3))
        make_equipment_log(running, by=self.alice, date=MONDAY, hours="6.25")
        make_equipment_log(stopped, by=self.alice, date=MONDAY, hours="6", shift=Shift.MORNING)
        make_equipment_log(
            broken, by=self.alice, date=MONDAY, hours="3.5", shift=Shift.NIGHT, status=Status.BREAKDOWN
        )
        belt = make_downtime_reason(code="BELT")
        feed = make_downtime_reason(code="FEED", category=TimeCategory.DELAY)
        make_downtime(stopped, belt, by=self.alice, date=MONDAY, minutes=30, shift=Shift.MORNING)
        make_downtime(stopped, feed, by=self.alice, date=MONDAY, minutes=60, shift=Shift.MORNING)

    def test_availability_agrees_with_its_page_for_each_machine_and_day(self) -> None:
        self._make_stops()
        time = Period([self.site], MONDAY, MONDAY)
        of_machines = {
            row.value for row in self.table("availability", "machine", dates=DateRange(MONDAY, MONDAY)).rows
        }
        [of_day] = self.table("availability", "day", dates=DateRange(MONDAY, MONDAY)).rows

        assert of_machines == {use.physical_availability for use in time.by_machine().values()}
        assert of_day.value == time.by_date()[MONDAY].physical_availability
        assert len(of_machines) == 3

    def test_availability_is_not_divided_by_shift(self) -> None:
        # A stop of a shift counts in the day of a machine that is logged for the whole day.
        machine = make_machine(self.site)
        make_equipment_log(machine, by=self.alice, date=MONDAY, hours="7", shift=Shift.WHOLE_DAY)
        belt = make_downtime_reason(code="BELT")
        make_downtime(machine, belt, by=self.alice, date=MONDAY, minutes=60, shift=Shift.MORNING)

        page = self.get(measure="availability", rows="shift")

        assert "shift" not in {name for name, _label in page.context["page"].form.fields["rows"].choices}
        assert "shift" not in {field.name for field in page.context["page"].filter_fields}
        assert "100.0" not in page.text

    def test_output_per_hour_of_a_shift_is_left_out_where_hours_are_of_the_whole_day(self) -> None:
        machine, date = make_machine(self.site), dt.date(2026, 3, 4)
        table = partial(self.table, "tons-per-machine-hour", dates=DateRange(date, date))
        make_production(
            self.site, self.aggregate, self.making, by=self.alice, date=date, tons="40", shift=Shift.MORNING
        )
        make_equipment_log(machine, by=self.alice, date=date, hours="4", shift=Shift.MORNING)
        assert shown(table("shift")) == {"Morning": "10.00"}

        make_equipment_log(make_machine(self.site), by=self.alice, date=date, hours="6")

        by_day = table("day", "shift")
        assert by_day.has_mixed_shifts
        assert [figure.text for figure in by_day.rows[0].figures] == ["–", "–"]
        assert by_day.rows[0].total.text == by_day.total.total.text == "4.00"
        page = self.get(measure="tons-per-machine-hour", rows="shift")
        assert "no figure of a single shift is right" in page.text
        assert "shift" not in {field.name for field in page.context["page"].filter_fields}

    def _of_the_api(self) -> tuple[dict[str, Decimal], dict[tuple[str, str], Decimal]]:
        """Return the API's metrics of Monday, and the sums over its lists of records."""
        client = Client()
        client.force_login(self.alice)
        query = urlencode({"siteId": self.site.pk, "date": MONDAY.isoformat()})
        metrics = json.loads(
            client.get(f"/api/dashboard/metrics?{query}").content, parse_float=Decimal, parse_int=Decimal
        )["metrics"]
        sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for module in ("received", "dispatch", "manpower", "downtime"):
            query = urlencode({"siteId": self.site.pk, "dateFrom": MONDAY, "dateTo": MONDAY})
            answer = json.loads(client.get(f"/api/{module}?{query}").content, parse_float=Decimal)
            [records] = [each for each in answer.values() if isinstance(each, list)]
            for record in records:
                for name in ("qtyTon", "loads", "trips", "minutes", "tonsLost"):
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
        other = re.search(
            r'<a href="([^"]+)">Other \(6\)</a>', self.get(measure="dispatched", rows="owner").text
        )
        assert other is not None
        query = dict(parse_qsl(html.unescape(other[1]).removeprefix("?")))
        page = self.get(None, **query).text
        assert "Other (" not in page
        assert ">Customer 00</th>" in re.sub(r"\s+(?=</th>)|(?<=>)\s+", "", page)

    def test_compares_with_the_period_before_and_with_last_year(self) -> None:
        make_received(self.site, self.debris, by=self.alice, date=dt.date(2026, 2, 20), tons="50")
        make_received(self.site, self.debris, by=self.alice, date=dt.date(2025, 3, 20), tons="200.002")

        before = self.table("received", "material", comparison=ComparedTo.BEFORE)
        year = self.table("received", "material", comparison=ComparedTo.YEAR)

        assert before.question.earlier_dates == DateRange(dt.date(2026, 1, 29), dt.date(2026, 2, 28))
        assert changes(before) == [("50.00", "+100.0\N{NO-BREAK SPACE}%"), ("–", "")]
        assert changes(year)[0] == ("200.00", "−50.0\N{NO-BREAK SPACE}%")

    def test_shows_what_there_was_before_and_is_not_any_more(self) -> None:
        feb = dt.date(2026, 2, 20)
        sold = [make_material(name=f"Sold before {number:02}") for number in range(52)]
        for material in sold:
            make_received(self.site, material, by=self.alice, date=feb, tons="2")

        table = self.table("received", "material", comparison=ComparedTo.BEFORE)

        # 54 materials, of which two are received now.
        assert len(table.rows) == 51
        [gone] = {row.change[:2] for row in table.rows[2:50] if row.change is not None}
        assert gone == ("2.00", "−100.0\N{NO-BREAK SPACE}%")
        befores = [row.change.exact_before or 0 for row in table.rows if row.change is not None]
        assert table.total.change is not None
        assert sum(befores) == table.total.change.exact_before == 104

    def test_compares_the_output_with_the_targets_of_working_days(self) -> None:
        make_target(self.site, "100", since=MONDAY)
        days = DateRange(MONDAY, dt.date(2026, 3, 8))

        by_day = self.table("output", "day", dates=days, comparison=ComparedTo.TARGET)
        by_site = self.table("output", "site", dates=days, comparison=ComparedTo.TARGET)
        by_operation = self.table("output", "operation", dates=days, comparison=ComparedTo.TARGET)

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
            "output", "material", dates=DateRange(MONDAY, MONDAY), comparison=ComparedTo.TARGET
        )

        assert changes(table) == [("50.00", "141.0\N{NO-BREAK SPACE}%")]

    def test_gives_no_percentage_where_a_site_has_no_target(self) -> None:
        other = make_site()
        make_target(self.site, "50", since=MONDAY)
        table = self.table("output", "site", dates=DateRange(MONDAY, MONDAY), comparison=ComparedTo.TARGET)
        both = AnalysisTable(replace(table.question, sites=(self.site, other)), user=self.alice)

        assert both.total.change is not None
        assert both.total.change[:2] == ("50.00", "")
        assert changes(both) == [("50.00", "141.0\N{NO-BREAK SPACE}%")]

    def test_gives_no_percentage_where_the_target_of_a_site_has_ended(self) -> None:
        other = make_site()
        make_target(self.site, "50", since=MONDAY)
        make_target(other, "70", since=MONDAY - dt.timedelta(days=9))
        make_target(other, "0", since=MONDAY - dt.timedelta(days=2))
        table = self.table("output", "site", dates=DateRange(MONDAY, MONDAY), comparison=ComparedTo.TARGET)
        both = AnalysisTable(replace(table.question, sites=(self.site, other)), user=self.alice)

        assert both.total.change is not None
        assert both.total.change[:2] == ("50.00", "")

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
