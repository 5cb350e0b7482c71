"""Numbers, dates and formulas of a file: exact, and never guessed."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.numbers import HOUR_UNITS, TON_UNITS
from imports.errors import ImportRefused
from imports.mapping.headings import formulas_for
from imports.parsing.dates import parse_date, parse_moment, require_date_format
from imports.parsing.formulas import parse_formula, parse_row_filter
from imports.parsing.numbers import is_ambiguous, parse_number, proven_decimal_mark
from imports.readers.base import Exact
from imports.validation.new_master_data import code_from
from received.module import RECEIVED
from records.columns import CellError, TonsColumn
from sites.models import Site

HEADINGS = ("net", "tare", "gross kg", "net lb", "minutes")


class TestReadNumber:
    @pytest.mark.parametrize(
        ("text", "mark", "number"),
        [
            ("320.0", None, "320"),
            (" -1.25 ", None, "-1.25"),
            ("−3", None, "-3"),
            ("1,234.5", ".", "1234.5"),
            ("1.234,5", ",", "1234.5"),
            ("1234,5", ",", "1234.5"),
            ("1.234", None, "1.234"),
            ("1.234", ",", "1234"),
        ],
    )
    def test_parses_what_the_file_means(self, text: str, mark: str | None, number: str) -> None:
        assert parse_number(text, mark) == Fraction(number)

    @pytest.mark.parametrize("text", ["1,234", "12,5", "1,234.5"])
    def test_rejects_an_ambiguous_comma(self, text: str) -> None:
        with pytest.raises(CellError, match="decimal mark"):
            parse_number(text, None)

    @pytest.mark.parametrize(
        "text", ["12 t", "1e5", "NaN", "Infinity", "", "--1", "0x10", "1.2.3", "9" * 100]
    )
    def test_rejects_what_is_no_number(self, text: str) -> None:
        with pytest.raises(CellError, match="is not a number"):
            parse_number(text, None)

    @given(st.decimals(-1_000_000, 1_000_000, places=8))
    def test_is_rounded_half_up_as_decimal_does(self, number: Decimal) -> None:
        expected = number.quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)

        assert TonsColumn(name="tons", label="Tons").from_fraction(Fraction(number)) == expected


class TestDecimalMark:
    @pytest.mark.parametrize("text", ["12.480", "12,480", "-1.234", "999,999"])
    def test_of_one_mark_and_three_digits_is_ambiguous(self, text: str) -> None:
        assert is_ambiguous(text)
        assert proven_decimal_mark(text) == ""

    @pytest.mark.parametrize(
        ("text", "mark"),
        [
            ("12.5", "."),
            ("0.480", "."),
            ("1234.567", "."),
            ("1,234.5", "."),
            ("1,234,567", "."),
            ("12,48", ","),
            ("1.234,5", ","),
            ("1.234.567", ","),
            ("12", ""),
            ("twelve", ""),
        ],
    )
    def test_is_proven_by_any_other_number_with_a_mark(self, text: str, mark: str) -> None:
        assert proven_decimal_mark(text) == mark
        assert not is_ambiguous(text)


class TestFormula:
    @pytest.mark.parametrize(
        ("text", "numbers", "result"),
        [
            ("net", ["7"], "7"),
            ("net lb", ["7"], "7"),
            ("net / 1000", ["7"], "0.007"),
            ("[net] kg", ["7"], "0.007"),
            ("[net] lb", ["1"], "0.00045359237"),
            ("net t", ["7"], "7"),
            ("[net] short_ton", ["1"], "0.90718474"),
            ("([gross kg] - tare) kg", ["100", "40"], "0.06"),
            ("net - tare - 1", ["10", "4"], "5"),
            ("net + 2 * tare", ["1", "3"], "7"),
            ("-net", ["1"], "-1"),
            ("net / 3 * 3", ["1"], "1"),
            ("net + net", ["2"], "4"),
        ],
    )
    def test_is_exact(self, text: str, numbers: list[str], result: str) -> None:
        formula = parse_formula(text, HEADINGS, TON_UNITS)

        assert formula.of([Fraction(number) for number in numbers]) == Fraction(result)

    def test_knows_the_units_of_hours(self) -> None:
        assert parse_formula("minutes min", HEADINGS, HOUR_UNITS).of([Fraction(90)]) == Fraction("1.5")

    def test_rejects_a_division_by_zero(self) -> None:
        with pytest.raises(CellError, match="divides by zero"):
            parse_formula("1 / net", HEADINGS, {}).of([Fraction(0)])

    @pytest.mark.parametrize(
        "text",
        [
            "net stone",
            "net +",
            "(net",
            "net)",
            "net net",
            "3",
            "net ** 2",
            "net.real",
            "wrong",
            "[wrong]",
            "",
            "__import__",
            "net; tare",
            "(" * 50 + "net" + ")" * 50,
            "net" * 100,
        ],
    )
    def test_with_an_error_is_rejected(self, text: str) -> None:
        with pytest.raises(ImportRefused):
            parse_formula(text, HEADINGS, TON_UNITS)


CHICAGO = Site(code="CHI", timezone="America/Chicago", day_starts_at=dt.time(6))


class TestHeadings:
    @pytest.mark.parametrize(
        ("headings", "formulas"),
        [
            (["t"], ["t"]),
            (["US tons"], ["[US tons] short_ton"]),
            (["Net weight · kg"], ["[Net weight · kg] kg"]),
            (["Price · t", "Plan · t", "Opening · Mg"], []),
            (["Menge t"], ["[Menge t] t"]),
            (["Menge", "Gewicht"], ["Gewicht"]),
            (["Miktar", "Tons"], ["Tons"]),
        ],
    )
    def test_name_the_tons(self, headings: list[str], formulas: list[str]) -> None:
        column = next(column for column in RECEIVED.sheet_columns if column.name == "qty_ton")

        assert formulas_for(column, headings) == formulas

    def test_in_english_come_before_those_of_other_languages(self) -> None:
        column = next(column for column in RECEIVED.sheet_columns if column.name == "date")

        assert formulas_for(column, ["Data", "Date"]) == ["Date"]
        assert formulas_for(column, ["Data"]) == ["Data"]


class TestReadDate:
    @pytest.mark.parametrize(
        ("text", "date"),
        [
            ("2021-02-27", dt.date(2021, 2, 27)),
            ("2021-02-27 12:43:00.000000 UTC", dt.date(2021, 2, 27)),
            ("2021-02-27 11:43:00.000000 UTC", dt.date(2021, 2, 26)),
            ("2021-02-27T11:43Z", dt.date(2021, 2, 26)),
            ("2021-02-27 06:00", dt.date(2021, 2, 27)),
            ("2021-02-27 05:59:59", dt.date(2021, 2, 26)),
            ("2021-02-27T06:30:00+0200", dt.date(2021, 2, 26)),
        ],
    )
    def test_a_moment_is_its_operating_date_at_the_site(self, text: str, date: dt.date) -> None:
        assert parse_date(text, CHICAGO, None) == date

    @pytest.mark.parametrize("text", ["12/01/2026", "1.2.2026", "2026/3/1", "01-02-2026", "3/1/26"])
    def test_is_never_guessed(self, text: str) -> None:
        with pytest.raises(CellError, match="the order of day"):
            parse_date(text, CHICAGO, None)

    @pytest.mark.parametrize(
        ("text", "date_format", "date"),
        [
            ("12/01/2026", "dmy", dt.date(2026, 1, 12)),
            ("12/01/2026", "mdy", dt.date(2026, 12, 1)),
            ("2026/1/12", "ymd", dt.date(2026, 1, 12)),
            ("12/01/26", "dmy2000", dt.date(2026, 1, 12)),
            ("12/01/1926", "dmy2000", dt.date(1926, 1, 12)),
            ("12.1.2026 5:30", "dmy", dt.date(2026, 1, 11)),
            ("2026-01-12", "dmy", dt.date(2026, 1, 12)),
            ("12 Jan 26", "%d %b %y", dt.date(2026, 1, 12)),
            ("12 Jan 26 04", "%d %b %y %H", dt.date(2026, 1, 11)),
        ],
    )
    def test_is_parsed_in_the_chosen_format(self, text: str, date_format: str, date: dt.date) -> None:
        assert parse_date(text, CHICAGO, date_format) == date

    @pytest.mark.parametrize(
        ("text", "date_format"),
        [
            ("2026-02-30", None),
            ("2026-02-28 25:00", None),
            ("2026-02-28 12:00 +99:99", None),
            ("0001-01-01 00:00 UTC", None),
            ("yesterday", None),
            ("31/2/2026", "dmy"),
            ("3/1/26", "dmy"),
            ("3/1/126", "dmy2000"),
            ("x", "%d.%m.%Y"),
            ("46082", None),
        ],
    )
    def test_that_is_invalid_is_rejected(self, text: str, date_format: str | None) -> None:
        with pytest.raises(CellError):
            parse_date(text, CHICAGO, date_format)

    def test_of_a_cell_with_a_time_is_swapped_where_that_was_chosen(self) -> None:
        cell = Exact("2026-03-02 07:12")

        moment = parse_moment(cell, CHICAGO, None, stored_dates="swap")

        assert moment == dt.datetime(2026, 2, 3, 7, 12, tzinfo=CHICAGO.zone)
        assert parse_date(cell, CHICAGO, None, stored_dates="swap") == dt.date(2026, 2, 3)

    def test_after_the_end_of_the_calendar_is_rejected(self) -> None:
        with pytest.raises(CellError):
            parse_date(Exact("31.12.9999 23:59"), CHICAGO, "dmy", has_1904_dates=True)

    @pytest.mark.parametrize("date_format", ["DD/MM", "%d/%m", "%d", "%Y-%m", "%d.%m.%Q", "%"])
    def test_takes_no_format_without_day_month_and_year(self, date_format: str) -> None:
        with pytest.raises(ImportRefused, match="is not a date format"):
            require_date_format(date_format)


class TestCondition:
    @pytest.mark.parametrize(
        ("text", "cell", "is_met"),
        [
            ("net=a|b", " b ", True),
            ("net=a|b", "c", False),
            ("net!=a", "b", True),
            ("net=", "", True),
            ("net>10", "9.5", False),
            ("net >= 10", "10", True),
            ("net<10", "", False),
            ("net>=2021-02-01", "2021-02-01 05:00:00 UTC", True),
            ("net<=2021-02-01", "2021-02-01 05:00:00 UTC", True),
            ("net<2021-02-01", "2021-01-31", True),
            ("net<2021-02-01", "soon", False),
        ],
    )
    def test_selects_rows(self, text: str, cell: str, is_met: object) -> None:
        assert parse_row_filter(text, HEADINGS, None)([cell]) == is_met

    @pytest.mark.parametrize("text", ["net", "wrong=1", "net>soon", "=1"])
    def test_that_is_invalid_is_rejected(self, text: str) -> None:
        with pytest.raises(ImportRefused):
            parse_row_filter(text, HEADINGS, None)


class TestCodeFrom:
    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("TDS - MRF", "TDS-MRF"),
            ("Kieswerk Großräschen", "KIESWERK-GRORASCHEN"),
            ("AUSTIN WOOD RECYCLING", "AUSTIN-WOOD-RECYCLIN"),
            ("A", "SITE-A"),
            ("12345", "SITE-12345"),
            ("ساحة", "SITE"),
            ("North  yard / 2", "NORTH-YARD-2"),
        ],
    )
    def test_is_short_and_made_from_the_name(self, name: str, code: str) -> None:
        assert code_from(name, taken=set(), most=20, fallback="SITE") == code

    def test_numbers_collisions_within_the_length(self) -> None:
        taken = {"AUSTIN-WOOD-RECYCLIN", "AUSTIN-WOOD-RECYCL-2"}

        code = code_from("Austin wood recycling 3", taken=taken, most=20, fallback="SITE")

        assert code == "AUSTIN-WOOD-RECYCL-3"
        assert len(code) == 20
