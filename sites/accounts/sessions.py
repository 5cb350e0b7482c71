"""Sessions: how long they last, shared computers, and what a browser may keep of a page.

The module is Django's SESSION_ENGINE.
"""

import datetime as dt
import math
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import override

from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSession
from django.contrib.sessions.models import Session
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from sites.accounts.mails import send_notice
from sites.accounts.security import record_event
from sites.models import EventKind, User

# What a session holds: that the computer is shared, when the person last did something, and when it ends
# whatever they do.
SHARED, SEEN_AT, ENDS_AT = "is_shared_computer", "seen_at", "ends_at"
# Whether the box was ticked at the last sign-in in this browser; passkeys and company accounts follow it.
SHARED_COOKIE = f"{settings.COOKIE_PREFIX}shared-computer"
COOKIE_AGE = dt.timedelta(days=365)
# Of what scripts request by themselves, while nobody may be there.
BACKGROUND_HEADER = "X-Background"
# The share of the idle limit after which activity is written down again: not with every request.
NOTED_AFTER = 0.1


class SessionStore(DatabaseSession):
    """A session that ends when nobody has used it for so long, and in any case some days after the sign-in.

    Its row in the database and the browser's cookie end at the same time.
    """

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    @property
    def idle_seconds(self) -> int:
        """Return how long it lasts without activity; 0 where there is no such limit."""
        minutes: int = settings.SESSION_IDLE_MINUTES
        if self.get(SHARED):
            minutes = min(minutes or settings.SHARED_IDLE_MINUTES, settings.SHARED_IDLE_MINUTES)
        return minutes * 60

    def get_session_cookie_age(self) -> int:
        age = self.idle_seconds or int(settings.SESSION_COOKIE_AGE)
        left = math.ceil(self[ENDS_AT] - time.time()) if ENDS_AT in self else age
        return max(min(age, left), 0)

    @override
    def save(self, must_create: bool = False) -> None:
        """Save the session; one from before there was such an end gets it now."""
        if SESSION_KEY in self and ENDS_AT not in self:
            self.begin(days=settings.SESSION_DAYS)
        super().save(must_create)

    def begin(self, *, days: int) -> None:
        """Count both limits from now on."""
        self[SEEN_AT] = time.time()
        self[ENDS_AT] = self[SEEN_AT] + dt.timedelta(days=days).total_seconds()


def is_shared(request: HttpRequest) -> bool:
    """Return whether the person has said that others use this computer too."""
    return bool(request.session.get(SHARED))


def set_session_end(request: HttpRequest) -> None:
    """Let the session of a shared computer end with the browser, and each one some days after sign-in."""
    request.session.set_expiry(0 if is_shared(request) else None)
    if isinstance(request.session, SessionStore):
        is_admin = isinstance(request.user, User) and request.user.is_superuser
        request.session.begin(days=settings.ADMIN_SESSION_DAYS if is_admin else settings.SESSION_DAYS)


def remember_shared(request: HttpRequest, response: HttpResponse) -> None:
    """Let this browser offer the same answer at the next sign-in."""
    if is_shared(request):
        response.set_cookie(
            SHARED_COOKIE,
            "yes",
            max_age=COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(SHARED_COOKIE)


class PrivatePagesMiddleware:
    """Keep signed-in pages out of the browser's stores, and note activity where there is an idle limit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # The session may be what could not be read: asking it again would wait as long again, and fail.
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response
        session = request.session
        if not isinstance(session, SessionStore) or not session.accessed or SESSION_KEY not in session:
            return response
        # The day sheet alone is kept, by its script, for its person and for a day.
        if not response.has_header("X-Person") and not request.path_info.startswith("/api/"):
            response["Cache-Control"] = "private, no-store"
        limit = session.idle_seconds
        if limit and not request.headers.get(BACKGROUND_HEADER):
            now = time.time()
            if now - session.get(SEEN_AT, 0) > limit * NOTED_AFTER:
                session[SEEN_AT] = now
        return response


class SessionsAdapter(DefaultUserSessionsAdapter):  # type: ignore[misc]  # the library has no types
    """Ending sessions leaves a trace."""

    def end_sessions(self, sessions: Sequence[UserSession]) -> None:
        super().end_sessions(sessions)
        if sessions:
            record_event(
                EventKind.SESSIONS_ENDED,
                person=sessions[0].user,
                detail=_("%(count)d sessions") % {"count": len(sessions)},
            )


def reset_devices(person: User, *, by: User) -> None:
    """Let every browser of a person remove what it keeps for them: copies of sheets and lines that wait.

    Each does so when the person opens a page there, and shows them what it removed.
    """
    User.objects.filter(pk=person.pk).update(device_resets=F("device_resets") + 1)
    record_event(EventKind.DEVICES_RESET, person=person, by=by)
    send_notice(
        _("Your devices were reset at DeskOps"),
        _("Lines that wait to be sent, and copies of day sheets, are removed from each of your devices."),
        to=person.email,
        by=by,
    )


def end_expired_sessions() -> None:
    """Delete the sessions that have run out."""
    # Checked first, since on SQLite even a deletion without rows blocks other writers.
    if Session.objects.filter(expire_date__lt=timezone.now()).exists():
        SessionStore.clear_expired()
