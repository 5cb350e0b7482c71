"""Where the sign-in library asks the house how it wants things."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from sites.models import User
from sites.second_factor import has_second_factor


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
        return has_second_factor(person, besides=authenticator.pk)
