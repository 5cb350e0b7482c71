import pytest
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client
from django.urls import reverse

from sites.models import User
from tests.factories import PASSWORD, make_people, make_user

pytestmark = pytest.mark.django_db

WINDOWS = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0"


def signed_in(person: User, *, user_agent: str = "") -> Client:
    """Return a browser in which the person has signed in."""
    client = Client(headers={"user-agent": user_agent})
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    return client


class TestAccount:
    def test_shows_the_persons_sites_and_roles(self, client: Client) -> None:
        people = make_people()
        client.force_login(people.mona)

        page = client.get(reverse("account")).content.decode()

        assert "YARD-NORTH" in page
        assert "Manager" in page
        assert "QUARRY-1" not in page

    def test_keeps_name_and_appearance(self, client: Client) -> None:
        client.force_login(alice := make_user(name="Alice"))

        response = client.post(reverse("account"), {"name": "Alice Moreno", "theme": "dark"})

        alice.refresh_from_db()
        assert response["Location"] == reverse("account")
        assert (alice.name, alice.theme) == ("Alice Moreno", "dark")

    def test_keeps_whether_to_be_reminded(self, client: Client) -> None:
        client.force_login(alice := make_user(name="Alice"))

        client.post(reverse("account"), {"name": "Alice", "theme": "dark"})
        alice.refresh_from_db()
        without = alice.wants_reminders
        client.post(reverse("account"), {"name": "Alice", "theme": "dark", "wants_reminders": "on"})

        alice.refresh_from_db()
        assert (without, alice.wants_reminders) == (False, True)

    @pytest.mark.parametrize("answer", [{"name": "", "theme": "dark"}, {"name": "A", "theme": "pink"}])
    def test_asks_again_for_what_is_missing_or_unknown(self, client: Client, answer: dict[str, str]) -> None:
        client.force_login(alice := make_user(name="Alice"))

        response = client.post(reverse("account"), answer)

        alice.refresh_from_db()
        assert response.status_code == 422
        assert (alice.name, alice.theme) == ("Alice", "system")

    def test_does_not_make_anybody_an_admin(self, client: Client) -> None:
        client.force_login(alice := make_user(name="Alice"))

        client.post(reverse("account"), {"name": "Alice", "theme": "dark", "is_superuser": "on"})

        alice.refresh_from_db()
        assert not alice.is_superuser

    def test_asks_strangers_to_sign_in(self, client: Client) -> None:
        assert client.get(reverse("account"))["Location"].startswith(reverse("account_login"))


class TestSessions:
    def test_are_listed_with_browser_and_system(self) -> None:
        alice = make_user()
        signed_in(alice, user_agent=WINDOWS)

        page = signed_in(alice).get(reverse("usersessions_list")).content.decode()

        assert "Edge on Windows" in page
        assert "this one" in page

    def test_of_another_browser_can_be_ended(self) -> None:
        alice = make_user()
        elsewhere, here = signed_in(alice), signed_in(alice)
        session = UserSession.objects.get(session_key=elsewhere.session.session_key)

        here.post(reverse("end_session", args=[session.pk]))

        assert elsewhere.get(reverse("account")).status_code == 302
        assert here.get(reverse("account")).status_code == 200

    def test_can_all_be_ended_but_this_one(self) -> None:
        alice = make_user()
        one, other, here = signed_in(alice), signed_in(alice), signed_in(alice)

        here.post(reverse("usersessions_list"))

        assert [client.get(reverse("account")).status_code for client in (one, other, here)] == [
            302,
            302,
            200,
        ]

    def test_of_somebody_else_do_not_exist(self) -> None:
        oscar = make_user()
        his = signed_in(oscar)
        session = UserSession.objects.get(user=oscar)

        response = signed_in(make_user()).post(reverse("end_session", args=[session.pk]))

        assert response.status_code == 404
        assert his.get(reverse("account")).status_code == 200

    def test_are_not_ended_by_a_link(self) -> None:
        alice = make_user()
        elsewhere, here = signed_in(alice), signed_in(alice)
        session = UserSession.objects.get(session_key=elsewhere.session.session_key)

        assert here.get(reverse("end_session", args=[session.pk])).status_code == 405

    def test_end_when_the_person_may_not_sign_in_any_more(self) -> None:
        alice = make_user()
        client = signed_in(alice)

        User.objects.filter(pk=alice.pk).update(is_active=False)

        assert client.get(reverse("account")).status_code == 302

    def test_of_other_browsers_end_with_a_new_password(self) -> None:
        alice = make_user()
        elsewhere, here = signed_in(alice), signed_in(alice)

        new = "gravel at midnight"
        here.post(
            reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
        )

        assert elsewhere.get(reverse("account")).status_code == 302
        assert here.get(reverse("account")).status_code == 200

    def test_stay_ended_when_the_person_may_sign_in_again(self) -> None:
        alice = make_user()
        client = signed_in(alice)
        for is_active in (False, True):
            alice.is_active = is_active
            alice.save()

        assert client.get(reverse("account")).status_code == 302
        assert signed_in(alice).get(reverse("account")).status_code == 200


class TestPasswordChange:
    @pytest.mark.parametrize("ends_tokens", [True, False])
    def test_ends_access_by_tokens_where_the_person_says_so(self, *, ends_tokens: bool) -> None:
        alice = make_user()
        here = signed_in(alice)
        new = "gravel at midnight"
        sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}

        here.post(reverse("account_change_password"), {**sent, "end_tokens": "on"} if ends_tokens else sent)

        alice.refresh_from_db()
        assert (alice.access_valid_from is not None) == ends_tokens
        assert here.get(reverse("account")).status_code == 200

    def test_by_a_mailed_link_ends_access_too(self, client: Client) -> None:
        alice = make_user(email="alice@example.com")
        elsewhere = signed_in(alice)
        client.post(reverse("account_reset_password"), {"email": "alice@example.com"})
        link = next(word for word in str(mail.outbox[0].body).split() if "/password/reset/key/" in word)
        form = client.get(link, follow=True)
        new = "gravel at midnight"

        client.post(form.request["PATH_INFO"], {"password1": new, "password2": new, "end_tokens": "on"})

        alice.refresh_from_db()
        assert alice.access_valid_from is not None
        assert elsewhere.get(reverse("account")).status_code == 302
