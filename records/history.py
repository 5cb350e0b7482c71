"""The history of a record: who changed it, when, from which source, and each field before and after."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.choices import ChangeReason, Source
from records.columns import Column, TextColumn
from records.errors import NotVisible
from records.models import DailyRecord
from records.module import RecordModule
from sites.history import FieldChange, distinct_names
from sites.models import Site, User

ACTS = {
    "+": gettext_lazy("Entered"),
    "~": gettext_lazy("Changed"),
    "-": gettext_lazy("Deleted"),
}


@dataclass(frozen=True)
class VersionEntry:
    """One change of a record."""

    act: str
    kind: str
    by: str
    at: dt.datetime
    source: str
    version: int
    changes: list[FieldChange]
    # The warnings about it, and whether a person confirmed them: programs and files need not.
    warnings: Sequence[str]
    is_confirmed: bool
    # What it was part of, such as an undo.
    reason: str = ""


@dataclass(frozen=True)
class RecordVersions:
    """All changes of a record, newest first; `latest` is the record now, or when it was deleted."""

    latest: DailyRecord
    site: Site
    is_deleted: bool
    entries: list[VersionEntry]


def history_of[R: DailyRecord](module: RecordModule[R], record_id: int, by: User) -> RecordVersions:
    """Return the history of a record, also of a deleted one.

    Raises NotVisible where there never was such a record, or the user may not see its site.
    """
    kept = module.model.history.filter(id=record_id).select_related("history_user")
    versions = list(kept.order_by("history_id"))
    sites = {site.pk: site for site in Site.objects.for_user(by).with_role(by)}
    if not versions or versions[-1].site_id not in sites:
        raise NotVisible
    describer = VersionDescriber(module, versions, sites)
    names = distinct_names(version.history_user for version in versions)
    entries = [
        VersionEntry(
            act=str(ACTS[version.history_type]),
            kind=version.history_type,
            by=names.get(version.history_user_id) or _("a deleted user"),
            at=version.history_date,
            source=str(Source(version.entry_source).label),
            version=version.version,
            changes=list(describer.changes(earlier, version)),
            warnings=version.confirmed_warnings,
            is_confirmed=version.entry_source == Source.PAGE,
            reason=_reason(version.history_change_reason),
        )
        for earlier, version in zip([None, *versions], versions, strict=False)
        # Versions at sites that the user may not see are left out.
        if version.site_id in sites
    ]
    return RecordVersions(
        latest=versions[-1].instance,
        site=sites[versions[-1].site_id],
        is_deleted=versions[-1].history_type == "-",
        entries=entries[::-1],
    )


def _reason(stored: str | None) -> str:
    return str(ChangeReason(stored).label) if stored in ChangeReason.values else ""


def differences[R: DailyRecord](module: RecordModule[R], before: R, after: R) -> list[FieldChange]:
    """Return the fields in which two versions of a record differ."""
    return list(VersionDescriber(module, [before, after]).changes(before, after))


class VersionDescriber[R: DailyRecord]:
    """Describes versions of records; the names of what they refer to are read once."""

    def __init__(
        self, module: RecordModule[R], versions: Iterable[R], sites: dict[int, Site] | None = None
    ) -> None:
        self._module = module
        self._names = {
            field.name: _names(field, versions)
            for field in module.model._meta.concrete_fields
            if isinstance(field, models.ForeignKey) and field.name in module.form.base_fields
        }
        self._sites = sites

    def changes(self, before: R | None, after: R) -> Iterator[FieldChange]:
        """Yield the fields that differ between two versions; all fields of the first version."""
        if before is not None and before.site_id != after.site_id:
            yield FieldChange(_("Site"), self._site(before.site_id), self._site(after.site_id))
        known = before if before is not None and self._is_visible(before) else None
        for column in self._columns():
            old = "" if known is None else self._text(column, known)
            new = self._text(column, after)
            if old != new:
                yield FieldChange(column.label, old, new)

    def summary(self, version: R) -> str:
        """Return a version in one line, without its date and notes."""
        texts = []
        for column in self._columns():
            text = "" if column.name in ("date", "notes") else self._text(column, version)
            if text and column.is_number:
                text = f"{text} {column.unit}" if column.unit else f"{column.label} {text}"
            texts.append(text)
        return " · ".join(filter(None, texts))

    def _columns(self) -> Iterator[Column]:
        named = {column.name: column for column in self._module.entered_columns}
        for name, field in self._module.form.base_fields.items():
            yield named.get(name) or TextColumn(name=name, label=field.label or name)

    def _text(self, column: Column, version: R) -> str:
        names = self._names.get(column.name)
        if names is not None:
            return names.get(getattr(version, f"{column.name}_id"), "")
        return column.text_of(version)

    def _is_visible(self, version: R) -> bool:
        return self._sites is None or version.site_id in self._sites

    def _site(self, site_id: int) -> str:
        return str((self._sites or {}).get(site_id) or _("another site"))


def _names(
    field: "models.ForeignKey[object, object]", versions: Iterable[models.Model]
) -> dict[int | None, str]:
    """Return the names of what versions refer to, by id; one query where some were not read with them."""
    related = field.related_model
    assert not isinstance(related, str)
    names: dict[int | None, str] = {None: ""}
    for version in versions:
        if field.is_cached(version) and getattr(version, field.attname) is not None:
            names[getattr(version, field.attname)] = str(getattr(version, field.name))
    unread = {getattr(version, field.attname) for version in versions} - names.keys()
    if unread:
        names |= {found.pk: str(found) for found in related._default_manager.filter(pk__in=unread)}
    return names
