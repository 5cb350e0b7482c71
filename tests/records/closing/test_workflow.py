"""A site's day: open, submitted, approved, reopened with a reason."""

import datetime as dt
import importlib
from decimal import Decimal
from unittest import mock

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from records.choices import DayStatus
from records.closing.completeness import DayContents, entered_modules
from records.closing.figures import FigureLine, differences, figures_from_json, figures_of_day, shown_lines
from records.closing.workflow import approve_day, mark_nothing, reopen_day, submit_day, unmark_nothing
from records.errors import DayClosed, NotVisible
from records.models import NothingToday, SiteDay
from records.registry import module
from sites.models import User
from tests.factories import make_holiday, make_material, make_submitted_day
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase


class DayTestCase(RecordsTestCase):
    def submit(self, by: User | None = None) -> SiteDay:
        return make_submitted_day(self.site, MONDAY, by=by or self.alice)


class TestSubmit(DayTestCase):
    def test_keeps_who_and_when(self) -> None:
        day = self.submit()

        stored = SiteDay.objects.get()
        assert stored == day
        assert (stored.status, stored.submitted_by, stored.is_closed) == (
            DayStatus.SUBMITTED,
            self.alice,
            True,
        )
        assert stored.submitted_at is not None

    def test_takes_an_operator_of_the_site(self) -> None:
        with pytest.raises(PermissionDenied):
            self.submit(self.victor)
        with pytest.raises(NotVisible):
            self.submit(self.oscar)

        assert not SiteDay.objects.exists()

    def test_happens_once(self) -> None:
        self.submit()

        with pytest.raises(ValidationError, match="submitted already"):
            self.submit(self.mona)

    def test_closes_this_date_alone(self) -> None:
        self.submit()

        assert self.receive(date=TUESDAY).record.pk


class TestComplete(DayTestCase):
    """What a working day must have before it is submitted."""

    def test_names_what_nobody_has_entered(self) -> None:
        self.receive()
        mark_nothing(
            site=self.site, date=MONDAY, module=module("dispatch"), by=self.alice, reason="No orders"
        )

        with pytest.raises(ValidationError) as refused:
            submit_day(site=self.site, date=MONDAY, by=self.alice)

        assert "Still missing: Production, Equipment and Manpower." in str(refused.value)
        assert not SiteDay.objects.exists()

    def test_needs_nothing_on_a_day_without_work(self) -> None:
        make_holiday(self.site, MONDAY)

        assert submit_day(site=self.site, date=MONDAY, by=self.alice).is_closed

    def test_takes_no_day_that_has_not_begun(self) -> None:
        to_come = self.site.today() + dt.timedelta(days=2)
        make_holiday(self.site, to_come)

        with pytest.raises(ValidationError, match="not begun"):
            submit_day(site=self.site, date=to_come, by=self.alice)

    def test_knows_what_each_day_of_each_site_has(self) -> None:
        self.receive()
        self.receive(site=self.other_site, by=self.oscar, date=TUESDAY)
        mark_nothing(
            site=self.site, date=MONDAY, module=module("dispatch"), by=self.alice, reason="No orders"
        )

        with self.assertNumQueries(2):
            found = entered_modules([self.site, self.other_site], first=MONDAY, last=TUESDAY)

        assert found == {
            (self.site.pk, MONDAY): {"received", "dispatch"},
            (self.other_site.pk, TUESDAY): {"received"},
        }


class TestNothing(DayTestCase):
    def say(self, by: User | None = None, reason: str = "The crusher stood") -> NothingToday:
        return mark_nothing(
            site=self.site, date=MONDAY, module=module("received"), by=by or self.alice, reason=reason
        )

    def test_keeps_why_by_whom_and_its_history(self) -> None:
        self.say()

        response = self.say(self.mona, " No lorry came ")

        assert NothingToday.objects.get() == response
        assert (response.reason, response.noted_by) == ("No lorry came", self.mona)
        lines = response.history.order_by("history_id").values_list("reason", "history_user")
        assert list(lines) == [("The crusher stood", self.alice.pk), ("No lorry came", self.mona.pk)]

    def test_takes_an_operator_of_the_site(self) -> None:
        with pytest.raises(PermissionDenied):
            self.say(self.victor)
        with pytest.raises(NotVisible):
            self.say(self.oscar)

    def test_takes_a_reason(self) -> None:
        with pytest.raises(ValidationError, match="Say why"):
            self.say(reason="  ")
        with pytest.raises(ValidationError, match="at most 500"):
            self.say(reason="x" * 501)

    def test_is_rejected_where_there_are_records(self) -> None:
        self.receive()

        with pytest.raises(ValidationError, match="there are records"):
            self.say()

    def test_is_rejected_and_cannot_be_undone_on_a_closed_day(self) -> None:
        response = self.say()
        self.submit()

        with pytest.raises(DayClosed):
            self.say(self.mona)
        with pytest.raises(DayClosed):
            unmark_nothing(statement=response, by=self.mona)

    def test_can_be_undone_and_its_history_stays(self) -> None:
        response = self.say()

        unmark_nothing(statement=response, by=self.mona)

        assert not NothingToday.objects.exists()
        last = NothingToday.history.latest()
        assert (last.history_type, last.history_user) == ("-", self.mona)

    def test_is_over_once_a_record_comes(self) -> None:
        self.say()

        self.receive()

        (received,) = (
            part for part in DayContents.of(self.site, MONDAY).modules if part.module.slug == "received"
        )
        assert received.nothing is None
        self.submit()
        assert not NothingToday.objects.filter(module="received").exists()

    def test_is_for_daily_modules_only(self) -> None:
        with pytest.raises(ValidationError, match="No day needs this"):
            mark_nothing(
                site=self.site, date=MONDAY, module=module("inventory"), by=self.alice, reason="No time"
            )


class TestLate(DayTestCase):
    def submit_at(self, moment: dt.datetime) -> SiteDay:
        with mock.patch.object(timezone, "now", return_value=moment):
            return self.submit()

    def test_is_what_is_submitted_after_the_cut_off(self) -> None:
        cut_off = self.site.cut_off_of(MONDAY)

        assert self.submit_at(cut_off + dt.timedelta(seconds=1)).is_late

    def test_is_nothing_that_is_submitted_in_time(self) -> None:
        assert not self.submit_at(self.site.cut_off_of(MONDAY)).is_late

    def test_is_not_what_is_corrected_later(self) -> None:
        day = self.submit_at(self.site.cut_off_of(MONDAY))
        reopen_day(day=day, by=self.mona, reason="A ticket was missing.")

        assert not self.submit().is_late


class TestApprove(DayTestCase):
    def test_stores_who_and_when_next_to_the_submission(self) -> None:
        day = approve_day(day=self.submit(), by=self.mona)

        day.refresh_from_db()
        assert (day.status, day.submitted_by, day.approved_by) == (
            DayStatus.APPROVED,
            self.alice,
            self.mona,
        )

    def test_takes_a_manager(self) -> None:
        day = self.submit()

        for person, refusal in (
            (self.alice, PermissionDenied),
            (self.victor, PermissionDenied),
            (self.oscar, NotVisible),
        ):
            with pytest.raises(refusal):
                approve_day(day=day, by=person)

    def test_takes_a_submitted_day(self) -> None:
        day = approve_day(day=self.submit(), by=self.mona)

        with pytest.raises(ValidationError, match="Only a submitted day"):
            approve_day(day=day, by=self.mona)

    def test_keeps_the_figures_as_they_are(self) -> None:
        self.receive(qty_ton="12.345")
        self.produce(qty_ton="0.1", notes="a")

        day = approve_day(day=self.submit(), by=self.mona)

        day.refresh_from_db()
        kept = {(line.module, line.of): line.figures for line in figures_from_json(day.approved_figures)}
        assert {name: amount for name, amount in kept["received", None].items() if amount} == {
            "records": 1,
            "qty_ton": Decimal("12.345"),
        }
        assert kept["inventory", self.debris.pk]["opening_ton"] == 0
        assert kept["inventory", self.debris.pk]["received_ton"] == Decimal("12.345")
        assert kept["inventory", self.aggregate.pk]["closing_ton"] == Decimal("0.100")
        assert day.history.latest().approved_figures == day.approved_figures

    def test_keeps_the_product_made(self) -> None:
        self.receive(qty_ton="12")
        self.produce(qty_ton="7.5")
        self.produce(material=self.debris.pk, operation=self.feeding.pk, qty_ton="9")

        day = approve_day(day=self.submit(), by=self.mona)

        shown = {
            str(line.what): line.figures for line in shown_lines(figures_from_json(day.approved_figures))
        }
        assert {str(name): figure for name, figure in shown["Production"]} == {
            "Records": "2",
            "Output": "7.50 t",
            "Feed used": "9.00 t",
        }

    def test_carries_the_ledger_on_and_shows_where_it_differs(self) -> None:
        self.receive(date=TUESDAY, qty_ton="5")
        day = approve_day(day=make_submitted_day(self.site, TUESDAY, by=self.alice), by=self.mona)

        self.receive(date=MONDAY, qty_ton="2.5")

        now = figures_of_day(self.site, TUESDAY)
        shown = [
            (str(found.what), str(found.figure), found.approved, found.now)
            for found in differences(figures_from_json(day.approved_figures), now)
        ]
        assert shown == [("Debris", "Opening", "0.00", "2.50"), ("Debris", "Closing", "5.00", "7.50")]

    def test_stays_unchanged_when_a_material_gets_another_code_and_name(self) -> None:
        self.receive(qty_ton="5")
        day = approve_day(day=self.submit(), by=self.mona)

        self.debris.code, self.debris.name = "RUBBLE", "Rubble"
        self.debris.save()

        approved = figures_from_json(day.approved_figures)
        assert differences(approved, figures_of_day(self.site, MONDAY)) == []
        assert [str(line.what) for line in shown_lines(approved)] == ["Received material", "Rubble"]

    def test_shows_the_present_name_of_a_material_that_differs(self) -> None:
        self.receive(qty_ton="5")
        day = approve_day(day=self.submit(), by=self.mona)
        self.debris.name = "Rubble"
        self.debris.save()

        found = differences(figures_from_json(day.approved_figures), [])

        assert {str(line.what) for line in found} == {"Received material", "Rubble"}

    def test_does_not_compare_a_figure_that_was_not_stored(self) -> None:
        self.receive(qty_ton="5", loads="1")
        day = approve_day(day=self.submit(), by=self.mona)
        stored = figures_from_json(day.approved_figures)
        older = [
            line._replace(figures={name: tons for name, tons in line.figures.items() if name != "loads"})
            for line in stored
        ]

        assert differences(older, figures_of_day(self.site, MONDAY)) == []

    def test_compares_tons_approved_as_one_figure_with_the_sum_of_their_parts(self) -> None:
        self.receive(qty_ton="20")
        self.produce(qty_ton="7.5")
        self.produce(material=self.debris.pk, operation=self.feeding.pk, qty_ton="9")
        now = [line for line in figures_of_day(self.site, MONDAY) if line.module == "production"]

        def approved(tons: str) -> list[FigureLine]:
            return [now[0]._replace(figures={"records": Decimal(2), "qty_ton": Decimal(tons)})]

        assert differences(approved("16.5"), now) == []
        found = differences(approved("16.0"), now)
        assert [(str(one.figure), one.approved, one.now) for one in found] == [("Tons", "16.00", "16.50")]
        assert [str(label) for label, _figure in shown_lines(approved("16"))[0].figures] == [
            "Records",
            "Tons",
        ]

    def test_closes_the_day(self) -> None:
        approve_day(day=self.submit(), by=self.ada)

        with pytest.raises(DayClosed, match="approved"):
            self.receive()


class TestReopen(DayTestCase):
    def test_lets_records_in_again_and_keeps_why(self) -> None:
        day = approve_day(day=self.submit(), by=self.mona)

        day = reopen_day(day=day, by=self.mona, reason=" Two tickets were missing. ")

        assert (day.status, day.reopen_reason) == (DayStatus.REOPENED, "Two tickets were missing.")
        assert self.receive().record.pk

    def test_takes_a_manager_and_a_reason(self) -> None:
        day = self.submit()

        with pytest.raises(PermissionDenied):
            reopen_day(day=day, by=self.alice, reason="because")
        with pytest.raises(ValidationError, match="Say why"):
            reopen_day(day=day, by=self.mona, reason="  ")

        assert SiteDay.objects.get().is_closed

    def test_takes_a_closed_day(self) -> None:
        day = reopen_day(day=self.submit(), by=self.mona, reason="A ticket was missing.")

        with pytest.raises(ValidationError, match="This day is open"):
            reopen_day(day=day, by=self.mona, reason="Again.")

    def test_can_be_followed_by_another_submission(self) -> None:
        reopen_day(day=self.submit(), by=self.mona, reason="A ticket was missing.")

        day = self.submit()

        assert day.status == DayStatus.SUBMITTED
        with pytest.raises(DayClosed):
            self.receive()


class TestHistory(DayTestCase):
    def test_shows_who_did_what_when(self) -> None:
        day = approve_day(day=self.submit(), by=self.mona)
        reopen_day(day=day, by=self.ada, reason="A ticket was missing.")

        lines = [
            (line.status, line.history_user)
            for line in day.history.order_by("history_id")
            if line.status != DayStatus.OPEN
        ]
        assert lines == [
            (DayStatus.SUBMITTED, self.alice),
            (DayStatus.APPROVED, self.mona),
            (DayStatus.REOPENED, self.ada),
        ]


class TestPairs(DayTestCase):
    def test_of_who_and_when_cannot_be_torn(self) -> None:
        self.submit()

        for torn in (
            {"submitted_by": None},
            {"submitted_at": None},
            {"approved_by": self.mona},
            {"reopened_by": self.mona},
            {"status": DayStatus.APPROVED},
            {"status": DayStatus.REOPENED},
        ):
            with self.subTest(torn=torn), pytest.raises(IntegrityError), transaction.atomic():
                SiteDay.objects.update(**torn)


class TestFiguresStoredByCode(DayTestCase):
    """Days that were approved before figures were stored by the id of their material."""

    def setUp(self) -> None:
        self.migration = importlib.import_module("records.migrations.0005_approved_figures_by_id")
        self.receive(qty_ton="5")
        self.day = approve_day(day=self.submit(), by=self.mona)
        self.stored = self.day.approved_figures
        self.migration.by_code(apps, None)

    def lines(self) -> list[tuple[object, object]]:
        self.day.refresh_from_db()
        return [(line["of"], line["label"]) for line in self.day.approved_figures or ()]

    def test_get_the_id_and_go_back_to_the_code(self) -> None:
        assert self.lines() == [("", ""), ("DEBRIS", "Debris")]

        self.migration.by_id(apps, None)

        assert self.lines() == [(None, ""), (self.debris.pk, "Debris")]
        assert self.day.approved_figures == self.stored
        assert self.day.history.latest().approved_figures == self.stored

    def test_get_the_material_that_had_the_code_when_the_day_was_approved(self) -> None:
        self.debris.code = "RUBBLE"
        self.debris.save()
        make_material(code="DEBRIS", name="Another debris")

        self.migration.by_id(apps, None)

        assert self.lines() == [(None, ""), (self.debris.pk, "Debris")]
        self.migration.by_code(apps, None)
        assert self.lines() == [("", ""), ("DEBRIS", "Debris")]

    def test_keep_the_name_of_a_material_that_is_gone(self) -> None:
        self.day.refresh_from_db()
        assert self.day.approved_figures is not None
        self.day.approved_figures[1]["of"] = "GONE"
        self.day.save()

        self.migration.by_id(apps, None)

        assert self.lines() == [(None, ""), (-2, "Debris")]
        shown = shown_lines(figures_from_json(self.day.approved_figures))
        assert [str(line.what) for line in shown] == ["Received material", "Debris"]
        self.migration.by_code(apps, None)
        assert self.lines() == [("", ""), ("GONE", "Debris")]


class TestTonsStoredInOneFigure(DayTestCase):
    """Days that were approved when production had one figure for all tons."""

    def setUp(self) -> None:
        self.migration = importlib.import_module("production.migrations.0005_parts_of_approved_tons")
        self.receive(qty_ton="50")
        self.produce(qty_ton="2.5")
        self.produce(material=self.debris.pk, operation=self.feeding.pk, qty_ton="7")
        self.day = approve_day(day=self.submit(), by=self.mona)
        self.stored = self.figures()
        self.migration.join(apps, None)

    def figures(self) -> dict[str, Decimal]:
        self.day.refresh_from_db()
        assert self.day.history.latest().approved_figures == self.day.approved_figures
        lines = figures_from_json(self.day.approved_figures)
        return {
            name: tons
            for line in lines
            if (line.module, line.of) == ("production", None)
            for name, tons in line.figures.items()
        }

    def test_get_the_parts_and_go_back_to_one_figure(self) -> None:
        assert self.figures() == {"records": 2, "qty_ton": Decimal("9.5")}

        self.migration.split(apps, None)

        later = dict.fromkeys(("used_ton", "disposed_ton"), Decimal(0))
        assert self.figures() | later == self.stored
        assert (self.stored["output_ton"], self.stored["feed_ton"]) == (Decimal("2.5"), Decimal(7))

    def test_keep_the_figure_where_the_records_no_longer_add_up_to_it(self) -> None:
        reopen_day(day=self.day, by=self.mona, reason="A shift was missing.")
        self.produce(shift="night", qty_ton="1")

        self.migration.split(apps, None)

        self.day.refresh_from_db()
        lines = figures_from_json(self.day.approved_figures)
        assert [line.figures["qty_ton"] for line in lines if line.module == "production"] == [Decimal("9.5")]
