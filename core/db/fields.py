"""Exact quantities: Decimal in Python and forms, a scaled whole number in the database.

SQLite keeps decimals as floats, so a sum of tenths would be wrong there. Kilograms and hundredths
are whole numbers, exact and fast on both databases. See docs/decisions/0004-exact-numbers.md.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, override

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable, Expression, register_combinable_fields
from django.utils.translation import gettext_lazy as _

from core.form_fields import NumberField
from core.numbers import HOUR_UNITS, LITRE_UNITS, NO_UNITS, PERCENT_UNITS, PLAIN, TON_UNITS

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

type Quantity = Decimal | int | str


class ScaledDecimalField[Set, Get](models.Field[Set, Get]):
    """A Decimal with a fixed number of places, kept as a whole number of its smallest unit.

    Derived from Field and not from DecimalField or BigIntegerField: with those, `F(a) + F(b)` would be taken
    for a plain number and be wrong by the scale. A bare Decimal with `F()` in `update()` is not converted:
    write `Value(amount, output_field=TonsField())`.
    """

    # What django-stubs reads to make a nullable column's type optional.
    _pyi_private_set_type: Quantity | Combinable
    _pyi_private_get_type: Decimal
    _pyi_lookup_exact_type: Quantity

    places: ClassVar[int]
    unit: ClassVar[Decimal]
    max_digits: ClassVar[int]
    not_a_number: ClassVar["StrPromise"]
    # The units that may be typed after the number, each as a multiple of the stored one.
    units: ClassVar[Mapping[str, Fraction]]

    @override
    def get_internal_type(self) -> str:
        return "BigIntegerField"

    @override
    def to_python(self, value: object) -> Decimal | None:
        """Turn a Decimal, a whole number or a numeric text into a Decimal; refuse floats and booleans."""
        if value is None:
            return None
        if isinstance(value, Decimal):
            number = value
        elif isinstance(value, int) and not isinstance(value, bool):
            number = Decimal(value)
        elif isinstance(value, str):
            number = Decimal(value if PLAIN.fullmatch(value) else "NaN")
        else:
            number = Decimal("NaN")
        if not number.is_finite():
            raise ValidationError(self.not_a_number, code="invalid")
        return number

    @override
    def get_prep_value(self, value: object) -> object:
        if isinstance(value, Expression):
            return value
        number = self.to_python(super().get_prep_value(value))
        if number is None:
            return None
        scaled = number.scaleb(self.places)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{number} has more than {self.places} decimals and would be stored changed.")
        return int(scaled)

    def from_db_value(
        self, value: int | Decimal | None, expression: Expression, connection: BaseDatabaseWrapper
    ) -> Decimal | None:
        del expression, connection
        return None if value is None else Decimal(int(value)) * self.unit

    @override
    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else str(value)

    @override
    def formfield(self, **kwargs: object) -> forms.Field | None:
        options: dict[str, object] = {
            "form_class": NumberField,
            "max_digits": self.max_digits,
            "decimal_places": self.places,
            "units": self.units,
            "widget": forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            "error_messages": {"invalid": self.not_a_number},
        }
        return super().formfield(**(options | kwargs))  # type: ignore[arg-type]  # options are the form field's


class TonsField[Set, Get](ScaledDecimalField[Set, Get]):
    """Metric tons with 3 decimals, kept in kilograms."""

    description = _("Tons (3 decimals)")
    places = 3
    units = TON_UNITS
    unit = Decimal("0.001")
    max_digits = 9
    not_a_number = _("Enter tons as a number with at most 3 decimals, such as 12.5.")


class HoursField[Set, Get](ScaledDecimalField[Set, Get]):
    """Hours with 2 decimals, kept in hundredths."""

    description = _("Hours (2 decimals)")
    units = HOUR_UNITS
    places = 2
    unit = Decimal("0.01")
    max_digits = 6
    not_a_number = _("Enter hours as a number with at most 2 decimals, such as 7.5.")


class PercentField[Set, Get](ScaledDecimalField[Set, Get]):
    """A percentage with 2 decimals, stored in hundredths: 12.5 is 12.5 %."""

    description = _("Percent (2 decimals)")
    units = PERCENT_UNITS
    places = 2
    unit = Decimal("0.01")
    max_digits = 5
    not_a_number = _("Enter a percentage as a number with at most 2 decimals, such as 12.5.")


class LitresField[Set, Get](ScaledDecimalField[Set, Get]):
    """Litres with one decimal, stored in decilitres."""

    description = _("Litres (1 decimal)")
    units = LITRE_UNITS
    places = 1
    unit = Decimal("0.1")
    max_digits = 7
    not_a_number = _("Enter litres as a number with at most one decimal, such as 120.5.")


class ReadingField[Set, Get](ScaledDecimalField[Set, Get]):
    """What a counter shows, with 3 decimals, stored in thousandths. Its unit is the counter's."""

    description = _("Reading of a counter (3 decimals)")
    units = NO_UNITS
    places = 3
    unit = Decimal("0.001")
    max_digits = 12
    not_a_number = _("Enter a reading as a number with at most 3 decimals, such as 10482.5.")


for _field in (TonsField, HoursField, LitresField):
    for _connector in (Combinable.ADD, Combinable.SUB):
        register_combinable_fields(_field, _connector, _field, _field)
# A count times hours; both are whole numbers in the database.
register_combinable_fields(HoursField, Combinable.MUL, models.IntegerField, HoursField)
register_combinable_fields(models.IntegerField, Combinable.MUL, HoursField, HoursField)

NO_TONS = Decimal("0.000")
LEAST_TONS = Decimal("0.001")
MOST_TONS = Decimal("999999.999")


def to_kilogram(tons: Decimal) -> Decimal:
    """Round tons half-up to the kilogram."""
    return tons.quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)
