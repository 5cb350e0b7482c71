"""Warnings about tons: outside the usual range of the site, or the same line twice."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatch.module import DISPATCH
from records import operations
from records.choices import Source
from records.errors import ConfirmationNeeded
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase

TONS = ("14.2", "18", "22.5", "19.1", "17.3", "25", "16", "20.4")
ONE_DAY = dt.timedelta(days=1)


class UsualTestCase(RecordsTestCase):
    def setUp(self) -> None:
        for number, tons in enumerate(TONS):
            self.receive(qty_ton=tons, date=MONDAY - number * ONE_DAY)

    def warnings(self, **changes: object) -> tuple[str, ...]:
        """Return the warnings to confirm before this load is saved."""
        with pytest.raises(ConfirmationNeeded) as refused:
            self.receive(confirmed=False, **changes)  # type: ignore[arg-type]  # what is typed
        return refused.value.warnings


class TestUsualTons(UsualTestCase):
    def test_warn_with_the_usual_range_and_a_suggestion(self) -> None:
        assert self.warnings(qty_ton="12500") == (
            "12,500 t is far from the usual 14 to 23 t of Debris here.",
        )
        assert self.warnings(qty_ton="18500") == (
            "18,500 t is far from the usual 14 to 23 t of Debris here. Did you mean 18.5 t?",
        )
        assert self.warnings(qty_ton="0.02") == (
            "0.02 t is far from the usual 14 to 23 t of Debris here. Did you mean 20 t?",
        )

    def test_do_not_warn_of_a_small_or_a_big_load(self) -> None:
        assert self.receive(qty_ton="3").warnings == ()
        assert self.receive(qty_ton="70").warnings == ()

    def test_keep_the_confirmed_warning_with_the_record(self) -> None:
        outcome = self.receive(qty_ton="18500")

        assert len(outcome.warnings) == 1
        assert outcome.record.confirmed_warnings == list(outcome.warnings)
        assert outcome.record.history.get().confirmed_warnings == list(outcome.warnings)

    def test_include_estimated_loads(self) -> None:
        assert self.warnings(qty_ton="", loads="50") == (
            "900 t is far from the usual 14 to 23 t of Debris here.",
        )

    def test_compare_with_the_sixty_days_before(self) -> None:
        last = MONDAY + 60 * ONE_DAY

        assert self.receive(qty_ton="18500", date=last + ONE_DAY).warnings == ()
        assert self.receive(qty_ton="18500", date=MONDAY - 60 * ONE_DAY).warnings == ()

    def test_compare_with_the_same_site_and_material(self) -> None:
        elsewhere = self.receive(qty_ton="18500", site=self.other_site, by=self.ada)
        other = self.receive(qty_ton="18500", material=self.aggregate.pk)

        assert elsewhere.warnings == other.warnings == ()

    def test_warn_of_a_correction_only_when_it_changes_the_tons(self) -> None:
        record = self.receive(qty_ton="18500").record
        confirmed = record.confirmed_warnings

        noted = self.correct(record, {"notes": "by train"})
        renamed = self.correct(record, {"source": "Station"})
        with pytest.raises(ConfirmationNeeded):
            self.correct(record, {"qty_ton": "18600"})
        fixed = self.correct(record, {"qty_ton": "18.5"})

        assert noted.warnings == renamed.warnings == fixed.warnings == ()
        assert noted.record.confirmed_warnings == renamed.record.confirmed_warnings == confirmed
        assert fixed.record.confirmed_warnings == []

    def test_leave_out_the_record_itself(self) -> None:
        record = self.receive(qty_ton="21").record

        with pytest.raises(ConfirmationNeeded):
            self.correct(record, {"qty_ton": "210"})

    def test_of_production_are_compared_by_operation(self) -> None:
        for number, tons in enumerate(TONS):
            self.produce(qty_ton=tons, date=MONDAY - number * ONE_DAY)

        with pytest.raises(ConfirmationNeeded) as refused:
            self.produce(qty_ton="18000", date=TUESDAY)
        fed = self.produce(qty_ton="0.1", date=TUESDAY, operation=self.feeding.pk)

        assert refused.value.warnings == (
            "18,000 t is far from the usual 14 to 23 t of Aggregate · MAKE here. Did you mean 18 t?",
        )
        assert fed.warnings == ()

    def test_cost_the_same_however_many_records_there_are(self) -> None:
        before = self._queries_of(qty_ton="18", date=TUESDAY, source="Pier")
        for number in range(5):
            self.receive(qty_ton="18", date=TUESDAY, source=f"Street {number}")

        after = self._queries_of(qty_ton="18", date=TUESDAY, source="Harbour")

        assert before == after

    def _queries_of(self, **changes: object) -> int:
        with CaptureQueriesContext(connection) as captured:
            self.receive(**changes)  # type: ignore[arg-type]  # what is typed
        return len(captured)


class TestSameLine(UsualTestCase):
    def test_warns_with_who_entered_it_and_when(self) -> None:
        first = self.receive(qty_ton="18.4", source="Harbour", vehicle_ref="B-1", by=self.mona).record

        moment = first.created_at.strftime("%-d %b %Y, %H:%M")
        assert self.warnings(qty_ton="18.4", source="HARBOUR", vehicle_ref="b-1") == (
            f"The same line is there already: Mona entered it on {moment}.",
        )

    def test_differs_in_any_of_what_was_typed(self) -> None:
        values = {"qty_ton": "18.4", "source": "Harbour", "vehicle_ref": "B-1"}
        self.receive(**values)  # type: ignore[arg-type]  # what is typed

        for changes in (
            {"qty_ton": "18.5"},
            {"source": "Airport"},
            {"vehicle_ref": ""},
            {"loads": "1"},
            {"notes": "the second"},
            {"date": TUESDAY},
            {"material": self.aggregate.pk},
        ):
            assert self.receive(**{**values, **changes}).warnings == ()  # type: ignore[arg-type]  # what is typed

    def test_warns_when_a_correction_makes_it_so(self) -> None:
        self.receive(qty_ton="18.4")
        record = self.receive(qty_ton="18.5").record

        with pytest.raises(ConfirmationNeeded):
            self.correct(record, {"qty_ton": "18.4"})

    def test_of_another_site_is_another_line(self) -> None:
        self.receive(qty_ton="18.4", site=self.other_site, by=self.ada)

        assert self.receive(qty_ton="18.4").warnings == ()

    def test_of_dispatch_is_one_with_the_same_owner_and_work(self) -> None:
        leaving = self.run_of(material=self.debris.pk, qty_ton="5", owner="Miller")

        def send(**changes: object) -> tuple[str, ...]:
            return operations.create(
                module=DISPATCH,
                values={**leaving, **changes},
                site=self.site,
                by=self.alice,
                source=Source.API,
                confirmed=True,
            ).warnings

        assert send() == ()
        assert send(owner="Smith") == send(operation=self.feeding.pk) == send(trips="2") == ()
        assert len(send()) == 1
