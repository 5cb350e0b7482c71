"""Who changed what, from what, to what: the history of a row in words."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Lower, Trim
from django.utils.formats import localize
from django.utils.translation import gettext as _

from sites.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

# A page of history; older entries stay in the database.
SHOWN = 200


@dataclass(frozen=True)
class FieldChange:
    """A field, before and after a change."""

    label: "Text"
    before: str
    after: str


@dataclass(frozen=True)
class HistoryEntry:
    when: dt.datetime
    who: str
    what: str
    subject: str
    changes: tuple[FieldChange, ...]


def distinct_names(people: Iterable[User | None]) -> dict[int | None, str]:
    """Return what people are called in a history: with the address where two of all people share a name.

    A name proves nothing, since everybody chooses their own. One query.
    """
    known = {person.pk: person for person in people if person is not None}
    keys = {person.name.strip().lower() for person in known.values()} - {""}
    alike = User.objects.annotate(key=Lower(Trim("name"))).filter(key__in=keys).values("key")
    shared = set(alike.annotate(count=models.Count("pk")).filter(count__gt=1).values_list("key", flat=True))
    return {
        key: f"{person} ({person.email})" if person.name.strip().lower() in shared else str(person)
        for key, person in known.items()
    }


def in_words(row: models.Model, field: models.Field[object, object]) -> str:
    """Return a field's value as a person reads it."""
    if isinstance(field, models.ForeignKey):
        related = field.related_model._base_manager.filter(pk=getattr(row, field.attname)).first()
        return str(related) if related else "–"
    value = getattr(row, field.attname)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value in (None, ""):
        return "–"
    shown = getattr(row, f"get_{field.name}_display", None)
    return str(shown()) if shown else localize(value)


def _changes(before: models.Model, after: models.Model, fields: Iterable[str]) -> tuple[FieldChange, ...]:
    found = []
    for name in fields:
        field = after._meta.get_field(name)
        if not isinstance(field, models.Field):
            continue
        if getattr(before, field.attname) != getattr(after, field.attname):
            label = str(field.verbose_name)
            found.append(
                FieldChange(label[:1].upper() + label[1:], in_words(before, field), in_words(after, field))
            )
    return tuple(found)


def _as_it_was(version: models.Model, related: Collection[str]) -> models.Model:
    """Return the row as it was then, with what it points to that is still there."""
    row: models.Model = version.instance  # type: ignore[attr-defined]  # a line of history has it
    for name in related:
        there = getattr(version, name)
        if there is not None:
            setattr(row, name, there)
    return row


def changes_of(
    model: type[models.Model],
    *,
    only: Collection[str] = (),
    related: Collection[str] = (),
    **which: object,
) -> list[HistoryEntry]:
    """Return the changes of the rows that `which` names, newest first; of `only` these fields, if any.

    Rows that are deleted by now are among them. What a row is called by is read with it, if it is `related`.
    """
    history = model.history  # type: ignore[attr-defined]  # every model that is passed here keeps a history
    rows = history.filter(**which).select_related("history_user", *related)
    rows = rows.order_by("-history_date", "-history_id")
    newest = list(rows[:SHOWN])
    tracked = [field.name for field in history.model.tracked_fields if not field.primary_key]
    shown = [name for name in tracked if not only or name in only]
    words = {"+": _("made"), "~": _("changed"), "-": _("deleted")}
    before: dict[object, models.Model] = {}
    names = distinct_names(row.history_user for row in newest)
    entries = []
    for row in reversed(newest):
        key = row.instance.pk
        earlier = before.get(key)
        changes = _changes(earlier, row, shown) if earlier is not None and row.history_type == "~" else ()
        before[key] = row
        if row.history_type == "~" and earlier is not None and not changes:
            continue
        entries.append(
            HistoryEntry(
                when=row.history_date,
                who=names.get(row.history_user_id) or _("a command"),
                what=words[row.history_type],
                subject=str(_as_it_was(row, related)),
                changes=changes,
            )
        )
    return entries[::-1]
