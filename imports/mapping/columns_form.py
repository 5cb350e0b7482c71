"""The forms by which a file is uploaded and mapped."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING

from django import forms
from django.forms.boundfield import BoundField
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from imports.errors import ImportRefused
from imports.mapping.column_mapping import (
    CALENDAR,
    CODE,
    COLUMN,
    OPERATING,
    QUANTITIES,
    SKIP,
    TEXT,
    Answers,
    FieldAnswer,
    answer_from_formula,
    lacks_quantity,
    required_fields,
)
from imports.mapping.guess import (
    Samples,
    date_samples,
    first_number,
    guess_fitting,
    mixed_dates,
    number_samples,
    proven_date_order,
    proven_mark,
    times_of,
    unit_columns,
    unread_dates,
)
from imports.mapping.headings import parse_heading, units_of
from imports.models import Creatable, Upload
from imports.parsing.dates import (
    CENTURY,
    KEEP,
    SERIAL,
    SWAP,
    DateEvidence,
    date_in_order,
    has_short_year,
    parse_date,
    pattern_of,
    require_date_format,
    time_of_day,
)
from imports.parsing.formulas import VOLUMES, parse_formula
from imports.parsing.lookups import normalize
from imports.parsing.numbers import is_ambiguous, proven_decimal_mark, two_readings
from imports.readers.base import Exact, Head
from imports.readers.csv_reader import DELIMITERS
from imports.readers.encodings import ENCODINGS
from records import registry
from records.choices import Shift
from records.columns import CellError, ChoiceColumn, Column, DateColumn, ReferenceColumn, TonsColumn
from records.forms import CodedChoiceField, SiteChoiceField
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Category, Material, Site

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
# The units in which a weight without a unit is shown.
COMMON_UNITS: dict[str, "Text"] = {"t": _("tons"), "kg": _("kilograms"), "lb": _("pounds")}
# The usual load is the median of so many records.
MAX_USUAL_RECORDS = 40
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
    two_lines = forms.BooleanField(label=_("The headings take this line and the one above"), required=False)
    delimiter = forms.ChoiceField(label=_("Delimiter"), choices=list(DELIMITERS.items()))
    encoding = forms.ChoiceField(label=_("Encoding"), choices=list(ENCODINGS.items()))

    def __init__(
        self, values: Mapping[str, object] | None = None, *, upload: Upload, heads: Sequence[Head]
    ) -> None:
        depths = {head.sheet: head.headings_depth for head in heads}
        super().__init__(
            values,
            initial={
                "module": upload.module,
                "sheet": upload.sheet,
                "headings_line": upload.headings_line,
                "two_lines": depths.get(upload.sheet, 1) > 1,
                "delimiter": upload.delimiter,
                "encoding": upload.encoding,
            },
        )
        self._choice("module").choices = [(module.slug, module.label_plural) for module in registry.modules()]
        self._choice("sheet").choices = [(head.sheet, head.sheet) for head in heads]
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
        head: Head,
        other_sheets: Sequence[str] = (),
    ) -> None:
        """`other_sheets` have the same headings."""
        super().__init__(values, initial=initial_values(answers, module))
        self._module = module
        self._samples = samples
        self._sites = sites
        self._head = head
        self._required = set(required_fields(module))
        self._fitting = guess_fitting(module, samples, sites)
        headings = [heading for heading in dict.fromkeys(samples.headings) if heading]
        self._add_site(headings, sites)
        for column in module.entered_columns:
            self._add_field(column, headings)
        self._add_formats(headings)
        if module.detail_columns:
            self._add_details()
        self._add_rows(other_sheets)
        if may_create:
            self._add_creating()
        self.fields["save_as"] = forms.CharField(
            label=_("Save these columns as"),
            required=False,
            max_length=50,
            help_text=_("They are filled in again for a file with the same headings."),
        )
        for field in self.fields.values():
            if isinstance(field, forms.ChoiceField):
                # Django's message has the value, which can be an internal one.
                field.error_messages["invalid_choice"] = _("Choose one of these.")

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
            units = [
                ("", _("Choose the unit")),
                *((unit, UNIT_LABELS[unit]) for unit in units_of(column)),
                *(
                    (
                        f"{COLUMN}{heading}",
                        format_lazy(_("as each row says under “{heading}”"), heading=heading),
                    )
                    for heading in unit_columns(column, self._samples)
                ),
            ]
            self.fields[f"unit-{column.name}"] = forms.ChoiceField(
                label=_("Unit"), choices=units, required=False
            )
        if isinstance(column, TonsColumn):
            self.fields[f"density-{column.name}"] = forms.DecimalField(
                label=_("Density, in tons per m³"),
                required=False,
                min_value=Decimal("0.01"),
                max_value=Decimal(30),
                decimal_places=4,
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
        elif column in self._module.detail_columns:
            # Parties and vehicles can be thousands: they are typed.
            pass
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
                *(
                    (order + end, label)
                    for order, label in ORDER_LABELS.items()
                    for end in ("", str(CENTURY))
                ),
                (SERIAL, _("day numbers of a spreadsheet")),
            ],
            required=False,
            widget=forms.RadioSelect(),
        )
        self.fields["date_pattern"] = forms.CharField(
            label=_("How the dates are written"),
            required=False,
            max_length=40,
            help_text=_(
                "With dd, mm and yyyy in their places, such as dd|mm|yyyy; mmm is the short name of a month."
            ),
        )
        self.fields["stored_dates"] = forms.ChoiceField(
            label=_("Dates of two kinds"),
            choices=self._stored_dates(),
            required=False,
            widget=forms.RadioSelect(),
        )
        self.fields["decimal_mark"] = forms.ChoiceField(
            label=_("Decimal mark"),
            choices=[(".", _("a point; the comma separates thousands")), (",", _("a comma"))],
            required=False,
            widget=forms.RadioSelect(),
        )

    def _stored_dates(self) -> "list[tuple[str, Text]]":
        """Return what a stored date can mean in a column with typed ones too, as people read dates."""
        text = self.mixed_dates.stored if "column-date" in self.fields else ""
        day = text if isinstance(text, Exact) else text[:10]
        choices: list[tuple[str, Text]] = []
        for choice, label in ((KEEP, _("They are right: %s")), (SWAP, _("Day and month are swapped: %s"))):
            with suppress(CellError):
                date = parse_date(day, Site(), None, stored_dates=choice)
                choices.append((choice, label % f"{day} = {date_format(date, 'j F Y')}"))
        return choices

    def _add_rows(self, other_sheets: Sequence[str]) -> None:
        """Add the questions which rows of a workbook are imported."""
        if other_sheets:
            self.fields["sheets"] = forms.MultipleChoiceField(
                label=_("Sheets with the same headings: import these too"),
                choices=[(name, name) for name in other_sheets],
                required=False,
                widget=forms.CheckboxSelectMultiple(),
            )
        for mark, question in MARK_QUESTIONS.items():
            if marked := self._head.marked.get(mark):
                lines = ", ".join(map(str, marked["first"]))
                self.fields[f"{mark}_rows"] = forms.ChoiceField(
                    label=question % {"count": marked["count"]},
                    choices=[(SKIP, _("Leave them out")), (KEEP, _("Import them"))],
                    widget=forms.RadioSelect(),
                    help_text=_("Lines %s")
                    % (f"{lines} …" if len(marked["first"]) < marked["count"] else lines),
                    error_messages={"required": _("Choose whether these rows are imported.")},
                )

    @property
    def row_questions(self) -> list[BoundField]:
        """Return the questions which rows are imported."""
        return [self[name] for name in ("sheets", "hidden_rows", "struck_rows") if name in self.fields]

    def _add_details(self) -> None:
        """Add the questions about times and names of loads."""
        self.fields["ticket_dates"] = forms.ChoiceField(
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
        self.fields["unknown_parties"] = forms.ChoiceField(
            label=_("Names of parties, vehicles and containers that are unknown here"),
            choices=[
                ("", _("Reject their rows: each name can be mapped to a known one in the preview")),
                (TEXT, _("Keep them as texts, not linked to a party or a vehicle")),
            ],
            required=False,
            widget=forms.RadioSelect(),
        )

    @property
    def asks_for_dates(self) -> bool:
        """Return whether the date of a time is open: a site's day begins at another time than 00:00."""
        if "ticket_dates" not in self.fields or not self["column-date"].value():
            return False
        code = str(self["site"].value() or "").removeprefix(CODE)
        sites = [site for site in self._sites if site.code == code] or self._sites
        return any(site.day_starts_at != dt.time() for site in sites) and any(
            time_of_day(text) is not None
            for name in ("time_in", "time")
            for text in self._samples.kinds_under(str(self[f"column-{name}"].value() or ""))
        )

    @property
    def asks_for_names(self) -> bool:
        """Return whether the file has names of parties, vehicles or containers."""
        return any(
            isinstance(column, ReferenceColumn) and self[f"column-{column.name}"].value()
            for column in self._module.detail_columns
        )

    def _add_creating(self) -> None:
        creatable = [(Creatable.MATERIALS.value, _("Materials")), (Creatable.SITES.value, _("Sites"))]
        if self._module.detail_columns:
            creatable.append((Creatable.PARTIES.value, _("Parties, vehicles and containers")))
        self.fields["creating"] = forms.MultipleChoiceField(
            label=_("Create unknown names as new"),
            choices=creatable,
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
    def rows(self) -> list[FieldRow]:
        """Return the inputs field by field: those of every record, and what the file has of the others."""
        return list(self._rows(set(self._module.detail_columns) - self._given_details))

    @property
    def other_rows(self) -> list[FieldRow]:
        """Return the inputs of other fields that only some records have, such as a load's."""
        columns = {*self._module.entered_columns} - {*self._module.detail_columns}
        return list(self._rows(columns | self._given_details))

    @property
    def _given_details(self) -> set[Column]:
        details = self._module.detail_columns
        return {column for column in details if self._has_source(column) or self._fitting[column.name]}

    def _rows(self, left_out: Collection[Column]) -> Iterator[FieldRow]:
        for column in self._module.entered_columns:
            if column in left_out:
                continue
            yield FieldRow(
                column.label,
                column.name in self._required,
                self[f"column-{column.name}"],
                self[f"unit-{column.name}"] if column.units else None,
                self._density(column),
                self[f"always-{column.name}"],
                self[f"formula-{column.name}"] if column.is_number else None,
                self._notes(column),
            )

    def _notes(self, column: Column) -> list[str]:
        """Return what is open about a field."""
        if self._has_source(column):
            return self._unit_help(column) if isinstance(column, TonsColumn) else []
        if self.is_bound:
            # The errors say it.
            return []
        fitting = self._fitting[column.name]
        if len(fitting) > 1:
            names = ", ".join(answer_from_formula(each)["column"] for each in fitting)
            return [_("%(headings)s could each be this column. Choose one.") % {"headings": names}]
        source = self._module.form.fills_in.get(column.name, "")
        follows = source and self[f"column-{source}"].value()
        is_open = column.name in self._required and not follows
        if is_open or (column.name == QUANTITIES[0] and self._lacks_quantity):
            return [str(_("No heading of the file is known for this. Choose its column."))]
        return []

    def _density(self, column: Column) -> BoundField | None:
        """Return the input of the density, where the chosen unit is a volume."""
        if not isinstance(column, TonsColumn) or self[f"unit-{column.name}"].value() not in VOLUMES:
            return None
        return self[f"density-{column.name}"]

    def _unit_help(self, column: Column) -> list[str]:
        """Return what the first number is in each common unit, and what is usual, where the unit is open."""
        heading = str(self[f"column-{column.name}"].value() or "")
        if not heading or self[f"unit-{column.name}"].value():
            return []
        sentences = []
        if unknown := parse_heading(heading, column).unknown:
            sentences.append(_("“%(unit)s” is not a unit that is known here.") % {"unit": unknown})
        number = first_number(self._samples.kinds_under(heading), self["decimal_mark"].value())
        if number is not None:
            readings = [
                _("in %(unit)s %(tons)s t") % {"unit": label, "tons": _tons(number * column.units[unit])}
                for unit, label in COMMON_UNITS.items()
            ]
            sentences.append(
                _("%(number)s is %(readings)s.") % {"number": _tons(number), "readings": ", ".join(readings)}
            )
        if usual := self._usual_load(column):
            sentences.append(_("A usual load of this material here is %(tons)s t.") % {"tons": _tons(usual)})
        return sentences

    def _usual_load(self, column: Column) -> Fraction | None:
        """Return the median of the latest records of the first material that the file names, in tons."""
        if "column-material" not in self.fields or column in self._module.detail_columns:
            return None
        names = {
            normalize(text) for text in self._samples.under(str(self["column-material"].value() or ""))[:5]
        }
        material = next(
            (each for each in Material.objects.all() if {normalize(each.code), normalize(each.name)} & names),
            None,
        )
        if material is None:
            return None
        records = self._module.model._default_manager.filter(("material", material), site__in=self._sites)
        latest = list(
            records.order_by("-date", "-pk").values_list(column.name, flat=True)[:MAX_USUAL_RECORDS]
        )
        if latest:
            return Fraction(median(latest))
        return Fraction(material.tons_per_load) if material.tons_per_load else None

    @property
    def ambiguous_dates(self) -> list[str]:
        """Return up to two dates of the file that can be read in more than one way."""
        texts = dict.fromkeys(date_samples(self._chosen_columns(), self._samples))
        return sorted(texts, key=has_short_year, reverse=True)[:2]

    @property
    def _proven_order(self) -> str:
        """Return the only order in which all these dates are dates; empty for several."""
        return proven_date_order(date_samples(self._chosen_columns(), self._samples))

    @property
    def orders(self) -> list[DateOrder]:
        """Return the orders in which these are dates, with the dates in each."""
        chosen = self["date_format"].value()
        # A year of two digits is shown with its century, which the person then chooses with the order.
        end = str(CENTURY) if any(map(has_short_year, self.ambiguous_dates)) else ""
        orders = []
        for order, label in (
            *((each + end, label) for each, label in ORDER_LABELS.items()),
            (SERIAL, _("days")),
        ):
            read = [date_in_order(text, order) for text in self.ambiguous_dates]
            days = [date_format(date, "j F Y") for date in read if date is not None]
            if days:
                orders.append(DateOrder(order, label, days, is_chosen=order == chosen))
        return orders

    @property
    def mixed_dates(self) -> DateEvidence:
        """Return a stored and a typed date, where the file has both."""
        return mixed_dates(self._chosen_columns(), self._samples)

    @property
    def unread_dates(self) -> list[str]:
        """Return up to two values of the date column that only a pattern can explain."""
        return unread_dates(self._chosen_columns(), self._samples)[:2]

    @property
    def typed_numbers(self) -> list[str]:
        """Return the typed numbers of the file, one of each kind; none of an export of ours."""
        if self["number_column"].value():
            return []
        return number_samples(self._module, self._chosen_columns(), self._samples)

    @property
    def ambiguous_numbers(self) -> list[str]:
        """Return up to two numbers of the file that can be read in two ways, where none shows which."""
        texts = self.typed_numbers
        if proven_mark(texts):
            return []
        proven = {mark: text for text in texts if (mark := proven_decimal_mark(text))}
        return list(dict.fromkeys([*proven.values(), *filter(is_ambiguous, texts)]))[:2]

    @property
    def number_readings(self) -> list[str]:
        """Return the readings of the ambiguous numbers."""
        return [two_readings(text) for text in self.ambiguous_numbers if is_ambiguous(text)]

    @property
    def has_questions(self) -> bool:
        """Return whether the file leaves something open that only a person can say."""
        units = [self[name].value() for name in self.fields if name.startswith("unit-")]
        columns = [
            self[name.replace("unit-", "column-")].value() for name in self.fields if name[:5] == "unit-"
        ]
        return bool(
            self._head.encodings
            or (self.ambiguous_dates and not self["date_format"].value())
            or self.unread_dates
            or self.mixed_dates.is_mixed
            or self.ambiguous_numbers
            or self.row_questions
            or any(column and not unit for column, unit in zip(columns, units, strict=True))
            or self._lacks_quantity
            or (self.asks_for_dates and not self["ticket_dates"].value())
        )

    def _chosen_columns(self) -> dict[str, FieldAnswer]:
        """Return the columns that are chosen now, whether the form is valid or not."""
        return {
            column.name: {"column": str(self[f"column-{column.name}"].value() or "")}
            for column in self._module.entered_columns
        }

    def clean(self) -> None:
        for column in self._module.entered_columns:
            self._clean_field(column)
        given = self.cleaned_data
        pattern = given.get("date_pattern")
        if self.ambiguous_dates and not given.get("date_format") and not pattern and not self._proven_order:
            self.add_error("date_format", _("Choose the order of day, month and year."))
        if pattern:
            try:
                require_date_format(pattern_of(pattern))
            except ImportRefused as refused:
                self.add_error("date_pattern", refused.message)
        if self.mixed_dates.is_mixed and not given.get("stored_dates"):
            self.add_error("stored_dates", _("Choose what the stored dates are."))
        if self.ambiguous_numbers and not given.get("decimal_mark"):
            self.add_error("decimal_mark", _("Choose the decimal mark."))
        if self.asks_for_dates and not given.get("ticket_dates"):
            self.add_error("ticket_dates", _("Choose which dates these are."))
        if self._lacks_quantity:
            self.add_error("column-qty_ton", _("Choose the column of the tons, or that of the loads."))
        if not self.errors:
            self._check_layout()

    @property
    def _lacks_quantity(self) -> bool:
        """Return whether neither tons nor loads have a source, of which every record needs one."""
        given = [column.name for column in self._module.entered_columns if self._has_source(column)]
        return lacks_quantity(self._module, given)

    def _has_source(self, column: Column) -> bool:
        """Return whether a column, a calculation or one value is chosen, in a valid form or another."""
        names = [f"{part}-{column.name}" for part in ("column", "formula", "always")]
        return any(self[name].value() for name in names if name in self.fields)

    def _clean_field(self, column: Column) -> None:
        given = {
            part: self.cleaned_data.get(f"{part}-{column.name}")
            for part in ("column", "formula", "always", "unit")
        }
        sources = [part for part in ("column", "formula", "always") if given[part]]
        place = f"column-{column.name}"
        if len(sources) > 1:
            self.add_error(place, _("Use one of these: a column, a calculation, or one value for all rows."))
        elif not sources and column.name in self._required and not self._follows(column):
            self.add_error(place, _("Every record needs this: choose its column, or one value for all rows."))
        elif given["column"] and column.units and not given["unit"]:
            self.add_error(place, _("Choose the unit of these numbers."))
        elif given["unit"] in VOLUMES and not self.cleaned_data.get(f"density-{column.name}"):
            self.add_error(f"density-{column.name}", _("A volume needs a density: tons of one cubic metre."))

    def _follows(self, column: Column) -> bool:
        """Return whether a field is filled in from another one, such as the date from a time."""
        source = self._module.form.fills_in.get(column.name, "")
        return bool(source and self.cleaned_data.get(f"column-{source}"))

    def _check_layout(self) -> None:
        """Reject now what would reject the whole file later."""
        try:
            layout = self.answers.layout()
            for column in self._module.entered_columns:
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
            fields={column.name: self._answer(column) for column in self._module.entered_columns},
            number_column=given["number_column"],
            date_format=given["date_pattern"]
            or ((given["date_format"] or self._proven_order) if self.ambiguous_dates else ""),
            stored_dates=given["stored_dates"],
            times=times_of(self._chosen_columns(), self._samples),
            decimal_mark=given["decimal_mark"] or proven_mark(self.typed_numbers),
            sheets=given.get("sheets", ()),
            hidden_rows=given.get("hidden_rows", ""),
            struck_rows=given.get("struck_rows", ""),
            ticket_dates=given.get("ticket_dates", "") if self.asks_for_dates else "",
            unknown_parties=given.get("unknown_parties", ""),
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
        if unit in VOLUMES:
            answer["density"] = f"{given[f'density-{column.name}'].normalize():f}"
        if formula := given.get(f"formula-{column.name}"):
            answer["formula"] = formula
        if always := given[f"always-{column.name}"]:
            answer["always"] = str(Shift.WHOLE_DAY.label) if always == WHOLE_DAY else str(always)
        return answer


def _tons(number: Fraction) -> str:
    """Return a number of tons as people read it, to the kilogram."""
    return f"{float(number):,.3f}".rstrip("0").rstrip(".")


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
