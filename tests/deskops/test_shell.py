"""What stands around every page."""

import re

import pytest
from django.test import Client
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries

from sites.models import Role, Theme, User
from tests.factories import make_member, make_people, make_site, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.deskops.shell_urls")]


def signed_in(user: User) -> Client:
    """Return a browser in which this person is signed in."""
    client = Client()
    client.force_login(user)
    return client


class TestPage:
    def test_has_its_landmarks_and_a_way_past_them(self) -> None:
        page = signed_in(make_people().alice).get("/about-a-site/").content.decode()

        assert '<html lang="en" dir="ltr"' in page
        assert 'class="skip-link" href="#main"' in page
        assert '<main id="main"' in page
        assert page.count("<h1") == 1
        assert "<title>Keyboard shortcuts · DeskOps</title>" in page

    def test_carries_no_style_and_no_script_of_its_own(self) -> None:
        page = signed_in(make_people().alice).get("/about-a-site/").content.decode()

        assert not re.search(r"<style|\sstyle=|\son\w+=", page)
        assert all("src=" in script for script in re.findall(r"<script[^>]*>", page))

    def test_tells_htmx_to_evaluate_nothing_and_to_show_refused_forms(self) -> None:
        page = signed_in(make_people().alice).get("/about-a-site/").content.decode()

        assert '"allowEval":false' in page
        assert '"historyCacheSize":0' in page
        assert '{"code":"422","swap":true}' in page

    def test_asks_the_database_only_for_session_person_sites_and_exports(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        client = signed_in(make_people().alice)
        client.get("/about-a-site/")

        with django_assert_num_queries(4):
            client.get("/about-a-site/")

    def test_names_no_other_host(self) -> None:
        page = signed_in(make_people().alice).get("/about-a-site/").content.decode()

        assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", page)


class TestSiteSwitch:
    def test_keeps_what_else_the_address_says(self) -> None:
        page = signed_in(make_people().alice).get("/about-a-site/?from=2026-11-01&q=a%22b&site=YARD-NORTH")

        switch = page.content.decode().split('class="site-switch"')[1].split("</form>")[0]
        assert '<input type="hidden" name="from" value="2026-11-01">' in switch
        assert f'name="q" value="{escape('a"b')}"' in switch
        assert switch.count('name="site"') == 1

    def test_forgets_where_a_list_was_paged_to(self) -> None:
        page = signed_in(make_people().alice).get("/about-a-site/?after=12345&page=3").content.decode()

        switch = page.split('class="site-switch"')[1].split("</form>")[0]
        assert "12345" not in switch
        assert 'name="page"' not in switch

    def test_offers_all_sites_to_who_has_several(self) -> None:
        north, east = make_site(code="YARD-NORTH"), make_site(code="YARD-EAST")
        page = signed_in(make_member(north, east)).get("/about-a-site/?site=all").content.decode()

        assert '<option value="all" selected>' in page
        assert '<option value="YARD-EAST" >' in page

    def test_offers_one_site_alone_to_who_has_one(self) -> None:
        page = signed_in(make_people().alice).get("/about-a-site/").content.decode()

        assert '<option value="YARD-NORTH" selected>' in page
        assert 'value="all"' not in page
        assert "QUARRY-1" not in page

    def test_shows_an_inactive_site_while_the_page_is_about_it(self) -> None:
        closed = make_site(code="CLOSED", is_active=False)
        client = signed_in(make_member(make_site(code="YARD-NORTH"), closed))

        assert '<option value="CLOSED" selected>' in client.get("/about-a-site/?site=CLOSED").content.decode()
        assert "CLOSED" not in client.get("/about-a-site/").content.decode()


class TestMenu:
    def test_leads_to_every_module_on_the_site_of_the_page(self) -> None:
        north, east = make_site(code="YARD-NORTH"), make_site(code="YARD-EAST")
        page = signed_in(make_member(north, east)).get("/about-a-site/?site=YARD-NORTH").content.decode()

        assert 'href="/dashboard/?site=YARD-NORTH"' in page
        assert 'href="/production/?site=YARD-NORTH"' in page
        assert 'href="/received/?site=YARD-NORTH"' in page

    def test_marks_where_one_is(self) -> None:
        page = signed_in(make_people().alice).get("/received/").content.decode()

        sidebar = page.split('class="sidebar"')[1].split("</aside>")[0]
        assert re.findall(r'href="([^"?]+)[^>]*aria-current="page"', sidebar) == ["/received/"]

    def test_leads_to_the_admin_for_admins_alone(self) -> None:
        people = make_people()

        assert 'href="/admin/"' in signed_in(people.ada).get("/shortcuts/").content.decode()
        assert 'href="/admin/"' not in signed_in(people.mona).get("/shortcuts/").content.decode()

    def test_can_be_narrowed_and_widened_without_a_script(self) -> None:
        client = signed_in(make_people().alice)

        narrowed = client.post("/appearance/sidebar/", {"next": "/shortcuts/"})
        page = client.get("/shortcuts/").content.decode()
        client.post("/appearance/sidebar/", {"next": "/shortcuts/"})

        assert narrowed["Location"] == "/shortcuts/"
        assert 'data-sidebar="rail"' in page
        assert 'data-sidebar="wide"' in client.get("/shortcuts/").content.decode()

    @pytest.mark.parametrize(
        "address", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""]
    )
    def test_leads_back_to_our_own_pages_only(self, address: str) -> None:
        answer = signed_in(make_people().alice).post("/appearance/sidebar/", {"next": address})

        assert answer["Location"] == "/"


class TestTheme:
    @pytest.mark.parametrize("theme", Theme.values)
    def test_is_remembered(self, theme: str) -> None:
        alice = make_people().alice
        client = signed_in(alice)

        client.post("/appearance/theme/", {"theme": theme, "next": "/shortcuts/"})

        assert f'data-theme="{theme}"' in client.get("/shortcuts/").content.decode()
        alice.refresh_from_db()
        assert alice.theme == theme

    def test_is_one_of_those_that_there_are(self) -> None:
        alice = make_people().alice

        signed_in(alice).post("/appearance/theme/", {"theme": "pink"})

        alice.refresh_from_db()
        assert alice.theme == Theme.SYSTEM

    def test_is_changed_by_a_form_alone(self) -> None:
        assert signed_in(make_people().alice).get("/appearance/theme/").status_code == 405


class TestHome:
    def test_welcomes_a_stranger_with_a_way_to_sign_in(self) -> None:
        page = Client().get("/")

        assert page.status_code == 200
        assert 'href="/accounts/login/"' in page.content.decode()

    @pytest.mark.parametrize(
        ("role", "page"),
        [
            (Role.VIEWER, "/dashboard/?site=YARD-NORTH"),
            (Role.OPERATOR, "/day/?site=YARD-NORTH"),
            (Role.MANAGER, "/today/"),
        ],
    )
    def test_leads_to_the_page_of_the_role_at_the_site_used_last(self, role: Role, page: str) -> None:
        north, east = make_site(code="YARD-NORTH"), make_site(code="YARD-EAST")
        client = signed_in(make_member(north, east, role=role))
        client.get("/about-a-site/?site=YARD-NORTH")

        assert client.get("/")["Location"] == page

    def test_takes_the_site_that_an_error_page_switched_to(self) -> None:
        client = signed_in(make_member(make_site(code="YARD-NORTH"), make_site(code="YARD-EAST")))

        assert client.get("/?site=all")["Location"] == "/dashboard/?site=all"

    def test_sends_a_person_without_a_site_to_where_that_is_explained(self) -> None:
        answer = signed_in(make_user(email="new@example.com")).get("/", follow=True)

        assert answer.redirect_chain == [("/no-site/", 302)]
        assert "You have no site yet" in answer.content.decode()
        assert "new@example.com" in answer.content.decode()

    def test_offers_an_admin_without_any_site_to_make_one(self) -> None:
        answer = signed_in(make_user(is_superuser=True)).get("/", follow=True)

        assert 'href="/admin/sites/site/add/"' in answer.content.decode()


class TestNoSite:
    def test_stands_in_for_every_page_that_is_about_a_site(self) -> None:
        page = signed_in(make_user()).get("/about-a-site/").content.decode()

        assert "You have no site yet" in page
        assert "Press the keys" not in page

    def test_leaves_pages_alone_that_are_about_none(self) -> None:
        page = signed_in(make_user()).get("/shortcuts/").content.decode()

        assert "You have no site yet" not in page

    def test_sends_a_person_with_a_site_on(self) -> None:
        answer = signed_in(make_member(make_site(), role=Role.VIEWER)).get("/no-site/")

        assert answer["Location"] == "/"


class TestShortcuts:
    def test_lists_the_places_and_the_keys(self) -> None:
        page = signed_in(make_people().ada).get("/shortcuts/").content.decode()

        assert "Go to Admin" in page
        assert "<kbd>g</kbd>" in page

    def test_answers_the_dialog_with_the_list_alone(self) -> None:
        answer = signed_in(make_people().alice).get("/shortcuts/", headers={"HX-Request": "true"})

        assert "<html" not in answer.content.decode()
        assert 'id="shortcuts-title"' in answer.content.decode()

    def test_gives_every_place_keys_of_its_own(self) -> None:
        page = signed_in(make_people().ada).get("/shortcuts/").content.decode()

        keys = re.findall(r'data-shortcut="([^"]+)"', page)
        assert len(keys) == len(set(keys))
