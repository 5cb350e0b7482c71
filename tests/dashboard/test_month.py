"""The completeness of a month, and the notices about days that are over."""

import datetime as dt

from django.urls import reverse

from dashboard.closing.month import SiteMonth, State, site_months
from records.closing.workflow import approve_day, reopen_day
from records.models import SiteDay
from records.templatetags.figures import percent
from sites.models import Site, User
from tests.dashboard.case import ONE_DAY, TODAY, DashboardCase
from tests.factories import make_holiday, make_member, make_site, make_submitted_day

# A Monday; the month began on a Sunday, on which nobody works.
FEBRUARY = dt.date(2026, 2, 1)


class MonthCase(DashboardCase):
    def setUp(self) -> None:
        super().setUp()
        Site.objects.update(created_at=dt.datetime(2026, 2, 23, 12, tzinfo=dt.UTC))

    def february(self) -> SiteMonth:
        (line,) = site_months(
            [Site.objects.get(pk=self.site.pk)], first=FEBRUARY, last=FEBRUARY.replace(day=28)
        )
        return line

    def states(self) -> dict[int, State]:
        return {cell.date.day: cell.state for cell in self.february().cells}

    def submit(self, day: int) -> None:
        make_submitted_day(self.site, FEBRUARY.replace(day=day), by=self.people.alice)

    def board(self, person: User | None = None, **query: str) -> str:
        self.client.force_login(person or self.people.victor)
        return self.client.get(reverse("dashboard:month"), query).content.decode()


class TestStates(MonthCase):
    def test_say_how_far_each_day_is(self) -> None:
        for number in (23, 24, 25):
            self.submit(number)
        day = approve_day(day=self.site_day(23), by=self.people.mona)
        reopen_day(day=self.site_day(25), by=self.people.mona, reason="A ticket was missing")
        self.receive("5", date=FEBRUARY.replace(day=26))
        make_holiday(self.site, FEBRUARY.replace(day=27))

        states = self.states()

        assert day.date.day == 23
        assert [states[number] for number in range(22, 29)] == [
            State.NOT_WORKED,
            State.APPROVED,
            State.SUBMITTED,
            State.REOPENED,
            State.MISSING,
            State.NOT_WORKED,
            State.EMPTY,
        ]

    def test_ask_nothing_of_days_before_the_site_was_there(self) -> None:
        assert self.states()[20] is State.NOT_WORKED

    def test_forget_a_day_long_ago_that_was_submitted_by_mistake_once_it_is_reopened(self) -> None:
        self.submit(2)
        response = self.states()

        reopen_day(day=self.site_day(2), by=self.people.mona, reason="Another year was meant")

        assert (response[3], self.states()[3]) == (State.EMPTY, State.NOT_WORKED)

    def test_count_the_days_that_are_due(self) -> None:
        self.submit(23)
        self.submit(24)

        february = self.february()

        assert (february.closed, february.due, percent(february.percent)) == (2, 6, "33.3\N{NO-BREAK SPACE}%")

    def test_leave_today_open_until_its_cut_off(self) -> None:
        site = Site.objects.get(pk=self.site.pk)
        (line,) = site_months([site], first=TODAY, last=TODAY + ONE_DAY)

        today, tomorrow = line.cells
        assert (today.state, today.is_due, today.is_today) == (State.OPEN, False, True)
        assert tomorrow.state is State.AHEAD

    def site_day(self, number: int) -> SiteDay:
        return SiteDay.objects.get(date=FEBRUARY.replace(day=number))


class TestBoard(MonthCase):
    def test_shows_every_site_of_the_person_and_no_other(self) -> None:
        page = self.board(month="2026-02")

        assert "North yard" in page
        assert "Quarry one" not in page
        assert 'href="/day/YARD-NORTH/2026-02-24/"' in page
        assert "Completeness, February 2026" in page

    def test_says_in_words_what_a_mark_means_and_what_is_missing(self) -> None:
        self.receive("5", date=FEBRUARY.replace(day=26))

        page = self.board(month="2026-02")

        assert "Thu 26 Feb, Not submitted, missing: Production, Dispatch, Equipment and Manpower" in page
        assert "Sat 28 Feb, Nothing entered" in page

    def test_links_to_adjacent_months_that_have_begun(self) -> None:
        february, march = self.board(month="2026-02"), self.board()

        assert 'href="?month=2026-01"' in february
        assert 'href="?month=2026-03"' in february
        assert "?month=2026-04" not in march
        assert "Completeness, March 2026" in march

    def test_of_no_month_is_the_one_that_runs(self) -> None:
        for text in ("2026-13", "0000-01", "yesterday", "2026-1"):
            assert "Completeness, March 2026" in self.board(month=text)

    def test_runs_no_more_queries_for_more_sites(self) -> None:
        self.board()
        # None for the first closed day of a site that was created before this month.
        with self.assertNumQueries(4 + 4):
            self.client.get(reverse("dashboard:month"))
        for _ in range(5):
            make_member(make_site(), user=self.people.victor)

        with self.assertNumQueries(4 + 5):
            self.client.get(reverse("dashboard:month"))

    def test_runs_no_more_queries_for_fifty_sites(self) -> None:
        for _ in range(50):
            site = make_site()
            make_member(site, user=self.people.victor)
            make_holiday(site, FEBRUARY.replace(day=24))
        Site.objects.update(created_at=dt.datetime(2026, 2, 2, 12, tzinfo=dt.UTC))
        self.submit(23)
        self.receive("5", date=FEBRUARY.replace(day=26))
        self.board(month="2026-02")

        with self.assertNumQueries(4 + 5):
            page = self.client.get(reverse("dashboard:month"), {"month": "2026-02"})

        self.assertContains(page, 'class="board__site" scope="row"', count=51)

    def test_of_a_person_without_a_site_says_so(self) -> None:
        self.people.victor.memberships.all().delete()

        assert "You have no site yet" in self.board()


class TestNotices(MonthCase):
    """The dashboard of a Monday; Saturday was the last working day before it."""

    def test_show_a_clerk_which_day_is_not_submitted(self) -> None:
        page = self.page()

        self.assertContains(page, "Saturday 28 February is not submitted.")
        self.assertContains(page, 'href="/day/YARD-NORTH/2026-02-28/"')

    def test_call_yesterday_yesterday(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(working_weekdays="1234567")

        self.assertContains(self.page(), "Yesterday is not submitted.")

    def test_stand_on_the_sheet_of_today_too(self) -> None:
        self.client.force_login(self.people.alice)
        sheet = reverse("day:page", args=["YARD-NORTH", TODAY])

        self.assertContains(self.client.get(sheet), "Saturday 28 February is not submitted.")
        self.client.force_login(self.people.victor)
        self.assertNotContains(self.client.get(sheet), "is not submitted.")

    def test_are_silent_once_it_is_submitted(self) -> None:
        self.submit(28)

        self.assertNotContains(self.page(), "is not submitted")

    def test_show_a_manager_how_many_days_there_are(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(working_weekdays="1234567")
        make_submitted_day(self.site, TODAY, by=self.people.alice)

        page = self.page(self.people.mona)

        self.assertContains(page, "1 day of this month is not submitted. 1 waits for approval.")
        self.assertContains(page, 'href="/dashboard/month/"')

    def test_are_none_of_a_viewer_s_concern(self) -> None:
        self.assertNotContains(self.page(self.people.victor), "is not submitted")
