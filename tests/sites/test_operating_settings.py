"""Settings with a date: figures of a date follow what held on it, and operating dates never run backwards."""

import datetime as dt
import zoneinfo
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import TestCase
from hypothesis import given

from sites.calendar import changes
from sites.models import EarlierSettings, Role, Site, User, working_days
from tests.factories import make_holiday, make_material, make_member, make_received, make_site

MAY, JUNE, JULY = dt.date(2026, 5, 1), dt.date(2026, 6, 1), dt.date(2026, 7, 1)
ONE_DAY = dt.timedelta(days=1)
ZONES = sorted(zoneinfo.available_timezones())
QUARTERS = [dt.time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45)]


class SettingsTestCase(TestCase):
    site: Site
    mona: User

    @classmethod
    def setUpTestData(cls) -> None:
        cls.site = make_site(working_hours="16")
        cls.mona = make_member(cls.site, role=Role.MANAGER)

    def change(self, valid_from: dt.date | None, **values: object) -> None:
        changes.change_settings(site=self.site, by=self.mona, valid_from=valid_from, values=values)

    def stored(self) -> Site:
        return Site.objects.get(pk=self.site.pk)

    def hours_on(self, *dates: dt.date) -> list[Decimal]:
        site = self.stored()
        return [site.settings_on(date).working_hours for date in dates]


class TestChangeSettings(SettingsTestCase):
    def test_leaves_dates_before_as_they_were(self) -> None:
        self.change(JUNE, working_hours=Decimal(24))

        assert self.hours_on(JUNE - ONE_DAY, JUNE, JULY) == [16, 24, 24]

    def test_keeps_what_is_not_changed(self) -> None:
        self.change(MAY, working_weekdays="12345")
        self.change(JUNE, working_hours=Decimal(24))

        assert self.stored().settings_on(JUNE).working_weekdays == "12345"

    def test_corrects_the_settings_that_begin_on_the_same_date(self) -> None:
        self.change(JUNE, working_hours=Decimal(24))

        self.change(JUNE, working_hours=Decimal(20))

        assert self.hours_on(JUNE - ONE_DAY, JUNE) == [16, 20]
        assert EarlierSettings.objects.count() == 1

    def test_begins_within_an_earlier_period(self) -> None:
        self.change(JULY, working_hours=Decimal(24))

        self.change(JUNE, working_hours=Decimal(20))

        assert self.hours_on(MAY, JUNE, JULY - ONE_DAY, JULY) == [16, 20, 20, 24]

    def test_corrects_the_beginning(self) -> None:
        self.change(JULY, working_hours=Decimal(24))

        self.change(None, working_hours=Decimal(12))

        assert self.hours_on(dt.date(1990, 1, 1), JULY) == [12, 24]

    def test_takes_a_date_to_come(self) -> None:
        coming = self.site.today() + dt.timedelta(days=30)

        self.change(coming, working_weekdays="1234567")

        sunday = next(
            coming - dt.timedelta(days=n) for n in range(1, 8) if (coming - n * ONE_DAY).isoweekday() == 7
        )
        assert not self.stored().works_on_weekday(sunday)
        assert self.stored().works_on_weekday(sunday + dt.timedelta(days=7))

    def test_is_refused_below_manager(self) -> None:
        alice = make_member(self.site, role=Role.OPERATOR)

        with pytest.raises(PermissionDenied):
            changes.change_settings(
                site=self.site, by=alice, valid_from=JUNE, values={"working_hours": Decimal(9)}
            )

    def test_refuses_an_invalid_value_and_keeps_everything(self) -> None:
        with pytest.raises(ValidationError, match="at most 24 hours"):
            self.change(JUNE, working_hours=Decimal(25))

        assert self.hours_on(JUNE) == [16]
        assert not EarlierSettings.objects.exists()

    def test_is_kept_in_the_history_with_its_person(self) -> None:
        self.change(JUNE, working_hours=Decimal(24))

        assert EarlierSettings.history.latest().history_user == self.mona
        assert Site.history.filter(id=self.site.pk).latest().history_user == self.mona


class TestRemoveSettings(SettingsTestCase):
    def remove(self, valid_from: dt.date) -> None:
        changes.remove_settings(site=self.site, by=self.mona, valid_from=valid_from)

    def test_lets_the_settings_before_hold_on(self) -> None:
        self.change(JUNE, working_hours=Decimal(20))
        self.change(JULY, working_hours=Decimal(24))

        self.remove(JULY)

        assert self.hours_on(MAY, JULY) == [16, 20]
        assert self.stored().valid_from == JUNE

    def test_removes_a_period_in_between(self) -> None:
        self.change(JUNE, working_hours=Decimal(20))
        self.change(JULY, working_hours=Decimal(24))

        self.remove(JUNE)

        assert self.hours_on(JUNE, JULY) == [16, 24]

    def test_refuses_a_date_on_which_nothing_begins(self) -> None:
        with pytest.raises(ValidationError, match="No settings begin"):
            self.remove(JUNE)


class TestWorkingDays(SettingsTestCase):
    def test_follow_the_settings_of_each_date(self) -> None:
        make_holiday(self.site, dt.date(2026, 6, 4))
        self.change(JUNE, working_weekdays="1234567")

        days = working_days([self.stored()], first=dt.date(2026, 5, 25), last=dt.date(2026, 6, 7))

        assert sorted(date.day for date in days[self.site.pk]) == [1, 2, 3, 5, 6, 7, 25, 26, 27, 28, 29, 30]

    def test_take_one_more_query_for_all_sites_whose_settings_changed(self) -> None:
        others = [make_site() for _ in range(3)]
        for site in (self.site, *others):
            member = make_member(site, role=Role.MANAGER)
            changes.change_settings(
                site=site, by=member, valid_from=JUNE, values={"working_weekdays": "12345"}
            )
        sites = list(Site.objects.all())

        with self.assertNumQueries(2):
            working_days(sites, first=MAY, last=JULY)
        with self.assertNumQueries(1):
            working_days(sites, first=JUNE, last=JULY)


class TestEffectOnThePast(SettingsTestCase):
    def test_counts_the_working_days_that_it_moves(self) -> None:
        today = self.site.today()
        changed = EarlierSettings(valid_from=today - dt.timedelta(days=14), working_weekdays="1234567")

        effect = changes.effect_on_the_past(self.site, changed=changed)

        assert effect is not None
        assert (effect.days, effect.working_days_before, effect.working_days_after) == (14, 12, 14)

    def test_of_the_beginning_asks_where_records_may_be_older_than_the_site(self) -> None:
        changed = EarlierSettings(valid_from=None, working_weekdays="1")
        assert changes.effect_on_the_past(self.site, changed=changed) is None

        make_received(self.site, make_material(), by=self.mona, date=MAY, tons="5")

        effect = changes.effect_on_the_past(self.site, changed=changed)
        assert effect is not None
        assert effect.days == 365

    def test_is_none_from_today_on(self) -> None:
        changed = EarlierSettings(valid_from=self.site.today(), working_weekdays="1")

        assert changes.effect_on_the_past(self.site, changed=changed) is None


class TestOperatingDate:
    @given(
        zone=st.sampled_from(ZONES),
        start=st.sampled_from(QUARTERS),
        seconds=st.integers(min_value=0, max_value=20 * 365 * 24 * 3600),
        minutes=st.integers(min_value=1, max_value=36 * 60),
    )
    def test_never_runs_backwards(self, zone: str, start: dt.time, seconds: int, minutes: int) -> None:
        site = Site(timezone=zone, day_starts_at=start)
        moment = dt.datetime(2015, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)

        before, after = (site.operating_date(at) for at in (moment, moment + dt.timedelta(minutes=minutes)))

        assert before <= after

    @pytest.mark.parametrize(
        ("zone", "start", "around"),
        [
            ("Europe/Berlin", dt.time(2, 30), dt.datetime(2026, 10, 25, 0, tzinfo=dt.UTC)),
            ("America/Chicago", dt.time(1, 30), dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC)),
            ("Africa/Cairo", dt.time(23), dt.datetime(2026, 10, 29, 20, tzinfo=dt.UTC)),
            ("Australia/Lord_Howe", dt.time(1, 45), dt.datetime(2026, 4, 4, 14, tzinfo=dt.UTC)),
            ("Europe/Berlin", dt.time(2, 30), dt.datetime(2026, 3, 29, 0, tzinfo=dt.UTC)),
        ],
    )
    def test_never_runs_backwards_when_clocks_change(
        self, zone: str, start: dt.time, around: dt.datetime
    ) -> None:
        site = Site(timezone=zone, day_starts_at=start)
        moments = (around + dt.timedelta(minutes=5 * n) for n in range(60))

        dates = [site.operating_date(moment) for moment in moments]

        assert dates == sorted(dates)
        assert dates[-1] - dates[0] <= ONE_DAY

    @pytest.mark.django_db
    def test_moves_no_past_moment_when_the_zone_changes(self) -> None:
        site = make_site(timezone="UTC")
        moment = dt.datetime(2026, 5, 10, 3, tzinfo=dt.UTC)
        changes.change_settings(
            site=site,
            by=make_member(site, role=Role.MANAGER),
            valid_from=JUNE,
            values={"timezone": "Pacific/Honolulu"},
        )

        changed = Site.objects.get(pk=site.pk)

        assert changed.operating_date(moment) == dt.date(2026, 5, 10)
        assert changed.operating_date(moment.replace(month=7)) == dt.date(2026, 7, 9)

    @pytest.mark.django_db
    def test_follows_a_former_zone_at_the_other_end_of_the_earth(self) -> None:
        site = make_site(timezone="Pacific/Kiritimati")
        moment = dt.datetime(2026, 5, 10, 10, 30, tzinfo=dt.UTC)
        changes.change_settings(
            site=site,
            by=make_member(site, role=Role.MANAGER),
            valid_from=JUNE,
            values={"timezone": "Pacific/Pago_Pago"},
        )

        assert Site.objects.get(pk=site.pk).operating_date(moment) == dt.date(2026, 5, 11)


class TestCutOff:
    def test_is_the_same_time_on_the_clock_of_each_date(self) -> None:
        site = Site(timezone="Europe/Berlin", cut_off=dt.time(20))

        assert site.cut_off_of(dt.date(2026, 10, 24)).astimezone(dt.UTC).hour == 18
        assert site.cut_off_of(dt.date(2026, 10, 26)).astimezone(dt.UTC).hour == 19
