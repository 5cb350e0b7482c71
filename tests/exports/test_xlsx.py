"""Workbooks as people see them and as other programs read them."""

import datetime as dt
import io
import zipfile
from unittest import mock

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as PropertyTestCase

from exports.datasets.selection import FileFormat, Granularity, Selection, dataset
from exports.errors import ExportRefused
from exports.writers import xlsx
from sites.models import Material
from tests.exports.case import ANY_LOAD, LOAD_COLUMNS, ExportCase, Load, enter
from tests.exports.sheets import Value, by_calamine, by_openpyxl, sheet_of
from tests.records.case import MONDAY, TUESDAY

RECEIVED = "Received material"


class WorkbookCase(ExportCase):
    def workbook(self, selection: Selection) -> bytes:
        content, _written = self.written(selection, FileFormat.XLSX)
        return content

    def rows(self, selection: Selection, sheet: str = RECEIVED) -> list[list[Value]]:
        """Return the rows of a sheet as openpyxl and calamine both read them."""
        content = self.workbook(selection)
        rows = by_openpyxl(content, sheet)
        assert by_calamine(content, sheet) == rows
        return rows


class TestRows(WorkbookCase):
    def test_have_headings_types_and_totals(self) -> None:
        first = self.receive(qty_ton="12.345", loads="2", source="Bridge", notes="wet").record
        second = self.receive(date=TUESDAY, qty_ton="0.1").record

        columns = ("site", "date", "material", "qty_ton", "loads", "source", "vehicle_ref", "notes", "id")

        rows = self.rows(self.selection(columns=columns))

        assert rows == [
            ["Site", "Date", "Material", "Tons", "Loads", "Source", "Vehicle", "Notes", "Record"],
            ["North yard", MONDAY, "Debris", 12.345, 2, "Bridge", None, "wet", first.pk],
            ["North yard", TUESDAY, "Debris", 0.1, None, None, None, None, second.pk],
            ["Total", None, None, 12.445, None, None, None, None, None],
        ]

    def test_have_the_labels_of_choices(self) -> None:
        self.produce(shift="night")
        self.produce(shift="")

        rows = self.rows(self.selection("production", columns=("shift", "operation")), "Production")

        assert rows[1:3] == [["Night", "MAKE"], ["Whole day", "MAKE"]]

    def test_have_times_in_the_zone_of_their_site(self) -> None:
        self.site.timezone = "Asia/Dubai"
        self.site.save()
        load = self.receive().record

        rows = self.rows(self.selection(columns=("created_at", "created_by", "is_estimated")))

        entered_at = rows[1][0]
        assert isinstance(entered_at, dt.datetime)
        in_zone = load.created_at.replace(tzinfo=None) + dt.timedelta(hours=4)
        assert abs(entered_at - in_zone) <= dt.timedelta(seconds=1)
        assert rows[1][1:] == ["Alice", False]

    def test_have_codes_of_master_data_where_two_share_a_name(self) -> None:
        Material.objects.update(name="Mixed")
        self.receive()
        self.receive(material=self.aggregate.pk)

        rows = self.rows(self.selection(columns=("material", "notes")))

        assert [row[0] for row in rows[1:]] == ["DEBRIS", "AGGREGATE"]

    def test_have_no_totals_if_no_column_adds_up(self) -> None:
        self.receive(notes="wet")

        assert self.rows(self.selection(columns=("date", "notes"))) == [["Date", "Notes"], [MONDAY, "wet"]]

    def test_say_that_no_rows_were_found(self) -> None:
        rows = self.rows(self.selection(columns=("site", "qty_ton")))

        assert rows == [["Site", "Tons"], ["No rows were found for these sites, dates and filters.", None]]

    def test_continue_on_another_sheet_when_one_is_full(self) -> None:
        for tons in range(1, 6):
            self.receive(qty_ton=str(tons))
        columns = ("site", "qty_ton")

        with mock.patch.object(xlsx, "ROWS_A_SHEET", 2):
            content = self.workbook(self.selection(columns=columns))

        sheets = [by_openpyxl(content, name) for name in (RECEIVED, f"{RECEIVED} 2", f"{RECEIVED} 3")]
        assert [[row[1] for row in sheet] for sheet in sheets] == [
            ["Tons", 1, 2, 3],
            ["Tons", 3, 4, 7],
            ["Tons", 5, 5],
        ]
        assert ["Total: Tons", 15] in by_openpyxl(content, "About")

    def test_are_rejected_when_a_sheet_is_too_large(self) -> None:
        self.receive()

        with (
            mock.patch.object(xlsx, "MAX_SHEET_SIZE", 500),
            pytest.raises(ExportRefused, match="Choose CSV"),
        ):
            self.workbook(self.selection())


class TestTexts(WorkbookCase):
    def test_stay_text_whatever_they_begin_with(self) -> None:
        texts = ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "0123", "3/4", "TRUE", "1e5", "#N/A"]
        for text in texts:
            self.receive(notes=text)

        content = self.workbook(self.selection(columns=("notes", "date")))

        cells = [row[0] for row in sheet_of(content, RECEIVED).iter_rows(min_row=2)]
        assert [cell.value for cell in cells] == texts
        assert {cell.data_type for cell in cells} == {"s"}
        assert {cell.number_format for cell in cells} == {"@"}
        assert [row[0] for row in by_calamine(content, RECEIVED)[1:]] == texts

    def test_of_the_cover_stay_text_too(self) -> None:
        content = self.workbook(self.selection(filters={"q": "=1+1"}))

        assert ["Search", "=1+1"] in by_openpyxl(content, "About")
        assert not any(
            cell.data_type == "f" for row in sheet_of(content, "About").iter_rows() for cell in row
        )


class TestAnyRows(PropertyTestCase, WorkbookCase):
    @settings(max_examples=30)
    @given(st.lists(ANY_LOAD, min_size=1, max_size=6))
    def test_are_read_as_they_were_written(self, loads: list[Load]) -> None:
        with transaction.atomic():
            expected = enter(self, loads)
            content = self.workbook(self.selection(columns=LOAD_COLUMNS))
            transaction.set_rollback(True)

        for rows in (by_openpyxl(content, RECEIVED), by_calamine(content, RECEIVED)):
            assert [[cell or "" for cell in row] for row in rows[1:-1]] == expected


class TestStyles(WorkbookCase):
    def test_freeze_the_headings_and_add_a_filter(self) -> None:
        self.receive()
        self.receive()

        sheet = sheet_of(self.workbook(self.selection(columns=("date", "qty_ton"))), RECEIVED)

        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == "A1:B3"
        assert sheet.print_title_rows == "$1:$1"
        assert sheet["B4"].value == "=SUBTOTAL(109,B2:B3)"

    def test_have_number_formats_of_dates_tons_and_counts(self) -> None:
        self.receive(loads="2")

        sheet = sheet_of(self.workbook(self.selection(columns=("date", "qty_ton", "loads"))), RECEIVED)

        shown = [cell.number_format for cell in sheet[2]]
        assert shown == ["yyyy-mm-dd", '#,##0.00" t"', "#,##0"]

    def test_mark_negative_stock_and_rest_days(self) -> None:
        self.site.working_weekdays = "12345"
        self.site.save()
        self.receive()

        sheet = sheet_of(
            self.workbook(self.selection("stock", columns=("date", "closing_ton"))), "Stock ledger"
        )

        rules = {
            str(place.sqref): rules[0] for place, rules in sheet.conditional_formatting._cf_rules.items()
        }
        assert rules["B2"].operator == "lessThan"
        assert rules["B2"].formula == ["0"]
        assert rules["A2:B2"].formula == ['ISNUMBER(FIND(WEEKDAY($A2,2),"67"))']

    def test_give_notes_more_width_than_numbers(self) -> None:
        self.receive()

        sheet = sheet_of(self.workbook(self.selection(columns=("loads", "notes"))), RECEIVED)

        assert sheet.column_dimensions["B"].width > 3 * sheet.column_dimensions["A"].width > 20


class TestAbout(WorkbookCase):
    def test_has_the_facts_of_the_file(self) -> None:
        self.receive(qty_ton="1.5", notes="wet")
        self.receive(qty_ton="2.25", notes="dry")

        filters = {"material": str(self.debris.pk), "q": "wet"}
        facts = {
            row[0]: row[1] for row in by_openpyxl(self.workbook(self.selection(filters=filters)), "About")
        }

        assert facts == facts | {
            "DeskOps": None,
            "Received material · Mon 2 Mar 2026 – Sun 8 Mar 2026": None,
            "Site": "YARD-NORTH · North yard",
            "Dates": "Mon 2 Mar 2026 – Sun 8 Mar 2026",
            "Rows": "1",
            "Each row is": "a record as it was entered",
            "Material": "Debris",
            "Search": "wet",
            "Total: Tons": 1.5,
            "Created by": "Mona",
            "Created": "9 Mar 2026 08:30 (UTC)",
            "Job": "17",
        }

    def test_comes_first(self) -> None:
        content = self.workbook(self.selection())

        with zipfile.ZipFile(io.BytesIO(content)) as file:
            assert file.testzip() is None
            assert b'name="About" sheetId="1"' in file.read("xl/workbook.xml")

    def test_says_that_rows_are_totals(self) -> None:
        content = self.workbook(self.selection(granularity=Granularity.MONTHLY))

        assert ["Each row is", "the total of a month"] in by_openpyxl(content, "About")


class TestEveryDataset(WorkbookCase):
    def test_is_written_with_every_column(self) -> None:
        self.receive()
        self.produce()
        for slug in ("production", "received", "stock"):
            columns = tuple(column.name for column in dataset(slug).columns)

            rows = self.rows(self.selection(slug, columns=columns), str(dataset(slug).label))

            assert len(rows[0]) == len(columns)
            assert len(rows) >= 3
