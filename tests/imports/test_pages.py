"""From a file to records through the pages: upload, map, preview, correct, import, undo."""

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
    def test_a_file_with_known_headings_is_checked_at_once(self) -> None:
        upload = self.upload(GOOD)

        page = self.page(upload)

        assert upload.status == UploadStatus.CHECKED
        assert "2 new records" in page
        assert "12.50" in page
        assert not ReceivedMaterial.objects.exists()

    def test_what_the_preview_showed_is_imported(self) -> None:
        upload = self.import_it(self.upload(GOOD))

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
        upload = self.upload(
            xlsx_of(HEADINGS, (MONDAY, "DEBRIS", 10), (TUESDAY, "DEBRIS", 0.1)), name="l.xlsx"
        )

        self.import_it(upload)

        assert tons() == ["10.000", "0.100"]

    def test_is_undone_as_a_whole(self) -> None:
        upload = self.import_it(self.upload(GOOD))
        assert "Undo this import?" in self.client.get(f"/imports/{upload.pk}/undo/").content.decode()

        upload = self.post(upload, "undo")

        assert upload.status == UploadStatus.UNDONE
        assert tons() == []

    def test_is_not_undone_once_a_day_is_closed(self) -> None:
        upload = self.import_it(self.upload(GOOD))
        make_submitted_day(self.site, MONDAY, by=self.alice)

        upload = self.post(upload, "undo")

        assert upload.status == UploadStatus.DONE
        assert "cannot be undone" in self.page(upload)
        assert len(tons()) == 2

    def test_the_same_file_twice_adds_nothing_twice(self) -> None:
        self.import_it(self.upload(GOOD))

        again = self.upload(GOOD)

        assert (again.rows_known, again.rows_to_write) == (2, 0)
        assert "was imported before" in self.page(again)

    def test_the_same_file_with_other_columns_shows_its_earlier_import(self) -> None:
        weighed = csv_of(("date", "material", "gross", "net"), (MONDAY, "DEBRIS", "30", "12"))
        answers = {"site": "code:YARD-NORTH", "column-date": "date", "column-material": "material"}
        answers |= {"column-qty_ton": "gross", "unit-qty_ton": "t"}
        first = self.import_it(self.post(self.upload(weighed), "columns", answers))

        again = self.post(self.upload(weighed), "columns", {**answers, "column-qty_ton": "net"})

        assert again.rows_to_write == 0
        page = self.page(again)
        assert f'<a href="/imports/{first.pk}/">This file was imported on' in page
        self.post(first, "undo")
        again = self.post(again, "check")
        assert "This file was imported" not in self.page(again)
        self.import_it(again)
        assert tons() == ["12.000"]

    def test_unknown_columns_must_be_chosen(self) -> None:
        upload = self.upload(csv_of(("when", "what", "net lb"), ("25/3/2026", "DEBRIS", "2000")))
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
            "save_as": "Weighbridge",
        }
        upload = self.post(upload, "columns", answers)
        self.import_it(upload)

        record = ReceivedMaterial.objects.get()
        assert (record.date, record.qty_ton) == (dt.date(2026, 3, 25), Decimal("0.907"))
        assert ColumnMapping.objects.get().name == "Weighbridge"


class TestCorrections(PagesCase):
    BAD = csv_of(
        HEADINGS,
        (MONDAY, "DEBRIS", "10"),
        (MONDAY, "DEBRIS", "ten"),
        (MONDAY, "Debbris", "3"),
        (MONDAY, "", "1"),
    )

    def test_every_error_is_shown_with_its_line_and_column(self) -> None:
        upload = self.upload(self.BAD)

        page = self.page(upload)

        assert (upload.rows_to_write, upload.rows_rejected) == (1, 3)
        assert "“ten” is not a number." in page
        assert 'name="cell-3-2" value="ten"' in page
        assert "There is no material “Debbris”." in page

    def test_cells_are_corrected_in_place_and_rows_skipped(self) -> None:
        upload = self.upload(self.BAD)

        upload = self.post(upload, "corrections", {"cell-3-2": "11", "value-0": "DEBRIS", "skip": ["5"]})

        assert (upload.rows_to_write, upload.rows_rejected, upload.rows_skipped) == (3, 0, 1)
        self.import_it(upload)
        assert tons() == ["10.000", "11.000", "3.000"]

    def test_one_value_corrects_all_rows_with_the_same_problem(self) -> None:
        upload = self.upload(
            csv_of(HEADINGS, ("soon", "DEBRIS", "1"), ("later", "DEBRIS", "2"), (MONDAY, "DEBRIS", "x"))
        )
        assert "Leave out all 2 rows" in self.page(upload)

        upload = self.post(upload, "corrections", {"group-0-text": str(MONDAY)})

        assert (upload.rows_to_write, upload.rows_rejected) == (2, 1)
        assert "(2 rows): “2026-03-02” is used." in self.page(upload)

    def test_all_rows_with_the_same_problem_are_left_out(self) -> None:
        upload = self.upload(
            csv_of(HEADINGS, (MONDAY, "Gravle", "1"), (MONDAY, "Grawel", "2"), (MONDAY, "DEBRIS", "x"))
        )

        upload = self.post(upload, "corrections", {"group-0": "skip"})

        assert (upload.rows_skipped, upload.rows_rejected, upload.rows_read) == (2, 1, 3)
        assert "There is no material … (2 rows): left out." in self.page(upload)

    def test_an_empty_cell_takes_the_value_of_the_row_above(self) -> None:
        upload = self.upload(
            csv_of(HEADINGS, (MONDAY, "DEBRIS", "1"), ("", "DEBRIS", "2"), ("", "DEBRIS", "3"))
        )

        upload = self.import_it(self.post(upload, "corrections", {"group-0": "above"}))

        assert set(ReceivedMaterial.objects.values_list("date", flat=True)) == {MONDAY}
        assert tons() == ["1.000", "2.000", "3.000"]

    def test_the_same_wrong_text_is_replaced_in_every_row(self) -> None:
        upload = self.upload(
            csv_of(HEADINGS, (MONDAY, "DEBRIS", "ten"), (MONDAY, "DEBRIS", "ten"), (MONDAY, "DEBRIS", "1"))
        )

        upload = self.post(upload, "corrections", {"value-0": "10"})

        assert (upload.rows_to_write, upload.rows_rejected) == (3, 0)
        assert "tons: “ten” is “10”." in self.page(upload)

    def test_of_rows_that_are_alike_are_undone_one_by_one(self) -> None:
        upload = self.post(self.upload(self.BAD), "corrections", {"group-0": "skip", "value-0": "DEBRIS"})
        rejected = upload.rows_rejected

        undone = self.post(upload, "corrections/undo", {"correction": "rule-0"})
        assert (undone.rows_rejected, undone.rows_skipped) == (rejected + 1, 0)

        undone = self.post(undone, "corrections/undo", {"correction": "replacement-0"})
        assert undone.rows_rejected == 3
        assert "Corrected in all rows" not in self.page(undone)

    def test_can_be_discarded(self) -> None:
        upload = self.post(self.upload(self.BAD), "corrections", {"cell-3-2": "11"})

        upload = self.post(upload, "corrections/discard")

        assert upload.rows_rejected == 3

    def test_a_corrected_file_that_is_uploaded_again_is_recognised(self) -> None:
        self.import_it(self.post(self.upload(self.BAD), "corrections", {"cell-3-2": "11"}), skip=True)

        again = self.upload(self.BAD)

        assert (again.rows_known, again.rows_rejected) == (2, 2)
