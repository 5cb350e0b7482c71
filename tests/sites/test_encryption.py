"""The secrets of second factors in the database."""

import datetime as dt
from io import StringIO
from unittest.mock import patch

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from sites.accounts.encryption import encrypt_factors, encrypt_factors_nightly
from sites.models import User
from tests.factories import make_user
from tests.sites.test_second_factor import code_of, give_password, with_app

pytestmark = pytest.mark.django_db

KEY, OTHER_KEY = "a key that is apart from the database", "another key that came later"


def stored() -> dict[str, object]:
    data: dict[str, object] = Authenticator.objects.get(type=Authenticator.Type.TOTP).data
    return data


def signs_in(person: User, secret: str) -> bool:
    client = Client()
    give_password(client, person)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    return "_auth_user_id" in client.session


class TestSecrets:
    def test_are_not_readable_in_the_database(self) -> None:
        alice = make_user()
        secret = with_app(alice)
        codes = RecoveryCodes.activate(alice)

        assert secret not in str(Authenticator.objects.values_list("data"))
        assert codes.instance.data["seed"].startswith("encrypted:")
        assert len(codes.get_unused_codes()) == 10
        assert signs_in(alice, secret)

    def test_of_earlier_releases_work_and_are_encrypted_at_night(self, settings: Settings) -> None:
        alice = make_user()
        secret = with_app(alice)
        Authenticator.objects.update(data={"secret": secret})
        settings.BACKUP_HOUR = 1

        for hour, is_encrypted in ((0, False), (1, True)):
            night = dt.datetime(2026, 3, 2, hour, 30, tzinfo=dt.UTC)
            with patch("sites.accounts.encryption.timezone.now", return_value=night):
                encrypt_factors_nightly()

            assert (stored()["secret"] != secret) == is_encrypted
        assert signs_in(alice, secret)

    def test_are_stored_as_earlier_releases_do_before_a_rollback(self) -> None:
        alice = make_user()
        secret = with_app(alice)
        RecoveryCodes.activate(alice)

        for count in (2, 0):
            printed = StringIO()
            call_command("encrypt_factors", undo=True, stdout=printed)

            assert printed.getvalue().startswith(f"{count} second factors were decrypted")
        assert stored()["secret"] == secret
        assert "encrypted:" not in str(Authenticator.objects.values_list("data"))

    def test_are_moved_to_a_new_key_and_need_no_old_one_then(self, settings: Settings) -> None:
        alice = make_user()
        secret = with_app(alice)
        settings.MFA_ENCRYPTION_KEYS = [KEY]
        assert encrypt_factors() == 1
        assert encrypt_factors() == 0
        settings.MFA_ENCRYPTION_KEYS = [OTHER_KEY, KEY]
        encrypt_factors()
        settings.MFA_ENCRYPTION_KEYS = [OTHER_KEY]
        settings.SECRET_KEY = "rotated as well, and nothing is lost"

        assert signs_in(alice, secret)

    def test_survive_a_new_secret_key_with_the_old_one_as_fallback(self, settings: Settings) -> None:
        alice = make_user()
        secret = with_app(alice)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "rotated, as happens from time to time"

        assert signs_in(alice, secret)

    def test_whose_key_is_lost_say_so_instead_of_failing(self, settings: Settings) -> None:
        alice = make_user()
        secret = with_app(alice)
        settings.SECRET_KEY = "rotated, and the old one was forgotten"
        client = Client()
        give_password(client, alice)

        page = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})

        assert "Your second factor cannot be read. Ask an admin to remove it." in page.content.decode()
        with pytest.raises(CommandError):
            call_command("encrypt_factors", stdout=StringIO())
