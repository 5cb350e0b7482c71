"""Names are chosen by people themselves, so histories do not rely on them."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from sites.history import distinct_names
from sites.models import Role
from tests.factories import make_member, make_site, make_user

pytestmark = pytest.mark.django_db


class TestDistinctNames:
    def test_have_the_address_where_two_people_share_a_name(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        ada = make_user(email="ada@example.com", name="Ada Klein")
        make_user(email="other@example.com", name=" ada klein")
        bo = make_user(email="bo@example.com", name="Bo")

        with django_assert_num_queries(1):
            names = distinct_names([ada, bo, None])

        assert names == {ada.pk: "Ada Klein (ada@example.com)", bo.pk: "Bo"}

    def test_are_in_the_history_of_a_person(self, client: Client) -> None:
        ada = make_user(email="ada@example.com", name="Ada", is_superuser=True)
        make_user(name="Ada")
        client.force_login(ada)
        oscar = make_user(name="Oscar")
        sent = {"email": oscar.email, "is_active": "on", "memberships-TOTAL_FORMS": 0}

        client.post(
            reverse("admin:sites_user_change", args=[oscar.pk]),
            {**sent, "memberships-INITIAL_FORMS": 0, "name": "Oscar Wild"},
        )

        page = client.get(reverse("admin:sites_user_history", args=[oscar.pk])).content.decode()
        assert "Ada (ada@example.com)" in page


class TestOwnName:
    def test_that_is_changed_stays_in_the_history(self, client: Client) -> None:
        alice = make_member(make_site(), role=Role.OPERATOR, name="Alice")
        client.force_login(alice)
        client.post(reverse("account"), {"name": "Mona", "theme": "dark"})
        admin = Client()
        admin.force_login(make_user(is_superuser=True))

        page = admin.get(reverse("admin:sites_user_history", args=[alice.pk])).content.decode()

        assert "<del>Alice</del>" in page
        assert "<ins>Mona</ins>" in page

    @pytest.mark.parametrize("name", ["ada@example.com", "Ada\u200bKlein", "Ada\u202eKlein"])
    def test_is_never_an_address_nor_looks_like_another(self, client: Client, name: str) -> None:
        client.force_login(alice := make_user(name="Alice"))

        response = client.post(reverse("account"), {"name": name, "theme": "dark"})

        alice.refresh_from_db()
        assert response.status_code == 422
        assert alice.name == "Alice"

    def test_has_one_space_where_a_page_would_show_one(self, client: Client) -> None:
        client.force_login(alice := make_user(name="Alice"))

        client.post(reverse("account"), {"name": "  Ada \u00a0  Klein ", "theme": "dark"})

        alice.refresh_from_db()
        assert alice.name == "Ada Klein"
