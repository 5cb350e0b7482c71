"""The report of a validated file: a CSV of its errors and warnings, and sentences for the command."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.csv_injection import harmless
from imports.errors import ImportRefused
from imports.readers.base import shown_line
from imports.validation.results import ValidatedFile
from imports.validation.row_parser import RECORD_ID

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
    labels = {column.name: str(column.label) for column in validated.plan.module.sheet_columns}
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
    for code, name in validated.new_sites:
        yield _("site %(code)s for “%(name)s”") % {"code": code, "name": name}
    for code, name in validated.new_materials:
        yield _("material %(code)s for “%(name)s”") % {"code": code, "name": name}


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
