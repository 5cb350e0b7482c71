"""Security events: recording them, in the database and in the log, and deleting old ones."""

import datetime as dt

import structlog
from allauth.account import signals as account_signals
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa import signals as factor_signals
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from simple_history.signals import post_create_historical_record

from sites.history import SHOWN, HistoryEntry, distinct_names
from sites.models import EventKind, Membership, SecurityEvent, User

logger = structlog.get_logger(__name__)

DETAIL_LENGTH = 200
# Of what anybody can cause as often as they like, one event per address and per account is kept in that time.
REPEATED_AFTER_SECONDS = 60


def hash_address(address: str) -> str:
    """Return a keyed hash of a network address: equal for the same one, useless without SECRET_KEY."""
    return salted_hmac("sites.accounts.security", address, algorithm="sha256").hexdigest()[:32]


def record_event(
    kind: EventKind,
    *,
    person: User | None = None,
    by: User | None = None,
    detail: str = "",
    is_limited: bool = False,
) -> None:
    """Record what happened to a person's access, by one insert and one line in the log.

    `by` is the user of the request where it is not given. A limited event is recorded at most once a minute
    for a network address, and for a person.
    """
    request: HttpRequest | None = context.request
    address_hash = _address_hash(request) if request is not None else ""
    if is_limited and not _is_first(kind, address_hash, person):
        return
    if by is None and request is not None and isinstance(request.user, User):
        by = request.user
    SecurityEvent.objects.create(
        kind=kind, person=person, by=by, detail=detail[:DETAIL_LENGTH], address_hash=address_hash
    )
    # An alert can be set on `locked_out`, and on many `sign_in_failed`: somebody is guessing. What a command
    # does, such as loading the demo, is in the table alone.
    if request is None:
        return
    log = logger.warning if kind in {EventKind.LOCKED_OUT, EventKind.IMPERSONATION} else logger.info
    log(
        "security_event",
        kind=kind.value,
        user_id=person.pk if person is not None else None,
        by_id=by.pk if by is not None else None,
        detail=detail,
        address_hash=address_hash,
    )


def _address_hash(request: HttpRequest) -> str:
    try:
        return hash_address(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return ""


def _is_first(kind: EventKind, address_hash: str, person: User | None) -> bool:
    keys = [f"security-event:{kind}:{address_hash}"]
    if person is not None:
        keys.append(f"security-event:{kind}:person:{person.pk}")
    return all(cache.add(key, True, REPEATED_AFTER_SECONDS) for key in keys)  # noqa: FBT003  # the value


def delete_old_events() -> None:
    """Delete the security events that are older than SECURITY_EVENT_DAYS."""
    old = SecurityEvent.objects.filter(
        at__lt=timezone.now() - dt.timedelta(days=settings.SECURITY_EVENT_DAYS)
    )
    # Checked first, since on SQLite even a deletion without rows blocks other writers.
    if old.exists():
        old.delete()


def entries_of(person: User) -> list[HistoryEntry]:
    """Return the events of a person for their history page."""
    events = person.security_events.exclude(kind__in=SecurityEvent.NOT_IN_HISTORIES).select_related("by")
    shown = list(events[:SHOWN])
    names = distinct_names(event.by for event in shown)
    return [
        HistoryEntry(
            when=event.at,
            who=names.get(event.by_id, "–"),
            what=event.get_kind_display(),
            subject=event.detail or str(person),
            changes=(),
        )
        for event in shown
    ]


# --- What the libraries for sign-in and history report.
def _ways_of(request: HttpRequest, person: User) -> str:
    words = {
        "password": _("password"),
        "mfa": _("second factor"),
        "socialaccount": _("company account"),
        "password_reset": _("mailed link"),
    }
    records = get_authentication_records(request, person)
    ways = [
        _("passkey") if record.get("passwordless") else words.get(record["method"], record["method"])
        for record in records
    ]
    return ", ".join(dict.fromkeys(ways)) or _("invitation")


def on_signed_in(request: HttpRequest, user: User, **_kwargs: object) -> None:
    record_event(EventKind.SIGNED_IN, person=user, detail=_ways_of(request, user))


def on_password_changed(user: User, **_kwargs: object) -> None:
    record_event(EventKind.PASSWORD_CHANGED, person=user)


def on_password_reset(user: User, **_kwargs: object) -> None:
    record_event(EventKind.PASSWORD_CHANGED, person=user, detail=_("through a mailed link"))


def _factor_name(authenticator: Authenticator) -> str:
    names = {
        Authenticator.Type.TOTP.value: _("authenticator app"),
        Authenticator.Type.WEBAUTHN.value: _("passkey"),
        Authenticator.Type.RECOVERY_CODES.value: _("recovery codes"),
    }
    return names[authenticator.type]


def _is_codes(authenticator: Authenticator) -> bool:
    return bool(authenticator.type == Authenticator.Type.RECOVERY_CODES)


def on_factor_added(user: User, authenticator: Authenticator, **_kwargs: object) -> None:
    kind = EventKind.CODES_MADE if _is_codes(authenticator) else EventKind.FACTOR_ADDED
    record_event(kind, person=user, detail=_factor_name(authenticator))


def on_factor_removed(user: User, authenticator: Authenticator, **_kwargs: object) -> None:
    record_event(EventKind.FACTOR_REMOVED, person=user, detail=_factor_name(authenticator))


def on_factor_used(user: User, authenticator: Authenticator, **_kwargs: object) -> None:
    if _is_codes(authenticator):
        # Which codes are used was written through another object.
        authenticator.refresh_from_db()
        left = len(authenticator.wrap().get_unused_codes())
        record_event(EventKind.CODE_USED, person=user, detail=_("%(count)d left") % {"count": left})


def on_wrong_code(user: User, **_kwargs: object) -> None:
    record_event(EventKind.SIGN_IN_FAILED, person=user, detail=_("wrong code"))


def on_person_changed(history_instance: object, history_user: User | None, **_kwargs: object) -> None:
    after = history_instance
    person: User = after.instance  # type: ignore[attr-defined]  # a row of history has it
    before = after.prev_record  # type: ignore[attr-defined]  # the same
    if before is None:
        if person.is_superuser:
            record_event(EventKind.ROLE_CHANGED, person=person, by=history_user, detail=_("admin"))
        return
    if before.email != person.email:
        record_event(EventKind.ADDRESS_CHANGED, person=person, by=history_user)
    if before.is_superuser != person.is_superuser:
        detail = _("admin") if person.is_superuser else _("no longer an admin")
        record_event(EventKind.ROLE_CHANGED, person=person, by=history_user, detail=detail)
    if before.is_active != person.is_active:
        detail = _("may sign in") if person.is_active else _("may not sign in")
        record_event(EventKind.ACCESS_CHANGED, person=person, by=history_user, detail=detail)


def on_membership_changed(
    instance: Membership, history_instance: object, history_user: User | None, **_kwargs: object
) -> None:
    is_deleted = history_instance.history_type == "-"  # type: ignore[attr-defined]  # a row of history has it
    role = _("no role") if is_deleted else instance.get_role_display()
    detail = _("%(role)s at %(site)s") % {"role": role, "site": instance.site.code}
    record_event(EventKind.ROLE_CHANGED, person=instance.user, by=history_user, detail=detail)


def connect() -> None:
    """Record what the libraries report. Called once, when the apps are ready."""
    account_signals.user_logged_in.connect(on_signed_in)
    account_signals.password_changed.connect(on_password_changed)
    account_signals.password_set.connect(on_password_changed)
    account_signals.password_reset.connect(on_password_reset)
    factor_signals.authenticator_added.connect(on_factor_added)
    factor_signals.authenticator_reset.connect(on_factor_added)
    factor_signals.authenticator_removed.connect(on_factor_removed)
    factor_signals.authenticator_used.connect(on_factor_used)
    factor_signals.authentication_failed.connect(on_wrong_code)
    post_create_historical_record.connect(on_person_changed, sender=User.history.model)
    post_create_historical_record.connect(on_membership_changed, sender=Membership.history.model)
