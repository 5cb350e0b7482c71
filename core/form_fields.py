"""Form fields for numbers, written with the decimal mark of a site, and for normalized texts."""

import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import override

from django import forms
from django.core.exceptions import ValidationError

from core.numbers import NO_UNITS, POINT, NumberError, parse_typed, write_number


class InvalidNumberError(ValidationError):
    """A text that is no number, and how to type each reading of one that has two."""

    def __init__(self, error: NumberError) -> None:
        super().__init__(str(error), code="invalid")
        self.readings = error.readings


class NumberField(forms.DecimalField):
    """A number with decimals. A text is what a person typed; programs pass a Decimal."""

    decimal_mark = POINT

    def __init__(self, *, units: Mapping[str, Fraction] = NO_UNITS, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]  # the options of DecimalField
        self.units = units

    @override
    def to_python(self, value: object) -> Decimal | None:  # type: ignore[override]  # as DecimalField does
        if isinstance(value, str) and value.strip():
            try:
                value = parse_typed(
                    value, self.decimal_mark, decimals=self.decimal_places or 0, units=self.units
                )
            except NumberError as error:
                raise InvalidNumberError(error) from error
        return super().to_python(value)

    @override
    def prepare_value(self, value: object) -> object:
        return write_number(value, self.decimal_mark) if isinstance(value, Decimal) else value


class WholeNumberField(forms.IntegerField):
    """A whole number, such as loads."""

    decimal_mark = POINT

    @override
    def to_python(self, value: object) -> int | None:
        if isinstance(value, str) and value.strip():
            try:
                number = parse_typed(value, self.decimal_mark, decimals=0)
            except NumberError as error:
                raise InvalidNumberError(error) from error
            if number != number.to_integral_value():
                raise ValidationError(self.error_messages["invalid"], code="invalid")
            return int(number)
        return super().to_python(value)


def use_decimal_mark(fields: Iterable[forms.Field], mark: str) -> None:
    """Let the number fields among these read and write numbers with this decimal mark."""
    for field in fields:
        if isinstance(field, (NumberField, WholeNumberField)):
            field.decimal_mark = mark


def normalized(text: str) -> str:
    """Return a text with LF as line ends and with composed characters, as NFC has them."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


class NormalizedTextField(forms.CharField):
    """A text that is normalized before its length is checked and before it is compared."""

    @override
    def to_python(self, value: object) -> str | None:
        return super().to_python(normalized(value) if isinstance(value, str) else value)
