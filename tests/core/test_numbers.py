"""Numbers as people, files and programs write them."""

from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from core.db.fields import HoursField, PercentField, TonsField
from core.form_fields import NumberField, WholeNumberField, use_decimal_mark
from core.numbers import HOUR_UNITS, TON_UNITS, NumberError, parse_typed, write_number
from imports.parsing.numbers import parse_number
from records import registry
from records.columns import CellError, TonsColumn
from sites.models.sites import usual_decimal_mark

NOT_NUMBERS = [
    "",
    "ten",
    "1_5",
    "1_0",
    "1e1",
    "1E1",
    ".5",
    ",5",
    "5.",
    "+5",
    "--5",
    "0x10",
    "NaN",
    "Infinity",
    "\uff11\uff12",
    "\u0661\u0662",
    "1,5,0x",
    "1.2.3",
    "1,23,456",
    "1 23",
    "1.234 567",
    "12,5.3",
    "9" * 40,
]


class TestTypedNumber:
    @pytest.mark.parametrize("mark", [".", ","])
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("12", "12"),
            (" 12.5 ", "12.5"),
            ("12,5", "12.5"),
            ("-3", "-3"),
            ("−3,25", "-3.25"),
            ("1.234,5", "1234.5"),
            ("1,234.5", "1234.5"),
            ("1 234,5", "1234.5"),
            ("1\N{NO-BREAK SPACE}234,5", "1234.5"),
            ("1\N{NARROW NO-BREAK SPACE}234.5", "1234.5"),
            ("1'234.5", "1234.5"),
            ("1\N{RIGHT SINGLE QUOTATION MARK}234,5", "1234.5"),
            ("1,234,567", "1234567"),
            ("1.234.567", "1234567"),
            ("1 234", "1234"),
            ("0,125", "0.125"),
            ("0.125", "0.125"),
            ("12.3400", "12.34"),
            ("12,3400", "12.34"),
            ("12.5 t", "12.5"),
            ("12,5t", "12.5"),
            ("2450 kg", "2.45"),
            ("2,450 kg", "2.45"),
            ("2.450 KG", "2.45"),
            ("12,5 tonnes", "12.5"),
            ("250 kgs", "0.25"),
        ],
    )
    def test_has_one_meaning_at_every_site(self, text: str, number: str, mark: str) -> None:
        assert parse_typed(text, mark, decimals=3, units=TON_UNITS) == Decimal(number)

    def test_with_the_marks_of_the_site_is_read_as_usual_there(self) -> None:
        assert parse_typed("1.234", ".", decimals=3) == Decimal("1.234")
        assert parse_typed("1,234", ",", decimals=3) == Decimal("1.234")

    def test_has_no_zeros_at_its_end(self) -> None:
        assert str(parse_typed("12.3400", ".", decimals=3)) == "12.34"

    @pytest.mark.parametrize(
        ("text", "mark", "question"),
        [("1.234", ",", "do you mean 1234 or 1,234"), ("1,234", ".", "do you mean 1234 or 1.234")],
    )
    def test_with_two_readings_is_requested_about(self, text: str, mark: str, question: str) -> None:
        with pytest.raises(NumberError, match=question):
            parse_typed(text, mark, decimals=3, units=TON_UNITS)

    def test_of_loads_has_one_reading_where_the_other_is_a_fraction(self) -> None:
        assert parse_typed("1,234", ".", decimals=0) == 1234
        assert parse_typed("1.234", ",", decimals=0) == 1234
        assert parse_typed("1.000", ".", decimals=0) == 1

    def test_is_rounded_where_its_unit_is_converted(self) -> None:
        assert parse_typed("20 min", ".", decimals=2, units=HOUR_UNITS) == Decimal("0.33")

    @pytest.mark.parametrize("mark", [".", ","])
    def test_of_hours_is_read_from_a_clock(self, mark: str) -> None:
        texts = ("7:30", "7h30", "7 h 30 min", "0:45", "7,5 hours", "450 mins")
        hours = [parse_typed(text, mark, decimals=2, units=HOUR_UNITS) for text in texts]

        assert hours == [Decimal(text) for text in ("7.5", "7.5", "7.5", "0.75", "7.5", "7.5")]
        with pytest.raises(NumberError):
            parse_typed("7:60", mark, decimals=2, units=HOUR_UNITS)
        with pytest.raises(NumberError):
            parse_typed("7:30", mark, decimals=3, units=TON_UNITS)

    @pytest.mark.parametrize("mark", [".", ","])
    @pytest.mark.parametrize("text", [*NOT_NUMBERS, "12 stone", "t"])
    def test_in_another_syntax_is_rejected(self, text: str, mark: str) -> None:
        with pytest.raises(NumberError, match="is not a number"):
            parse_typed(text, mark, decimals=3, units=TON_UNITS)

    def test_with_an_unknown_unit_is_rejected(self) -> None:
        with pytest.raises(NumberError):
            parse_typed("12 t", ".", decimals=3)

    @given(st.decimals(-999_999, 999_999, places=3), st.sampled_from([".", ","]))
    def test_that_was_written_for_a_site_is_read_back_there(self, number: Decimal, mark: str) -> None:
        assert parse_typed(write_number(number, mark), mark, decimals=3) == number


# Programs of other countries write these; nobody types them into a form by intention.
NUMBERS_OF_FILES = ("\uff11\uff12", "\u0661\u0662", "1,23,456")


@pytest.mark.parametrize("text", NOT_NUMBERS[1:])
class TestEveryEntrance:
    def test_of_a_page_rejects_what_is_no_number(self, text: str) -> None:
        for field in (TonsField(), HoursField(), PercentField()):
            made = field.formfield()
            assert isinstance(made, NumberField)
            with pytest.raises(ValidationError):
                made.clean(text)
        with pytest.raises(ValidationError):
            WholeNumberField().clean(text)

    def test_of_a_file_rejects_what_is_no_number(self, text: str) -> None:
        if text in NUMBERS_OF_FILES:
            return
        for mark in (None, ".", ","):
            with pytest.raises(CellError):
                parse_number(text, mark)

    def test_of_the_api_rejects_what_is_no_number(self, text: str) -> None:
        with pytest.raises(CellError):
            TonsColumn(name="tons", label="Tons").from_json(text)

    def test_of_the_code_rejects_what_is_no_number(self, text: str) -> None:
        with pytest.raises(ValidationError):
            TonsField().to_python(text)


def test_every_number_of_a_module_is_read_by_the_same_parser() -> None:
    fields = {
        f"{module.slug}.{name}": field
        for module in registry.modules()
        for name, field in module.form.base_fields.items()
        if isinstance(field, (forms.IntegerField, forms.DecimalField))
    }

    assert len(fields) > 8
    assert [
        name for name, field in fields.items() if not isinstance(field, (NumberField, WholeNumberField))
    ] == []


def test_every_text_of_a_module_is_normalized() -> None:
    texts = {
        f"{module.slug}.{name}": field
        for module in registry.modules()
        for name, field in module.form.base_fields.items()
        if type(field) is forms.CharField
    }

    assert texts == {}


class TestNumberField:
    def test_writes_a_number_with_the_decimal_mark_of_the_site(self) -> None:
        field = NumberField(decimal_places=3)
        use_decimal_mark([field], ",")

        assert field.prepare_value(Decimal("12.500")) == "12,500"
        assert field.clean("12,500") == Decimal("12.5")
        assert not field.has_changed(Decimal("12.500"), "12,500")

    def test_takes_a_whole_number_with_zeros_behind_the_mark(self) -> None:
        assert WholeNumberField().clean("12.0") == 12

    def test_rejects_a_fraction_where_a_whole_number_is_needed(self) -> None:
        with pytest.raises(ValidationError, match="whole number"):
            WholeNumberField().clean("12.5")


@pytest.mark.parametrize(
    ("zone", "mark"),
    [
        ("Europe/Berlin", ","),
        ("Europe/London", "."),
        ("America/Chicago", "."),
        ("America/Argentina/Salta", ","),
        ("America/Sao_Paulo", ","),
        ("UTC", "."),
    ],
)
def test_time_zone_has_a_usual_decimal_mark(zone: str, mark: str) -> None:
    assert usual_decimal_mark(zone) == mark
