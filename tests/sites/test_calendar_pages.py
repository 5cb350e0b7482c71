"""The page of a site's calendar: who reads it, who changes it, and what it says."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext

from sites.calendar import changes
from sites.calendar.views import Year
from sites.models import Holiday, Site, User
from tests.factories import People, make_holiday, make_member, make_people, make_site

CHRISTMAS = dt.date(2026, 12, 25)
RULE = {
    "working_weekdays": ["1", "2", "3", "4", "5"],
    "working_hours": "7.5",
    "cut_off": "09:30",
    "cut_off_next_day": "on",
}
NEW_YEAR = {"name": "New Year", "first": "2026-01-01", "last": ""}


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


class CalendarTestCase(TestCase):
    people: People
    site: Site

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = make_people()
        cls.site = cls.people.site

    def stored(self) -> Site:
        return Site.objects.get(pk=self.site.pk)


class TestPage(CalendarTestCase):
    def test_says_when_the_site_works(self) -> None:
        make_holiday(self.site, CHRISTMAS, "Christmas Day")

        page = signed_in(self.people.victor).get("/calendar/?site=YARD-NORTH&year=2026").content.decode()

        assert "North yard works Monday to Saturday, 8 hours a day" in page
        assert "312 working days in 2026" in page
        assert 'title="Christmas Day"' in page

    def test_offers_changes_to_managers_alone(self) -> None:
        make_holiday(self.site, CHRISTMAS)
        for person, offered in (("victor", 0), ("alice", 0), ("mona", 4), ("ada", 4)):
            with self.subTest(person):
                page = signed_in(getattr(self.people, person)).get("/calendar/?site=YARD-NORTH&year=2026")

                main = page.content.decode().split("<main")[1]
                assert main.count('method="post"') == offered

    def test_of_another_site_does_not_exist(self) -> None:
        answer = signed_in(self.people.oscar).get("/calendar/?site=YARD-NORTH")

        assert answer.status_code == 404
        assert b"YARD-NORTH" not in answer.content

    def test_shows_this_year_for_nonsense(self) -> None:
        client = signed_in(self.people.mona)
        for requested in ("", "0", "99999", "x", "1899"):
            with self.subTest(requested):
                before = self.site.today().year

                page = client.get(f"/calendar/?site=YARD-NORTH&year={requested}")

                assert before <= page.context["year"].number <= self.site.today().year

    def test_ends_with_the_years_that_can_be_entered(self) -> None:
        first, last = Year(self.site, 1900), Year(self.site, 2999)

        assert (first.before, first.after) == (None, 1901)
        assert (last.before, last.after) == (2998, None)

    def test_compares_several_sites(self) -> None:
        south = make_site(code="YARD-SOUTH", name="South yard", working_weekdays="12345")
        both = make_member(self.site, south)

        page = signed_in(both).get("/calendar/?site=all&year=2026").content.decode()

        assert "Monday to Saturday" in page
        assert "Monday to Friday" in page
        assert ">313<" in page
        assert ">261<" in page

    def test_takes_as_many_queries_for_one_holiday_as_for_many(self) -> None:
        client = signed_in(self.people.mona)
        client.get("/calendar/?site=YARD-NORTH&year=2026")
        make_holiday(self.site, CHRISTMAS)
        with CaptureQueriesContext(connection) as one:
            client.get("/calendar/?site=YARD-NORTH&year=2026")
        for day in range(1, 20):
            make_holiday(self.site, dt.date(2026, 7, day))

        with self.assertNumQueries(len(one)):
            client.get("/calendar/?site=YARD-NORTH&year=2026")


class TestChange(CalendarTestCase):
    def test_by_a_manager_holds_from_its_date_on(self) -> None:
        today = self.site.today()

        answer = signed_in(self.people.mona).post(
            "/calendar/change/?site=YARD-NORTH&year=2025", {**RULE, "valid_from": today.isoformat()}
        )

        site = self.stored()
        assert answer["Location"] == "/calendar/?site=YARD-NORTH&year=2025"
        assert (site.working_weekdays, site.working_hours) == ("12345", Decimal("7.50"))
        assert (site.cut_off, site.cut_off_next_day) == (dt.time(9, 30), True)
        assert site.settings_on(today - dt.timedelta(days=1)).working_weekdays == "123456"
        line = Site.history.filter(id=site.pk).latest()
        assert line.history_user == self.people.mona

    def test_of_past_dates_says_what_it_moves_and_waits_for_a_confirmation(self) -> None:
        first = self.site.today() - dt.timedelta(days=14)
        sent = {**RULE, "valid_from": first.isoformat()}
        client = signed_in(self.people.mona)

        requested = client.post("/calendar/change/?site=YARD-NORTH", sent)

        assert requested.status_code == 422
        assert "This changes figures of 14 past days" in requested.content.decode()
        assert "Working days in this time: 10 instead of 12." in requested.content.decode()
        assert self.stored().working_weekdays == "123456"

        confirmed = client.post("/calendar/change/?site=YARD-NORTH", {**sent, "confirmed": "on"})

        assert confirmed.status_code == 302
        assert self.stored().settings_on(first).working_weekdays == "12345"

    def test_of_the_time_zone_is_for_admins(self) -> None:
        today = self.site.today().isoformat()
        sent = {**RULE, "valid_from": today, "timezone": "Europe/Berlin", "day_starts_at": "06:00"}

        signed_in(self.people.mona).post("/calendar/change/?site=YARD-NORTH", sent)
        assert self.stored().timezone == "UTC"

        signed_in(self.people.ada).post("/calendar/change/?site=YARD-NORTH", sent)
        assert (self.stored().timezone, self.stored().day_starts_at) == ("Europe/Berlin", dt.time(6))

    def test_by_anybody_else_is_refused(self) -> None:
        expected = {"victor": 403, "alice": 403, "oscar": 404, "ada": 302}
        today = self.site.today().isoformat()
        rule = {**RULE, "valid_from": today, "timezone": "UTC", "day_starts_at": "00:00"}
        for person, status in expected.items():
            for address, sent in (
                ("change", rule),
                ("holidays/add", NEW_YEAR),
                ("tolerance", {"count_tolerance_percent": "2"}),
                ("change", {}),
            ):
                with self.subTest(person=person, address=address):
                    client = signed_in(getattr(self.people, person))

                    answer = client.post(f"/calendar/{address}/?site=YARD-NORTH", sent)

                    assert answer.status_code == (422 if person == "ada" and not sent else status)

    def test_with_invalid_values_names_them_at_their_fields(self) -> None:
        wrong = {**RULE, "working_weekdays": [], "working_hours": "25"}

        answer = signed_in(self.people.mona).post("/calendar/change/?site=YARD-NORTH", wrong)

        assert answer.status_code == 422
        assert answer.context["settings_form"].errors == {
            "working_weekdays": ["A site works on at least one day of the week."],
            "working_hours": ["A working day has more than 0 and at most 24 hours."],
        }
        assert "North yard works Monday to Saturday" in answer.content.decode()
        assert self.stored().working_weekdays == "123456"

    def test_of_a_site_that_is_no_longer_active_is_refused(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(is_active=False)

        answer = signed_in(self.people.mona).post("/calendar/change/?site=YARD-NORTH", RULE)

        assert answer.status_code == 403

    def test_needs_one_site(self) -> None:
        assert signed_in(self.people.ada).post("/calendar/change/?site=all", RULE).status_code == 404

    def test_leaves_the_change_number_alone(self) -> None:
        stale = self.site
        Site.objects.filter(pk=stale.pk).update(change_number=7, name="Harbour yard")

        changes.change_settings(
            site=stale, by=self.people.mona, valid_from=None, values={"working_weekdays": "1"}
        )

        assert (self.stored().change_number, self.stored().name) == (7, "Harbour yard")

    def test_redirects_a_get_to_the_calendar(self) -> None:
        answer = signed_in(self.people.mona).get("/calendar/change/?site=YARD-NORTH&year=2025")

        assert answer["Location"] == "/calendar/?site=YARD-NORTH&year=2025"


class TestRemoveSettings(CalendarTestCase):
    def test_of_past_dates_waits_for_a_confirmation(self) -> None:
        first = self.site.today() - dt.timedelta(days=7)
        changes.change_settings(
            site=self.site, by=self.people.mona, valid_from=first, values={"working_weekdays": "1"}
        )
        client = signed_in(self.people.mona)

        requested = client.post("/calendar/settings/remove/?site=YARD-NORTH", {"first": first.isoformat()})

        assert requested.status_code == 422
        assert "Remove and change past figures" in requested.content.decode()
        assert self.stored().working_weekdays == "1"

        client.post(
            "/calendar/settings/remove/?site=YARD-NORTH", {"first": first.isoformat(), "confirmed": "on"}
        )

        assert self.stored().working_weekdays == "123456"

    def test_with_another_time_zone_is_for_admins(self) -> None:
        first = self.site.today() + dt.timedelta(days=7)
        changes.change_settings(
            site=self.site, by=self.people.ada, valid_from=first, values={"timezone": "Asia/Dubai"}
        )
        sent = {"first": first.isoformat()}
        pages = {
            name: signed_in(getattr(self.people, name)).get("/calendar/?site=YARD-NORTH").content.decode()
            for name in ("mona", "ada")
        }
        assert "An admin can remove it: time zone or start of the day change." in pages["mona"]
        assert "/calendar/settings/remove/" not in pages["mona"]
        assert "/calendar/settings/remove/" in pages["ada"]

        refused = signed_in(self.people.mona).post("/calendar/settings/remove/?site=YARD-NORTH", sent)

        assert refused.status_code == 403
        assert self.stored().timezone == "Asia/Dubai"

        signed_in(self.people.ada).post("/calendar/settings/remove/?site=YARD-NORTH", sent)

        assert self.stored().timezone == "UTC"

    def test_that_were_removed_already_shows_the_calendar(self) -> None:
        answer = signed_in(self.people.mona).post(
            "/calendar/settings/remove/?site=YARD-NORTH",
            {"first": "2026-06-01", "confirmed": "on"},
            follow=True,
        )

        assert answer.status_code == 200
        assert "No settings begin on this date." in answer.content.decode()


class TestTolerance(CalendarTestCase):
    def test_is_changed_at_once(self) -> None:
        signed_in(self.people.mona).post(
            "/calendar/tolerance/?site=YARD-NORTH", {"count_tolerance_percent": "2"}
        )

        assert self.stored().count_tolerance_percent == Decimal("2.00")

    def test_outside_its_bounds_is_refused(self) -> None:
        answer = signed_in(self.people.mona).post(
            "/calendar/tolerance/?site=YARD-NORTH", {"count_tolerance_percent": "-1"}
        )

        assert answer.context["tolerance"].errors == {
            "count_tolerance_percent": ["A tolerance is between 0 and 100 percent."]
        }


class TestHolidays(CalendarTestCase):
    def test_are_added_one_by_one(self) -> None:
        answer = signed_in(self.people.mona).post("/calendar/holidays/add/?site=YARD-NORTH", NEW_YEAR)

        assert answer["Location"] == "/calendar/?site=YARD-NORTH&year=2026"
        holiday = self.site.holidays.get()
        assert str(holiday) == "2026-01-01 · New Year"
        assert Holiday.history.get(id=holiday.pk).history_user == self.people.mona

    def test_are_added_several_in_a_row(self) -> None:
        sent = {"name": "Closed over the year", "first": "2026-12-24", "last": "2027-01-02"}

        signed_in(self.people.mona).post("/calendar/holidays/add/?site=YARD-NORTH", sent)

        assert self.site.holidays.count() == 10
        assert {holiday.name for holiday in self.site.holidays.all()} == {"Closed over the year"}

    def test_are_refused_as_a_whole(self) -> None:
        make_holiday(self.site, CHRISTMAS, "Christmas Day")
        refusals = {
            ("2026-12-24", "2026-12-26"): {
                "first": ["25 December 2026 is a holiday already: Christmas Day."]
            },
            ("2026-12-24", "2026-12-23"): {"last": ["The holiday ends before it begins."]},
            ("2026-01-01", "2026-03-04"): {"last": ["A holiday has at most 62 days."]},
            ("2026-02-30", ""): {"first": ["Enter a date as year-month-day, such as 2026-11-22."]},
            ("", ""): {"first": ["This field is required."]},
        }
        for (first, last), errors in refusals.items():
            with self.subTest(first=first, last=last):
                sent = {"name": "Closed", "first": first, "last": last}

                answer = signed_in(self.people.mona).post("/calendar/holidays/add/?site=YARD-NORTH", sent)

                assert answer.status_code == 422
                assert answer.context["new_holiday"].errors == errors
                assert self.site.holidays.count() == 1

    def test_are_removed(self) -> None:
        holiday = make_holiday(self.site, CHRISTMAS)
        make_holiday(self.site, CHRISTMAS + dt.timedelta(days=1))

        answer = signed_in(self.people.mona).post(
            "/calendar/holidays/remove/?site=YARD-NORTH", {"first": "2026-12-25", "last": "2026-12-25"}
        )

        assert answer["Location"] == "/calendar/?site=YARD-NORTH&year=2026"
        assert self.stored().is_working_day(CHRISTMAS)
        assert self.site.holidays.count() == 1
        assert Holiday.history.filter(id=holiday.pk).latest().history_user == self.people.mona

    def test_are_removed_by_managers_of_their_site_alone(self) -> None:
        make_holiday(self.site, CHRISTMAS)
        for person, status in (("victor", 403), ("alice", 403), ("oscar", 404)):
            with self.subTest(person):
                client = signed_in(getattr(self.people, person))

                answer = client.post("/calendar/holidays/remove/?site=YARD-NORTH", {"first": "2026-12-25"})

                assert answer.status_code == status
        assert self.site.holidays.count() == 1

    def test_that_follow_one_another_are_one_line(self) -> None:
        for day, name in ((24, "Closed"), (25, "Closed"), (26, "Stocktaking"), (28, "Closed")):
            make_holiday(self.site, dt.date(2026, 12, day), name)

        stretches = Year(self.site, 2026).stretches

        assert [(each.name, each.first.day, each.last.day) for each in stretches] == [
            ("Closed", 24, 25),
            ("Stocktaking", 26, 26),
            ("Closed", 28, 28),
        ]


class TestPermissions(CalendarTestCase):
    def test_of_calendar_changes_are_checked(self) -> None:
        with pytest.raises(PermissionDenied, match="It requires the Manager role"):
            changes.remove_holidays(site=self.site, by=self.people.alice, first=CHRISTMAS, last=CHRISTMAS)
        with pytest.raises(Site.DoesNotExist):
            changes.remove_holidays(site=self.site, by=self.people.oscar, first=CHRISTMAS, last=CHRISTMAS)

    def test_invalid_hours_are_refused(self) -> None:
        with pytest.raises(ValidationError, match="more than 0 and at most 24 hours"):
            changes.change_settings(
                site=self.site, by=self.people.mona, valid_from=None, values={"working_hours": Decimal(0)}
            )


class TestHistory(CalendarTestCase):
    def test_tells_who_changed_what(self) -> None:
        client = signed_in(self.people.mona)
        client.post("/calendar/change/?site=YARD-NORTH", {**RULE, "confirmed": "on"})
        client.post("/calendar/holidays/add/?site=YARD-NORTH", NEW_YEAR)

        page = signed_in(self.people.victor).get("/calendar/history/?site=YARD-NORTH").content.decode()

        assert "Monday to Saturday" in page
        assert "<strong>Monday to Friday</strong>" in page
        assert "2026-01-01 · New Year" in page
        assert page.count("Mona") == 2

    def test_leaves_out_what_else_is_changed_of_a_site(self) -> None:
        site = self.stored()
        site.name = "Harbour yard"
        site.save()

        page = signed_in(self.people.mona).get("/calendar/history/?site=YARD-NORTH").content.decode()

        assert "Nothing has been changed yet." in page


class TestMenu(CalendarTestCase):
    def test_leads_managers_to_the_calendar(self) -> None:
        for person, is_led in (("victor", False), ("alice", False), ("mona", True), ("ada", True)):
            with self.subTest(person):
                page = signed_in(getattr(self.people, person)).get("/shortcuts/").content.decode()

                assert ('href="/calendar/' in page) is is_led
