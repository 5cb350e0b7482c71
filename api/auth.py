"""Who calls, with which token, and what they have access to."""

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

from api.errors import ApiError, error_response
from api.models import SESSION, ApiToken
from api.rate_limit import RateLimit, count_request
from core.db.prepared import Parameter, PreparedQuery
from sites.models import Site, User
from sites.second_factor import has_second_factor

MAX_BODY_BYTES = 1024 * 1024
CALLER, RATE_LIMIT = "api_caller", "api_rate_limit"

# So that people, and scanners for leaked secrets, recognise a token.
TOKEN_PREFIX = "desk_"  # noqa: S105  # no password
SHOWN_CHARACTERS = 9
# What a request needs of the owner, whose password hash is not read.
OWNER_FIELDS = ("email", "name", "is_active", "is_superuser")

_active_token = PreparedQuery(
    lambda: (
        ApiToken.objects.active(Parameter("now", DateTimeField()))
        .filter(token_hash=Parameter("hash", CharField()), owner__is_active=True)
        .select_related("owner")
        .only("is_read_only", *(f"owner__{name}" for name in OWNER_FIELDS))
        .order_by()
    )
)


def make_token(
    *, owner: User, name: str, is_read_only: bool = False, expires_at: dt.datetime | None = None
) -> tuple[ApiToken, str]:
    """Create a token; return it with its text, which is not stored."""
    text = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        owner=owner,
        name=name,
        token_hash=_hash(text),
        prefix=text[:SHOWN_CHARACTERS],
        is_read_only=is_read_only,
        expires_at=expires_at,
    )
    return token, text


def find_token(text: str) -> ApiToken | None:
    """Return the active token with this text, and its owner with it."""
    return _active_token.first(hash=_hash(text), now=timezone.now())


def revoke_token(token: ApiToken, *, by: User) -> None:
    """Revoke a token from this moment on."""
    active = ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True)
    active.update(revoked_at=timezone.now(), revoked_by=by)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Caller:
    """A user, and the token of the request; without one, it is their browser."""

    user: User
    token: ApiToken | None
    counted_as: str


def authenticate(request: HttpRequest) -> HttpResponse | None:
    """Find the caller and count the request; return an error response, or None where it may continue."""
    caller = _identify(request)
    if caller is None:
        return error_response(HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        return error_response(HTTPStatus.FORBIDDEN, _("Use https: this request was sent unencrypted."))
    # The history of what is written names this user.
    request.user = caller.user
    setattr(request, CALLER, caller)
    structlog.contextvars.bind_contextvars(
        user_id=caller.user.pk, called_with=caller.token.pk if caller.token else "browser"
    )
    rate_limit = count_request(caller.counted_as)
    setattr(request, RATE_LIMIT, rate_limit)
    if rate_limit.is_exceeded:
        return error_response(HTTPStatus.TOO_MANY_REQUESTS)
    if settings.REQUIRE_ADMIN_MFA and caller.user.is_superuser and not has_second_factor(caller.user):
        return error_response(HTTPStatus.FORBIDDEN, _("Admins must set up two-factor authentication first."))
    return None


def _identify(request: HttpRequest) -> Caller | None:
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = find_token(text.strip())
        return Caller(token.owner, token, token.caller) if token is not None else None
    if not isinstance(request.user, User) or not request.user.is_active:
        return None
    session = hashlib.sha256((request.session.session_key or "").encode()).hexdigest()
    return Caller(request.user, None, f"{SESSION}{session}")


def caller_of(request: HttpRequest) -> Caller:
    """Return the caller of an authenticated request."""
    caller: Caller = getattr(request, CALLER)
    return caller


def rate_limit_of(request: HttpRequest) -> RateLimit | None:
    """Return the caller's rate limit, where the request was counted."""
    rate_limit: RateLimit | None = getattr(request, RATE_LIMIT, None)
    return rate_limit


class TokenAuth:
    """A token. The middleware has authenticated the request already; this checks the body it brings."""

    openapi_security_schema = {"type": "http", "scheme": "bearer"}

    def __call__(self, request: HttpRequest) -> Caller:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length > MAX_BODY_BYTES:
            raise ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if length and (request.content_type or "").lower() != "application/json":
            raise ApiError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        return caller_of(request)


class SessionAuth(TokenAuth):
    """The session of a browser; unsafe methods need the CSRF token as X-CSRFToken."""

    openapi_security_schema = {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def user_of(request: HttpRequest) -> User:
    """Return the user who calls."""
    return caller_of(request).user


def require_writer(request: HttpRequest) -> User:
    """Return the user who calls. Raises ApiError for a read-only token or a missing CSRF token."""
    caller = caller_of(request)
    if caller.token is not None:
        if caller.token.is_read_only:
            raise ApiError(HTTPStatus.FORBIDDEN, _("This token is read-only."))
    elif _fails_csrf(request):
        raise ApiError(
            HTTPStatus.FORBIDDEN, _("A browser must send its CSRF token as X-CSRFToken with every change.")
        )
    return caller.user


def require_writer_at(request: HttpRequest, site: Site) -> User:
    """Return the user who calls. Raises ApiError as `require_writer` does, but first with 404 for the site.

    Whether the user's role allows the change is for the operation to decide.
    """
    try:
        return require_writer(request)
    except ApiError:
        visible_site(user_of(request), site.pk)
        raise


def visible_site(user: User, site_id: object) -> Site:
    """Return a site that a user has access to, active or not. Raises ApiError with 404."""
    text = str(site_id)
    site = None
    # A longer number would not fit into the database's column.
    if text.isascii() and text.isdigit() and len(text) <= 18:
        site = Site.objects.for_user(user).filter(pk=int(text)).first()
    if site is None:
        raise ApiError(HTTPStatus.NOT_FOUND)
    return site


class _CsrfCheck(CsrfViewMiddleware):
    """Django's own check, which returns the reason instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def _fails_csrf(request: HttpRequest) -> bool:
    check = _CsrfCheck(lambda request: HttpResponse())
    check.process_request(request)
    return check.process_view(request, _protected_view, (), {}) is not None


def _protected_view(request: HttpRequest) -> HttpResponse:
    """Serve as the view that Django's check looks at: it is not exempt."""
    return HttpResponse()
