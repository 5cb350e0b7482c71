"""Signing in: the adapters of the sign-in library, and second factors."""

import logging
from collections.abc import Callable
from typing import NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess, Provider
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sites.models import User

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the library has no types
    """Nobody signs up: people are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: str) -> str:
        # The library's own key begins with the Host header, port and all, which whoever guesses passwords is
        # free to change with every guess. The account alone is what must be counted.
        return credentials.get("email", "").strip().lower()


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # the library has no types
    """A second factor that must be there cannot be taken away."""

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        person: User = authenticator.user
        if not (settings.REQUIRE_ADMIN_MFA and person.is_superuser):
            return True
        return has_second_factor(person, ignoring=authenticator.pk)


class CompanyAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # the library has no types
    """Sign-in with an account of the company: it finds a person by their address, and creates nobody."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        # "connect" and "redirect" are the library's other processes, which an address could ask for.
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            _back_to_sign_in(request, _("Please sign in."))
        if not sociallogin.is_existing:
            _back_to_sign_in(
                request,
                _(
                    "Nobody here has the confirmed e-mail address of this account. An admin of your company"
                    " invites you; follow the link in that e-mail first."
                ),
            )

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Provider,
        error: str = AuthError.UNKNOWN,
        exception: Exception | None = None,
        **context: object,
    ) -> None:
        if error == AuthError.CANCELLED:
            _back_to_sign_in(request, _("You cancelled the sign-in."))
        logger.warning("company_sign_in_failed", exc_info=exception)
        _back_to_sign_in(
            request,
            _("The sign-in with %(name)s did not work. Try again, or sign in with your password.")
            % {"name": provider.name},
        )


def _back_to_sign_in(request: HttpRequest, sentence: str) -> NoReturn:
    messages.error(request, sentence)
    raise ImmediateHttpResponse(redirect("account_login"))


FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(person: User, *, ignoring: int | None = None) -> bool:
    """Return whether the person has an authenticator app or a passkey, optionally without one of them."""
    factors = Authenticator.objects.filter(user=person, type__in=FACTORS)
    return bool(factors.exclude(pk=ignoring).exists())


def second_factor_of(person: models.OuterRef) -> models.Exists:
    """Return whether a person has a second factor, for a query over people."""
    return models.Exists(Authenticator.objects.filter(user=person, type__in=FACTORS))


def remove_second_factor(person: User) -> int:
    """Take away everything but the password, for somebody who lost it all; return how many went."""
    removed, _ = Authenticator.objects.filter(user=person).delete()
    return int(removed)


# What an admin without a second factor may open: the way to one, and the way out.
SET_UP = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "healthz",
        "livez",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_index",
        "mfa_reauthenticate",
        "readyz",
    }
)


class AdminSecondFactorMiddleware:
    """Lead an admin without a second factor to its set-up, where REQUIRE_ADMIN_MFA is set."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        person = request.user
        if not settings.REQUIRE_ADMIN_MFA or not isinstance(person, User) or not person.is_superuser:
            return None
        match = request.resolver_match
        if (match is not None and match.view_name in SET_UP) or has_second_factor(person):
            return None
        messages.warning(request, _("Admins sign in with a second factor. Set one up to go on."))
        return redirect("mfa_index")


def end_expired_sessions() -> None:
    """Delete the sessions that have run out."""
    # Checked first, since on SQLite even a deletion without rows blocks other writers.
    if Session.objects.filter(expire_date__lt=timezone.now()).exists():
        SessionStore.clear_expired()
