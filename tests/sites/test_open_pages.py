"""Which pages of the sign-in are open to strangers: those, and no others."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

pytestmark = pytest.mark.django_db

# What each page under /accounts/ and /account/ answers to somebody who is not signed in.
OPEN = 200
SIGN_IN_REDIRECT = "account_login"
ANSWERS: dict[str, int | str] = {
    "account": SIGN_IN_REDIRECT,
    "account_change_password": SIGN_IN_REDIRECT,
    "account_confirm_email": OPEN,
    "account_confirm_login_code": SIGN_IN_REDIRECT,
    "account_email": SIGN_IN_REDIRECT,
    "account_email_verification_sent": OPEN,
    "account_inactive": OPEN,
    "account_login": OPEN,
    "account_logout": "home",
    "account_reauthenticate": SIGN_IN_REDIRECT,
    "account_reset_password": OPEN,
    "account_reset_password_done": OPEN,
    "account_reset_password_from_key": OPEN,
    "account_reset_password_from_key_done": OPEN,
    "account_set_password": SIGN_IN_REDIRECT,
    "account_signup": OPEN,
    "end_session": SIGN_IN_REDIRECT,
    "export_own_data": SIGN_IN_REDIRECT,
    "invitation": 404,
    "mfa_activate_totp": SIGN_IN_REDIRECT,
    "mfa_add_webauthn": SIGN_IN_REDIRECT,
    "mfa_authenticate": SIGN_IN_REDIRECT,
    "mfa_deactivate_totp": SIGN_IN_REDIRECT,
    "mfa_download_recovery_codes": SIGN_IN_REDIRECT,
    "mfa_edit_webauthn": SIGN_IN_REDIRECT,
    "mfa_generate_recovery_codes": SIGN_IN_REDIRECT,
    "mfa_index": SIGN_IN_REDIRECT,
    "mfa_list_webauthn": SIGN_IN_REDIRECT,
    "mfa_login_webauthn": SIGN_IN_REDIRECT,
    "mfa_reauthenticate": SIGN_IN_REDIRECT,
    "mfa_reauthenticate_webauthn": SIGN_IN_REDIRECT,
    "mfa_remove_webauthn": SIGN_IN_REDIRECT,
    "mfa_view_recovery_codes": SIGN_IN_REDIRECT,
    # Of sign-in with the company's accounts, which is not set up.
    "openid_connect_callback": 404,
    "openid_connect_login": 302,
    "reset_devices": SIGN_IN_REDIRECT,
    "usersessions_list": SIGN_IN_REDIRECT,
}
ARGUMENTS: dict[str, list[object]] = {
    "account_confirm_email": ["invented"],
    "account_reset_password_from_key": ["1", "invented"],
    "end_session": [1],
    "invitation": ["invented"],
    "mfa_edit_webauthn": [1],
    "mfa_remove_webauthn": [1],
    "openid_connect_callback": ["company"],
    "openid_connect_login": ["company"],
}


def names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            if route.startswith("account") and pattern.name:
                yield pattern.name
        elif pattern.namespace is None:
            yield from names(pattern, route)


class TestOpenPages:
    def test_each_has_a_line_here(self) -> None:
        assert sorted(set(names(get_resolver()))) == sorted(ANSWERS)

    @pytest.mark.parametrize("name", ANSWERS)
    def test_answer_a_stranger(self, client: Client, name: str) -> None:
        response = client.get(reverse(name, args=ARGUMENTS.get(name)))

        expected = ANSWERS[name]
        if isinstance(expected, int):
            assert response.status_code == expected
        else:
            assert response.status_code == 302
            assert response["Location"].split("?")[0] == reverse(expected)
