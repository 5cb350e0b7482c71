"""The preview of a validated file as it is saved with its upload: plain texts and figures for the page."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict
from itertools import islice

from django.db.models import ForeignKey, Max, Min, Sum
from django.utils.formats import date_format

from imports.models import Problem, Upload
from imports.readers.base import shown_line
from imports.validation.results import ValidatedFile
from imports.validation.row_parser import RECORD_ID
from imports.validation.staging import ValueCount
from imports.validation.validate import summed_fields
from records.columns import ChoiceColumn, Column, ReferenceColumn
from records.models import Batch, DailyRecord
from records.module import RecordModule
from sites.models import Site

# So many errors can be corrected on the page; the report has them all.
MAX_ERRORS = 2_000
# So many warnings are shown; the report has them all, and each record keeps its own.
MAX_WARNINGS = 200
MAX_VALUES, MAX_REASONS = 40, 15


def preview_of(validated: ValidatedFile) -> dict[str, object]:
    totals, module = validated.totals, validated.plan.module
    columns = {column.name: column for column in module.sheet_columns}
    sites = Site.objects.filter(pk__in=[key for key in totals.site_ids if key > 0]).order_by("code")
    return {
        "columns": [[str(columns[name].label), source] for name, source in validated.columns.items()],
        "headings": list(validated.headings),
        "places": {name: list(places) for name, places in validated.places.items()},
        "first": _date(totals.first),
        "last": _date(totals.last),
        "sums": [
            [str(columns[name].label), columns[name].format(totals.sums[name]), str(columns[name].unit)]
            for name in summed_fields(module)
            if name in totals.sums
        ],
        "sites": [site.code for site in sites],
        "rows": [
            [_cell(column, record, validated) for column in module.sheet_columns] for record in totals.preview
        ],
        "warnings": validated.staging.warned_count,
        "notices": validated.notices,
        "sheets": list(validated.sheets),
        "old_dates": str(validated.old_dates),
        "new_sites": validated.new_sites,
        "new_materials": validated.new_materials,
        "reasons": [
            each._asdict()
            | {
                "is_set_by_rule": len(validated.places.get(each.field, ())) == 1,
                "first_line": shown_line(each.first_line, validated.sheets),
            }
            for each in validated.staging.groups(MAX_REASONS)
        ],
        "values": [each._asdict() for each in _rejected_values(validated)],
        "rules": [asdict(rule) | {"lines": count} for rule, count in validated.rule_counts.items()],
    }


def outcome_of(validated: ValidatedFile, batch: Batch) -> dict[str, object]:
    """Return the preview with the days, sums and sites of the records that were written."""
    module = validated.plan.module
    columns = {column.name: column for column in module.sheet_columns}
    records = module.model._default_manager.filter(batch=batch).order_by()
    sums = {name: Sum(name) for name in summed_fields(module)}
    found = records.aggregate(**sums, first=Min("date"), last=Max("date"))
    return preview_of(validated) | {
        "first": _date(found["first"]),
        "last": _date(found["last"]),
        "sums": [
            [str(columns[name].label), columns[name].format(found[name]), str(columns[name].unit)]
            for name in sums
            if found[name] is not None
        ],
        "sites": list(Site.objects.filter(pk__in=records.values("site")).values_list("code", flat=True)),
    }


def errors_of(upload: Upload, validated: ValidatedFile) -> Iterable[Problem]:
    """Yield the first errors of a file, to be saved."""
    for cell in islice(validated.staging.rejected(), MAX_ERRORS):
        yield Problem(
            upload=upload,
            line=cell.line,
            field=cell.field,
            heading=cell.heading,
            cells=list(cell.cells),
            reason=cell.reason,
            whole=cell.summary,
        )


def warnings_of(upload: Upload, validated: ValidatedFile) -> Iterable[Problem]:
    """Yield the first warnings of a file, to be saved."""
    for each in validated.staging.warnings(MAX_WARNINGS):
        yield Problem(
            upload=upload, line=each.line, reason=each.sentence, cells=list(each.cells), is_warning=True
        )


def _rejected_values(validated: ValidatedFile) -> list[ValueCount]:
    """Return the names that nothing has, and other texts that were rejected in several rows."""
    named = _named_fields(validated.plan.module)
    names = validated.staging.rejected_values(named, MAX_VALUES)
    single = [name for name, places in validated.places.items() if len(places) == 1]
    others = [name for name in single if name not in (*named, RECORD_ID)]
    texts = validated.staging.rejected_values(others, MAX_VALUES)
    return [*names, *(text for text in texts if text.lines > 1)][:MAX_VALUES]


def _named_fields(module: RecordModule[DailyRecord]) -> list[str]:
    """Return the fields whose values are names: the site, master data, choices."""
    named = (
        column.name for column in module.sheet_columns if isinstance(column, (ChoiceColumn, ReferenceColumn))
    )
    return ["site", *named]


def _cell(column: Column, record: DailyRecord, validated: ValidatedFile) -> str:
    stored = record._meta.get_field(column.name)
    key: int | None = getattr(record, stored.attname) if isinstance(stored, ForeignKey) else None
    if key is not None and key < 0:
        # The import would create it.
        return str(validated.new.materials[-key - 1])
    return column.text_of(record)


def _date(date: dt.date | None) -> str:
    return date_format(date, "j M Y") if date is not None else ""
