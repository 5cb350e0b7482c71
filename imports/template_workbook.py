"""Template workbooks: a module's headings, the choices of a site, and instructions."""

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
from imports.parsing.lookups import normalize
from imports.readers.workbook_process import TEMPLATE_MARK
from records.columns import ChoiceColumn, Column
from records.forms import CodedChoiceField
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import MasterData, Site

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Rows below the headings that offer choices.
ROWS = 2_000
MAX_TITLE = 31
FORBIDDEN_IN_TITLES = re.compile(r"[\[\]:*?/\\']")
FONT_COLOR, FILL_COLOR = "FFFFFFFF", "FF0F2744"


def template_workbook(module: RecordModule[DailyRecord], site: Site) -> bytes:
    """Return a workbook for records of a module at a site, which is imported without further questions."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = FORBIDDEN_IN_TITLES.sub(" ", str(module.label_plural))[:MAX_TITLE]
    _fill_about(workbook.create_sheet(_("Instructions")), module, site)
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


def _head(sheet: Worksheet, number: int, column: Column, *, is_required: bool) -> None:
    cell = sheet.cell(row=1, column=number, value=column.heading)
    cell.font = Font(bold=True, color=FONT_COLOR, underline="single" if is_required else None)
    cell.fill = PatternFill("solid", start_color=FILL_COLOR)
    letter = get_column_letter(number)
    sheet.column_dimensions[letter].width = column.xlsx_width
    sheet.column_dimensions[letter].number_format = column.xlsx_input_format


def _guide(sheet: Worksheet, letter: str, column: Column, listed: str) -> None:
    """Let a spreadsheet offer the choices of a column and reject what its field rejects."""
    rule: DataValidation | None = None
    if listed:
        rule = DataValidation(type="list", formula1=listed, error=_("Choose a value from the list."))
    elif (accepted := column.xlsx_rule) is not None:
        rule = DataValidation(
            type=accepted.type, operator=accepted.operator, formula1=accepted.limit, error=accepted.error
        )
    if rule is not None:
        rule.showErrorMessage = True
        rule.allow_blank = True
        sheet.add_data_validation(rule)
        rule.add(f"{letter}2:{letter}{ROWS + 1}")


def _listed(lists: Worksheet, number: int, choices: Sequence[str]) -> str:
    """Write choices into a column of the hidden sheet and return its range; empty for none."""
    for line, choice in enumerate(choices, start=2):
        cell = lists.cell(row=line, column=number, value=choice)
        # A text that begins with “=” would become a formula.
        cell.data_type = "s"
    letter = get_column_letter(number)
    return f"='{lists.title}'!${letter}$2:${letter}${len(choices) + 1}" if choices else ""


def _choices(module: RecordModule[DailyRecord], column: Column, site: Site) -> list[str]:
    if isinstance(column, ChoiceColumn):
        return [str(label) for label in column.choices.values()]
    field = module.form({}, site=site).fields[column.name]
    return _names(field.offered()) if isinstance(field, CodedChoiceField) else []


def _names(rows: QuerySet[MasterData]) -> list[str]:
    """Return the name of each, or its code where another is called the same."""
    offered = list(rows)
    words = [normalize(word) for row in offered for word in {row.code, row.name}]
    return [row.name if words.count(normalize(row.name)) == 1 else row.code for row in offered]


def _fill_about(sheet: Worksheet, module: RecordModule[DailyRecord], site: Site) -> None:
    required = set(required_fields(module))
    needed = [column.heading for column in module.sheet_columns if column.name in required]
    lines = [
        f"{module.label_plural} · {site.name} ({site.code})",
        _("One line for each record, below the headings of the first sheet. Leave the headings as they are."),
        _("Every line needs: %(columns)s.") % {"columns": ", ".join(needed)},
        _("Dates are days at the site, such as 2026-03-31. Tons are metric: 1 t is 1,000 kg."),
        _("Where a cell has a list, choose a value from it. An empty shift means the whole day."),
        _("Upload the workbook under “Imports”. You see a preview before anything is written."),
    ]
    sheet.column_dimensions["A"].width = 100
    for number, line in enumerate(lines, start=1):
        cell = sheet.cell(row=number, column=1, value=line)
        cell.data_type = "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(bold=number == 1, size=14 if number == 1 else 11)
