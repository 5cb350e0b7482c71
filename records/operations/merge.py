"""Merging duplicates of master data: the records of one row are changed to name another."""

from collections.abc import Mapping, Sequence
from itertools import batched

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from records.choices import Source
from records.errors import Refused, SelectionRefused
from records.models import DailyRecord
from records.module import RecordModule
from records.operations.bulk import MOST_SELECTED, bulk_update, sentences_of
from records.operations.site_transaction import site_transaction
from records.registry import modules
from sites.models import MasterData, User
from sites.models.master_data import uses_of

# The sites of the records are locked while they are changed.
MOST_MERGED = 2000
# Reasons that are shown of many.
MOST_REASONS = 5

type Use = tuple[RecordModule[DailyRecord], str, list[int]]


def merge_master_data[M: MasterData](*, rows: Sequence[M], into: M, by: User) -> int:
    """Let the records of some rows name another row and make these rows inactive; return how many records.

    All or nothing. Each record gets a new version with its history. Raises ValidationError where the rows
    mean different things, something else than records uses them, a day of a record is closed, or a record
    would be there twice or get other figures.
    """
    for row in rows:
        _require_alike(row, into)
    uses = [use for row in rows for use in _uses_of(row)]
    count = sum(len(ids) for _module, _field, ids in uses)
    if count > MOST_MERGED:
        raise ValidationError(
            _("These are in %(count)d records, and at most %(most)d are changed at once.")
            % {"count": count, "most": MOST_MERGED}
        )
    sites = {
        site_id
        for module, _field, ids in uses
        for site_id in module.model._default_manager.filter(pk__in=ids).values_list("site_id", flat=True)
    }
    with site_transaction(sites, by=by, source=Source.ADMIN):
        for module, field, ids in uses:
            for part in batched(ids, MOST_SELECTED):
                _change(module, field, part, into=into, by=by)
        for row in rows:
            row.is_active = False
            row._history_user = by  # type: ignore[attr-defined]  # read by simple-history
            row.save(update_fields=["is_active"])
    return count


def _require_alike(row: MasterData, into: MasterData) -> None:
    """Raise ValidationError where a row means something else, or more than records uses it."""
    shown = {"name": row, "into": into}
    if not into.is_active:
        raise ValidationError(_("“%(into)s” is inactive: make it active first.") % shown)
    names = [*into.fixed_once_used, *(["site"] if hasattr(into, "site_id") else [])]
    for name in dict.fromkeys(names):
        if getattr(row, name) != getattr(into, name):
            label = str(row._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # a column, which has one
            raise ValidationError(
                _("“%(name)s” and “%(into)s” differ in: %(field)s.") % {**shown, "field": label}
            )
    others = [
        f"{capfirst(str(model._meta.verbose_name_plural))}: {count}"
        for model, count in uses_of(row).items()
        if not issubclass(model, DailyRecord)
    ]
    if others:
        raise ValidationError(
            _("“%(name)s” is also used in: %(others)s. Change these first.")
            % {"name": row, "others": ", ".join(others)}
        )


def _uses_of(row: MasterData) -> list[Use]:
    """Return the records that name a row, by module and field."""
    return [
        (
            module,
            field.name,
            list(module.model._default_manager.filter(**{field.name: row}).values_list("pk", flat=True)),
        )
        for module in modules()
        for field in module.model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model is type(row)
    ]


def _figures_of(module: RecordModule[DailyRecord], ids: Sequence[int]) -> dict[int, tuple[object, ...]]:
    """Return what records count and measure, by their ids."""
    common = {field.name for field in DailyRecord._meta.get_fields()}
    names = [
        field.name
        for field in module.model._meta.concrete_fields
        if not field.is_relation and field.name not in common
    ]
    rows = module.model._default_manager.filter(pk__in=ids).values_list("pk", *names)
    return {pk: tuple(values) for pk, *values in rows}


def _change(
    module: RecordModule[DailyRecord], field: str, ids: Sequence[int], *, into: MasterData, by: User
) -> None:
    before = _figures_of(module, ids)
    try:
        bulk_update(
            module=module,
            selected=dict.fromkeys(ids),
            values={field: str(into.pk)},
            by=by,
            source=Source.ADMIN,
            confirmed=True,
        )
    except SelectionRefused as refusal:
        raise _refusal(module, refusal.reasons) from refusal
    except Refused as refusal:
        raise ValidationError([_("Nothing was merged."), sentences_of(refusal)]) from refusal
    after = _figures_of(module, ids)
    # Such as tons by loads, or tons lost by the rate of a machine.
    if changed := [pk for pk in ids if after[pk] != before[pk]]:
        raise _refusal(module, dict.fromkeys(changed, _("its figures would change.")))


def _refusal(module: RecordModule[DailyRecord], reasons: Mapping[int, str]) -> ValidationError:
    """Return the error that names the first records that cannot be changed, and why."""
    dates = dict(module.model._default_manager.filter(pk__in=reasons).values_list("pk", "date"))
    sentences = [f"{module.label} {dates[pk]:%Y-%m-%d}: {reason}" for pk, reason in reasons.items()]
    left_out = len(sentences) - MOST_REASONS
    if left_out > 0:
        more = ngettext("and %(count)d more record", "and %(count)d more records", left_out)
        sentences = [*sentences[:MOST_REASONS], more % {"count": left_out}]
    return ValidationError([_("Nothing was merged."), *sentences])
