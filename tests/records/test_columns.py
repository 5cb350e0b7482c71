"""Each type of column shows, sends, reads and writes its own values."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from django.db import models
from django.test import SimpleTestCase

from received.models import ReceivedMaterial
from records.choices import Shift
from records.columns import (
    CellContext,
    CellError,
    ChoiceColumn,
    Column,
    CountColumn,
    DateColumn,
    FlagColumn,
    HoursColumn,
    IdentifierColumn,
    LitresColumn,
    MomentColumn,
    Name,
    PercentColumn,
    PersonColumn,
    RatioColumn,
    ReadingColumn,
    ReferenceColumn,
    TextColumn,
    TimeColumn,
    TonsColumn,
    column_of_field,
)
from records.columns.base import Raw
from sites.models import Material, Operation, Site

TONS = TonsColumn(name="qty_ton", label="Tons", unit="t")
HOURS = HoursColumn(name="hours", label="Hours", unit="h")
COUNT = CountColumn(name="loads", label="Loads")
RATIO = RatioColumn(name="change", label="Change", unit="%")
PERCENT = PercentColumn(name="moisture_percent", label="Moisture", unit="%")
DATE = DateColumn(name="date", label="Date")
TIME = TimeColumn(name="start_time", label="Start")
LITRES = LitresColumn(name="fuel", label="Fuel", unit="l")
READING = ReadingColumn(name="closing", label="Closing")
MOMENT = MomentColumn(name="created_at", label="Entered at")
SHIFT = ChoiceColumn(name="shift", label="Shift", choices=dict(Shift.choices))
MATERIAL = ReferenceColumn(name="material", label="Material", model=Material)
OPERATION = ReferenceColumn(name="operation", label="Operation", model=Operation, is_code_in_json=True)
FLAG = FlagColumn(name="is_estimated", label="Estimated")
NOTES = TextColumn(name="notes", label="Notes")
NUMBER = IdentifierColumn(name="id", label="Record")


class PlainParser:
    """Reads numbers with a point and dates year first, and finds no master data."""

    def number(self, text: str) -> Fraction:
        return Fraction(text)

    def date(self, text: str, site: Site) -> dt.date:
        del site
        return dt.date.fromisoformat(text)

    def moment(self, text: str, site: Site) -> dt.datetime:
        del site
        return dt.datetime.fromisoformat(text)

    def reference(self, column: Column, text: str, site: Site) -> Material:
        del column, site
        raise CellError(text)


def parse(column: Column, text: str) -> object:
    return column.parse(text, parser=PlainParser(), site=Site())


def xlsx(column: Column, *cells: Raw) -> Iterable[object]:
    return list(column.xlsx_values(cells, CellContext(zone=ZoneInfo("America/Chicago"))))


def csv(column: Column, *cells: Raw) -> Iterable[object]:
    return list(column.csv_values(cells, CellContext()))


def pdf(column: Column, *cells: Raw) -> Iterable[str]:
    return list(column.pdf_texts(cells, CellContext(zone=ZoneInfo("America/Chicago"))))


class TestNumbers(SimpleTestCase):
    def test_shows_figures_with_their_decimals(self) -> None:
        assert TONS.format(Decimal("1234.5")) == "1,234.50"
        assert HOURS.format(Decimal("7.25")) == "7.25"
        assert PERCENT.format(Decimal("12.5")) == "12.50"
        assert COUNT.format(1234) == "1,234"
        assert [column.format(None) for column in (TONS, HOURS, PERCENT, COUNT)] == ["", "", "", ""]

    def test_writes_the_stored_whole_numbers_to_files(self) -> None:
        assert xlsx(TONS, 12345, None) == [12.345, None]
        assert csv(TONS, 12345, None) == ["12.345", None]
        assert pdf(TONS, 12345, None) == ["12.35", ""]
        assert csv(HOURS, 725) == ["7.25"]
        assert xlsx(COUNT, 3, None) == [3, None]
        assert csv(COUNT, 3, None) == [3, None]

    def test_a_percentage_is_a_plain_number_with_its_sign_in_the_heading(self) -> None:
        assert PERCENT.heading == "Moisture (%)"
        assert PERCENT.xlsx_number_format == '0.00" %"'
        assert xlsx(PERCENT, 1250, None) == [12.5, None]
        assert csv(PERCENT, 1250, None) == ["12.50", None]
        assert pdf(PERCENT, 1250, None) == ["12.50", ""]
        assert PERCENT.to_json(Decimal("12.50")) == 12.5
        assert PERCENT.from_json("12.5") == "12.5"
        assert parse(PERCENT, "12.345") == Decimal("12.35")

    def test_a_ratio_keeps_more_decimals_than_people_read(self) -> None:
        assert RATIO.heading == "Change (%)"
        assert csv(RATIO, 123456, None) == ["12.3456", None]
        assert xlsx(RATIO, 123456, None) == [12.3456, None]
        assert pdf(RATIO, 123456, None) == ["12.35", ""]

    def test_rounds_imported_figures_half_away_from_zero(self) -> None:
        assert parse(TONS, "1.0005") == Decimal("1.001")
        assert parse(TONS, "-1.0005") == Decimal("-1.001")
        assert parse(TONS, " ") == ""

    def test_a_count_is_whole(self) -> None:
        assert parse(COUNT, "3") == 3
        with pytest.raises(CellError, match="whole number"):
            parse(COUNT, "3.5")
        with pytest.raises(CellError, match="whole number"):
            COUNT.from_json(Decimal("3.5"))

    def test_takes_json_numbers_and_numeric_texts_alone(self) -> None:
        assert TONS.from_json("12.500") == "12.500"
        assert TONS.from_json(Decimal("12.500")) == "12.5"
        refused: tuple[object, ...] = (True, "twelve", "NaN", Decimal("Infinity"), None, [])
        for value in refused:
            with pytest.raises(CellError, match="number"):
                TONS.from_json(value)

    def test_the_number_of_a_record_is_no_figure(self) -> None:
        assert not NUMBER.is_number
        assert pdf(NUMBER, 12345) == ["12345"]


class TestColumnOfField(SimpleTestCase):
    def test_is_of_the_type_of_the_field(self) -> None:
        types = {
            "date": DateColumn,
            "material": ReferenceColumn,
            "qty_ton": TonsColumn,
            "loads": CountColumn,
            "moisture_percent": PercentColumn,
            "is_estimated": FlagColumn,
            "created_at": MomentColumn,
            "created_by": PersonColumn,
            "notes": TextColumn,
        }

        for name, column_type in types.items():
            field = ReceivedMaterial._meta.get_field(name)
            assert isinstance(field, models.Field)
            assert type(column_of_field(field)) is column_type


class TestDates(SimpleTestCase):
    def test_shows_and_writes_a_date_of_either_database(self) -> None:
        day = dt.date(2026, 3, 2)

        assert DATE.format(day) == "Mon 2 Mar 2026"
        assert xlsx(DATE, day, "2026-03-02", None) == [46083, 46083, None]
        assert csv(DATE, day, "2026-03-02") == ["2026-03-02", "2026-03-02"]
        assert pdf(DATE, "2026-03-02", None) == ["Mon 2 Mar 2026", ""]
        assert DATE.to_json(day) == "2026-03-02"

    def test_takes_a_date_or_a_moment(self) -> None:
        assert DATE.from_json("2026-03-02") == dt.date(2026, 3, 2)
        assert isinstance(DATE.from_json("2026-03-02T05:00Z"), dt.datetime)
        with pytest.raises(CellError) as caught:
            DATE.from_json("02/03/2026")
        assert caught.value.code == "invalid"

    def test_recognises_dates_in_a_file(self) -> None:
        assert DATE.recognises("2026-03-02")
        assert DATE.recognises("2.3.2026 9:30")
        assert not DATE.recognises("12.5")

    def test_writes_moments_on_the_clock_of_the_site_or_in_utc(self) -> None:
        noon = dt.datetime(2026, 3, 2, 18, 0, tzinfo=dt.UTC)

        assert xlsx(MOMENT, noon) == [46083.5]
        assert csv(MOMENT, "2026-03-02 18:00:00") == ["2026-03-02T18:00:00Z"]
        assert pdf(MOMENT, noon) == ["2 Mar 2026 12:00"]
        assert MOMENT.to_json(noon) == "2026-03-02T18:00:00Z"


class TestTimes(SimpleTestCase):
    def test_reads_a_time_as_people_and_spreadsheets_write_it(self) -> None:
        texts = {
            "7:05": "07:05", "07.05": "07:05", "7h05": "07:05", "19:30:00": "19:30", "7:05 pm": "19:05",
            "12:10 AM": "00:10", "1899-12-31 06:45:00": "06:45", "": "",
        }  # fmt: skip

        assert {text: parse(TIME, text) for text in texts} == texts

    def test_rejects_what_is_no_time(self) -> None:
        for text in ("25:00", "7:60", "seven", "13:00 pm", "730"):
            with pytest.raises(CellError):
                parse(TIME, text)
        with pytest.raises(CellError):
            TIME.from_json(730)

    def test_writes_a_time_of_either_database(self) -> None:
        raw: list[Raw] = ["06:45:00", dt.time(18, 0), None]

        assert TIME.csv_values(raw, CellContext()) == ["06:45", "18:00", None]
        assert TIME.pdf_texts(raw, CellContext()) == ["06:45", "18:00", ""]
        assert TIME.xlsx_values(raw, CellContext()) == [0.28125, 0.75, None]
        assert TIME.to_json(dt.time(6, 45)) == "06:45"


class TestMeters(SimpleTestCase):
    def test_show_and_keep_their_decimals(self) -> None:
        assert LITRES.format(Decimal("1234.5")) == "1,234.5"
        assert LITRES.csv_values([12345], CellContext()) == ["1234.5"]
        assert READING.format(Decimal("1234.567")) == "1,234.57"
        assert READING.csv_values([1234567], CellContext()) == ["1234.567"]


class TestWords(SimpleTestCase):
    def test_a_choice_is_a_label_to_people_and_a_code_to_programs(self) -> None:
        assert SHIFT.format("morning") == "Morning"
        assert SHIFT.to_json("morning") == "MORNING"
        assert SHIFT.to_json("") is None
        assert SHIFT.from_json("MORNING") == "morning"
        assert SHIFT.json_schema["enum"] == ["MORNING", "AFTERNOON", "NIGHT"]
        assert xlsx(SHIFT, "night", "") == ["Night", "Whole day"]
        assert csv(SHIFT, "night") == ["night"]

    def test_reads_a_choice_by_its_label_or_its_value(self) -> None:
        assert parse(SHIFT, " NIGHT ") == "night"
        assert parse(SHIFT, "whole day") == ""
        with pytest.raises(CellError, match="is not one of"):
            parse(SHIFT, "dawn")

    def test_a_reference_is_written_by_its_name_or_its_code(self) -> None:
        context = CellContext(names={1: Name("=SUM", "Sand")})

        assert list(MATERIAL.xlsx_values([1, None], context)) == ["Sand", ""]
        assert list(MATERIAL.csv_values([1, None], context)) == ["'=SUM", None]
        assert list(MATERIAL.pdf_texts([1, None], context)) == ["Sand", ""]
        assert (MATERIAL.json_key, MATERIAL.json_source) == ("materialId", "material_id")
        assert (OPERATION.json_key, OPERATION.json_source) == ("operation", "operation__code")

    def test_text_is_made_harmless_in_csv_alone(self) -> None:
        assert csv(NOTES, "=1+1", "sand", None) == ["'=1+1", "sand", None]
        assert xlsx(NOTES, "=1+1", None) == ["=1+1", ""]
        assert pdf(NOTES, "a\tb", None) == ["a b", ""]
        assert NOTES.to_json("") is None

    def test_a_flag_is_yes_or_nothing(self) -> None:
        assert FLAG.format(1) == "yes"
        assert csv(FLAG, 1, 0) == ["true", "false"]
        assert parse(FLAG, "Yes") is True
        with pytest.raises(CellError):
            parse(FLAG, "perhaps")
