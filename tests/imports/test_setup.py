"""What is detected in a file, what the user chooses, and what is never guessed."""

import datetime as dt
import io
import tempfile
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from unittest import mock

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from dispatch.models import Dispatch
from imports import uploads
from imports.mapping.guess import proven_date_order
from imports.models import ColumnMapping, Upload, UploadStatus
from received.models import ReceivedMaterial
from tests.factories import make_member, make_site
from tests.imports.austin import EXCERPT, is_good, sums, tickets
from tests.imports.commands import loads, refused
from tests.imports.files.build import books
from tests.imports.pages_case import PagesCase, csv_of, xlsx_of
from tests.imports.test_pages import HEADINGS, tons
from tests.imports.test_workbooks import XLS
from tests.records.case import MONDAY, TUESDAY

COLUMNS = {
    "site": "code:YARD-NORTH",
    "column-date": "date",
    "column-material": "material",
    "column-qty_ton": "tons",
    "unit-qty_ton": "t",
}


class TestUpload(PagesCase):
    def test_what_is_no_table_is_rejected_with_a_sentence(self) -> None:
        for content, answers in (
            (b"", "The file is empty."),
            (b"\x89PNG\r\n\x1a\n\0\0\0", "NUL byte"),
            (b"\xd0\xcf\x11\xe0 and so on", "damaged or not a workbook"),
            (b"PK\x03\x04 broken", "damaged or not a workbook"),
        ):
            with self.subTest(answers=answers):
                assert answers in self.refused(content)

    def test_a_file_that_is_too_large_is_rejected_unread(self) -> None:
        with mock.patch.object(uploads, "MAX_BYTES", 1024 * 1024):
            page = self.refused(b"x" * (1024 * 1024 + 1))

        assert "The file is larger than 1 MB." in page
        assert uploads.MAX_BYTES == 50 * 1024 * 1024

    def test_the_name_and_type_are_not_believed(self) -> None:
        upload = self.upload(xlsx_of(HEADINGS, (MONDAY, "DEBRIS", 1)), name="../../etc/<b>loads</b>.csv")

        assert upload.is_workbook
        assert upload.rows_to_write == 1
        assert "/" not in upload.file_name
        assert "<b>" not in self.page(upload)

    def test_rejects_a_workbook_that_is_too_large_unpacked(self) -> None:
        packed = io.BytesIO(xlsx_of(HEADINGS, (MONDAY, "DEBRIS", 1)))
        with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as workbook:
            workbook.writestr("xl/media/bomb.bin", b"<t>0123</t>-----" * 65536 * 650)

        assert "too large" in self.refused(packed.getvalue(), name="loads.xlsx")

    def test_imports_workbooks_of_older_and_other_programs(self) -> None:
        upload = self.import_it(self.upload(XLS.read_bytes(), name="loads.xls"))

        assert upload.status == UploadStatus.DONE
        assert tons() == ["12.500", "0.100"]
        assert ReceivedMaterial.objects.earliest("date").notes == "nass, größer"

    def test_a_file_of_another_encoding_is_read_as_it_was_written(self) -> None:
        for encoding in ("cp1252", "utf-16", "utf-8"):
            with self.subTest(encoding=encoding):
                content = f"date;material;tons;source\n{MONDAY};DEBRIS;1;Müller {encoding}\n".encode(encoding)

                self.import_it(self.upload(content))

                assert ReceivedMaterial.objects.filter(source=f"Müller {encoding}").count() == 1

    def test_the_sheet_with_the_records_is_found(self) -> None:
        book = Workbook()
        book.worksheets[0].append(["Loads of March"])
        sheet = book.create_sheet("Data")
        for row in (["", ""], ["Our yard"], HEADINGS, (MONDAY, "DEBRIS", 2), ("Total", None, 2)):
            sheet.append(list(row))
        packed = io.BytesIO()
        book.save(packed)

        upload = self.upload(packed.getvalue(), name="loads.xlsx")

        assert (upload.sheet, upload.headings_line) == ("Data", 3)
        assert (upload.rows_to_write, upload.rows_skipped, upload.rows_rejected) == (1, 1, 0)


class TestQuestions(PagesCase):
    def test_ambiguous_dates_are_shown_in_each_order(self) -> None:
        upload = self.upload(csv_of(HEADINGS, ("03/04/2026", "DEBRIS", "1"), ("05/04/2026", "DEBRIS", "2")))
        page = self.client.get(f"/imports/{upload.pk}/columns/").content.decode()

        answer = self.client.post(f"/imports/{upload.pk}/columns/", COLUMNS)

        assert upload.status == UploadStatus.NEW
        assert "day first: <strong>3 April 2026, 5 April 2026</strong>" in page
        assert "month first: <strong>4 March 2026, 4 May 2026</strong>" in page
        assert answer.status_code == 422
        assert "Choose the order of day, month and year." in answer.content.decode()
        self.import_it(self.post(upload, "columns", {**COLUMNS, "date_format": "mdy"}))
        assert ReceivedMaterial.objects.earliest("date").date == dt.date(2026, 3, 4)

    def test_a_year_of_two_digits_is_shown_with_its_century(self) -> None:
        upload = self.upload(csv_of(("date", "material", "tons"), ("12/01/26", "DEBRIS", "10")))
        page = self.client.get(f"/imports/{upload.pk}/columns/").content.decode()
        assert "day first: <strong>12 January 2026</strong>" in page
        assert "month first: <strong>1 December 2026</strong>" in page

        unsaid = self.client.post(f"/imports/{upload.pk}/columns/", COLUMNS)
        upload = self.post(upload, "columns", {**COLUMNS, "date_format": "dmy2000"})

        assert "Choose the order of day, month and year." in unsaid.content.decode()
        assert (upload.rows_to_write, upload.preview["first"]) == (1, "12 Jan 2026")

    def test_ambiguous_numbers_need_a_decimal_mark(self) -> None:
        upload = self.upload(csv_of(HEADINGS, (MONDAY, "DEBRIS", "1,234")))

        answer = self.client.post(f"/imports/{upload.pk}/columns/", COLUMNS)

        assert "Choose the decimal mark." in answer.content.decode()
        self.import_it(self.post(upload, "columns", {**COLUMNS, "decimal_mark": ","}))
        assert tons() == ["1.234"]

    def test_a_point_before_three_digits_needs_a_decimal_mark(self) -> None:
        upload = self.upload(b"date;material;tons\n2.3.2026;DEBRIS;12.480\n13.3.2026;DEBRIS;9.120\n")
        page = self.client.get(f"/imports/{upload.pk}/columns/").content.decode()

        assert upload.status == UploadStatus.NEW
        assert "“12.480” is 12.48 with a decimal point and 12480 with a decimal comma." in page
        answers = {**COLUMNS, "date_format": "dmy", "decimal_mark": ",", "unit-qty_ton": "kg"}
        self.import_it(self.post(upload, "columns", answers))
        assert tons() == ["12.480", "9.120"]

    def test_ambiguous_numbers_below_the_first_rows_are_questions(self) -> None:
        rows = [(MONDAY, "DEBRIS", "12") for _row in range(60)]
        upload = self.upload(csv_of(HEADINGS, *rows, (MONDAY, "DEBRIS", "12.480")))

        page = self.client.get(f"/imports/{upload.pk}/columns/").content.decode()
        assert upload.status == UploadStatus.NEW
        assert "“12.480” is 12.48 with a decimal point" in page
        upload = self.post(upload, "columns", {**COLUMNS, "decimal_mark": "."})
        assert upload.rows_to_write == 61

    def test_one_number_with_two_decimals_proves_the_decimal_mark(self) -> None:
        upload = self.upload(csv_of(HEADINGS, (MONDAY, "DEBRIS", "12.480"), (MONDAY, "DEBRIS", "9.12")))

        assert (upload.status, upload.rows_to_write) == (UploadStatus.CHECKED, 2)

    def test_large_numbers_need_a_unit(self) -> None:
        upload = self.upload(csv_of(HEADINGS, (MONDAY, "DEBRIS", "24500")))

        answer = self.client.post(f"/imports/{upload.pk}/columns/", {**COLUMNS, "unit-qty_ton": ""})

        assert "Choose the unit of these numbers" in answer.content.decode()
        self.import_it(self.post(upload, "columns", {**COLUMNS, "unit-qty_ton": "kg"}))
        assert tons() == ["24.500"]

    def test_a_unit_in_the_heading_needs_no_question(self) -> None:
        upload = self.upload(csv_of(("Date", "Material", "Weight (kg)"), (MONDAY, "DEBRIS", "24500")))

        self.import_it(upload)

        assert tons() == ["24.500"]

    def test_columns_are_guessed_from_what_stands_in_them(self) -> None:
        content = csv_of(("wann", "was", "wieviel"), (MONDAY, "DEBRIS", "12"), (TUESDAY, "Aggregate", "13"))
        upload = self.upload(content)

        page = self.client.get(f"/imports/{upload.pk}/columns/").content.decode()

        for heading in ("wann", "was", "wieviel"):
            assert f'<option value="{heading}" selected>' in page

    def test_a_field_has_one_source(self) -> None:
        upload = self.upload(csv_of(HEADINGS, ("03/04/2026", "DEBRIS", "1")))
        twice = {**COLUMNS, "date_format": "dmy", "always-material": "DEBRIS"}

        answer = self.client.post(f"/imports/{upload.pk}/columns/", twice)

        assert "Use one of these" in answer.content.decode()

    def test_a_formula_that_is_not_understood_is_refused_at_once(self) -> None:
        upload = self.upload(
            csv_of(("date", "material", "gross", "tare"), (MONDAY, "DEBRIS", "30000", "10000"))
        )
        formula = {**COLUMNS, "column-qty_ton": "", "formula-qty_ton": "gross - tara kg"}

        answer = self.client.post(f"/imports/{upload.pk}/columns/", formula)

        assert "the file has no column “tara”" in answer.content.decode()
        self.import_it(self.post(upload, "columns", {**formula, "formula-qty_ton": "(gross - tare) kg"}))
        assert tons() == ["20.000"]

    def test_saved_columns_are_offered_for_the_same_headings(self) -> None:
        first = self.upload(csv_of(("wann", "was", "wieviel"), ("03/04/2026", "DEBRIS", "1")))
        answers = {
            **COLUMNS,
            "column-date": "wann",
            "column-material": "was",
            "column-qty_ton": "wieviel",
            "unit-qty_ton": "kg",
            "date_format": "mdy",
            "save_as": "Waage",
        }
        self.post(first, "columns", answers)

        again = self.upload(csv_of(("was", "wann", "wieviel", "wo"), ("DEBRIS", "03/05/2026", "1", "hier")))
        page = self.client.get(f"/imports/{again.pk}/columns/").content.decode()
        other = self.upload(csv_of(("when", "what"), ("03/04/2026", "DEBRIS")))
        other_page = self.client.get(f"/imports/{other.pk}/columns/").content.decode()

        assert "Filled in from the columns of “Waage”." in page
        assert 'value="kg" selected' in page
        assert "Waage" not in other_page
        kept = ColumnMapping.objects.get()
        assert self.as_(self.mona).post(f"/imports/columns/{kept.pk}/delete/").status_code == 404
        self.client.post(f"/imports/columns/{kept.pk}/delete/")
        assert not ColumnMapping.objects.exists()


class TestKnownHeadings(PagesCase):
    UNKNOWN = ("wann", "was", "wieviel")
    ANSWERS = {
        **COLUMNS,
        "column-date": "wann",
        "column-material": "was",
        "column-qty_ton": "wieviel",
        "date_format": "dmy",
        "decimal_mark": ",",
    }

    def import_once(self) -> None:
        first = self.upload(csv_of(self.UNKNOWN, ("03/02/2026", "DEBRIS", "1,250")))
        assert first.status == UploadStatus.NEW
        self.import_it(self.post(first, "columns", self.ANSWERS))
        assert tons() == ["1.250"]

    def test_set_the_next_file_up_with_every_answer(self) -> None:
        self.import_once()

        # The date and the tons could each be read in two ways.
        again = self.upload(csv_of(("was", "wann", "wieviel"), ("DEBRIS", "04/02/2026", "2,500")))

        assert again.status == UploadStatus.CHECKED
        page = self.page(again)
        assert "The headings are known: the columns are set up as for “loads.csv”" in page
        assert f'href="/imports/{again.pk}/columns/">Change the columns</a>' in page
        self.import_it(again)
        assert tons() == ["1.250", "2.500"]
        assert ReceivedMaterial.objects.filter(date=dt.date(2026, 2, 4)).exists()

    def test_never_overrule_what_a_file_shows(self) -> None:
        self.import_once()

        for row in (
            ("02/28/2026", "DEBRIS", "2,5"),
            ("28/02/2026", "DEBRIS", "2.55"),
            ("28/02/2026", "DEBRIS", "12500"),
        ):
            with self.subTest(row=row):
                again = self.upload(csv_of(self.UNKNOWN, row))

                assert again.status == UploadStatus.NEW
                page = self.client.get(f"/imports/{again.pk}/columns/").content.decode()
                assert "This file differs in" in page

    def test_are_those_of_the_site(self) -> None:
        self.import_once()
        other = make_site(code="OTHER")
        make_member(other, user=self.alice)

        again = self.upload(csv_of(self.UNKNOWN, ("04/02/2026", "DEBRIS", "2,500")), site="OTHER")

        assert again.status == UploadStatus.NEW

    def test_set_two_lines_of_headings_up_again(self) -> None:
        def content(tons: str) -> bytes:
            return csv_of(("", "", "gewicht kg"), ("wann", "was", "wieviel"), ("03/02/2026", "DEBRIS", tons))

        first = self.upload(content("1,25"))
        values = {"module": "received", "headings_line": 2, "two_lines": "on", "delimiter": ","}
        first = self.post(first, "table", {**values, "encoding": "utf-8-sig"})
        answers = {**self.ANSWERS, "column-qty_ton": "gewicht kg · wieviel"}
        self.import_it(self.post(first, "columns", answers))

        again = self.upload(content("2,5"))

        assert (again.status, again.headings_line) == (UploadStatus.CHECKED, 2)
        self.import_it(again)
        assert tons() == ["1.250", "2.500"]

    def test_of_several_sheets_are_used_for_the_same_sheets_only(self) -> None:
        def content(*names: str, tons: int) -> bytes:
            rows = {name: [HEADINGS, (MONDAY, "DEBRIS", tons + place)] for place, name in enumerate(names)}
            return books(rows)

        first = self.upload(content("North", "South", tons=1), name="loads.xlsx")
        answers = {**COLUMNS, "sheets": ["South"], "unit-qty_ton": "t"}
        self.import_it(self.post(first, "columns", answers))

        same = self.upload(content("North", "South", tons=3), name="loads.xlsx")
        other = self.upload(content("North", "South", "West", tons=5), name="loads.xlsx")

        assert same.status == UploadStatus.CHECKED
        self.import_it(same)
        assert tons() == ["1.000", "2.000", "3.000", "4.000"]
        assert other.status == UploadStatus.NEW
        page = self.client.get(f"/imports/{other.pk}/columns/").content.decode()
        assert "This file differs in the sheets with the same headings" in page

    def test_of_a_colleague_at_the_site_are_used_too(self) -> None:
        self.import_once()

        again = self.upload(
            csv_of(self.UNKNOWN, ("04/02/2026", "DEBRIS", "2,500")), client=self.as_(self.mona)
        )

        assert again.status == UploadStatus.CHECKED


class TestInternalNames(PagesCase):
    def test_are_on_no_page_of_a_wrong_answer_and_in_no_report(self) -> None:
        upload = self.upload(csv_of(("when", "what", "much"), (MONDAY, "?", "x")))
        answers = {
            "column-date": "when",
            "column-material": "what",
            "column-qty_ton": "much",
            "unit-qty_ton": "t",
        }

        wrong = self.client.post(f"/imports/{upload.pk}/columns/", {**answers, "site": "code:ELSEWHERE"})
        upload = self.post(upload, "columns", {**answers, "site": "code:YARD-NORTH"})

        assert wrong.status_code == 422
        assert "Choose one of these." in wrong.content.decode()
        assert "code:ELSEWHERE" not in wrong.content.decode()
        report = self.client.get(f"/imports/{upload.pk}/report/").getvalue().decode()
        assert "2,Material,what,?," in report
        assert "2,Tons,much,x," in report


class TestOneSheetForSeveral(PagesCase):
    def test_columns_of_several_materials_are_imported_one_after_the_other(self) -> None:
        content = csv_of(("date", "debris", "rubble"), (MONDAY, "1", "2"), (TUESDAY, "3", "4"))
        answers = {**COLUMNS, "column-material": ""}

        for heading, material in (("debris", "DEBRIS"), ("rubble", "AGGREGATE")):
            upload = self.upload(content)
            answers |= {"column-qty_ton": heading, "always-material": material}
            self.import_it(self.post(upload, "columns", answers))

        assert sorted(tons()) == ["1.000", "2.000", "3.000", "4.000"]

    def test_equal_sheets_of_two_days_are_two_imports(self) -> None:
        content = csv_of(("material", "tons"), ("DEBRIS", "1"))

        for day in (MONDAY, TUESDAY, TUESDAY):
            upload = self.upload(content)
            self.post(upload, "columns", {**COLUMNS, "column-date": "", "always-date": day})
            upload.refresh_from_db()
            if upload.rows_to_write:
                self.import_it(upload)

        assert [record.date for record in ReceivedMaterial.objects.order_by("date")] == [MONDAY, TUESDAY]


class TestAustin(PagesCase):
    def test_comes_in_through_the_pages(self) -> None:
        client = self.as_(self.ada)
        upload = self.upload(EXCERPT.read_bytes(), name=EXCERPT.name, client=client)
        assert upload.status == UploadStatus.NEW
        page = client.get(f"/imports/{upload.pk}/columns/").content.decode()
        assert '<option value="report_date" selected>' in page
        answers = {
            "site": "column:dropoff_site",
            "column-date": "report_date",
            "column-material": "load_type",
            "column-qty_ton": "load_weight",
            "unit-qty_ton": "lb",
            "creating": ["materials", "sites"],
            "category": "raw_feed",
            "timezone": "America/Chicago",
        }

        upload = self.post(upload, "columns", answers, client=client)
        good = sum(map(is_good, tickets(EXCERPT)))
        assert (upload.rows_to_write, upload.rows_read) == (good, len(tickets(EXCERPT)))
        upload = self.import_it(upload, skip=True, client=client)

        assert upload.status == UploadStatus.DONE
        added: dict[tuple[str, str, str], Decimal] = {}
        for record in ReceivedMaterial.objects.select_related("site", "material"):
            place = (record.site.name, record.material.name, str(record.date))
            added[place] = added.get(place, Decimal(0)) + record.qty_ton
        assert added == sums(EXCERPT)
        report = client.get(f"/imports/{upload.pk}/report/")
        refused = [line for line in b"".join(report).splitlines() if line.endswith(b",no")]
        assert len(refused) == len(tickets(EXCERPT)) - good

    def test_a_column_of_unknown_sites_leaves_the_site_to_be_chosen(self) -> None:
        upload = self.upload(EXCERPT.read_bytes())

        page = self.client.get(f"/imports/{upload.pk}/columns/").content.decode()

        assert '<option value="code:YARD-NORTH">' in page
        assert '<option value="code:YARD-NORTH" selected>' not in page

    def test_creates_nothing_for_an_operator(self) -> None:
        upload = self.upload(EXCERPT.read_bytes())
        answers = {
            "site": "column:dropoff_site",
            "column-date": "report_date",
            "column-material": "load_type",
            "column-qty_ton": "load_weight",
            "unit-qty_ton": "lb",
            "creating": ["materials", "sites"],
        }

        upload = self.post(upload, "columns", answers)

        assert upload.rows_to_write == 0
        assert upload.rows_rejected == len(tickets(EXCERPT))


class TestDispatchDefaults(PagesCase):
    def test_what_a_form_fills_in_need_not_be_in_the_file(self) -> None:
        content = csv_of(("date", "material", "operation", "tons"), (MONDAY, "DEBRIS", "MAKE", "1"))

        self.import_it(self.upload(content, module="dispatch"))

        assert Dispatch.objects.get().trips == 1
        assert Upload.objects.get().status == UploadStatus.DONE


class TestDateOrder:
    @pytest.mark.parametrize(
        ("texts", "order"),
        [
            (["03/04/2026"], ""),
            (["03/04/2026", "13/04/2026"], "dmy"),
            (["03/14/2026"], "mdy"),
            (["13/04/2026", "04/13/2026"], ""),
            (["2026/3/1"], "ymd"),
        ],
    )
    def test_an_order_of_dates_is_proven_or_open(self, texts: list[str], order: str) -> None:
        assert proven_date_order(texts) == order


class TestPercent(PagesCase):
    headings = ("Date", "Material", "Tons", "Moisture")

    def test_asks_whether_small_numbers_are_fractions(self) -> None:
        upload = self.upload(csv_of(self.headings, (MONDAY, "DEBRIS", "12", "0.125")))
        assert upload.status == UploadStatus.NEW

        self.import_it(self.answered(upload, {"unit-moisture_percent": "fraction"}))

        assert ReceivedMaterial.objects.get().moisture_percent == Decimal("12.50")

    def test_a_number_above_1_shows_that_all_are_percent(self) -> None:
        rows = [(MONDAY, "DEBRIS", "12", "0.5"), (MONDAY, "DEBRIS", "13", "12.5")]

        self.import_it(self.upload(csv_of(self.headings, *rows)))

        moistures = ReceivedMaterial.objects.order_by("qty_ton").values_list("moisture_percent", flat=True)
        assert list(moistures) == [Decimal("0.50"), Decimal("12.50")]

    def test_a_cell_with_the_format_of_a_percentage_is_read_as_shown(self) -> None:
        def show_percent(sheet: Worksheet) -> None:
            sheet["D2"].number_format = "0.0%"

        content = changed(xlsx_of(self.headings, (MONDAY, "DEBRIS", 12, 0.125)), show_percent)

        self.import_it(self.upload(content, name="loads.xlsx"))

        assert ReceivedMaterial.objects.get().moisture_percent == Decimal("12.50")

    def test_a_command_refuses_numbers_that_may_be_fractions(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        path = loads(folder, "2026-03-02,DEBRIS,12,0.125", headings="day,material,tons,moisture")

        assert "Choose whether 0.125 is 0.125 % or 12.5 %" in refused(path, self.alice)


class TestHiddenColumns(PagesCase):
    def test_a_hidden_column_that_is_imported_is_named(self) -> None:
        def hide(sheet: Worksheet) -> None:
            sheet.column_dimensions["C"].hidden = True

        content = changed(xlsx_of(HEADINGS, (MONDAY, "DEBRIS", 12)), hide)

        upload = self.upload(content, name="loads.xlsx")

        assert f"Hidden columns of the workbook that are imported: {HEADINGS[2]}." in self.page(upload)
        page = self.client.get(f"/imports/{upload.pk}/columns/").content.decode()
        assert "Hidden columns of the workbook:" in page


def changed(content: bytes, change: Callable[[Worksheet], None]) -> bytes:
    """Return a workbook with a change of its sheet."""
    book = load_workbook(io.BytesIO(content))
    change(book.worksheets[0])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()
