"""Who calls, whether they may go on, and whether they may write."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from django.conf import settings
from django.db.models import CharField, DateTimeField
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from django.utils.translation import gettext as _

from api.errors import CallRefused, error_answer
from api.models import SESSION, ApiToken
from api.rate_limit import Allowance, count_request
from records.prepared import Asked, Question
from sites.models import User
from sites.second_factor import has_second_factor

MOST_BYTES = 1024 * 1024
CALLER, ALLOWANCE = "api_caller", "api_allowance"


@dataclass(frozen=True, slots=True)
class Caller:
    """A person, and the token that called for them; without one, it is their browser."""

    user: User
    token: ApiToken | None
    counted_as: str


def caller_of(request: HttpRequest) -> Caller:
    """Return who calls. Only where `admit` has let them in."""
    caller: Caller = getattr(request, CALLER)
    return caller


def reader(request: HttpRequest) -> User:
    """Return the person for whom is read."""
    return caller_of(request).user


def writer(request: HttpRequest) -> User:
    """Return the person in whose name is written.

    Raises CallRefused for a token that reads only, and for a browser's call without its proof of origin.
    """
    caller = caller_of(request)
    if caller.token is not None:
        if caller.token.is_read_only:
            raise CallRefused(HTTPStatus.FORBIDDEN, _("This token reads only."))
    elif _lacks_proof_of_origin(request):
        raise CallRefused(
            HTTPStatus.FORBIDDEN, _("A browser sends its CSRF token as X-CSRFToken with every change.")
        )
    return caller.user


def admit(request: HttpRequest) -> HttpResponse | None:
    """Find out who calls and count the request; return the refusal, or None where it may go on."""
    caller = _identify(request)
    if caller is None:
        return error_answer(HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        return error_answer(HTTPStatus.FORBIDDEN, _("Call over https: what is sent in the clear is read."))
    # The history of what is written names this person.
    request.user = caller.user
    setattr(request, CALLER, caller)
    structlog.contextvars.bind_contextvars(
        user_id=caller.user.pk, called_with=caller.token.pk if caller.token else "browser"
    )
    allowance = count_request(caller.counted_as)
    setattr(request, ALLOWANCE, allowance)
    if allowance.is_used_up:
        return error_answer(HTTPStatus.TOO_MANY_REQUESTS)
    if settings.REQUIRE_ADMIN_MFA and caller.user.is_superuser and not has_second_factor(caller.user):
        return error_answer(HTTPStatus.FORBIDDEN, _("Admins set up a second factor first."))
    return None


def allowance_of(request: HttpRequest) -> Allowance | None:
    """Return what is left of the caller's minute, where the request was counted."""
    allowance: Allowance | None = getattr(request, ALLOWANCE, None)
    return allowance


def require_readable_body(request: HttpRequest) -> None:
    """Raise CallRefused for a body that is too large, or is something else than JSON."""
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length > MOST_BYTES:
        raise CallRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if length and (request.content_type or "").lower() != "application/json":
        raise CallRefused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


def _identify(request: HttpRequest) -> Caller | None:
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = find_token(text.strip())
        return Caller(token.owner, token, token.caller) if token is not None else None
    if not isinstance(request.user, User) or not request.user.is_active:
        return None
    session = hashlib.sha256((request.session.session_key or "").encode()).hexdigest()
    return Caller(request.user, None, f"{SESSION}{session}")


class _ProofOfOrigin(CsrfViewMiddleware):
    """Django's own check, which tells its refusal instead of answering with a page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def _lacks_proof_of_origin(request: HttpRequest) -> bool:
    check = _ProofOfOrigin(lambda request: HttpResponse())
    check.process_request(request)
    return check.process_view(request, _protected, (), {}) is not None


def _protected(request: HttpRequest) -> HttpResponse:
    """Stand for a view, which Django's check asks whether it is exempt."""
    return HttpResponse()


# Told apart from other secrets by eye, and by programs that look for leaked ones.
MARK = "desk_"
SHOWN = 9
# What a call asks about the person behind it; their password's hash least of all.
OF_OWNER = ("email", "name", "is_active", "is_superuser")

_working = Question(
    lambda: (
        ApiToken.objects.working(Asked("now", DateTimeField()))
        .filter(token_hash=Asked("hash", CharField()), owner__is_active=True)
        .select_related("owner")
        .only("is_read_only", *(f"owner__{name}" for name in OF_OWNER))
        .order_by()
    )
)


def make_token(
    *, owner: User, name: str, is_read_only: bool = False, expires_at: dt.datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a token; return it with the text that opens the API, which is never seen again."""
    text = MARK + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        owner=owner,
        name=name,
        token_hash=_hash(text),
        prefix=text[:SHOWN],
        is_read_only=is_read_only,
        expires_at=expires_at,
    )
    return token, text


def find_token(text: str) -> ApiToken | None:
    """Return the working token of this text, its owner with it."""
    return _working.first(hash=_hash(text), now=timezone.now())


def revoke_token(token: ApiToken, *, by: User) -> None:
    """Let a token open nothing any more, from this moment on."""
    unrevoked = ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True)
    unrevoked.update(revoked_at=timezone.now(), revoked_by=by)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
