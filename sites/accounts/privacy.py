"""A person's own data: exporting it, removing it when they have left, and how long traces are kept."""

import datetime as dt
import json
from collections import Counter

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from sites.accounts.security import record_event
from sites.models import EventKind, Invitation, User

# Rows that are about the person; where a row only names who entered it, it is counted.
ABOUT = frozenset({"user", "person", "owner"})
# What opens something or only means something to the portal.
NOT_EXPORTED = frozenset(
    {
        "password",
        "token_hash",
        "session_key",
        "data",
        "address_hash",
        "storage_name",
        "answer",
        "groups",
        "user_permissions",
    }
)
# Nobody can have an address there (RFC 2606).
FORMER = "@former.invalid"
LEAST_NAME = 4


def own_data(person: User) -> str:
    """Return what the portal has about a person as JSON: their account, its history, and rows about them.

    Records that they entered belong to the company and are counted.
    """
    rows: dict[str, list[dict[str, object]]] = {}
    counts: Counter[str] = Counter()
    for relation in User._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel):
            continue
        model, field = relation.related_model, relation.field
        if model._meta.auto_created or model.__name__.startswith("Historical"):
            continue
        found = model._base_manager.filter(**{field.name: person})
        name = f"{model._meta.verbose_name_plural} ({field.verbose_name})"
        if field.name in ABOUT:
            rows[name] = [_as_dict(row) for row in found.order_by("pk")]
        else:
            counts[name] += found.count()
    document = {
        "account": _as_dict(person),
        "history": [
            {"at": row.history_date, "name": row.name, "email": row.email, "is_active": row.is_active}
            for row in person.history.order_by("history_id")
        ],
        "rows": {name: found for name, found in rows.items() if found},
        "counts": {name: count for name, count in counts.items() if count},
    }
    record_event(EventKind.DATA_EXPORTED, person=person)
    return json.dumps(document, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)


def _as_dict(row: models.Model) -> dict[str, object]:
    # Fields that no form shows are the person's too.
    fields = [field for field in row._meta.concrete_fields if field.name not in NOT_EXPORTED]
    return {field.name: field.value_from_object(row) for field in fields}


@transaction.atomic
def anonymise(person: User, *, by: User) -> None:
    """Remove what names a person who left, here and in the histories; what they entered stays.

    Raises PermissionDenied for anybody but an admin, ValidationError for a person who may still sign in.
    """
    if not by.is_superuser:
        raise PermissionDenied
    person = User.objects.select_for_update().get(pk=person.pk)
    if person.is_active or person == by:
        raise ValidationError(_("Turn off “may sign in” first: this is for people who have left."))
    name, address = _("Former user %(number)d") % {"number": person.pk}, f"former-user-{person.pk}{FORMER}"
    versions = person.history.all()
    names = {person.name, person.email, *versions.values_list("name", flat=True)}
    addresses = {person.email, *versions.values_list("email", flat=True)}
    _forget_invitations(person, addresses, address, by=by)
    for text in names | addresses:
        # A shorter one is part of too many words.
        if len(text) < LEAST_NAME:
            continue
        LogEntry.objects.filter(Q(object_repr__contains=text) | Q(change_message__contains=text)).delete()
    for session in UserSession.objects.filter(user=person):
        session.end()
    for own in (Authenticator, EmailAddress, SocialAccount):
        own.objects.filter(user=person).delete()
    # The apps of these are above this one. E-mails that wait would find nobody.
    for model, owner in (
        ("api.ApiToken", "owner"),
        ("alerts.EmailChoice", "person"),
        ("alerts.ScheduledEmail", "person"),
        ("alerts.Email", "person"),
    ):
        apps.get_model(model)._default_manager.filter(**{owner: person}).delete()
    for membership in person.memberships.all():
        membership.delete()
    person.security_events.update(address_hash="")
    person.name, person.email, person.is_superuser, person.wants_reminders = name, address, False, False
    person.set_unusable_password()
    person.end_access()
    person.save()
    versions.update(name=name, email=address)
    record_event(EventKind.ANONYMISED, person=person, by=by)


def _forget_invitations(person: User, addresses: set[str], address: str, *, by: User) -> None:
    invitations = Invitation.objects.filter(Q(email__in=addresses) | Q(accepted_by=person))
    invitations.open().update(revoked_at=timezone.now(), revoked_by=by)
    invitations.update(email=address)


def delete_old_traces() -> None:
    """Delete network addresses and browsers of sessions that ended, and old lines of the admin's log."""
    # Checked first, since on SQLite even a deletion without rows blocks other writers.
    ended = UserSession.objects.exclude(session_key__in=Session.objects.values("session_key"))
    if ended.exists():
        ended.delete()
    now = timezone.now()
    old = UserSession.objects.filter(created_at__lt=now - dt.timedelta(days=settings.ADDRESS_DAYS))
    old = old.exclude(user_agent="")
    if old.exists():
        old.update(ip="0.0.0.0", user_agent="")  # noqa: S104  # an address of nobody, not one to listen at
    lines = LogEntry.objects.filter(action_time__lt=now - dt.timedelta(days=settings.SECURITY_EVENT_DAYS))
    if lines.exists():
        lines.delete()
