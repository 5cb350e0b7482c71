import time
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from sites.models import User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

WRONG = "The email address and/or password you specified are not correct."
SLOWED = "Too many failed login attempts."


def sign_in(client: Client, email: str, password: str = PASSWORD, *, address: str = "203.0.113.7") -> str:
    """Try to sign in from an address and return the page that answers, empty for one that lets in."""
    response = client.post(
        reverse("account_login"),
        {"login": email, "password": password},
        headers={"x-forwarded-for": "198.51.100.1"},
        REMOTE_ADDR=address,
    )
    return "" if response.status_code == 302 else response.content.decode()


class TestSignIn:
    def test_takes_the_address_in_any_case(self, client: Client) -> None:
        person = make_user(email="alice@example.com")

        answer = sign_in(client, "Alice@EXAMPLE.com")

        assert answer == ""
        assert client.session["_auth_user_id"] == str(person.pk)

    def test_says_the_same_of_an_unknown_address_as_of_a_wrong_password(self, client: Client) -> None:
        make_user(email="alice@example.com")

        assert WRONG in sign_in(client, "alice@example.com", "wrong")
        assert WRONG in sign_in(client, "nobody@example.com", "wrong")

    def test_somebody_who_may_not_sign_in_is_shown_so_after_the_right_password(self, client: Client) -> None:
        make_user(email="gone@example.com", is_active=False)

        response = client.post(
            reverse("account_login"), {"login": "gone@example.com", "password": PASSWORD}, follow=True
        )

        assert "You may not sign in any more" in response.content.decode()
        assert "_auth_user_id" not in client.session

    def test_nobody_signs_up(self, client: Client) -> None:
        response = client.post(
            reverse("account_signup"),
            {"email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD},
        )

        assert "You come in by invitation" in response.content.decode()
        assert not User.objects.exists()


class TestWrongPasswords:
    def test_are_slowed_for_an_account_wherever_they_come_from(self, client: Client) -> None:
        make_user(email="alice@example.com")
        for number in range(5):
            assert WRONG in sign_in(Client(), "alice@example.com", "wrong", address=f"203.0.113.{number}")

        answer = sign_in(client, "alice@example.com", address="203.0.113.99")

        assert SLOWED in answer
        assert "_auth_user_id" not in client.session

    def test_are_counted_for_the_account_whatever_case_and_host_are_claimed(self, settings: Settings) -> None:
        settings.ALLOWED_HOSTS = ["*"]
        make_user(email="alice@example.com")
        for number in range(5):
            Client().post(
                reverse("account_login"),
                {"login": "alice@example.com".replace("a", "A", number), "password": "wrong"},
                headers={"host": f"portal.example:{8000 + number}"},
                REMOTE_ADDR=f"203.0.113.{number}",
            )

        answer = sign_in(Client(), "alice@example.com")

        assert SLOWED in answer

    def test_are_slowed_for_an_address_whichever_account_is_tried(self, client: Client) -> None:
        make_user(email="alice@example.com")
        for number in range(10):
            sign_in(Client(), f"person{number}@example.com", "wrong")

        assert SLOWED in sign_in(client, "alice@example.com")
        assert sign_in(client, "alice@example.com", address="203.0.113.8") == ""

    def test_a_claimed_address_counts_only_behind_a_proxy(self, settings: Settings) -> None:
        make_user(email="alice@example.com")
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        for number in range(10):
            sign_in(Client(), f"person{number}@example.com", "wrong", address=f"10.0.0.{number}")

        answer = sign_in(Client(), "alice@example.com", address="10.0.0.99")

        assert SLOWED in answer

    def test_are_slowed_on_the_way_to_the_admin_too(self, client: Client) -> None:
        make_user(email="ada@example.com", is_superuser=True)
        entrance = client.get(reverse("admin:index"), follow=True)
        assert entrance.redirect_chain[-1][0].startswith(reverse("account_login"))
        for number in range(5):
            client.post(
                entrance.redirect_chain[-1][0],
                {"login": "ada@example.com", "password": "wrong"},
                REMOTE_ADDR=f"203.0.113.{number}",
            )

        assert SLOWED in sign_in(client, "ada@example.com", address="203.0.113.99")

    def test_the_admins_own_sign_in_takes_no_password(self, client: Client) -> None:
        make_user(email="ada@example.com", is_superuser=True)

        response = client.post(reverse("admin:login"), {"username": "ada@example.com", "password": PASSWORD})

        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))
        assert "_auth_user_id" not in client.session

    def test_a_right_one_takes_nothing_from_the_count_of_wrong_ones(self, client: Client) -> None:
        make_user(email="alice@example.com")
        for _ in range(4):
            sign_in(Client(), "alice@example.com", "wrong")
        assert sign_in(Client(), "alice@example.com") == ""

        assert WRONG in sign_in(Client(), "alice@example.com", "wrong")
        assert SLOWED in sign_in(client, "alice@example.com", "wrong")

    def test_the_count_lies_where_every_process_sees_it(self) -> None:
        one, other = caches.create_connection("default"), caches.create_connection("default")

        one.set("tries", 5)

        assert one is not other
        assert other.get("tries") == 5
        assert "deskops_cache" in connection.introspection.table_names()


class TestKnownDevice:
    """Tries from elsewhere do not lock a person out of the browser that they use."""

    def test_gets_through_while_others_guess(self, client: Client) -> None:
        make_user(email="alice@example.com")
        sign_in(client, "alice@example.com")
        client.post(reverse("account_logout"))
        for number in range(12):
            sign_in(Client(), "alice@example.com", "wrong", address=f"203.0.113.{number}")
            sign_in(Client(), f"person{number}@example.com", "wrong")

        assert SLOWED in sign_in(Client(), "alice@example.com", address="203.0.113.99")
        assert sign_in(client, "alice@example.com") == ""

    def test_is_slowed_by_its_own_tries(self, client: Client) -> None:
        make_user(email="alice@example.com")
        sign_in(client, "alice@example.com")
        client.post(reverse("account_logout"))
        for _ in range(5):
            assert WRONG in sign_in(client, "alice@example.com", "wrong")

        assert SLOWED in sign_in(client, "alice@example.com")

    def test_is_one_for_its_own_people_only(self, client: Client) -> None:
        make_user(email="alice@example.com")
        make_user(email="ada@example.com")
        sign_in(client, "alice@example.com")
        client.post(reverse("account_logout"))
        for number in range(5):
            sign_in(client, "ada@example.com", "wrong", address=f"203.0.113.{number}")

        assert SLOWED in sign_in(client, "ada@example.com", address="203.0.113.99")

    def test_is_not_claimed_by_a_made_up_cookie(self, client: Client) -> None:
        alice = make_user(email="alice@example.com")
        client.cookies["known-device"] = f'{{"{alice.pk}": "x"}}'
        for number in range(5):
            sign_in(Client(), "alice@example.com", "wrong", address=f"203.0.113.{number}")

        assert SLOWED in sign_in(client, "alice@example.com", address="203.0.113.99")


class TestPasswords:
    @pytest.mark.parametrize(
        "weak",
        [
            "elevenchars",
            "aaaaaaaaaaaaaaa",
            "Password1234!",
            "abcabcabcabcabc",
            "123456789012",
            "qwertyuiop12",
        ],
    )
    def test_that_are_short_breached_or_easy_to_guess_are_refused(self, weak: str) -> None:
        with pytest.raises(ValidationError):
            validate_password(weak, User(email="alice@example.com", name="Alice"))

    def test_of_some_words_are_taken(self) -> None:
        validate_password("gravel at midnight", User(email="alice@example.com", name="Alice"))
        validate_password("crushed concrete at dawn " * 40, User(email="alice@example.com", name="Alice"))

    def test_of_many_signs_are_judged_quickly(self) -> None:
        began = time.perf_counter()

        validate_password("4@8({[<369&#1!|50$7+%2/_-" * 3, User(email="alice@example.com", name="Alice"))

        # Without a bound zxcvbn takes 16 seconds.
        assert time.perf_counter() - began < 5


class TestConcurrentWrongPasswords:
    @pytest.mark.django_db(transaction=True)
    def test_are_counted_without_losing_any(self) -> None:
        make_user(email="alice@example.com")

        def guess(number: int) -> bool:
            try:
                return WRONG in sign_in(Client(), "alice@example.com", "wrong", address=f"203.0.113.{number}")
            finally:
                connection.close()

        with ThreadPoolExecutor(max_workers=8) as pool:
            tried = list(pool.map(guess, range(16)))

        assert sum(tried) <= 5


class TestPasswordReset:
    def test_sends_a_link_that_sets_a_new_password(self, client: Client) -> None:
        person = make_user(email="alice@example.com")

        client.post(reverse("account_reset_password"), {"email": "ALICE@example.com"})
        link = next(word for word in str(mail.outbox[0].body).split() if "/password/reset/key/" in word)
        form = client.get(link, follow=True)
        client.post(
            form.request["PATH_INFO"], {"password1": "gravel at midnight", "password2": "gravel at midnight"}
        )

        person.refresh_from_db()
        assert person.check_password("gravel at midnight")

    def test_answers_an_unknown_address_the_same(self, client: Client) -> None:
        make_user(email="alice@example.com")

        known = client.post(reverse("account_reset_password"), {"email": "alice@example.com"}, follow=True)
        unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.com"}, follow=True)

        assert known.redirect_chain == unknown.redirect_chain
        assert "Look into your mailbox" in unknown.content.decode()
        assert "/password/reset/key/" not in str(mail.outbox[1].body)

    def test_takes_as_long_for_an_unknown_address(self, client: Client) -> None:
        make_user(email="alice@example.com")
        clock = mock.Mock()
        with mock.patch("sites.accounts.forms.time", clock):
            for email, seconds in (("alice@example.com", 0.062), ("nobody@example.com", 0.039)):
                clock.monotonic.side_effect = [10, 10 + seconds]
                client.post(reverse("account_reset_password"), {"email": email})

        waited = [call.args[0] for call in clock.sleep.call_args_list]
        assert waited == pytest.approx([0.438, 0.461])
        assert len(mail.outbox) == 2

    def test_ends_the_lock_of_the_account(self, client: Client) -> None:
        make_user(email="alice@example.com")
        for number in range(5):
            sign_in(Client(), "alice@example.com", "wrong", address=f"203.0.113.{number}")
        client.post(reverse("account_reset_password"), {"email": "alice@example.com"})
        link = next(word for word in str(mail.outbox[0].body).split() if "/password/reset/key/" in word)
        form = client.get(link, follow=True)
        client.post(
            form.request["PATH_INFO"], {"password1": "gravel at midnight", "password2": "gravel at midnight"}
        )

        assert sign_in(client, "alice@example.com", "gravel at midnight") == ""


class TestAddressOfAPerson:
    def test_is_known_to_the_sign_in_from_the_first_day(self) -> None:
        person = User.objects.create_user("New@Example.com", PASSWORD)

        address = EmailAddress.objects.get(user=person)
        assert (address.email, address.verified, address.primary) == ("new@example.com", True, True)

    def test_changed_by_an_admin_replaces_the_old_one(self) -> None:
        person = make_user(email="old@example.com")

        person.email = "new@example.com"
        person.save()

        assert EmailAddress.objects.get(user=person).email == "new@example.com"

    def test_changed_by_the_person_waits_for_the_link(self, client: Client) -> None:
        person = make_user(email="old@example.com")
        sign_in(client, "old@example.com")
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

        client.post(reverse("account_email"), {"email": "new@example.com", "action_add": ""})
        person.refresh_from_db()
        assert person.email == "old@example.com"
        link = next(
            word for letter in mail.outbox for word in str(letter.body).split() if "/confirm-email/" in word
        )
        client.post(link)

        person.refresh_from_db()
        assert person.email == "new@example.com"
        assert EmailAddress.objects.get(user=person).email == "new@example.com"
