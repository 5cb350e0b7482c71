"""Workbooks to be filled in: a module's headings, the choices of a site, and how to go about it."""

import io
import re
from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from imports.mapping.column_mapping import required_fields
from imports.parsing.lookups import plain
from imports.readers.detect import TEMPLATE_MARK
from records.forms import CodedChoiceField
from records.models import DailyRecord
from records.module import Column, Kind, RecordModule
from sites.models import MasterData, Site

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Rows below the headings that offer choices.
ROWS = 2_000
LONGEST_TITLE = 31
FORBIDDEN_IN_TITLES = re.compile(r"[\[\]:*?/\\']")
FORMATS = {
    Kind.DATE: "yyyy-mm-dd",
    Kind.TONS: "#,##0.000",
    Kind.HOURS: "0.00",
    Kind.COUNT: "0",
}
UNITS = {Kind.TONS: "t", Kind.HOURS: "h"}
WIDTHS = {Kind.DATE: 13, Kind.TONS: 13, Kind.HOURS: 16, Kind.COUNT: 12, Kind.CHOICE: 15}
TEXT_WIDTH = 26
INK, PAPER = "FFFFFFFF", "FF0F2744"


def blank_workbook(module: RecordModule[DailyRecord], site: Site) -> bytes:
    """Return a workbook for records of a module at a site, which comes in without a question."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = FORBIDDEN_IN_TITLES.sub(" ", str(module.label_plural))[:LONGEST_TITLE]
    _fill_about(workbook.create_sheet(_("How to fill this in")), module, site)
    lists = workbook.create_sheet(_("Choices"))
    lists.sheet_state = "hidden"
    lists.append([TEMPLATE_MARK, module.slug, site.code])
    required = set(required_fields(module))
    for number, column in enumerate(module.sheet_columns, start=1):
        _head(sheet, number, column, is_required=column.name in required)
        _guide(
            sheet, get_column_letter(number), column, _listed(lists, number, _choices(module, column, site))
        )
    sheet.freeze_panes = "A2"
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()


def heading_of(column: Column) -> str:
    """Return a column's heading, with its unit where it has one."""
    unit = UNITS.get(column.kind)
    return f"{column.label} ({unit})" if unit else str(column.label)


def _head(sheet: Worksheet, number: int, column: Column, *, is_required: bool) -> None:
    cell = sheet.cell(row=1, column=number, value=heading_of(column))
    cell.font = Font(bold=True, color=INK, underline="single" if is_required else None)
    cell.fill = PatternFill("solid", start_color=PAPER)
    letter = get_column_letter(number)
    sheet.column_dimensions[letter].width = WIDTHS.get(column.kind, TEXT_WIDTH)
    sheet.column_dimensions[letter].number_format = FORMATS.get(column.kind, "@")


def _guide(sheet: Worksheet, letter: str, column: Column, listed: str) -> None:
    """Let a spreadsheet offer the choices of a column and refuse what none of our fields takes."""
    rule: DataValidation | None = None
    if listed:
        rule = DataValidation(type="list", formula1=listed, error=_("Take one from the list."))
    elif column.kind is Kind.DATE:
        rule = DataValidation(
            type="date", operator="greaterThan", formula1="36526", error=_("Enter a date such as 2026-03-31.")
        )
    elif column.kind is Kind.COUNT:
        rule = DataValidation(
            type="whole", operator="greaterThanOrEqual", formula1="0", error=_("Enter a whole number.")
        )
    elif column.kind.is_number:
        rule = DataValidation(
            type="decimal", operator="greaterThanOrEqual", formula1="0", error=_("Enter a number.")
        )
    if rule is not None:
        rule.showErrorMessage = True
        rule.allow_blank = True
        sheet.add_data_validation(rule)
        rule.add(f"{letter}2:{letter}{ROWS + 1}")


def _listed(lists: Worksheet, number: int, choices: Sequence[str]) -> str:
    """Write choices into a column of the hidden sheet and return where they are; empty for none."""
    for line, choice in enumerate(choices, start=2):
        cell = lists.cell(row=line, column=number, value=choice)
        # What begins with “=” is taken for a formula.
        cell.data_type = "s"
    letter = get_column_letter(number)
    return f"='{lists.title}'!${letter}$2:${letter}${len(choices) + 1}" if choices else ""


def _choices(module: RecordModule[DailyRecord], column: Column, site: Site) -> list[str]:
    if column.kind is Kind.CHOICE:
        stored = module.model._meta.get_field(column.name)
        return [str(words) for _value, words in getattr(stored, "flatchoices", ())]
    field = module.form({}, site=site).fields[column.name]
    return _names(field.offered()) if isinstance(field, CodedChoiceField) else []


def _names(rows: QuerySet[MasterData]) -> list[str]:
    """Return the name of each, or its code where another is called the same."""
    offered = list(rows)
    words = [plain(word) for row in offered for word in {row.code, row.name}]
    return [row.name if words.count(plain(row.name)) == 1 else row.code for row in offered]


def _fill_about(sheet: Worksheet, module: RecordModule[DailyRecord], site: Site) -> None:
    required = set(required_fields(module))
    needed = [heading_of(column) for column in module.sheet_columns if column.name in required]
    lines = [
        f"{module.label_plural} · {site.name} ({site.code})",
        _("One line for each record, below the headings of the first sheet. Leave the headings as they are."),
        _("Every line needs: %(columns)s.") % {"columns": ", ".join(needed)},
        _("Dates are days at the site, such as 2026-03-31. Tons are metric: 1 t is 1,000 kg."),
        _("Where a cell has a list, take a value from it. An empty shift means the whole day."),
        _("Bring the workbook under “Imports”. You see what would be written before anything is."),
    ]
    sheet.column_dimensions["A"].width = 100
    for number, line in enumerate(lines, start=1):
        cell = sheet.cell(row=number, column=1, value=line)
        cell.data_type = "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(bold=number == 1, size=14 if number == 1 else 11)
