"""What a validated file shows: the preview for its page, the report as CSV, sentences for the command."""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby, islice
from pathlib import Path
from typing import TextIO

from django.db.models import ForeignKey, Max, Min, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.csv_injection import harmless
from imports.errors import ImportRefused
from imports.models import Problem, Upload
from imports.readers.base import shown_line
from imports.validation.results import ValidatedFile
from imports.validation.row_parser import RECORD_ID
from imports.validation.staging import ValueCount
from imports.validation.validate import summed_fields
from records.columns import ChoiceColumn, Column, ReferenceColumn, TextColumn
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
    columns = {column.name: column for column in module.entered_columns}
    given = {*validated.columns, *validated.plan.layout.constants}
    details = [column for column in module.detail_columns if column.name in given]
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
        "labels": [str(column.label) for column in (*module.sheet_columns, *details)],
        "rows": [
            [_cell(column, record, validated) for column in (*module.sheet_columns, *details)]
            for record in totals.preview
        ],
        "warnings": validated.staging.warned_count,
        "notices": validated.notices,
        "sheets": list(validated.sheets),
        "old_dates": str(validated.old_dates),
        "new": [
            [str(label), [[row.code, row.name] for row in rows]]
            for label, rows in groupby(validated.new_rows, key=lambda row: row._meta.verbose_name_plural)
        ],
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
    columns = {column.name: column for column in module.entered_columns}
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
        column.name
        for column in module.entered_columns
        if isinstance(column, (ChoiceColumn, ReferenceColumn))
    )
    return ["site", *named]


def _cell(column: Column, record: DailyRecord, validated: ValidatedFile) -> str:
    stored = record._meta.get_field(column.name)
    key: int | None = getattr(record, stored.attname) if isinstance(stored, ForeignKey) else None
    if key is not None and key < 0:
        assert isinstance(stored, ForeignKey)
        # The import would create it.
        return str(validated.new.made(stored.related_model, key))
    # Without what lists add to a text, such as the ticket's number.
    return (
        column.format(column.value_of(record)) if isinstance(column, TextColumn) else column.text_of(record)
    )


def _date(date: dt.date | None) -> str:
    return date_format(date, "j M Y") if date is not None else ""


MAX_SENTENCES = 15
# So many lines are named for each reason; the report names them all.
MAX_LINES = 10


def write_report(validated: ValidatedFile, path: Path) -> None:
    """Write every rejected row and every warning to a file. Raises ImportRefused."""
    try:
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            write_rows(validated, file)
    except OSError as error:
        raise ImportRefused(
            _("The report cannot be written to %(file)s: %(reason)s.")
            % {"file": path, "reason": error.strerror or error}
        ) from error


def write_rows(validated: ValidatedFile, to: TextIO) -> None:
    """Write every rejected row, then every warning, as CSV that is harmless in a spreadsheet."""
    lines = csv.writer(to)
    labels = {column.name: str(column.label) for column in validated.plan.module.entered_columns}
    labels |= {"site": _("Site"), RECORD_ID: _("Record")}
    lines.writerow([_("line"), _("field"), _("column"), _("value"), _("reason"), _("imported")])
    for cell in validated.staging.rejected():
        texts = map(harmless, (cell.heading, cell.value, cell.reason))
        line = shown_line(cell.line, validated.sheets)
        lines.writerow([line, labels.get(cell.field, ""), *texts, _("no")])
    for warning in validated.staging.warnings():
        line = shown_line(warning.line, validated.sheets)
        lines.writerow([line, "", "", "", harmless(warning.sentence), _("yes, with a warning")])
    for notice in validated.notices:
        lines.writerow(["", "", "", "", harmless(notice), "–"])


def column_sentences(validated: ValidatedFile) -> Iterator[str]:
    """Yield where each field comes from."""
    layout = validated.plan.layout
    yield _("site: %(site)s") % {"site": layout.site_code or f"[{layout.site_column}]"}
    for name, text in validated.columns.items():
        yield f"{name}: [{text}]" if text.isidentifier() else f"{name}: {text}"
    for name, text in layout.constants.items():
        yield f"{name}: “{text}”"


def count_sentences(validated: ValidatedFile, *, written: int | None = None) -> Iterator[str]:
    """Yield the counts, which add up to the rows of the file; `written` once the records are written."""
    yield ngettext("%(count)d row read", "%(count)d rows read", validated.rows_read) % {
        "count": validated.rows_read
    }
    for count, text in (
        (validated.rows_skipped, _("%(count)d skipped")),
        (validated.rows_known, _("%(count)d imported before")),
        (validated.rows_rejected, _("%(count)d rejected")),
        (validated.rows_to_write, _("%(count)d to write"))
        if written is None
        else (written, _("%(count)d written")),
    ):
        yield text % {"count": count}


def warning_sentences(validated: ValidatedFile) -> Iterator[str]:
    """Yield the first warnings about rows to be written, and how many more there are."""
    if validated.old_dates.count:
        yield str(validated.old_dates)
    for warning in validated.staging.warnings(MAX_SENTENCES):
        yield _("line %(line)s: %(sentence)s") % {
            "line": shown_line(warning.line, validated.sheets),
            "sentence": warning.sentence,
        }
    more = validated.staging.warned_count - MAX_SENTENCES
    if more > 0:
        yield ngettext("and %(count)d other row", "and %(count)d other rows", more) % {"count": more}


def creation_sentences(validated: ValidatedFile) -> Iterator[str]:
    """Yield what is to be created, by code and name."""
    for row in validated.new_rows:
        shown = {"kind": row._meta.verbose_name, "code": row.code, "name": row.name}
        yield _("%(kind)s %(code)s for “%(name)s”") % shown


def rejection_sentences(validated: ValidatedFile) -> Iterator[str]:
    """Yield why rows were rejected, the most frequent reasons first."""
    reasons = validated.staging.reasons()
    for reason in reasons[:MAX_SENTENCES]:
        rows = ngettext("%(count)d row", "%(count)d rows", reason.lines) % {"count": reason.lines}
        lines = ", ".join(
            shown_line(line, validated.sheets) for line in validated.staging.lines_of(reason, MAX_LINES)
        )
        yield _("%(rows)s (%(lines)s): %(column)s%(reason)s") % {
            "rows": rows,
            "lines": _("line %(lines)s") % {"lines": f"{lines} …" if reason.lines > MAX_LINES else lines},
            "column": f"{reason.heading}: " if reason.heading else "",
            "reason": reason.reason,
        }
    if len(reasons) > MAX_SENTENCES:
        yield _("and %(count)d other reasons") % {"count": len(reasons) - MAX_SENTENCES}
