"""The inputs of the columns form: their choices, and their values for known answers."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django import forms
from django.forms.boundfield import BoundField
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from imports.mapping.column_mapping import CALENDAR, CODE, COLUMN, OPERATING, SKIP, TEXT, Answers
from imports.mapping.guess import Samples, unit_columns
from imports.mapping.headings import units_of
from imports.models import Creatable
from imports.parsing.dates import CENTURY, KEEP, SERIAL, SWAP, parse_date
from imports.readers.base import Exact, Head
from records.choices import Shift
from records.columns import CellError, ChoiceColumn, Column, DateColumn, TonsColumn
from records.forms import CodedChoiceField, SiteChoiceField
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Category, Site

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

UNIT_LABELS: dict[str, "Text"] = {
    "t": _("tons (t)"),
    "kg": _("kilograms (kg)"),
    "lb": _("pounds (lb)"),
    "short_ton": _("short tons (2,000 lb)"),
    "long_ton": _("long tons (2,240 lb)"),
    "cwt": _("hundredweight (US, 100 lb)"),
    "cwt_uk": _("hundredweight (UK, 112 lb)"),
    "quintal": _("quintals (100 kg)"),
    "g": _("grams (g)"),
    "m3": _("cubic metres (m³), with a density"),
    "yd3": _("cubic yards (yd³), with a density"),
    "h": _("hours"),
    "min": _("minutes"),
    "percent": _("percent (12.5 is 12.5 %)"),
    "fraction": _("fractions (0.125 is 12.5 %)"),
    "l": _("litres"),
}
ORDER_LABELS: dict[str, "Text"] = {
    "dmy": _("day first"),
    "mdy": _("month first"),
    "ymd": _("year first"),
}
MARK_QUESTIONS = {
    "hidden": ngettext_lazy(
        "%(count)d row is hidden or filtered out in the workbook",
        "%(count)d rows are hidden or filtered out in the workbook",
        "count",
    ),
    "struck": ngettext_lazy(
        "%(count)d row is struck out in the workbook",
        "%(count)d rows are struck out in the workbook",
        "count",
    ),
}
# A whole day is an empty text in the database, which in a form would mean no answer.
WHOLE_DAY = "whole-day"


@dataclass(frozen=True)
class FieldRow:
    """The inputs for one field of a record."""

    label: "Text"
    is_required: bool
    column: BoundField
    unit: BoundField | None
    density: BoundField | None
    always: BoundField
    formula: BoundField | None
    # What is open about it, and what follows from each unit.
    notes: Sequence[str] = ()

    @property
    def errors(self) -> list[str]:
        """Return the errors of all inputs."""
        fields = (self.column, self.unit, self.density, self.always, self.formula)
        return [str(error) for field in fields if field is not None for error in field.errors]


def site_field(headings: Sequence[str], sites: Sequence[Site]) -> forms.ChoiceField:
    """Return the input of the site."""
    return forms.ChoiceField(
        label=_("Site"),
        choices=[
            ("", _("Choose")),
            (
                _("The same for every row"),
                [(f"{CODE}{site.code}", f"{site.name} · {site.code}") for site in sites],
            ),
            (_("From a column"), [(f"{COLUMN}{heading}", heading) for heading in headings]),
        ],
        error_messages={"required": _("Choose the site of the rows.")},
    )


def fields_of(
    column: Column, module: RecordModule[DailyRecord], headings: Sequence[str], samples: Samples
) -> dict[str, forms.Field]:
    """Return the inputs of one field of a record."""
    choices = [("", _("Not in the file")), *((heading, heading) for heading in headings)]
    fields: dict[str, forms.Field] = {
        f"column-{column.name}": forms.ChoiceField(label=column.label, choices=choices, required=False)
    }
    if column.units:
        units = [
            ("", _("Choose the unit")),
            *((unit, UNIT_LABELS[unit]) for unit in units_of(column)),
            *(
                (
                    f"{COLUMN}{heading}",
                    format_lazy(_("as each row says under “{heading}”"), heading=heading),
                )
                for heading in unit_columns(column, samples)
            ),
        ]
        fields[f"unit-{column.name}"] = forms.ChoiceField(label=_("Unit"), choices=units, required=False)
    if isinstance(column, TonsColumn):
        fields[f"density-{column.name}"] = forms.DecimalField(
            label=_("Density, in tons per m³"),
            required=False,
            min_value=Decimal("0.01"),
            max_value=Decimal(30),
            decimal_places=4,
        )
    if column.is_number:
        fields[f"formula-{column.name}"] = forms.CharField(
            label=_("Calculated as"), required=False, max_length=200
        )
    fields[f"always-{column.name}"] = _always(column, module)
    return fields


def _always(column: Column, module: RecordModule[DailyRecord]) -> forms.Field:
    label = _("The same in every row")
    field = module.form.base_fields[column.name]
    if isinstance(column, DateColumn):
        return forms.DateField(
            label=label,
            required=False,
            input_formats=["%Y-%m-%d"],
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        )
    choices: list[tuple[str, Text]] = []
    if isinstance(column, ChoiceColumn):
        choices = [(value or WHOLE_DAY, label) for value, label in column.choices.items()]
    elif column in module.detail_columns:
        # Parties and vehicles can be thousands: they are typed.
        pass
    elif isinstance(field, CodedChoiceField) and not isinstance(field, SiteChoiceField):
        assert field.queryset is not None
        choices = [(row.code, row.name) for row in field.queryset.filter(is_active=True)]
    if choices:
        return forms.ChoiceField(label=label, choices=[("", "–"), *choices], required=False)
    return forms.CharField(label=label, required=False, max_length=2000)


def format_fields(headings: Sequence[str], stored_date: str) -> dict[str, forms.Field]:
    """Return the inputs for the formats of dates and numbers.

    `stored_date` is one of a column that has typed ones too; empty for none.
    """
    fields: dict[str, forms.Field] = {}
    fields["number_column"] = forms.ChoiceField(
        label=_("Numbers of existing records"),
        choices=[("", _("Not in the file")), *((heading, heading) for heading in headings)],
        required=False,
        help_text=_("An export has them under “id” or “Record”. Such rows must agree with the record."),
    )
    fields["date_format"] = forms.ChoiceField(
        label=_("Order of dates"),
        choices=[
            *((order + end, label) for order, label in ORDER_LABELS.items() for end in ("", str(CENTURY))),
            (SERIAL, _("day numbers of a spreadsheet")),
        ],
        required=False,
        widget=forms.RadioSelect(),
    )
    fields["date_pattern"] = forms.CharField(
        label=_("How the dates are written"),
        required=False,
        max_length=40,
        help_text=_(
            "With dd, mm and yyyy in their places, such as dd|mm|yyyy; mmm is the short name of a month."
        ),
    )
    fields["stored_dates"] = forms.ChoiceField(
        label=_("Dates of two kinds"),
        choices=_stored_dates(stored_date),
        required=False,
        widget=forms.RadioSelect(),
    )
    fields["decimal_mark"] = forms.ChoiceField(
        label=_("Decimal mark"),
        choices=[(".", _("a point; the comma separates thousands")), (",", _("a comma"))],
        required=False,
        widget=forms.RadioSelect(),
    )
    return fields


def _stored_dates(text: str) -> "list[tuple[str, Text]]":
    """Return what a stored date can mean in a column with typed ones too, as people read dates."""
    day = text if isinstance(text, Exact) else text[:10]
    choices: list[tuple[str, Text]] = []
    for choice, label in ((KEEP, _("They are right: %s")), (SWAP, _("Day and month are swapped: %s"))):
        with suppress(CellError):
            date = parse_date(day, Site(), None, stored_dates=choice)
            choices.append((choice, label % f"{day} = {date_format(date, 'j F Y')}"))
    return choices


def row_fields(head: Head, other_sheets: Sequence[str]) -> dict[str, forms.Field]:
    """Return the inputs for which rows of a workbook are imported."""
    fields: dict[str, forms.Field] = {}
    if other_sheets:
        fields["sheets"] = forms.MultipleChoiceField(
            label=_("Sheets with the same headings: import these too"),
            choices=[(name, name) for name in other_sheets],
            required=False,
            widget=forms.CheckboxSelectMultiple(),
        )
    for mark, question in MARK_QUESTIONS.items():
        if marked := head.marked.get(mark):
            lines = ", ".join(map(str, marked["first"]))
            fields[f"{mark}_rows"] = forms.ChoiceField(
                label=question % {"count": marked["count"]},
                choices=[(SKIP, _("Leave them out")), (KEEP, _("Import them"))],
                widget=forms.RadioSelect(),
                help_text=_("Lines %s") % (f"{lines} …" if len(marked["first"]) < marked["count"] else lines),
                error_messages={"required": _("Choose whether these rows are imported.")},
            )

    return fields


def detail_fields() -> dict[str, forms.Field]:
    """Return the inputs for times and names of loads."""
    fields: dict[str, forms.Field] = {}
    fields["ticket_dates"] = forms.ChoiceField(
        label=_("The dates of these times are"),
        choices=[
            (
                CALENDAR,
                _("calendar days: a time before the day of the site begins belongs to the date before"),
            ),
            (
                OPERATING,
                _("operating dates: a time before the day of the site begins is on the next morning"),
            ),
        ],
        required=False,
        widget=forms.RadioSelect(),
    )
    fields["unknown_parties"] = forms.ChoiceField(
        label=_("Names of parties, vehicles and containers that are unknown here"),
        choices=[
            ("", _("Reject their rows: each name can be mapped to a known one in the preview")),
            (TEXT, _("Keep them as texts, not linked to a party or a vehicle")),
        ],
        required=False,
        widget=forms.RadioSelect(),
    )

    return fields


def creating_fields(module: RecordModule[DailyRecord]) -> dict[str, forms.Field]:
    """Return the inputs for the master data that is created."""
    fields: dict[str, forms.Field] = {}
    creatable = [(Creatable.MATERIALS.value, _("Materials")), (Creatable.SITES.value, _("Sites"))]
    if module.detail_columns:
        creatable.append((Creatable.PARTIES.value, _("Parties, vehicles and containers")))
    fields["creating"] = forms.MultipleChoiceField(
        label=_("Create unknown names as new"),
        choices=creatable,
        required=False,
        widget=forms.CheckboxSelectMultiple(),
    )
    fields["category"] = forms.ChoiceField(
        label=_("New materials are"), choices=Category.choices, required=False
    )
    fields["timezone"] = forms.CharField(label=_("Time zone of new sites"), required=False, max_length=64)

    return fields


def initial_values(answers: Answers, module: RecordModule[DailyRecord]) -> dict[str, object]:
    """Return the values of the form's inputs for known answers."""
    initial: dict[str, object] = {
        "site": answers.site,
        "number_column": answers.number_column,
        "date_format": answers.date_format,
        "date_pattern": answers.date_format
        if len(answers.date_format.strip("dmy")) > len(str(CENTURY))
        else "",
        "stored_dates": answers.stored_dates,
        "decimal_mark": answers.decimal_mark,
        "sheets": list(answers.sheets),
        "hidden_rows": answers.hidden_rows,
        "struck_rows": answers.struck_rows,
        "ticket_dates": answers.ticket_dates,
        "unknown_parties": answers.unknown_parties,
        "creating": list(answers.creating),
        "category": answers.category or Category.RAW_FEED.value,
        "timezone": answers.timezone or "UTC",
    }
    for column in module.entered_columns:
        for part, given in answers.fields.get(column.name, {}).items():
            is_whole_day = part == "always" and given == str(Shift.WHOLE_DAY.label)
            initial[f"{part}-{column.name}"] = WHOLE_DAY if is_whole_day else given
    return initial
