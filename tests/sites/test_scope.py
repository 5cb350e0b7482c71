"""Which site a page is about."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import Http404, HttpRequest
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from sites.models import Role, User
from sites.scope import has_scope, page_scope, remembered_scope, site_in_path
from tests.factories import make_member, make_site, make_user

pytestmark = pytest.mark.django_db


def ask(
    user: User | AnonymousUser, site: str | None = None, *, headers: dict[str, str] | None = None
) -> HttpRequest:
    """Make a request of this person's for a page about this site."""
    request = RequestFactory().get("/production/", {} if site is None else {"site": site}, headers=headers)
    request.user = user
    request.session = SessionStore()
    return request


class TestPageScope:
    def test_is_the_site_that_the_address_names(self) -> None:
        north, east = make_site(code="YARD-NORTH"), make_site(code="YARD-EAST")
        alice = make_member(north, east)

        scope = page_scope(ask(alice, "YARD-EAST"))

        assert scope.site == east
        assert scope.sites == (east,)
        assert scope.code == "YARD-EAST"

    def test_offers_the_active_sites_of_the_person_by_name_with_their_role(self) -> None:
        north, east = make_site(code="YARD-NORTH", name="B"), make_site(code="YARD-EAST", name="A")
        make_site(code="QUARRY-1")
        closed = make_site(code="CLOSED", is_active=False)
        alice = make_member(north, closed)
        make_member(east, user=alice, role=Role.MANAGER)

        scope = page_scope(ask(alice))

        assert [(site.code, site.role) for site in scope.choices] == [
            ("YARD-EAST", "manager"),
            ("YARD-NORTH", "operator"),
        ]

    def test_offers_an_admin_every_site(self) -> None:
        make_site(code="YARD-NORTH")
        make_site(code="QUARRY-1")

        scope = page_scope(ask(make_user(is_superuser=True)))

        assert [site.code for site in scope.choices] == ["QUARRY-1", "YARD-NORTH"]

    def test_is_every_choice_for_all(self) -> None:
        north, east = make_site(code="YARD-NORTH"), make_site(code="YARD-EAST")
        alice = make_member(north, east)

        scope = page_scope(ask(alice, "all"))

        assert scope.site is None
        assert set(scope.sites) == {north, east}
        assert scope.code == "all"

    @pytest.mark.parametrize("code", ["QUARRY-1", "NO-SUCH-SITE", "yard-north"])
    def test_finds_nothing_for_a_code_that_the_person_does_not_see(self, code: str) -> None:
        make_site(code="QUARRY-1")
        alice = make_member(make_site(code="YARD-NORTH"))

        with pytest.raises(Http404) as caught:
            page_scope(ask(alice, code))

        assert code not in str(caught.value)

    def test_shows_an_inactive_site_to_who_has_a_link_without_remembering_it(self) -> None:
        closed = make_site(code="CLOSED", is_active=False)
        north = make_site(code="YARD-NORTH")
        alice = make_member(north, closed)

        scope = page_scope(ask(alice, "CLOSED"))

        assert scope.sites == (closed,)
        assert scope.choices == (north,)
        alice.refresh_from_db()
        assert alice.last_site is None

    def test_asks_the_database_once_however_often_it_is_called(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        north = make_site(code="YARD-NORTH")
        request = ask(make_member(north, make_site(code="YARD-EAST")))

        with django_assert_num_queries(1):
            first = page_scope(request)
            second = page_scope(request)

        assert first is second

    def test_is_empty_for_a_person_without_a_site(self) -> None:
        make_site(code="YARD-NORTH")

        scope = page_scope(ask(make_user()))

        assert scope.site is None
        assert scope.sites == ()

    def test_is_empty_for_nobody_without_a_query(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(0):
            scope = page_scope(ask(AnonymousUser()))

        assert scope.choices == ()


class TestRemembering:
    def test_starts_at_the_first_site_by_name(self) -> None:
        make_site(code="QUARRY-1", name="A stranger's")
        second, first = make_site(code="AAA", name="Two"), make_site(code="ZZZ", name="One")

        scope = page_scope(ask(make_member(second, first)))

        assert scope.site == first

    def test_comes_back_to_the_site_that_was_chosen_last(self) -> None:
        north, east = make_site(code="YARD-NORTH"), make_site(code="YARD-EAST")
        alice = make_member(north, east)
        page_scope(ask(alice, "YARD-NORTH"))

        scope = page_scope(ask(User.objects.get(pk=alice.pk)))

        assert scope.site == north

    def test_does_not_write_the_same_choice_again(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        alice = make_member(make_site(code="YARD-NORTH"))
        page_scope(ask(alice, "YARD-NORTH"))

        with django_assert_num_queries(1):
            page_scope(ask(alice, "YARD-NORTH"))

    def test_comes_back_to_all_sites_until_one_is_chosen(self) -> None:
        north, east = make_site(code="YARD-NORTH"), make_site(code="YARD-EAST")
        alice = make_member(north, east)
        session = SessionStore()

        codes = []
        for site in ("all", None, "YARD-EAST", None):
            request = ask(alice, site)
            request.session = session
            codes.append(page_scope(request).code)

        assert codes == ["all", "all", "YARD-EAST", "YARD-EAST"]

    def test_forgets_a_site_that_the_person_lost(self) -> None:
        north, east = make_site(code="YARD-NORTH"), make_site(code="YARD-EAST")
        alice = make_member(north, east)
        page_scope(ask(alice, "YARD-NORTH"))
        alice.memberships.filter(site=north).delete()

        scope = page_scope(ask(alice))

        assert scope.site == east

    def test_takes_no_fragment_that_refreshes_itself_for_a_choice(self) -> None:
        north, east = make_site(code="YARD-NORTH"), make_site(code="YARD-EAST")
        alice = make_member(north, east)
        page_scope(ask(alice, "YARD-NORTH"))

        page_scope(ask(alice, "YARD-EAST", headers={"HX-Request": "true"}))

        alice.refresh_from_db()
        assert alice.last_site == north

    def test_takes_no_script_of_a_sheet_that_is_left_open_for_a_choice(self) -> None:
        north, east = make_site(code="YARD-NORTH"), make_site(code="YARD-EAST")
        alice = make_member(north, east)
        page_scope(ask(alice, "YARD-NORTH"))

        site_in_path(ask(alice, headers={"Accept": "application/json"}), east.pk)

        alice.refresh_from_db()
        assert alice.last_site == north


class TestRememberedScope:
    def test_never_fails_over_a_code_that_the_person_does_not_see(self) -> None:
        north = make_site(code="YARD-NORTH")
        make_site(code="QUARRY-1")
        request = ask(make_member(north), "QUARRY-1")

        scope = remembered_scope(request)

        assert scope.site == north
        assert not has_scope(request)

    def test_is_the_scope_of_the_page_where_it_has_one(self) -> None:
        north, east = make_site(code="YARD-NORTH"), make_site(code="YARD-EAST")
        request = ask(make_member(north, east), "YARD-NORTH")

        requested = page_scope(request)

        assert remembered_scope(request) is requested
