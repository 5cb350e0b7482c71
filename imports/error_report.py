"""What became of a file, as a CSV of its refused lines and in a few sentences."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.csv_injection import harmless
from imports.errors import ImportRefused
from imports.validation.results import Checked

MOST_REASONS = 15


def write_report(checked: Checked, path: Path) -> None:
    """Write every line that is refused or odd, and why. Raises ImportRefused."""
    try:
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            report_of(checked, file)
    except OSError as error:
        raise ImportRefused(
            _("The report cannot be written to %(file)s: %(reason)s.")
            % {"file": path, "reason": error.strerror or error}
        ) from error


def report_of(checked: Checked, to: TextIO) -> None:
    """Write every refused line, then every odd one, as CSV, its cells harmless to a spreadsheet."""
    lines = csv.writer(to)
    lines.writerow([_("line"), _("field"), _("column"), _("value"), _("reason"), _("taken")])
    for cell in checked.refusals():
        said = map(harmless, (cell.heading, cell.value, cell.reason))
        lines.writerow([cell.line, cell.field, *said, _("no")])
    for odd in checked.spool.odd():
        lines.writerow([odd.line, "", "", "", harmless(odd.sentence), _("yes, though odd")])


def said_of_columns(checked: Checked) -> Iterator[str]:
    """Yield how each column was understood."""
    layout = checked.plan.layout
    yield _("site: %(site)s") % {"site": layout.site_code or f"[{layout.site_column}]"}
    for name, text in checked.columns.items():
        yield f"{name}: [{text}]" if text.isidentifier() else f"{name}: {text}"
    for name, text in layout.constants.items():
        yield f"{name}: “{text}”"


def said_of_rows(checked: Checked) -> Iterator[str]:
    """Yield the counts, which add up to the rows of the file."""
    yield ngettext("%(count)d row read", "%(count)d rows read", checked.rows_read) % {
        "count": checked.rows_read
    }
    for count, words in (
        (checked.rows_left_out, _("%(count)d left out")),
        (checked.rows_known, _("%(count)d imported before")),
        (checked.rows_refused, _("%(count)d refused")),
        (checked.rows_waiting, _("%(count)d to write")),
    ):
        yield words % {"count": count}


def said_of_odd(checked: Checked) -> Iterator[str]:
    """Yield what is odd about rows that are to be written, and how many more there are."""
    if checked.old.count:
        yield str(checked.old)
    for odd in checked.spool.odd(MOST_REASONS):
        yield _("line %(line)d: %(sentence)s") % {"line": odd.line, "sentence": odd.sentence}
    more = checked.spool.odd_lines - MOST_REASONS
    if more > 0:
        yield ngettext("and %(count)d other line", "and %(count)d other lines", more) % {"count": more}


def said_of_missing(checked: Checked) -> Iterator[str]:
    """Yield what is to be created, by code and name."""
    for key in sorted(checked.new_sites, reverse=True):
        site = checked.missing.sites[-key - 1]
        yield _("site %(code)s for “%(name)s”") % {"code": site.code, "name": site.name}
    for key in sorted(checked.new_materials, reverse=True):
        material = checked.missing.materials[-key - 1]
        yield _("material %(code)s for “%(name)s”") % {"code": material.code, "name": material.name}


def said_of_reasons(checked: Checked) -> Iterator[str]:
    """Yield why lines were refused, the most frequent reasons first."""
    reasons = checked.reasons()
    for reason in reasons[:MOST_REASONS]:
        lines = ngettext("%(count)d line", "%(count)d lines", reason.lines) % {"count": reason.lines}
        yield _("%(lines)s, the first is line %(line)d: %(column)s%(reason)s") % {
            "lines": lines,
            "line": reason.first_line,
            "column": f"{reason.heading}: " if reason.heading else "",
            "reason": reason.reason,
        }
    if len(reasons) > MOST_REASONS:
        yield _("and %(count)d other reasons") % {"count": len(reasons) - MOST_REASONS}
