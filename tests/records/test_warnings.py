"""What is response about is response once, in these very words, and kept; what cannot be is refused."""

import datetime as dt
from unittest.mock import patch

import pytest

from manpower.models import ManpowerLog
from manpower.module import MANPOWER
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records.errors import ConfirmationNeeded
from records.forms import RowCleaner
from records.warnings import confirmation_of, is_confirmed
from tests.factories import make_role, make_site
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase

ONE_DAY = dt.timedelta(days=1)
NOON = dt.datetime(2026, 3, 9, 12, tzinfo=dt.UTC)


class TestDate(RecordsTestCase):
    def setUp(self) -> None:
        self.enterContext(patch("django.utils.timezone.now", return_value=NOON))
        self.site.entry_days_back = 7
        self.site.save()

    def test_today_and_the_days_that_the_site_allows_need_no_confirmation(self) -> None:
        today = self.site.today()

        assert self.receive(date=today).warnings == self.receive(date=today - 7 * ONE_DAY).warnings == ()

    def test_earlier_dates_need_confirmation(self) -> None:
        with pytest.raises(ConfirmationNeeded) as response:
            self.receive(date=dt.date(2026, 3, 1), confirmed=False)

        assert response.value.warnings == ("Sun 1 Mar 2026 is more than 7 days back. Is that the date?",)

    def test_any_date_is_accepted_where_the_site_has_no_limit(self) -> None:
        self.site.entry_days_back = None
        self.site.save()

        assert self.receive(date=dt.date(2020, 1, 1)).warnings == ()

    def test_needs_no_new_confirmation_while_another_field_is_corrected(self) -> None:
        record = self.receive(date=dt.date(2026, 3, 1)).record

        corrected = self.correct(record, {"qty_ton": "11"})

        assert corrected.warnings == ()
        assert corrected.record.confirmed_warnings == record.confirmed_warnings

    def test_in_the_future_is_rejected_by_the_sites_own_day(self) -> None:
        there = make_site(timezone="Pacific/Auckland")
        values = {**self.load(), "date": dt.date(2026, 3, 10)}

        refused = self.refusal_of(RECEIVED, values)

        assert refused == {"date": ["10 Mar 2026 is in the future: today is Mon 9 Mar 2026 at this site."]}
        assert self.receive(date=dt.date(2026, 3, 10), site=there, by=self.ada).record.pk

    def test_beyond_the_limits_is_rejected_in_one_sentence(self) -> None:
        refused = self.refusal_of(RECEIVED, self.load(date="3000-01-01"))

        assert len(refused["date"]) == 1


class TestConfirmation(RecordsTestCase):
    def test_covers_what_was_shown_and_nothing_else(self) -> None:
        shown = confirmation_of(["the one", "the other"])

        assert is_confirmed(["the one", "the other"], shown)
        assert is_confirmed(["the other"], shown)
        assert not is_confirmed(["the other", "a third"], shown)
        assert not is_confirmed(["the one"], "")
        assert is_confirmed([], "")

    def test_of_one_warning_does_not_save_past_another_that_came_meanwhile(self) -> None:
        self.receive(qty_ton="12")
        with pytest.raises(ConfirmationNeeded) as first:
            self.receive(qty_ton="12", confirmed=False)
        shown = confirmation_of(first.value.warnings)
        self.site.entry_days_back = 0
        self.site.save()

        with pytest.raises(ConfirmationNeeded) as second:
            self.receive(qty_ton="12", confirmed=shown)

        assert len(second.value.warnings) == 2
        assert ReceivedMaterial.objects.count() == 1
        self.receive(qty_ton="12", confirmed=confirmation_of(second.value.warnings))
        assert ReceivedMaterial.objects.count() == 2


class TestConfirmedWarnings(RecordsTestCase):
    def test_are_checked_again_where_their_fields_are_corrected(self) -> None:
        self.receive(qty_ton="12")
        record = self.receive(qty_ton="12").record
        assert len(record.confirmed_warnings) == 1

        corrected = self.correct(record, {"date": TUESDAY}).record

        assert corrected.confirmed_warnings == []

    def test_of_a_record_that_moves_to_another_site_are_that_sites(self) -> None:
        self.receive(qty_ton="12", site=self.other_site, by=self.ada)
        record = self.receive(qty_ton="12").record

        with pytest.raises(ConfirmationNeeded, match="check the warnings"):
            self.correct(record, {}, site=self.other_site, by=self.ada)


class TestRowsOfAFile(RecordsTestCase):
    def test_are_checked_one_by_one(self) -> None:
        self.site.entry_days_back = 7
        drivers = make_role(code="DRIVER")
        cleaner = RowCleaner(MANPOWER.form, site=self.site)

        def row(hours: str) -> ManpowerLog:
            typed = {"date": MONDAY, "role": drivers.code, "headcount": 3, "hours": hours}
            with self.assertNumQueries(0):
                cleaned = cleaner.clean(typed)
            assert isinstance(cleaned, ManpowerLog)
            return cleaned

        assert row("8").confirmed_warnings == []
        assert row("9").confirmed_warnings == ["9.00 hours are more than the 8.00 that the site works a day."]
