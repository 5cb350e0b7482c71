"""ReadOptions, cleaning and comparing a file: everything that can be refused is refused here."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.readers.detect import open_table, sha256_of
from imports.validation.clean_rows import Cleaning
from imports.validation.new_master_data import Missing
from imports.validation.results import Checked, Plan, Progress, untold
from imports.validation.staging import RefusedCell, Spool, Unfolder, Waiting, import_key
from imports.validation.warnings import Judging
from records.choices import Source
from records.errors import NotVisible
from records.models import Batch, DailyRecord
from records.module import Kind, RecordModule
from records.operations.bulk import PART, Part, Refusal, create_many

# Rows between two looks at who waits.
TOLD_EVERY = 250


@contextmanager
def check(plan: Plan, *, told: Progress = untold) -> Iterator[Checked]:
    """Clean a file and compare it with what is there; what waits is kept until the context ends.

    `told` is told of the rows that are read, and again while they are compared. Raises ImportRefused where
    the file, the options or the person's role forbid the whole.
    """
    if plan.creating and not plan.by.is_superuser:
        raise ImportRefused(_("Only an admin creates sites and materials."))
    missing = Missing(plan.site_fields, plan.material_fields)
    file_hash = sha256_of(plan.path)
    with Spool() as spool:
        checked = Checked(plan, spool, missing, file_hash)
        with open_table(plan.path, plan.reading) as table:
            cleaning = Cleaning(checked, table)
            for row in table.rows:
                if not row.is_blank:
                    cleaning.take(row)
                if row.line % TOLD_EVERY == 0:
                    told(row.line, max(row.line, table.length))
            cleaning.end()
        _forgive_known(checked)
        _compare(checked, told)
        yield checked


def note_refusal(checked: Checked, row: Waiting, refusal: Refusal[DailyRecord]) -> None:
    """Take a row out of those that wait, with what was said against its record."""
    heading = checked.columns.get(refusal.field, refusal.field)
    value = str(getattr(refusal.record, refusal.field)) if refusal.field else ""
    whole = checked.spool.cells_of(row)
    places = checked.places.get(refusal.field)
    cells = whole if places is None else tuple(whole[place] for place in places)
    checked.spool.settle([row])
    checked.spool.refuse(RefusedCell(row.line, refusal.field, heading, value, refusal.reason, cells))


def _forgive_known(checked: Checked) -> None:
    """Count what was refused as known where it was imported before, with cells mended since it came."""
    records = checked.plan.module.model._default_manager
    for rows in checked.spool.unread(PART):
        line_of = {import_key(site_id, digest): line for line, site_id, digest in rows}
        known = records.filter(import_key__in=line_of).values_list("import_key", flat=True)
        lines = [line_of[key] for key in known]
        checked.spool.forgive(lines)
        checked.rows_known += len(lines)


def _compare(checked: Checked, told: Progress) -> None:
    """Find which rows are records already, and which a closed day or an equal record forbids."""
    unfolder = Unfolder(checked.plan.module, missing=checked.missing.materials)
    judging = Judging(checked.plan.module, checked.missing)
    checked.old = judging.old
    summed = summed_fields(checked.plan.module)
    for rows in checked.spool.parts(lambda: PART):
        records = [unfolder.record(row) for row in rows]
        row_of = {id(record): row for record, row in zip(records, rows, strict=True)}
        # At a site that is not there yet nothing is known, taken or closed.
        part = _as_it_would_be(checked.plan, [record for record in records if record.site_id > 0])
        checked.spool.settle(row_of[id(record)] for record in part.known)
        checked.rows_known += len(part.known)
        for refusal in part.refused:
            note_refusal(checked, row_of[id(refusal.record)], refusal)
        settled = {id(record) for record in part.known} | {id(refusal.record) for refusal in part.refused}
        new = [record for record in records if id(record) not in settled]
        for record in new:
            checked.new_sites |= unfolder.sites_missing_in(record)
            checked.new_materials |= unfolder.materials_missing_in(record)
            checked.outlook.take(row_of[id(record)], record, summed)
        new_rows = [row_of[id(record)] for record in new]
        odd = judging.odd(new, [row.line for row in new_rows])
        checked.spool.note_odd(
            (row, sentence) for row, sentences in zip(new_rows, odd, strict=True) for sentence in sentences
        )
        told(checked.rows_read, checked.rows_read)


def summed_fields(module: RecordModule[DailyRecord]) -> list[str]:
    """Return the fields of a module whose sums tell a person whether a file was read as it was meant."""
    return [column.name for column in module.sheet_columns if column.kind in (Kind.TONS, Kind.HOURS)]


def _as_it_would_be(plan: Plan, records: list[DailyRecord]) -> Part[DailyRecord]:
    if not records:
        return Part()
    try:
        return create_many(
            module=plan.module, records=records, batch=Batch(), by=plan.by, source=Source.IMPORT, dry_run=True
        )
    except PermissionDenied as error:
        raise ImportRefused(str(error)) from error
    except NotVisible as error:
        raise ImportRefused(_("A site of this file is no longer yours.")) from error
