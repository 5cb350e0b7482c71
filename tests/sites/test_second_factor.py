from unittest.mock import patch

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from sites.accounts.sign_in import SecondFactorAdapter, has_second_factor
from sites.models import User
from tests.factories import PASSWORD, make_people, make_user

pytestmark = pytest.mark.django_db


def with_app(person: User) -> str:
    """Give a person an authenticator app and return its secret."""
    secret = str(totp.generate_totp_secret())
    totp.TOTP.activate(person, secret)
    return secret


def code_of(secret: str) -> str:
    """Return what the app shows now."""
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter)))


def give_password(client: Client, person: User) -> str:
    response = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    return str(response["Location"])


class TestSignInWithASecondFactor:
    def test_the_password_alone_does_not_open_the_account(self, client: Client) -> None:
        alice = make_user()
        with_app(alice)

        next_page = give_password(client, alice)

        assert next_page == reverse("mfa_authenticate")
        assert "_auth_user_id" not in client.session

    def test_the_code_of_the_app_does(self, client: Client) -> None:
        alice = make_user()
        secret = with_app(alice)
        give_password(client, alice)

        client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})

        assert client.session["_auth_user_id"] == str(alice.pk)

    def test_a_recovery_code_does_once(self) -> None:
        alice = make_user()
        with_app(alice)
        code = RecoveryCodes.activate(alice).get_unused_codes()[0]
        first, second = Client(), Client()
        for client in (first, second):
            give_password(client, alice)
            client.post(reverse("mfa_authenticate"), {"code": code})

        assert first.session["_auth_user_id"] == str(alice.pk)
        assert "_auth_user_id" not in second.session

    def test_wrong_codes_are_slowed(self, client: Client) -> None:
        alice = make_user()
        with_app(alice)
        give_password(client, alice)
        for _ in range(5):
            client.post(reverse("mfa_authenticate"), {"code": "000000"})

        response = client.post(reverse("mfa_authenticate"), {"code": "000000"})

        assert "Too many failed login attempts." in response.content.decode()


class TestCodes:
    def test_that_activated_the_app_are_spent(self, client: Client) -> None:
        alice = make_user()
        client.force_login(alice)
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        code = code_of(client.get(reverse("mfa_activate_totp")).context["form"].secret)
        client.post(reverse("mfa_activate_totp"), {"code": code})
        other = Client()
        give_password(other, alice)

        other.post(reverse("mfa_authenticate"), {"code": code})

        assert has_second_factor(alice)
        assert "_auth_user_id" not in other.session

    def test_are_spent_for_as_long_as_they_are_valid(self) -> None:
        alice = make_user()
        secret = with_app(alice)
        first, second = Client(), Client()
        start = 1_800_000_000
        with patch("allauth.mfa.totp.internal.auth.time.time", return_value=start):
            code = code_of(secret)
            give_password(first, alice)
            first.post(reverse("mfa_authenticate"), {"code": code})
        # The library has forgotten it by now, and would still take it.
        cache.delete(f"allauth.mfa.totp.used?user={alice.pk}&code={code}")
        with patch("allauth.mfa.totp.internal.auth.time.time", return_value=start + 29):
            give_password(second, alice)
            second.post(reverse("mfa_authenticate"), {"code": code})

        assert "_auth_user_id" in first.session
        assert "_auth_user_id" not in second.session

    def test_that_are_spent_do_not_reset_the_count_of_wrong_ones(self) -> None:
        alice = make_user()
        secret = with_app(alice)
        first, second = Client(), Client()
        code = code_of(secret)
        give_password(first, alice)
        first.post(reverse("mfa_authenticate"), {"code": code})
        give_password(second, alice)
        for _ in range(2):
            for _ in range(4):
                response = second.post(reverse("mfa_authenticate"), {"code": "000000"})
            cache.delete(f"allauth.mfa.totp.used?user={alice.pk}&code={code}")
            second.post(reverse("mfa_authenticate"), {"code": code})

        assert "Too many failed login attempts." in response.content.decode()


class TestSetUp:
    def test_asks_for_the_password_again_first(self, client: Client) -> None:
        client.force_login(make_user())

        response = client.get(reverse("mfa_activate_totp"))

        assert response["Location"].startswith(reverse("account_reauthenticate"))

    def test_turns_the_app_on_and_hands_out_recovery_codes(self, client: Client) -> None:
        alice = make_user()
        client.force_login(alice)
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        page = client.get(reverse("mfa_activate_totp"))
        assert "data:image/svg+xml" in page.content.decode()

        client.post(reverse("mfa_activate_totp"), {"code": code_of(page.context["form"].secret)})

        assert has_second_factor(alice)
        assert b"Recovery codes" in client.get(reverse("mfa_view_recovery_codes")).content

    def test_offers_a_passkey(self, client: Client) -> None:
        client.force_login(make_user())
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

        page = client.get(reverse("mfa_add_webauthn")).content.decode()

        assert "mfa_webauthn_add" in page
        assert 'id="js_data"' in page


class TestRequiredOfAdmins:
    @pytest.fixture(autouse=True)
    def _required(self, settings: Settings) -> None:
        settings.REQUIRE_ADMIN_MFA = True

    @pytest.mark.parametrize("name", ["admin:index", "account", "admin:sites_site_add", "usersessions_list"])
    def test_leads_an_admin_without_one_to_its_set_up(self, client: Client, name: str) -> None:
        client.force_login(make_user(is_superuser=True))

        response = client.get(reverse(name))

        assert response.status_code == 302
        assert response["Location"] == reverse("mfa_index")

    def test_lets_nothing_be_written_before(self, client: Client) -> None:
        client.force_login(ada := make_user(is_superuser=True, name="Ada"))

        client.post(reverse("account"), {"name": "Changed", "theme": "dark"})

        ada.refresh_from_db()
        assert ada.name == "Ada"

    @pytest.mark.parametrize("name", ["mfa_index", "account_logout", "account_reauthenticate"])
    def test_leaves_the_way_there_and_the_way_out_open(self, client: Client, name: str) -> None:
        client.force_login(make_user(is_superuser=True))

        assert client.get(reverse(name)).status_code == 200

    def test_lets_an_admin_in_who_has_one(self, client: Client) -> None:
        ada = make_user(is_superuser=True)
        with_app(ada)
        client.force_login(ada)

        assert client.get(reverse("admin:index")).status_code == 200

    def test_recovery_codes_alone_are_no_second_factor(self, client: Client) -> None:
        ada = make_user(is_superuser=True)
        RecoveryCodes.activate(ada)
        client.force_login(ada)

        assert client.get(reverse("admin:index")).status_code == 302

    def test_asks_nothing_of_others(self, client: Client) -> None:
        client.force_login(make_people().mona)

        assert client.get(reverse("account")).status_code == 200

    @pytest.mark.parametrize(("name", "status"), [("account", 302), ("today", 302), ("mfa_index", 200)])
    def test_asks_everybody_where_it_is_required_of_everybody(
        self, client: Client, settings: Settings, name: str, status: int
    ) -> None:
        settings.REQUIRE_EVERYONE_MFA = True
        client.force_login(mona := make_people().mona)

        assert client.get(reverse(name)).status_code == status
        with_app(mona)
        assert client.get(reverse("account")).status_code == 200

    def test_keeps_an_admin_from_giving_up_the_last_one(self) -> None:
        ada = make_user(is_superuser=True)
        with_app(ada)
        app = Authenticator.objects.get(user=ada)
        adapter = SecondFactorAdapter()

        assert not adapter.can_delete_authenticator(app)
        Authenticator.objects.create(user=ada, type=Authenticator.Type.WEBAUTHN, data={})
        assert adapter.can_delete_authenticator(app)


class TestNotRequired:
    def test_an_admin_without_one_goes_on(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))

        assert client.get(reverse("admin:index")).status_code == 200
