"""What is special about manpower: labour hours are headcount × hours, and add up by role and shift."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from core.db.constraints import violated_constraint
from manpower.models import ManpowerLog, ManpowerRole
from manpower.module import MANPOWER
from records import operations
from records.choices import Shift, Source
from records.errors import ConfirmationNeeded, DuplicateRecord
from records.models import operation_writes
from tests.factories import make_manpower_log, make_role
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase


class ManpowerTestCase(RecordsTestCase):
    drivers: ManpowerRole
    labourers: ManpowerRole

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.drivers = make_role(code="DRIVER", name="Driver", position=2)
        cls.labourers = make_role(code="LABOURER", name="Labourer", position=1)

    def typed(self, **changes: object) -> dict[str, object]:
        """Return what a clerk types for Monday's drivers."""
        return {"date": MONDAY, "role": self.drivers.pk, "headcount": "3", "hours": "7.25", **changes}

    def log(self, *, confirmed: bool = False, **changes: object) -> ManpowerLog:
        return operations.create(
            module=MANPOWER,
            values=self.typed(**changes),
            site=self.site,
            by=self.alice,
            source=Source.PAGE,
            confirmed=confirmed,
        ).record

    def refused(self, **changes: object) -> dict[str, list[str]]:
        return self.refusal_of(MANPOWER, self.typed(**changes))


class TestManpowerLog(ManpowerTestCase):
    def test_has_one_record_for_each_role_and_shift_of_a_day(self) -> None:
        self.log()

        self.log(shift="night")
        self.log(role="LABOURER")
        self.log(date=TUESDAY)

        assert ManpowerLog.objects.count() == 4
        with pytest.raises(DuplicateRecord) as refused:
            self.log(headcount="1")
        assert refused.value.form.non_field_errors() == [
            "This role has a record for this date and shift already: edit that one."
        ]

    def test_headcount_is_from_nobody_to_500(self) -> None:
        assert self.refused(headcount="501") == {"headcount": ["The headcount is between 0 and 500."]}
        assert set(self.refused(headcount="-1")) == set(self.refused(headcount="2.5")) == {"headcount"}
        assert self.log(headcount="0").headcount == 0
        assert self.log(headcount="500", shift="night").labour_hours == 3625

    def test_hours_are_from_nothing_to_a_whole_day(self) -> None:
        assert self.refused(hours="24.01") == {"hours": ["Hours are between 0 and 24 for each person."]}
        assert set(self.refused(hours="-1")) == set(self.refused(hours="7.255")) == {"hours"}
        assert self.log(hours="24", confirmed=True).labour_hours == 72

    def test_hours_beyond_the_shift_or_the_working_day_need_confirmation(self) -> None:
        for shift, sentence in (
            ("night", "8.01 hours are more than the 8.00 of a shift."),
            ("", "8.01 hours are more than the 8.00 that the site works a day."),
        ):
            with pytest.raises(ConfirmationNeeded) as needed:
                self.log(shift=shift, hours="8.01")

            assert needed.value.warnings == (sentence,)

    def test_needs_date_role_headcount_and_hours(self) -> None:
        assert set(self.refused(date="", role="", headcount="", hours="")) == {
            "date",
            "role",
            "headcount",
            "hours",
        }

    def test_labour_hours_are_exact(self) -> None:
        assert str(self.log(hours="0.07", headcount="3").labour_hours) == "0.21"

    def test_is_held_to_its_rules_by_the_database_too(self) -> None:
        record = self.log()
        wrong: dict[str, Callable[[ManpowerLog], None]] = {
            "headcount_range": lambda row: setattr(row, "headcount", 501),
            "hours_range": lambda row: setattr(row, "hours", Decimal("24.01")),
            "shift_known": lambda row: setattr(row, "shift", "dusk"),
        }

        for name, spoil in wrong.items():
            row = ManpowerLog.objects.get(pk=record.pk)
            spoil(row)
            with pytest.raises(IntegrityError) as refused, transaction.atomic(), operation_writes():
                row.save()

            constraint = violated_constraint(ManpowerLog, refused.value)
            assert constraint is not None
            assert constraint.name == f"manpower_manpowerlog_{name}"


class TestTotals(ManpowerTestCase):
    def setUp(self) -> None:
        make_manpower_log(self.site, self.drivers, by=self.alice, date=MONDAY, headcount=3, hours="7.5")
        for date in (MONDAY, TUESDAY):
            make_manpower_log(
                self.site,
                self.labourers,
                by=self.alice,
                date=date,
                headcount=10,
                hours="8",
                shift=Shift.MORNING,
            )
        make_manpower_log(
            self.site, self.labourers, by=self.alice, date=MONDAY, headcount=2, shift=Shift.NIGHT
        )

    def listing(self, **query: str) -> HttpResponse:
        client = Client()
        client.force_login(self.victor)
        requested = {"site": "YARD-NORTH", "from": "2026-03-01", "to": "2026-03-31", "totals": "1", **query}
        return client.get(reverse("manpower:list"), requested)  # type: ignore[return-value]  # the test client's own type of answer

    def totals(self, **query: str) -> list[tuple[str, list[str], str]]:
        """Return the lines of the totals by role and shift, the sum of all last."""
        answer = self.listing(**query)
        cross = answer.context["listing"].cross  # type: ignore[attr-defined]  # the test client's answer
        return [
            (
                str(row.label),
                [" ".join(figure.text for figure in cell or ()) for cell in row.cells],
                " ".join(figure.text for figure in row.total),
            )
            for row in (*cross.rows, cross.total)
        ]

    def test_add_up_by_role_and_shift(self) -> None:
        assert self.totals() == [
            ("Labourer", ["", "160.00 20", "16.00 2"], "176.00 22"),
            ("Driver", ["22.50 3", "", ""], "22.50 3"),
            ("", ["22.50 3", "160.00 20", "16.00 2"], "198.50 25"),
        ]

    def test_follow_the_filter(self) -> None:
        assert self.totals(shift="night") == [
            ("Labourer", ["16.00 2"], "16.00 2"),
            ("", ["16.00 2"], "16.00 2"),
        ]

    def test_are_shown_under_the_list_with_their_units(self) -> None:
        answer = self.listing()

        self.assertContains(answer, "Totals by Role and Shift")
        self.assertContains(answer, "198.50")

    def test_come_with_the_other_totals_and_with_a_saved_entry(self) -> None:
        client = Client()
        client.force_login(self.alice)
        address = "?site=YARD-NORTH&from=2026-03-01&to=2026-03-31"
        fragment = {"HX-Request": "true"}

        requested = client.get(
            reverse("manpower:list") + address + "&totals=1", headers={**fragment, "HX-Target": "totals"}
        )
        saved = client.post(
            reverse("manpower:create") + address,
            self.typed(date=TUESDAY, shift="night"),
            headers={**fragment, "HX-Target": "entry"},
        )

        for answer in (requested, saved):
            self.assertContains(answer, 'id="cross" hx-swap-oob="true"')
        self.assertContains(saved, "220.25")
