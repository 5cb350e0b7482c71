"""Read, clean and compare a file: what can be rejected is rejected here, before anything is written."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.readers.detect import open_table, sha256_of
from imports.validation.clean_rows import FileCleaner
from imports.validation.new_master_data import NewMasterData
from imports.validation.results import OldDates, Plan, Progress, ValidatedFile, no_progress
from imports.validation.staging import RecordBuilder, RejectedCell, StagedRow, StagingTable, import_key
from records.choices import Source
from records.errors import NotVisible
from records.forms import CodedChoiceField, SiteChoiceField
from records.models import Batch, DailyRecord
from records.module import RecordModule
from records.operations.bulk import PART, Part, Refusal, create_many
from sites.models import Role, Site, User

# Rows between two reports of progress.
PROGRESS_STEP = 250


@contextmanager
def validate(plan: Plan, *, progress: Progress = no_progress) -> Iterator[ValidatedFile]:
    """Clean a file and compare it with existing records; its rows are staged until the context ends.

    Raises ImportRefused where the file, the options or the user's role forbid the whole import.
    """
    if plan.creating and not plan.by.is_superuser:
        raise ImportRefused(_("Only an admin creates sites, materials and parties."))
    new = NewMasterData(plan.site_fields, plan.material_fields)
    file_hash = sha256_of(plan.path)
    with StagingTable() as staging:
        validated = ValidatedFile(plan, staging, new, file_hash)
        with open_table(plan.path, plan.read_options) as table:
            cleaner = FileCleaner(validated, table)
            for row in table.rows:
                if not row.is_blank:
                    cleaner.clean(row)
                if validated.rows_read % PROGRESS_STEP == 0:
                    progress(validated.rows_read, max(validated.rows_read, table.length))
            cleaner.finish()
        _unreject_known(validated)
        _compare(validated, progress)
        yield validated


def reject_staged(validated: ValidatedFile, row: StagedRow, refusal: Refusal[DailyRecord]) -> None:
    """Reject a staged row for the reason that its record was refused."""
    labels = {column.name: str(column.label) for column in validated.plan.module.entered_columns}
    heading = validated.columns.get(refusal.field, labels.get(refusal.field, refusal.field))
    value = str(getattr(refusal.record, refusal.field)) if refusal.field else ""
    whole = validated.staging.cells_of(row)
    places = validated.places.get(refusal.field)
    cells = whole if places is None else tuple(whole[place] for place in places)
    validated.staging.remove([row])
    if validated.leaves_out(refusal.field, refusal.reason):
        return
    validated.staging.reject(RejectedCell(row.line, refusal.field, heading, value, refusal.reason, cells))


def summed_fields(module: RecordModule[DailyRecord]) -> list[str]:
    """Return the fields whose sums show whether a file was read as it was meant.

    What the module does not add up is no sum here either, such as the tons of feed used and output.
    """
    return [column.name for column in module.sheet_columns if column in module.totals and not column.alike_by]


def _unreject_known(validated: ValidatedFile) -> None:
    """Count rejected rows as known where they were imported before, with corrections."""
    records = validated.plan.module.model._default_manager
    for rows in validated.staging.rejected_keys(PART):
        line_of = {import_key(site_id, digest): line for line, site_id, digest in rows}
        known = records.filter(import_key__in=line_of).values_list("import_key", flat=True)
        lines = [line_of[key] for key in known]
        validated.staging.unreject(lines)
        validated.rows_known += len(lines)


def _compare(validated: ValidatedFile, progress: Progress) -> None:
    """Find the rows that exist already, and those that a closed day or an equal record forbids."""
    module = validated.plan.module
    builder = RecordBuilder(module, unsaved=validated.new)
    warnings = WarningFinder(module, validated.new)
    validated.old_dates = warnings.old_dates
    summed = summed_fields(module)
    for rows in validated.staging.parts(lambda: PART):
        records = [builder.record(row) for row in rows]
        row_of = {id(record): row for record, row in zip(records, rows, strict=True)}
        # A site that is not created yet has no records and no closed days.
        part = _dry_run(validated.plan, [record for record in records if record.site_id > 0])
        validated.staging.remove(row_of[id(record)] for record in part.known)
        validated.rows_known += len(part.known)
        for refusal in part.refused:
            reject_staged(validated, row_of[id(refusal.record)], refusal)
        removed = {id(record) for record in part.known} | {id(refusal.record) for refusal in part.refused}
        new = [record for record in records if id(record) not in removed]
        for record in new:
            for model, key in builder.unsaved(record):
                validated.new_ids[model].add(key)
            validated.totals.add(row_of[id(record)], record, summed)
        new_rows = [row_of[id(record)] for record in new]
        found = warnings.find(new, [row.line for row in new_rows])
        validated.staging.add_warnings(
            (row, sentence) for row, sentences in zip(new_rows, found, strict=True) for sentence in sentences
        )
        progress(validated.rows_read, validated.rows_read)


def _dry_run(plan: Plan, records: list[DailyRecord]) -> Part[DailyRecord]:
    if not records:
        return Part()
    try:
        return create_many(
            module=plan.module, records=records, batch=Batch(), by=plan.by, source=Source.IMPORT, dry_run=True
        )
    except PermissionDenied as error:
        raise ImportRefused(str(error)) from error
    except NotVisible as error:
        raise ImportRefused(_("You may no longer see one of the sites of this file.")) from error


SITE_FIELDS = ("code", "name", "timezone", "day_starts_at", "valid_from", "decimal_mark", "is_active")
NAME_FIELDS = ("code", "name", "is_active", "tons_per_load")
ROLE = "role"

# The values of each row by its id, of each model by its label, as JSON keeps them.
type Values = dict[str, str | bool]
type Basis = dict[str, dict[str, Values]]


def basis_of(module: RecordModule[DailyRecord], by: User) -> Basis:
    """Return the values that a check of a file of this module by this user rests on."""
    sites = list(Site.objects.for_user(by).with_role(by).order_by())
    basis: Basis = {
        Site._meta.label_lower: {
            str(site.pk): {**_values(site, SITE_FIELDS), ROLE: site.role or ""} for site in sites
        }
    }
    for column in module.entered_columns:
        field = module.form.base_fields.get(column.name)
        if not isinstance(field, CodedChoiceField):
            continue
        assert field.queryset is not None
        rows = field.queryset.order_by()
        if isinstance(field, SiteChoiceField):
            # Another site's machines must not be disclosed.
            rows = rows.filter(("site__in", sites))
        elif column in module.detail_columns:
            # Parties and vehicles are thousands, and each check of a file reads them.
            continue
        basis[rows.model._meta.label_lower] = {str(row.pk): _values(row, NAME_FIELDS) for row in rows}
    return basis


def basis_changes(before: object, module: RecordModule[DailyRecord], by: User) -> list[str]:
    """Return a sentence for each value that changed since a basis was saved; none where none was saved."""
    if not isinstance(before, dict) or not before:
        return []
    stored, now = cast("Basis", before), basis_of(module, by)
    return [
        sentence
        for label in now
        for sentence in _changes(_field_names(label), stored.get(label, {}), now[label])
    ]


def _values(row: models.Model, names: tuple[str, ...]) -> Values:
    values: Values = {}
    for name in names:
        value = getattr(row, name, None)
        values[name] = value if isinstance(value, bool) else "" if value is None else str(value)
    return values


def _field_names(label: str) -> dict[str, str]:
    model = apps.get_model(label)
    return {field.name: str(field.verbose_name) for field in model._meta.concrete_fields} | {
        ROLE: _("your role")
    }


def _changes(
    labels: Mapping[str, str], before: Mapping[str, Values], now: Mapping[str, Values]
) -> Iterator[str]:
    for key in sorted({*before, *now}, key=int):
        old, new = before.get(key), now.get(key)
        if old is None:
            assert new is not None
            yield _("%(name)s is new.") % {"name": new["name"]}
        elif new is None:
            yield _("%(name)s is no longer available to you.") % {"name": old["name"]}
        else:
            for name, value in new.items():
                if name in old and old[name] != value:
                    yield _("%(name)s: %(field)s was “%(before)s” and is “%(after)s” now.") % {
                        "name": old["name"],
                        "field": labels[name],
                        "before": _shown(name, old[name]),
                        "after": _shown(name, value),
                    }


def _shown(name: str, value: str | bool) -> str:  # noqa: FBT001  # a value, not an option
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == ROLE and value:
        return str(Role(value).label)
    return value or "–"


class WarningFinder:
    """Finds warnings about the rows of one file, many at a time, by the rules of their module."""

    def __init__(self, module: RecordModule[DailyRecord], new: NewMasterData) -> None:
        self.old_dates = OldDates()
        self._checkers = module.form.warning_rules.row_checkers()
        self._new = new
        self._usual_from: dict[int, tuple[dt.date, int] | None] = {}

    def find(self, records: Sequence[DailyRecord], lines: Sequence[int]) -> list[list[str]]:
        """Return the warnings about each record: about itself, and compared with existing records."""
        found = [list(record.confirmed_warnings) for record in records]
        for check in self._checkers:
            for warnings, warning in zip(found, check(records, lines), strict=True):
                if warning:
                    warnings.append(warning)
        for record in records:
            usual = self._usual(record.site_id)
            if usual is not None and record.date < usual[0]:
                self.old_dates.add(record.date, usual[1])
        return found

    def _usual(self, site_id: int) -> tuple[dt.date, int] | None:
        """Return the first date that is usual to enter at a site, and how many days back that is."""
        if site_id not in self._usual_from:
            site = Site.objects.get(pk=site_id) if site_id > 0 else self._new.made(Site, site_id)
            assert isinstance(site, Site)
            days = site.entry_days_back
            self._usual_from[site_id] = (
                None if days is None else (site.today() - dt.timedelta(days=days), days)
            )
        return self._usual_from[site_id]
