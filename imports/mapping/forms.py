"""The forms by which a file is uploaded and mapped."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.forms.boundfield import BoundField
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from imports.errors import ImportRefused
from imports.mapping.column_mapping import CODE, COLUMN, Answers, FieldAnswer, required_fields
from imports.mapping.guess import Samples, date_samples, number_samples, proven_mark
from imports.models import Creatable, Upload
from imports.parsing.dates import CENTURY, date_in_order, has_short_year
from imports.parsing.formulas import parse_formula
from imports.parsing.numbers import has_comma, is_ambiguous, two_readings
from imports.readers.csv_reader import DELIMITERS
from records import registry
from records.choices import Shift
from records.columns import ChoiceColumn, Column, DateColumn
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
    "h": _("hours"),
    "min": _("minutes"),
}
ORDER_LABELS: dict[str, "Text"] = {
    "dmy": _("day first"),
    "mdy": _("month first"),
    "ymd": _("year first"),
}
# A whole day is an empty text in the database, which in a form would mean no answer.
WHOLE_DAY = "whole-day"


class UploadForm(forms.Form):
    """A file, of whatever kind."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, XLSX, XLS, XLSB or ODS, at most 50 MB."),
        widget=forms.FileInput(attrs={"class": "drop"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )


class TableForm(forms.Form):
    """What the rows are, and where in the file they are."""

    module = forms.ChoiceField(label=_("Records"))
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    headings_line = forms.IntegerField(label=_("Line of the headings"), min_value=1, max_value=40)
    delimiter = forms.ChoiceField(label=_("Delimiter"), choices=list(DELIMITERS.items()))
    encoding = forms.ChoiceField(
        label=_("Encoding"),
        choices=[
            ("utf-8-sig", _("UTF-8")),
            ("cp1252", _("Windows, Western Europe")),
            ("cp1251", _("Windows, Cyrillic")),
            ("utf-16", _("UTF-16")),
        ],
    )

    def __init__(
        self, values: Mapping[str, object] | None = None, *, upload: Upload, sheets: Sequence[str]
    ) -> None:
        super().__init__(
            values,
            initial={
                "module": upload.module,
                "sheet": upload.sheet,
                "headings_line": upload.headings_line,
                "delimiter": upload.delimiter,
                "encoding": upload.encoding,
            },
        )
        self._choice("module").choices = [(module.slug, module.label_plural) for module in registry.modules()]
        self._choice("sheet").choices = [(name, name) for name in sheets]
        for unwanted in ("delimiter", "encoding") if upload.is_workbook else ("sheet",):
            del self.fields[unwanted]

    def _choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field


@dataclass(frozen=True)
class DateOrder:
    """An order of day, month and year, and the dates of the file in it."""

    value: str
    label: "Text"
    days: Sequence[str]
    is_chosen: bool


@dataclass(frozen=True)
class FieldRow:
    """The inputs for one field of a record."""

    label: "Text"
    is_required: bool
    column: BoundField
    unit: BoundField | None
    always: BoundField
    formula: BoundField | None

    @property
    def errors(self) -> list[str]:
        """Return the errors of all inputs."""
        fields = (self.column, self.unit, self.always, self.formula)
        return [str(error) for field in fields if field is not None for error in field.errors]


class ColumnsForm(forms.Form):
    """Where in the file each field of a record comes from."""

    def __init__(
        self,
        values: Mapping[str, object] | None,
        *,
        module: RecordModule[DailyRecord],
        samples: Samples,
        sites: Sequence[Site],
        may_create: bool,
        answers: Answers,
    ) -> None:
        super().__init__(values, initial=_initial(answers, module))
        self._module = module
        self._samples = samples
        self._required = set(required_fields(module))
        headings = [heading for heading in dict.fromkeys(samples.headings) if heading]
        self._add_site(headings, sites)
        for column in module.sheet_columns:
            self._add_field(column, headings)
        self._add_formats(headings)
        if may_create:
            self._add_creating()
        self.fields["save_as"] = forms.CharField(
            label=_("Save these columns as"),
            required=False,
            max_length=50,
            help_text=_("They are filled in again for a file with the same headings."),
        )

    def _add_site(self, headings: Sequence[str], sites: Sequence[Site]) -> None:
        self.fields["site"] = forms.ChoiceField(
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

    def _add_field(self, column: Column, headings: Sequence[str]) -> None:
        choices = [("", _("Not in the file")), *((heading, heading) for heading in headings)]
        self.fields[f"column-{column.name}"] = forms.ChoiceField(
            label=column.label, choices=choices, required=False
        )
        if column.units:
            units = [("", _("Choose the unit")), *((unit, UNIT_LABELS[unit]) for unit in column.units)]
            self.fields[f"unit-{column.name}"] = forms.ChoiceField(
                label=_("Unit"), choices=units, required=False
            )
        if column.is_number:
            self.fields[f"formula-{column.name}"] = forms.CharField(
                label=_("Calculated as"), required=False, max_length=200
            )
        self.fields[f"always-{column.name}"] = self._always(column)

    def _always(self, column: Column) -> forms.Field:
        label = _("The same in every row")
        field = self._module.form.base_fields[column.name]
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
        elif isinstance(field, CodedChoiceField) and not isinstance(field, SiteChoiceField):
            assert field.queryset is not None
            choices = [(row.code, row.name) for row in field.queryset.filter(is_active=True)]
        if choices:
            return forms.ChoiceField(label=label, choices=[("", "–"), *choices], required=False)
        return forms.CharField(label=label, required=False, max_length=2000)

    def _add_formats(self, headings: Sequence[str]) -> None:
        self.fields["number_column"] = forms.ChoiceField(
            label=_("Numbers of existing records"),
            choices=[("", _("Not in the file")), *((heading, heading) for heading in headings)],
            required=False,
            help_text=_("An export has them under “id” or “Record”. Such rows must agree with the record."),
        )
        self.fields["date_format"] = forms.ChoiceField(
            label=_("Order of dates"),
            choices=[
                (order + end, label) for order, label in ORDER_LABELS.items() for end in ("", str(CENTURY))
            ],
            required=False,
            widget=forms.RadioSelect(),
        )
        self.fields["decimal_mark"] = forms.ChoiceField(
            label=_("Decimal mark"),
            choices=[(".", _("a point; the comma separates thousands")), (",", _("a comma"))],
            required=False,
            widget=forms.RadioSelect(),
        )

    def _add_creating(self) -> None:
        self.fields["creating"] = forms.MultipleChoiceField(
            label=_("Create unknown names as new"),
            choices=[(Creatable.MATERIALS.value, _("Materials")), (Creatable.SITES.value, _("Sites"))],
            required=False,
            widget=forms.CheckboxSelectMultiple(),
        )
        self.fields["category"] = forms.ChoiceField(
            label=_("New materials are"), choices=Category.choices, required=False
        )
        self.fields["timezone"] = forms.CharField(
            label=_("Time zone of new sites"), required=False, max_length=64
        )

    @property
    def rows(self) -> Iterator[FieldRow]:
        """Yield the inputs field by field."""
        for column in self._module.sheet_columns:
            yield FieldRow(
                column.label,
                column.name in self._required,
                self[f"column-{column.name}"],
                self[f"unit-{column.name}"] if column.units else None,
                self[f"always-{column.name}"],
                self[f"formula-{column.name}"] if column.is_number else None,
            )

    @property
    def ambiguous_dates(self) -> list[str]:
        """Return up to two dates of the file that can be read in more than one way."""
        texts = dict.fromkeys(date_samples(self._chosen_columns(), self._samples))
        return sorted(texts, key=has_short_year, reverse=True)[:2]

    @property
    def orders(self) -> list[DateOrder]:
        """Return the orders in which these are dates, with the dates in each."""
        chosen = self["date_format"].value()
        # A year of two digits is shown with its century, which the person then chooses with the order.
        end = str(CENTURY) if any(map(has_short_year, self.ambiguous_dates)) else ""
        orders = []
        for order, label in ((each + end, label) for each, label in ORDER_LABELS.items()):
            read = [date_in_order(text, order) for text in self.ambiguous_dates]
            days = [date_format(date, "j F Y") for date in read if date is not None]
            if days:
                orders.append(DateOrder(order, label, days, is_chosen=order == chosen))
        return orders

    @property
    def ambiguous_numbers(self) -> list[str]:
        """Return up to two numbers of the file that can be read in two ways, where none shows which."""
        texts = number_samples(self._module, self._chosen_columns(), self._samples)
        if not self._samples.is_text:
            # A number cell has no decimal mark; a text cell with a comma may be anything.
            return list(dict.fromkeys(text for text in texts if has_comma(text)))[:2]
        if self["number_column"].value() or proven_mark(texts):
            return []
        return list(dict.fromkeys(filter(is_ambiguous, texts)))[:2]

    @property
    def is_text(self) -> bool:
        """Return whether the file is a CSV file, whose decimal mark can always be chosen."""
        return self._samples.is_text

    @property
    def number_readings(self) -> list[str]:
        """Return the readings of the ambiguous numbers."""
        return [two_readings(text) for text in self.ambiguous_numbers if is_ambiguous(text)]

    def _chosen_columns(self) -> dict[str, FieldAnswer]:
        """Return the columns that are chosen now, whether the form is valid or not."""
        return {
            column.name: {"column": str(self[f"column-{column.name}"].value() or "")}
            for column in self._module.sheet_columns
        }

    def clean(self) -> None:
        for column in self._module.sheet_columns:
            self._clean_field(column)
        if self.ambiguous_dates and not self.cleaned_data.get("date_format"):
            self.add_error("date_format", _("Choose the order of day, month and year."))
        if self.ambiguous_numbers and not self.cleaned_data.get("decimal_mark"):
            self.add_error("decimal_mark", _("Choose the decimal mark."))
        if not self.errors:
            self._check_layout()

    def _clean_field(self, column: Column) -> None:
        given = {
            part: self.cleaned_data.get(f"{part}-{column.name}")
            for part in ("column", "formula", "always", "unit")
        }
        sources = [part for part in ("column", "formula", "always") if given[part]]
        place = f"column-{column.name}"
        if len(sources) > 1:
            self.add_error(place, _("Use one of these: a column, a calculation, or one value for all rows."))
        elif not sources and column.name in self._required:
            self.add_error(place, _("Every record needs this: choose its column, or one value for all rows."))
        elif given["column"] and column.units and not given["unit"]:
            self.add_error(place, _("Choose the unit of these numbers: they are large for tons."))

    def _check_layout(self) -> None:
        """Reject now what would reject the whole file later."""
        try:
            layout = self.answers.layout()
            for column in self._module.sheet_columns:
                if column.is_number and layout.columns.get(column.name):
                    parse_formula(layout.columns[column.name], self._samples.headings, column.units)
        except ImportRefused as refused:
            self.add_error(None, refused.message)

    @property
    def answers(self) -> Answers:
        """Return the answers of a valid form."""
        given = self.cleaned_data
        return Answers(
            site=given["site"],
            fields={column.name: self._answer(column) for column in self._module.sheet_columns},
            number_column=given["number_column"],
            date_format=given["date_format"] if self.ambiguous_dates else "",
            decimal_mark=given["decimal_mark"],
            creating=given.get("creating", ()),
            category=given.get("category", ""),
            timezone=given.get("timezone", ""),
        )

    def _answer(self, column: Column) -> FieldAnswer:
        answer: FieldAnswer = {}
        given = self.cleaned_data
        if heading := given[f"column-{column.name}"]:
            answer["column"] = heading
        if unit := given.get(f"unit-{column.name}"):
            answer["unit"] = unit
        if formula := given.get(f"formula-{column.name}"):
            answer["formula"] = formula
        if always := given[f"always-{column.name}"]:
            answer["always"] = str(Shift.WHOLE_DAY.label) if always == WHOLE_DAY else str(always)
        return answer


def _initial(answers: Answers, module: RecordModule[DailyRecord]) -> dict[str, object]:
    initial: dict[str, object] = {
        "site": answers.site,
        "number_column": answers.number_column,
        "date_format": answers.date_format,
        "decimal_mark": answers.decimal_mark,
        "creating": list(answers.creating),
        "category": answers.category or Category.RAW_FEED.value,
        "timezone": answers.timezone or "UTC",
    }
    for column in module.sheet_columns:
        for part, given in answers.fields.get(column.name, {}).items():
            is_whole_day = part == "always" and given == str(Shift.WHOLE_DAY.label)
            initial[f"{part}-{column.name}"] = WHOLE_DAY if is_whole_day else given
    return initial
