"""From a file to records through the pages: bring, map, look, mend, import, take back."""

import datetime as dt
from decimal import Decimal

from imports.models import ColumnMapping, UploadStatus
from received.models import ReceivedMaterial
from records.choices import BatchStatus, Source
from tests.factories import make_submitted_day
from tests.imports.pages_case import PagesCase, csv_of, xlsx_of
from tests.records.case import MONDAY, TUESDAY

HEADINGS = ("date", "material", "tons")
GOOD = csv_of(HEADINGS, (MONDAY, "DEBRIS", "10"), (TUESDAY, "Aggregate", "2.5"))


def tons() -> list[str]:
    return [str(record.qty_ton) for record in ReceivedMaterial.objects.order_by("date", "id")]


class TestFromFileToRecords(PagesCase):
    def test_a_file_whose_headings_say_everything_is_checked_at_once(self) -> None:
        upload = self.bring(GOOD)

        page = self.page(upload)

        assert upload.status == UploadStatus.CHECKED
        assert "2 new records" in page
        assert "12.50" in page
        assert not ReceivedMaterial.objects.exists()

    def test_what_was_shown_is_imported(self) -> None:
        upload = self.import_it(self.bring(GOOD))

        assert upload.status == UploadStatus.DONE
        assert tons() == ["10.000", "2.500"]
        batch = upload.batch
        assert batch is not None
        assert (batch.status, batch.file_name, batch.file_hash) == (
            BatchStatus.DONE,
            "loads.csv",
            upload.sha256,
        )
        record = ReceivedMaterial.objects.earliest("date")
        assert (record.entry_source, record.created_by, record.batch) == (Source.IMPORT, self.alice, batch)
        assert "2 records imported" in self.page(upload)

    def test_a_workbook_too(self) -> None:
        upload = self.bring(
            xlsx_of(HEADINGS, (MONDAY, "DEBRIS", 10), (TUESDAY, "DEBRIS", 0.1)), name="l.xlsx"
        )

        self.import_it(upload)

        assert tons() == ["10.000", "0.100"]

    def test_is_taken_back_as_a_whole(self) -> None:
        upload = self.import_it(self.bring(GOOD))
        assert "Take this import back?" in self.client.get(f"/imports/{upload.pk}/undo/").content.decode()

        upload = self.post(upload, "undo")

        assert upload.status == UploadStatus.UNDONE
        assert tons() == []

    def test_is_not_taken_back_once_a_day_is_closed(self) -> None:
        upload = self.import_it(self.bring(GOOD))
        make_submitted_day(self.site, MONDAY, by=self.alice)

        upload = self.post(upload, "undo")

        assert upload.status == UploadStatus.DONE
        assert "cannot be taken back" in self.page(upload)
        assert len(tons()) == 2

    def test_the_same_file_twice_adds_nothing_twice(self) -> None:
        self.import_it(self.bring(GOOD))

        again = self.bring(GOOD)

        assert (again.rows_known, again.rows_waiting) == (2, 0)
        assert "is here already" in self.page(again)

    def test_the_same_file_with_other_columns_is_told_when_it_came_in(self) -> None:
        weighed = csv_of(("date", "material", "gross", "net"), (MONDAY, "DEBRIS", "30", "12"))
        said = {"site": "code:YARD-NORTH", "column-date": "date", "column-material": "material"}
        said |= {"column-qty_ton": "gross", "unit-qty_ton": "t"}
        first = self.import_it(self.post(self.bring(weighed), "columns", said))

        again = self.post(self.bring(weighed), "columns", {**said, "column-qty_ton": "net"})

        assert again.rows_waiting == 0
        page = self.page(again)
        assert f'<a href="/imports/{first.pk}/">This very file was imported on' in page
        self.post(first, "undo")
        again = self.post(again, "check")
        assert "This very file" not in self.page(again)
        self.import_it(again)
        assert tons() == ["12.000"]

    def test_columns_that_say_nothing_are_asked_for(self) -> None:
        upload = self.bring(csv_of(("when", "what", "net lb"), ("25/3/2026", "DEBRIS", "2000")))
        page = self.client.get(f"/imports/{upload.pk}/columns/").content.decode()
        assert upload.status == UploadStatus.NEW
        assert "Day first or month first?" in page

        answers = {
            "site": "code:YARD-NORTH",
            "column-date": "when",
            "column-material": "what",
            "column-qty_ton": "net lb",
            "unit-qty_ton": "lb",
            "date_format": "dmy",
            "keep_as": "Weighbridge",
        }
        upload = self.post(upload, "columns", answers)
        self.import_it(upload)

        record = ReceivedMaterial.objects.get()
        assert (record.date, record.qty_ton) == (dt.date(2026, 3, 25), Decimal("0.907"))
        assert ColumnMapping.objects.get().name == "Weighbridge"


class TestMending(PagesCase):
    BAD = csv_of(
        HEADINGS,
        (MONDAY, "DEBRIS", "10"),
        (MONDAY, "DEBRIS", "ten"),
        (MONDAY, "Debbris", "3"),
        (MONDAY, "", "1"),
    )

    def test_every_problem_is_told_at_its_line_and_column(self) -> None:
        upload = self.bring(self.BAD)

        page = self.page(upload)

        assert (upload.rows_waiting, upload.rows_refused) == (1, 3)
        assert "“ten” is not a number." in page
        assert 'name="cell-3-2" value="ten"' in page
        assert "There is no material “Debbris”." in page

    def test_cells_are_mended_in_place_and_lines_left_out(self) -> None:
        upload = self.bring(self.BAD)

        upload = self.post(upload, "mend", {"cell-3-2": "11", "value-0": "DEBRIS", "leave": ["5"]})

        assert (upload.rows_waiting, upload.rows_refused, upload.rows_left_out) == (3, 0, 1)
        self.import_it(upload)
        assert tons() == ["10.000", "11.000", "3.000"]

    def test_what_was_mended_can_be_forgotten(self) -> None:
        upload = self.post(self.bring(self.BAD), "mend", {"cell-3-2": "11"})

        upload = self.post(upload, "as-it-came")

        assert upload.rows_refused == 3

    def test_a_mended_file_that_comes_again_is_known(self) -> None:
        self.import_it(self.post(self.bring(self.BAD), "mend", {"cell-3-2": "11"}), skip=True)

        again = self.bring(self.BAD)

        assert (again.rows_known, again.rows_refused) == (2, 2)
