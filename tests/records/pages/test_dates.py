"""Which date the dashboard is about."""

import datetime as dt
from unittest import mock

import pytest
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.test import RequestFactory
from django.utils import timezone

from records.pages.dates import Day, day_of
from sites.models import Site, User
from tests.factories import make_member, make_site

pytestmark = pytest.mark.django_db

# Berlin is on the 3rd already, Chicago still on the 2nd.
MIDNIGHT = dt.datetime(2026, 3, 2, 23, 30, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _midnight() -> object:
    with mock.patch.object(timezone, "now", return_value=MIDNIGHT):
        yield


def ask(user: User, **query: str) -> Day:
    request = RequestFactory().get("/dashboard/", query)
    request.user = user
    request.session = SessionStore()
    return day_of(request)


def make_yards() -> tuple[Site, Site]:
    return (
        make_site(code="BERLIN", timezone="Europe/Berlin"),
        make_site(code="CHICAGO", timezone="America/Chicago"),
    )


class TestDayOf:
    def test_is_the_operating_date_of_the_site(self) -> None:
        alice = make_member(*make_yards())

        assert ask(alice, site="BERLIN").date == dt.date(2026, 3, 3)
        assert ask(alice, site="CHICAGO").date == dt.date(2026, 3, 2)

    def test_begins_when_the_sites_day_begins(self) -> None:
        site = make_site(code="BERLIN", timezone="Europe/Berlin", day_starts_at=dt.time(6))

        assert ask(make_member(site), site="BERLIN").date == dt.date(2026, 3, 2)

    def test_of_several_sites_is_the_latest_that_has_begun_at_all(self) -> None:
        day = ask(make_member(*make_yards()), site="all")

        assert day.date == dt.date(2026, 3, 2)
        assert day.is_running
        assert day.is_default
        assert day.after == dt.date(2026, 3, 3)

    def test_runs_as_long_as_it_runs_anywhere(self) -> None:
        alice = make_member(*make_yards())

        assert ask(alice, site="all", date="2026-03-03").is_running
        assert not ask(alice, site="all", date="2026-03-01").is_running
        assert not ask(alice, site="all", date="2026-03-04").is_running

    def test_that_has_begun_nowhere_is_ahead_and_nothing_comes_after(self) -> None:
        day = ask(make_member(*make_yards()), site="BERLIN", date="2026-03-04")

        assert day.is_ahead
        assert day.after is None

    @pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "0001-01-01", "9999-12-31"])
    def test_that_is_no_date_is_the_one_that_runs(self, text: str) -> None:
        day = ask(make_member(*make_yards()), site="BERLIN", date=text)

        assert day.date == dt.date(2026, 3, 3)
        assert day.follows

    def test_of_the_address_does_not_move_on(self) -> None:
        day = ask(make_member(*make_yards()), site="BERLIN", date="2026-03-03")

        assert day.is_default
        assert not day.follows
