"""When a site works."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client, TestCase
from django.urls import reverse

from sites.models import Holiday, Site, Weekday, working_days
from tests.factories import make_holiday, make_site, make_user
from tests.sites.test_admin import members, works

# A Thursday; the month began on a Sunday.
TODAY = dt.date(2026, 3, 12)


class TestWorkingDay(TestCase):
    def test_is_monday_to_saturday_unless_the_site_says_otherwise(self) -> None:
        site = make_site()

        days = [date for date in week_of(TODAY) if site.is_working_day(date)]

        assert [Weekday(date.isoweekday()) for date in days] == list(Weekday)[:6]

    def test_follows_the_weekdays_of_the_site(self) -> None:
        site = make_site(working_weekdays="1234")

        assert site.weekdays == (Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY)
        assert site.is_working_day(TODAY)
        assert not site.is_working_day(TODAY + dt.timedelta(days=1))

    def test_is_no_holiday(self) -> None:
        site, other = make_site(), make_site()
        make_holiday(site, TODAY)

        assert not site.is_working_day(TODAY)
        assert other.is_working_day(TODAY)

    def test_needs_no_question_on_a_free_weekday(self) -> None:
        site = make_site()

        with self.assertNumQueries(0):
            assert not site.is_working_day(dt.date(2026, 3, 15))


class TestWorkingDays(TestCase):
    def test_knows_each_site_s_weekdays_and_holidays(self) -> None:
        six, five = make_site(), make_site(working_weekdays="12345")
        make_holiday(six, dt.date(2026, 3, 20))
        make_holiday(five, dt.date(2026, 3, 21))

        with self.assertNumQueries(1):
            days = working_days([six, five], first=dt.date(2026, 3, 1), last=dt.date(2026, 3, 31))

        assert (len(days[six.pk]), len(days[five.pk])) == (25, 22)
        assert dt.date(2026, 3, 20) not in days[six.pk]
        assert dt.date(2026, 3, 20) in days[five.pk]

    def test_includes_both_ends(self) -> None:
        site = make_site()

        assert working_days([site], first=TODAY, last=TODAY) == {site.pk: frozenset({TODAY})}

    def test_of_no_days_is_empty(self) -> None:
        site = make_site()

        days = working_days([site], first=TODAY, last=TODAY - dt.timedelta(days=1))

        assert days == {site.pk: frozenset()}


class TestTheRules(TestCase):
    def test_keep_weekdays_in_order_and_at_least_one(self) -> None:
        for wrong in ("", "21", "8", "11", "1x"):
            with self.subTest(wrong), pytest.raises(IntegrityError, match="sites_site_working_weekdays"):
                store_site(working_weekdays=wrong)

    def test_keep_hours_and_tolerance_within_their_bounds(self) -> None:
        for wrong in ("0", "24.01", "-1"):
            with self.subTest(wrong), pytest.raises(IntegrityError, match="sites_site_working_hours"):
                store_site(working_hours=wrong)
        for wrong in ("-0.01", "100.01"):
            with self.subTest(wrong), pytest.raises(IntegrityError, match="sites_site_count_tolerance"):
                store_site(count_tolerance_percent=wrong)

    def test_are_shown_next_to_the_field(self) -> None:
        site = make_site()
        site.working_weekdays, site.working_hours, site.count_tolerance_percent = (
            "",
            Decimal(25),
            Decimal(101),
        )

        with pytest.raises(ValidationError) as refused:
            site.full_clean()

        assert set(refused.value.message_dict) == {
            "working_weekdays",
            "working_hours",
            "count_tolerance_percent",
        }

    def test_let_a_date_be_a_holiday_once(self) -> None:
        site = make_site()
        make_holiday(site, TODAY)
        again = Holiday(site=site, date=TODAY, name="Again")

        with pytest.raises(ValidationError, match="holiday of this site already"):
            again.full_clean()


@pytest.mark.django_db
class TestSiteInTheAdmin:
    def test_edits_holidays_and_shows_them_in_the_history(self, client: Client) -> None:
        site = make_site(code="YARD-NORTH", name="North yard")
        client.force_login(make_user(is_superuser=True))
        sent = {
            "code": "YARD-NORTH",
            "name": "North yard",
            "is_active": "on",
            **members(),
            **works({"date": "2026-12-25", "name": "Christmas Day"}),
            "working_weekdays": ["5"],
            "count_tolerance_percent": "2.5",
        }

        answer = client.post(reverse("admin:sites_site_change", args=[site.pk]), sent)

        site = Site.objects.get(pk=site.pk)
        assert answer.status_code == 302
        assert site.count_tolerance_percent == Decimal("2.50")
        assert [str(holiday) for holiday in site.holidays.all()] == ["2026-12-25 · Christmas Day"]
        history = client.get(reverse("admin:sites_site_history", args=[site.pk])).content.decode()
        assert "Christmas Day" in history

    def test_leaves_settings_with_a_date_to_the_calendar_page(self, client: Client) -> None:
        site = make_site(code="YARD-NORTH")
        client.force_login(make_user(is_superuser=True))

        page = client.get(reverse("admin:sites_site_change", args=[site.pk])).content.decode()

        assert "/calendar/?site=YARD-NORTH" in page
        assert 'name="working_hours"' not in page

    def test_saves_a_new_site_as_the_form_offers_it(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))
        address = reverse("admin:sites_site_add")
        form = client.get(address).context["adminform"].form
        offered = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        sent = {name: value for name, value in offered.items() if value not in (None, False)}
        sent |= {
            "code": "YARD-NEW",
            "name": "New yard",
            "working_weekdays": list(str(sent["working_weekdays"])),
        }

        answer = client.post(
            address, {**sent, **members(), "holidays-TOTAL_FORMS": 0, "holidays-INITIAL_FORMS": 0}
        )

        site = Site.objects.get(code="YARD-NEW")
        assert answer.status_code == 302
        assert (site.timezone, site.working_weekdays, site.valid_from) == ("UTC", "123456", None)

    def test_asks_a_new_site_for_a_working_day(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))

        answer = client.post(
            reverse("admin:sites_site_add"), {**members(), **works(), "working_weekdays": []}
        )

        assert "A site works on at least one day of the week." in answer.content.decode()


def week_of(date: dt.date) -> list[dt.date]:
    monday = date - dt.timedelta(days=date.weekday())
    return [monday + dt.timedelta(days=number) for number in range(7)]


def store_site(**fields: str) -> None:
    """Store a site with these fields, past every form."""
    with transaction.atomic():
        Site.objects.create(code="ODD-1", name="Odd", **fields)
