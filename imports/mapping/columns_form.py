"""The form on which a user says where in the file each field of a record comes from."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING

from django import forms
from django.forms.boundfield import BoundField
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from imports.errors import ImportRefused
from imports.mapping.column_fields import (
    ORDER_LABELS,
    WHOLE_DAY,
    FieldRow,
    creating_fields,
    detail_fields,
    fields_of,
    format_fields,
    initial_values,
    row_fields,
    site_field,
)
from imports.mapping.column_mapping import (
    CODE,
    QUANTITIES,
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
    unread_dates,
)
from imports.mapping.headings import parse_heading
from imports.parsing.dates import (
    CENTURY,
    SERIAL,
    DateEvidence,
    date_in_order,
    has_short_year,
    pattern_of,
    require_date_format,
    time_of_day,
)
from imports.parsing.formulas import VOLUMES, parse_formula
from imports.parsing.lookups import normalize
from imports.parsing.numbers import is_ambiguous, proven_decimal_mark, two_readings
from imports.readers.base import Head
from records.choices import Shift
from records.columns import Column, ReferenceColumn, TonsColumn
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Material, Site

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

# The units in which a weight without a unit is shown.
COMMON_UNITS: dict[str, "Text"] = {"t": _("tons"), "kg": _("kilograms"), "lb": _("pounds")}
# The usual load is the median of so many records.
MAX_USUAL_RECORDS = 40


@dataclass(frozen=True)
class DateOrder:
    """An order of day, month and year, and the dates of the file in it."""

    value: str
    label: "Text"
    days: Sequence[str]
    is_chosen: bool


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
        self.fields["site"] = site_field(headings, sites)
        for column in module.entered_columns:
            self.fields |= fields_of(column, module, headings, samples)
        self.fields |= format_fields(headings, self.mixed_dates.stored)
        if module.detail_columns:
            self.fields |= detail_fields()
        self.fields |= row_fields(head, other_sheets)
        if may_create:
            self.fields |= creating_fields(module)
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

    @property
    def row_questions(self) -> list[BoundField]:
        """Return the questions which rows are imported."""
        return [self[name] for name in ("sheets", "hidden_rows", "struck_rows") if name in self.fields]

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
