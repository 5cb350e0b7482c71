"""Read, clean and compare a file: what can be rejected is rejected here, before anything is written."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.readers.detect import open_table, sha256_of
from imports.validation.clean_rows import FileCleaner
from imports.validation.new_master_data import NewMasterData
from imports.validation.results import Plan, Progress, ValidatedFile, no_progress
from imports.validation.staging import RecordBuilder, RejectedCell, StagedRow, StagingTable, import_key
from imports.validation.warnings import WarningFinder
from records.choices import Source
from records.errors import NotVisible
from records.models import Batch, DailyRecord
from records.module import RecordModule
from records.operations.bulk import PART, Part, Refusal, create_many

# Rows between two reports of progress.
PROGRESS_STEP = 250


@contextmanager
def validate(plan: Plan, *, progress: Progress = no_progress) -> Iterator[ValidatedFile]:
    """Clean a file and compare it with existing records; its rows are staged until the context ends.

    Raises ImportRefused where the file, the options or the user's role forbid the whole import.
    """
    if plan.creating and not plan.by.is_superuser:
        raise ImportRefused(_("Only an admin creates sites and materials."))
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
    labels = {column.name: str(column.label) for column in validated.plan.module.sheet_columns}
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
    builder = RecordBuilder(module, unsaved=validated.new.materials)
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
            validated.new_site_ids |= builder.unsaved_sites(record)
            validated.new_material_ids |= builder.unsaved_materials(record)
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
