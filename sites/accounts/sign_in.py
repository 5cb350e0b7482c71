"""Signing in: the adapters of the sign-in library, and second factors."""

import datetime as dt
import logging
import secrets
import time
from collections.abc import Callable
from typing import override
from urllib.parse import urlsplit

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import (
    STATE_SESSION_KEY,
    raise_if_reauthentication_required,
)
from allauth.account.models import EmailConfirmation
from allauth.core.exceptions import ReauthenticationRequired
from allauth.core.internal import ratelimit
from allauth.core.internal.httpkit import serialize_request
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.addresses import page_of_portal
from sites.accounts.encryption import decrypt, encrypt
from sites.accounts.mails import send_notice
from sites.accounts.security import record_event
from sites.accounts.sessions import SHARED, SHARED_COOKIE, is_shared, remember_shared, set_session_end
from sites.models import EventKind, User

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the library has no types
    """Nobody signs up: people are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Count the sign-in itself: who gave a password a minute ago is not asked for it again."""
        return super().is_reauthentication_required(app=app, **kwargs) and not proved_recently(self.request)

    def get_reset_password_from_key_url(self, key: str) -> str:
        return _on_the_portal(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: EmailConfirmation) -> str:
        return _on_the_portal(super().get_email_confirmation_url(request, emailconfirmation))

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, object]) -> None:
        super().send_password_reset_mail(user, email, context)
        record_event(EventKind.LINK_SENT, person=user)

    def authentication_failed(self, request: HttpRequest, **credentials: str) -> None:
        # One query and one insert, whether or not the address is known: both take the same time.
        person = User.objects.filter(email=credentials.get("email", "").strip().lower()).first()
        detail = _("wrong password") if person is not None else _("unknown e-mail address")
        record_event(EventKind.SIGN_IN_FAILED, person=person, detail=detail)

    def pre_authenticate(self, request: HttpRequest, **credentials: str) -> None:
        """Count the try. In a browser that the person uses, tries from elsewhere lock nobody out."""
        email = credentials.get("email", "").strip().lower()
        device = known_device(request, email)
        try:
            if not device:
                super().pre_authenticate(request, **credentials)
                return
            self._login_failed_rl_usage = ratelimit.consume(
                request,
                app="allauth.account",
                action="login_failed",
                config={"login_failed": TRIES_OF_A_DEVICE},
                key=f"{email} {device}",
            )
            if not self._login_failed_rl_usage:
                raise self.validation_error("too_many_login_attempts")
        except ValidationError:
            person = User.objects.filter(email=email).first()
            record_event(EventKind.LOCKED_OUT, person=person, detail=_("password"), is_limited=True)
            raise

    def post_login(self, request: HttpRequest, user: User, **kwargs: object) -> HttpResponse:
        # The form for a password says whether the computer is shared; other ways follow the last answer.
        request.session.setdefault(SHARED, SHARED_COOKIE in request.COOKIES)
        set_session_end(request)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember_shared(request, response)
        if not is_shared(request):
            remember_device(request, response, user)
        return response

    def pre_login(self, request: HttpRequest, user: User, **kwargs: object) -> HttpResponse | None:
        if not user.is_active:
            record_event(EventKind.SIGN_IN_FAILED, person=user, detail=_("may not sign in"), is_limited=True)
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: str) -> str:
        # The library's own key begins with the Host header and its port, which somebody who guesses passwords
        # can change with every guess. The account alone must be counted.
        return credentials.get("email", "").strip().lower()


def _on_the_portal(url: str) -> str:
    """Return an address of a page on PORTAL_URL: the Host header is anybody's to choose."""
    return f"{settings.PORTAL_URL}{urlsplit(url).path}"


# A browser in which a person has signed in is recognised by a signed cookie: by the OWASP's "device cookies",
# wrong passwords from elsewhere do not lock it out.
DEVICE_COOKIE = f"{settings.COOKIE_PREFIX}known-device"
DEVICE_AGE = dt.timedelta(days=365)
MOST_PEOPLE = 5
TRIES_OF_A_DEVICE = "5/5m/key"


def _people_of_device(request: HttpRequest) -> dict[str, str]:
    """Return the secrets of the people who have signed in in this browser, by their key."""
    try:
        found = signing.loads(request.COOKIES.get(DEVICE_COOKIE, ""), salt=DEVICE_COOKIE, max_age=DEVICE_AGE)
    except signing.BadSignature:
        return {}
    return dict(found)


def known_device(request: HttpRequest, email: str) -> str:
    """Return the secret of this browser for the person with this address, empty for an unknown browser."""
    people = _people_of_device(request)
    if not people:
        return ""
    person = User.objects.filter(email=email).only("pk").first()
    return people.get(str(person.pk), "") if person is not None else ""


def remember_device(request: HttpRequest, response: HttpResponse, person: User) -> None:
    """Let this browser be recognised at the person's next sign-in."""
    people = _people_of_device(request)
    secret = people.pop(str(person.pk), "") or secrets.token_urlsafe(12)
    kept = dict([*people.items(), (str(person.pk), secret)][-MOST_PEOPLE:])
    response.set_cookie(
        DEVICE_COOKIE,
        signing.dumps(kept, salt=DEVICE_COOKIE),
        max_age=DEVICE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


# What shows who somebody is. The company's own session may be days old, and so may a mailed link.
PROOFS = frozenset({"password", "mfa"})


def proved_recently(request: HttpRequest) -> bool:
    """Return whether the person gave a password or second factor within the last minutes."""
    since = time.time() - account_settings.REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    return any(record["method"] in PROOFS and record["at"] > since for record in records)


def require_proof(request: HttpRequest) -> None:
    """Send a person who did not prove lately who they are to the page that asks, and go on afterwards.

    Raises ReauthenticationRequired, which InterruptedFormsMiddleware answers: a form is done after the proof.
    """
    raise_if_reauthentication_required(request, app="allauth.account")


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # the library has no types
    """A second factor that must be there cannot be removed; its secrets are stored encrypted."""

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return decrypt(encrypted_text)
        except InvalidToken as error:
            logger.exception("The key of a second factor is missing: see MFA_ENCRYPTION_KEYS")
            raise ValidationError(
                _("Your second factor cannot be read. Ask an admin to remove it."), code="key_missing"
            ) from error

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        person: User = authenticator.user
        return not must_have_factor(person) or has_second_factor(person, ignoring=authenticator.pk)


FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(person: User, *, ignoring: int | None = None) -> bool:
    """Return whether the person has an authenticator app or a passkey, optionally without one of them."""
    factors = Authenticator.objects.filter(user=person, type__in=FACTORS)
    return bool(factors.exclude(pk=ignoring).exists())


def second_factor_of(person: models.OuterRef) -> models.Exists:
    """Return whether a person has a second factor, for a query over people."""
    return models.Exists(Authenticator.objects.filter(user=person, type__in=FACTORS))


def remove_second_factor(person: User, *, by: User) -> None:
    """Remove everything but the password, for somebody who lost it all, and tell them so."""
    Authenticator.objects.filter(user=person).delete()
    record_event(EventKind.FACTOR_REMOVED, person=person, by=by, detail=_("all, by an admin"))
    send_notice(
        _("Your second factor at DeskOps was removed"),
        _("The second factor of your account was removed: you now sign in with the password alone."),
        to=person.email,
        by=by,
    )


# What a person without a required second factor may open: the way to one, and the way out.
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


def lead_to_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """Send a stranger to the sign-in page, and from there to the page of the form that they sent.

    The form itself is not kept: somebody else may sign in next. The sign-in page says that nothing was done.
    """
    if request.method in {"GET", "HEAD"} or request.headers.get("HX-Request") == "true":
        # A script sees where it was led, says so, and leaves the page as it is.
        return redirect_to_login(request.get_full_path(), reverse("account_login"))
    messages.warning(
        request, _("You were signed out, so your form was not processed. Sign in, then send it again.")
    )
    return redirect_to_login(_page_of_form(request), reverse("account_login"))


def _page_of_form(request: HttpRequest) -> str:
    """Return the page from which a form was sent, the start page where the browser does not say."""
    return page_of_portal(request, request.headers.get("Referer", ""))


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's own, which would send a form as a GET after the sign-in, and do nothing."""

    @override
    def handle_no_permission(self, request: HttpRequest, view_func: object) -> HttpResponseRedirect:
        return lead_to_sign_in(request)


# The forms of a session that wait for a proof: the page of each by the address it is sent to.
WAITING_FORMS = "forms_waiting_for_proof"


class InterruptedFormsMiddleware:
    """Do a form that a proof interrupted after it; where it got lost, say so on its page.

    Allauth keeps one form, without files, and compares its path with the whole of an address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path
        response = self.get_response(request)
        if request.path != path:
            # Allauth has done the form as part of this request.
            self._take_form(request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ReauthenticationRequired) or request.method != "POST":
            return None
        waiting = request.session.get(WAITING_FORMS, {})
        request.session[WAITING_FORMS] = {**waiting, request.path: _page_of_form(request)}
        if not request.FILES:
            request.session[STATE_SESSION_KEY] = {"request": serialize_request(request)}
        ways = get_adapter().get_reauthentication_methods(request.user)
        return redirect_to_login(request.path, ways[0]["url"] if ways else reverse("account_login"))

    def process_view(
        self, request: HttpRequest, view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        # Pages that are open to everybody never wait for a proof, and do not find out who is signed in.
        is_open = not getattr(view, "login_required", True)
        if request.method != "GET" or is_open or not request.user.is_authenticated:
            return None
        page = self._take_form(request)
        if not page:
            return None
        messages.warning(request, _("Your form was not processed. Send it again."))
        return redirect(page) if urlsplit(page).path != request.path else None

    @staticmethod
    def _take_form(request: HttpRequest) -> str:
        waiting = dict(request.session.get(WAITING_FORMS, {}))
        page: str = waiting.pop(request.path, "")
        if page:
            request.session[WAITING_FORMS] = waiting
        return page


def lacks_required_factor(person: User) -> bool:
    """Return whether the settings require a second factor of a person who has none."""
    return must_have_factor(person) and not has_second_factor(person)


def must_have_factor(person: User) -> bool:
    return settings.REQUIRE_EVERYONE_MFA or (settings.REQUIRE_ADMIN_MFA and person.is_superuser)


class RequiredFactorMiddleware:
    """Lead a person without a second factor to its set-up, where the settings require one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        match = request.resolver_match
        # Pages that are open to everybody do not find out who is signed in.
        is_open = not getattr(view, "login_required", True) or (
            match is not None and match.view_name in SET_UP
        )
        person = None if is_open else request.user
        if not isinstance(person, User) or not lacks_required_factor(person):
            return None
        messages.warning(request, _("You sign in with a second factor here. Set one up to go on."))
        return redirect("mfa_index")
