"""The dashboard, as each person gets it."""

from django.test import TestCase
from django.urls import reverse

from tests.factories import People, make_people, make_user


class TestPage(TestCase):
    people: People

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = make_people()

    def test_is_for_signed_in_people(self) -> None:
        response = self.client.get(reverse("dashboard:page"))

        assert response.status_code == 302

    def test_shows_four_cards_to_everybody_of_the_site(self) -> None:
        for person in (self.people.victor, self.people.alice, self.people.mona, self.people.ada):
            self.client.force_login(person)

            response = self.client.get(reverse("dashboard:page"), {"site": "YARD-NORTH"})

            assert response.status_code == 200
            for name in ("production", "received", "dispatched", "stock"):
                self.assertContains(response, f'id="card-{name}"')

    def test_of_another_site_is_not_found(self) -> None:
        self.client.force_login(self.people.oscar)

        response = self.client.get(reverse("dashboard:page"), {"site": "YARD-NORTH"})

        assert response.status_code == 404

    def test_tells_a_person_without_a_site_what_to_do(self) -> None:
        self.client.force_login(make_user())

        response = self.client.get(reverse("dashboard:page"))

        self.assertContains(response, "You have no site yet")
        self.assertNotContains(response, "card-production")
