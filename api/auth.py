"""Who calls: tokens, the rate limit, and the middleware that authenticates every request."""

import datetime as dt
import hashlib
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import CharField, DateTimeField
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from ninja.utils import check_csrf

from api.models import SESSION, ApiToken, Usage
from api.responses import DATABASE_ERROR, ApiError, busy_response
from core.db.busy import is_busy
from core.db.prepared import Parameter, PreparedQuery
from core.numbers import whole_number
from parties.models import Weighbridge
from sites.accounts.security import record_event
from sites.accounts.sign_in import lacks_required_factor
from sites.models import EventKind, Site, User

WINDOW_MS = 60_000
SESSIONS_KEPT = dt.timedelta(days=2)

_COUNT = """
    {before} INSERT INTO api_usage (caller, window_began, in_window, total, last_at)
    SELECT %s, %s, 1, 1, %s {behind}
    ON CONFLICT (caller) DO UPDATE SET
        in_window = CASE WHEN excluded.window_began - api_usage.window_began BETWEEN -5000 AND 59999
            THEN api_usage.in_window + 1 ELSE 1 END,
        window_began = CASE WHEN excluded.window_began - api_usage.window_began BETWEEN -5000 AND 59999
            THEN api_usage.window_began ELSE excluded.window_began END,
        total = api_usage.total + 1,
        last_at = excluded.last_at
    RETURNING in_window, window_began, total
"""
# PostgreSQL need not wait for its disk: a crash may forget the last few requests.
_COUNTS = {
    "postgresql": _COUNT.format(
        before="WITH quick AS (SELECT set_config('synchronous_commit', 'off', true) AS setting)",
        behind="FROM quick WHERE setting = 'off'",
    ),
    # Without a condition, SQLite would take ON for that of a join.
    "sqlite": _COUNT.format(before="", behind="WHERE true"),
}


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A caller's limit, and the requests that are left in this minute."""

    limit: int
    used: int
    # Seconds until the next minute begins, at least one.
    reset: int

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.limit

    @property
    def headers(self) -> dict[str, str]:
        headers = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(self.limit - self.used, 0)),
            "RateLimit-Reset": str(self.reset),
        }
        return headers | ({"Retry-After": str(self.reset)} if self.is_exceeded else {})


def count_request(caller: str) -> RateLimit:
    """Count a request of a caller and return their rate limit. One statement.

    A minute that begins seconds in the future began before the clock was set back: it is over. Requests at
    the same moment are written in any order, so that a minute may begin a little after the request.
    """
    now = timezone.now()
    now_ms = int(now.timestamp() * 1000)
    last_at = Usage._meta.get_field("last_at").get_db_prep_save(now, connection=connection)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS[connection.vendor], [caller, now_ms, last_at])
        used, began, total = cursor.fetchone()
    if total == 1:
        _delete_old_sessions(now)
    reset = max(math.ceil((min(began, now_ms) + WINDOW_MS - now_ms) / 1000), 1)
    return RateLimit(limit=settings.API_RATE_PER_MINUTE, used=used, reset=reset)


def _delete_old_sessions(now: dt.datetime) -> None:
    """Delete the usage of old sessions; a token's usage is kept, because its owner can see it."""
    Usage.objects.filter(caller__startswith=SESSION, last_at__lt=now - SESSIONS_KEPT).delete()


SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
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
        .only("is_read_only", "weighbridge", *(f"owner__{name}" for name in OWNER_FIELDS))
        .order_by()
    )
)


# Unless another end is chosen.
TOKEN_VALID_FOR = dt.timedelta(days=90)


def make_token(
    *,
    owner: User,
    name: str,
    is_read_only: bool = False,
    expires_at: dt.datetime | None = None,
    weighbridge: Weighbridge | None = None,
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
        weighbridge=weighbridge,
    )
    record_event(EventKind.TOKEN_MADE, person=owner, detail=str(token))
    return token, text


def find_token(text: str) -> ApiToken | None:
    """Return the active token with this text, and its owner with it."""
    return _active_token.first(hash=_hash(text), now=timezone.now())


def revoke_token(token: ApiToken, *, by: User) -> None:
    """Revoke a token from this moment on."""
    active = ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True)
    if active.update(revoked_at=timezone.now(), revoked_by=by):
        record_event(EventKind.TOKEN_REVOKED, person=token.owner, by=by, detail=str(token))


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
        return ApiError(HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"}).response
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        return ApiError(HTTPStatus.FORBIDDEN, _("Use https: this request was sent unencrypted.")).response
    # The history of what is written names this user.
    request.user = caller.user
    setattr(request, CALLER, caller)
    structlog.contextvars.bind_contextvars(
        user_id=caller.user.pk, called_with=caller.token.pk if caller.token else "browser"
    )
    try:
        rate_limit = count_request(caller.counted_as)
    except DatabaseError as error:
        # What only reads is answered uncounted while the database cannot be written to.
        if request.method not in SAFE_METHODS or not is_busy(error):
            raise
    else:
        setattr(request, RATE_LIMIT, rate_limit)
        if rate_limit.is_exceeded:
            return ApiError(HTTPStatus.TOO_MANY_REQUESTS).response
    if caller.token is not None and caller.token.weighbridge_id is not None and request.path != WEIGHINGS:
        return ApiError(
            HTTPStatus.FORBIDDEN, _("This token is of a weighbridge, for its weights only.")
        ).response
    if lacks_required_factor(caller.user):
        return ApiError(HTTPStatus.FORBIDDEN, _("Set up two-factor authentication first.")).response
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

    openapi_security_schema = {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


def user_of(request: HttpRequest) -> User:
    """Return the user who calls."""
    return caller_of(request).user


def require_writer(request: HttpRequest) -> User:
    """Return the user who calls. Raises ApiError for a read-only token or a missing CSRF token."""
    caller = caller_of(request)
    if caller.token is not None:
        if caller.token.is_read_only:
            raise ApiError(HTTPStatus.FORBIDDEN, _("This token is read-only."))
    elif check_csrf(request) is not None:
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
    key = whole_number(site_id)
    site = None if key is None else Site.objects.for_user(user).filter(pk=key).first()
    if site is None:
        raise ApiError(HTTPStatus.NOT_FOUND)
    return site


ROOT = "/api"
# The route that a token of a weighbridge may call.
WEIGHINGS = f"{ROOT}/weighings"
FAILURE = "api_failure"
logger = structlog.get_logger(__name__)


class ApiMiddleware:
    """Authenticate before routing errors are answered, and turn the errors of other middleware into JSON."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not _is_api(request):
            return response
        if response.status_code >= HTTPStatus.BAD_REQUEST and not _is_json(response):
            _make_json(request, response)
        if (rate_limit := rate_limit_of(request)) is not None:
            for name, value in rate_limit.headers.items():
                response.headers[name] = value
        if response.status_code == HTTPStatus.NO_CONTENT:
            del response.headers["Content-Type"]
        # A response is for one caller only.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ("Authorization", "Cookie"))
        return response

    def process_view(
        self, request: HttpRequest, view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        if not _is_api(request) or not getattr(view, "login_required", True):
            return None
        try:
            return authenticate(request)
        except (DatabaseError, InterfaceError) as error:
            if (response := self.process_exception(request, error)) is not None:
                return response
            raise

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return 503 where the database is busy; otherwise remember that it failed, and let Django log it."""
        if not _is_api(request) or not isinstance(exception, (DatabaseError, InterfaceError)):
            return None
        if is_busy(exception):
            logger.warning("database_busy", error=str(exception))
            return busy_response()
        setattr(request, FAILURE, DATABASE_ERROR)
        return None


def _is_api(request: HttpRequest) -> bool:
    return request.path_info == ROOT or request.path_info.startswith(f"{ROOT}/")


def _is_json(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").startswith("application/json")


def _make_json(request: HttpRequest, response: HttpResponse) -> None:
    error = ApiError(
        HTTPStatus(response.status_code),
        code=getattr(request, FAILURE, ""),
        request_id=response.headers.get("X-Request-ID", ""),
    ).response
    response.content = error.content
    response.headers["Content-Type"] = error.headers["Content-Type"]
    for name in ("Content-Encoding", "Content-Length", "ETag"):
        response.headers.pop(name, None)
    response.headers["Content-Length"] = str(len(error.content))
