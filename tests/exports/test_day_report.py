"""The report of a site's day."""

import datetime as dt
import io
from unittest import mock

import pytest
from openpyxl import load_workbook

from equipment.module import EQUIPMENT
from exports.datasets.selection import FileFormat
from exports.errors import ExportRefused
from exports.writers.pdf import writer
from exports.writers.write import write_day_report
from records import operations
from records.choices import Source
from records.closing.workflow import approve_day, reopen_day
from sites.models import Purpose, StockEffect
from tests.exports.case import CREATION, ExportCase
from tests.exports.pdf import needs_pango, texts_of, words_of
from tests.exports.sheets import Value, by_openpyxl
from tests.factories import (
    make_downtime,
    make_downtime_reason,
    make_machine,
    make_operation,
    make_submitted_day,
)
from tests.records.case import MONDAY, TUESDAY


class DayReportCase(ExportCase):
    def report(self, file_format: FileFormat, date: dt.date = TUESDAY) -> bytes:
        file = io.BytesIO()
        write_day_report(self.site, date, file_format=file_format, creation=CREATION, to=file)
        return file.getvalue()

    def enter_a_day(self) -> None:
        self.receive(date=MONDAY, qty_ton="100")
        self.receive(date=TUESDAY, qty_ton="12.5", notes="from the bridge")
        self.receive(date=TUESDAY, qty_ton="7")
        self.produce(date=TUESDAY, shift="night", qty_ton="30")


class TestWorkbook(DayReportCase):
    def rows(self, sheet: str, date: dt.date = TUESDAY) -> list[list[Value]]:
        return by_openpyxl(self.report(FileFormat.XLSX, date), sheet)

    def test_has_a_sheet_for_each_module_without_site_and_date(self) -> None:
        self.enter_a_day()

        received = [[*row[:3], row[-1]] for row in self.rows("Received material")]
        assert received == [
            ["Material", "Tons", "Loads", "Notes"],
            ["Debris", 12.5, None, "from the bridge"],
            ["Debris", 7, None, None],
            ["Total", 19.5, None, None],
        ]

    def test_has_output_and_feed_in_columns_of_their_own(self) -> None:
        self.enter_a_day()
        self.produce(date=TUESDAY, material=self.debris.pk, operation=self.feeding.pk, qty_ton="50")

        assert self.rows("Production") == [
            ["Shift", "Material", "Operation", "Output", "Feed used", "Notes"],
            ["Night", "Aggregate", "MAKE", 30, None, None],
            ["Whole day", "Debris", "FEED", None, 50, None],
            ["Total", None, None, 30, 50, None],
        ]

    def test_names_a_machine_whose_name_another_site_has_too(self) -> None:
        crusher = make_machine(self.site, code="CR-1", name="Jaw crusher 1")
        make_machine(self.other_site, code="CR-7", name="Jaw crusher 1")
        for name in ("CR-2", "CR-3"):
            make_machine(self.site, code=name, name="Screen")
        for machine in ("CR-1", "CR-2"):
            operations.create(
                module=EQUIPMENT,
                values={"date": TUESDAY, "equipment": machine, "hours": "7"},
                site=self.site,
                by=self.alice,
                source=Source.PAGE,
            )

        headings, *rows = self.rows("Equipment")

        assert [row[headings.index("Machine")] for row in rows[:2]] == [crusher.name, "CR-2"]

    def test_has_the_stock_of_every_material_moved_or_not(self) -> None:
        self.receive(date=MONDAY, qty_ton="100")
        self.produce(date=TUESDAY, qty_ton="30")
        self.receive(date=TUESDAY + dt.timedelta(days=1), qty_ton="999")

        headings, *rows = self.rows("Stock")

        stock = {row[0]: dict(zip(headings[1:], row[1:], strict=True)) for row in rows}
        assert stock["Debris"] == stock["Debris"] | {"Opening": 100, "Received": 0, "Closing": 100}
        assert stock["Aggregate"] == stock["Aggregate"] | {"Opening": 0, "Produced": 30, "Closing": 30}

    def test_has_the_stock_used_and_disposed_only_on_a_day_that_has_any(self) -> None:
        disposal = make_operation(stock_effect=StockEffect.REMOVES, purpose=Purpose.DISPOSED)
        self.receive(date=MONDAY, qty_ton="100")
        self.produce(date=MONDAY, operation=disposal.pk, material=self.debris.pk, qty_ton="40")
        self.receive(date=TUESDAY, qty_ton="1")

        names = ["Material", "Opening", "Produced", "Received", "Consumed", "Dispatched"]
        with_disposed = [*names, "Disposed on site", "Adjustment", "Closing"]
        assert self.rows("Stock", MONDAY)[0] == with_disposed
        assert self.rows("Stock", MONDAY)[1] == ["Debris", 0, 0, 100, 0, 0, 40, 0, 60]
        assert self.rows("Stock", TUESDAY)[0] == [*names, "Adjustment", "Closing"]

    def test_has_a_sheet_for_downtime_only_where_there_was_some(self) -> None:
        make_downtime(
            make_machine(self.site),
            make_downtime_reason(code="BELT"),
            by=self.alice,
            date=TUESDAY,
            minutes=90,
        )

        sheets = [
            load_workbook(io.BytesIO(self.report(FileFormat.XLSX, date))).sheetnames
            for date in (MONDAY, TUESDAY)
        ]

        assert ["Downtime" in names for names in sheets] == [False, True]
        assert all("Manpower" in names and "Counter readings" not in names for names in sheets)

    def test_excludes_other_sites(self) -> None:
        self.receive(site=self.other_site, by=self.oscar, date=TUESDAY)

        assert self.rows("Received material")[1][0] == "Nothing was recorded."

    def test_names_the_site_and_the_status_of_the_day(self) -> None:
        self.enter_a_day()
        day = make_submitted_day(self.site, TUESDAY, by=self.alice)
        approve_day(day=day, by=self.mona)

        facts = {row[0]: row[1] for row in self.rows("About")}

        assert facts["Site"] == "YARD-NORTH · North yard"
        assert facts["Day"] == "Approved"
        assert str(facts["Submitted"]).startswith("Alice, ")
        assert str(facts["Approved"]).startswith("Mona, ")
        assert facts["Received material: Tons"] == 19.5
        assert "Manager: name, date, signature" in facts

    def test_names_who_reopened_a_day_and_why_and_no_approval(self) -> None:
        self.enter_a_day()
        day = make_submitted_day(self.site, TUESDAY, by=self.alice)
        reopen_day(day=approve_day(day=day, by=self.mona), by=self.mona, reason="A ticket was missing.")

        facts = {row[0]: row[1] for row in self.rows("About")}

        assert facts["Day"] == "Reopened"
        assert str(facts["Reopened"]).startswith("Mona, ")
        assert facts["Why"] == "A ticket was missing."
        assert not {"Submitted", "Approved"} & set(facts)

    def test_shows_a_day_as_open_until_it_is_submitted(self) -> None:
        assert ["Day", "Open"] in [row[:2] for row in self.rows("About")]


@needs_pango
class TestPdf(DayReportCase):
    def test_has_every_module_the_stock_and_lines_for_signatures(self) -> None:
        self.enter_a_day()

        words = words_of(self.report(FileFormat.PDF))

        assert "Day report Tue 3 Mar 2026 Site YARD-NORTH · North yard Day Open" in words
        assert "Received material Material Tons (t) Loads Source Vehicle" in words
        assert "Notes Debris 12.50 from the bridge" in words
        assert "Dispatch" in words
        assert "Debris 100.00 0.00 19.50 0.00 0.00 0.00 119.50" in words
        assert words.rstrip().count("name, date, signature") == 2

    def test_holds_a_day_of_many_rows(self) -> None:
        for number in range(5):
            self.receive(date=TUESDAY, notes=f"load {number}")

        with mock.patch.object(writer, "MAX_TAGGED_ROWS", 3):
            content = self.report(FileFormat.PDF)

        words = words_of(content)
        assert all(f"load {number}" in words for number in range(5))
        assert f"Page {len(texts_of(content))} of" in texts_of(content)[-1]


class TestRejected(DayReportCase):
    def test_as_csv(self) -> None:
        with pytest.raises(ExportRefused, match="PDF or an Excel workbook"):
            self.report(FileFormat.CSV)
