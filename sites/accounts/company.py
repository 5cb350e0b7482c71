"""Sign-in with an account of the company, by OpenID Connect: it finds a person here, and creates nobody."""

import logging
import secrets
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess, Provider
from allauth.socialaccount.providers.openid_connect import views
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sites.accounts.security import record_event
from sites.models import EventKind, User

if TYPE_CHECKING:
    import requests

logger = logging.getLogger(__name__)

# Of a company's server: the errors of requests are OSErrors; what it says of itself may lack an address.
FAILURES = (OSError, ValueError, KeyError)
# The value in the session that the answer of the server must repeat.
NONCE = "company_sign_in_nonce"
FAILED = gettext_lazy("The sign-in did not work. Try again, or sign in with your password.")


@login_not_required
def sign_in_with_company(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the company's server, for a form alone: no link of another page starts a sign-in.

    The answer is a page that goes on by itself, since the content security policy lets no form lead to
    another host, whichever hosts the server leads through.
    """
    if request.method != "POST":
        return redirect("account_login")
    nonce = request.session[NONCE] = secrets.token_urlsafe(24)
    # The library takes parameters for the server from the address: this one, and none of others.
    request.GET = QueryDict(f"auth_params=nonce%3D{nonce}")
    try:
        response: HttpResponse = views.login(request, provider_id)
    except FAILURES as error:
        logger.warning("company_sign_in_failed", exc_info=error)
        messages.error(request, FAILED)
        return redirect("account_login")
    address = response.headers.get("Location", "")
    if not urlsplit(address).netloc:
        return response
    page = render(request, "account/company.html", {"address": address})
    page.headers["Refresh"] = f"0; url={address}"
    return page


class CompanyAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # the library has no types
    """The confirmed address finds a person once; from then on, the account's own number (`sub`) does."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        # "connect" and "redirect" are the library's other processes, which an address could ask for.
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            _refuse(request, _("Please sign in."))
        self._check_nonce(request, sociallogin.account)
        if not sociallogin.is_existing:
            record_event(
                EventKind.SIGN_IN_FAILED, detail=_("company account of nobody here"), is_limited=True
            )
            _refuse(
                request,
                _(
                    "No user here has the confirmed e-mail address of this account. Ask an admin of your"
                    " company to invite you, and follow the link in that e-mail first."
                ),
            )
        self._link(request, sociallogin.account, sociallogin.user)

    def _check_nonce(self, request: HttpRequest, account: SocialAccount) -> None:
        """Refuse an ID token that was made for another sign-in."""
        expected = request.session.pop(NONCE, None)
        token = account.extra_data.get("id_token", {})
        if expected is None or token.get("nonce") != expected:
            logger.warning("company_sign_in_nonce")
            record_event(EventKind.SIGN_IN_FAILED, detail=_("company account"), is_limited=True)
            _refuse(request, str(FAILED))

    def _link(self, request: HttpRequest, account: SocialAccount, person: User) -> None:
        """Keep the number of the account with the person, and nothing else of it.

        A person who has a link is not found by their address: the company may have given it to somebody else.
        """
        if account.pk:
            SocialAccount.objects.filter(pk=account.pk).update(extra_data={})
            return
        links = SocialAccount.objects.filter(user=person)
        if links.exclude(provider=account.provider, uid=account.uid).exists():
            record_event(
                EventKind.SIGN_IN_FAILED,
                person=person,
                detail=_("another company account of that address"),
                is_limited=True,
            )
            _refuse(
                request,
                _(
                    "The person with this e-mail address signs in with another account of the company."
                    " Ask an admin to remove that link."
                ),
            )
        if person.is_active:
            links.get_or_create(provider=account.provider, uid=account.uid, defaults={"user": person})

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Provider,
        error: str = AuthError.UNKNOWN,
        exception: Exception | None = None,
        **context: object,
    ) -> None:
        if error == AuthError.CANCELLED:
            _refuse(request, _("You cancelled the sign-in."))
        logger.warning("company_sign_in_failed", exc_info=exception)
        record_event(EventKind.SIGN_IN_FAILED, detail=_("company account"), is_limited=True)
        _refuse(
            request,
            _("The sign-in with %(name)s did not work. Try again, or sign in with your password.")
            % {"name": provider.name},
        )

    def get_requests_session(self) -> "requests.Session":
        """Follow no redirect: the server's addresses are those of the settings and of its own description."""
        session: requests.Session = super().get_requests_session()
        session.max_redirects = 0
        return session


def remove_link(person: User, *, by: User) -> bool:
    """Let the person's address find them again at their next sign-in; return whether they had a link."""
    removed, _models = SocialAccount.objects.filter(user=person).delete()
    if removed:
        record_event(EventKind.FACTOR_REMOVED, person=person, by=by, detail=_("company account, by an admin"))
    return bool(removed)


def _refuse(request: HttpRequest, sentence: str) -> NoReturn:
    messages.error(request, sentence)
    raise ImmediateHttpResponse(redirect("account_login"))
