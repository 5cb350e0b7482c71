"""What must be true of a person before the portal lets them go on."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from sites.models import User
from sites.second_factor import has_second_factor

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
