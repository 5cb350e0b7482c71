"""Warnings about the rows of a file: found, shown, kept with the records."""

import datetime as dt

from django.utils import timezone

from received.models import ReceivedMaterial
from tests.imports.pages_case import PagesCase, csv_of
from tests.records.case import MONDAY, TUESDAY

HEADINGS = ("date", "material", "tons")
# Each with other tons, since equal rows have a warning too.
USUAL = [(MONDAY, "DEBRIS", f"10.0{load}") for load in range(8)]


class TestTons(PagesCase):
    def test_far_from_those_of_existing_records_are_shown_and_kept(self) -> None:
        for _load in range(8):
            self.receive(qty_ton="10")

        upload = self.upload(csv_of(HEADINGS, (TUESDAY, "DEBRIS", "10"), (TUESDAY, "DEBRIS", "1000")))

        page = self.page(upload)
        assert "1,000 t is far from the usual 10 to 10 t of Debris here" in page
        assert "1 row has a warning" in page
        self.import_it(upload)
        sentences = {
            str(record.qty_ton): record.confirmed_warnings for record in ReceivedMaterial.objects.on(TUESDAY)
        }
        assert sentences["10.000"] == []
        assert sentences["1000.000"] == [
            "1,000 t is far from the usual 10 to 10 t of Debris here. Did you mean 10 t?"
        ]

    def test_far_from_those_of_earlier_rows_are_shown_in_a_first_import(self) -> None:
        upload = self.upload(csv_of(HEADINGS, *USUAL, (TUESDAY, "DEBRIS", "0.01")))

        assert "0.01 t is far from the usual" in self.page(upload)

    def test_of_a_material_that_would_be_created_are_checked_too(self) -> None:
        rows = [(MONDAY, "Tyres", "10")] * 8
        upload = self.upload(csv_of(HEADINGS, *rows, (TUESDAY, "Tyres", "900")), client=self.as_(self.ada))
        answers = {
            "site": "code:YARD-NORTH",
            "column-date": "date",
            "column-material": "material",
            "column-qty_ton": "tons",
            "unit-qty_ton": "t",
            "creating": ["materials"],
            "category": "raw_feed",
        }

        upload = self.post(upload, "columns", answers, client=self.as_(self.ada))

        assert "of Tyres here" in self.page(upload, client=self.as_(self.ada))

    def test_with_a_warning_can_be_skipped(self) -> None:
        upload = self.upload(csv_of(HEADINGS, *USUAL, (TUESDAY, "DEBRIS", "1000")))

        upload = self.post(upload, "corrections", {"skip": "10"})

        assert (upload.rows_to_write, upload.rows_skipped) == (8, 1)
        assert "has a warning" not in self.page(upload)

    def test_with_a_warning_are_in_the_report(self) -> None:
        upload = self.upload(csv_of(HEADINGS, *USUAL, (TUESDAY, "DEBRIS", "1000"), ("never", "DEBRIS", "1")))

        answer = self.client.get(f"/imports/{upload.pk}/report/")
        report = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # a file's

        header, rejected, warned = report.splitlines()
        assert header == "line,field,column,value,reason,imported"
        assert rejected.startswith("11,Date,date,never,")
        assert warned.startswith('10,,,,"1,000 t is far from the usual')
        assert warned.endswith('"yes, with a warning"')

    def test_do_not_keep_an_import_from_being_what_was_shown(self) -> None:
        upload = self.upload(csv_of(HEADINGS, *USUAL, (TUESDAY, "DEBRIS", "1000")))
        for _load in range(12):
            self.receive(qty_ton="900", date=TUESDAY)

        upload = self.import_it(upload)

        assert upload.status == "done", upload.error


class TestTheSameLine(PagesCase):
    def test_as_a_record_or_an_earlier_row_is_shown_and_kept(self) -> None:
        self.receive(date=TUESDAY, qty_ton="12")

        upload = self.upload(
            csv_of(HEADINGS, (TUESDAY, "DEBRIS", "12"), (TUESDAY, "DEBRIS", "7"), (TUESDAY, "DEBRIS", "7"))
        )

        page = self.page(upload)
        assert "The same line is there already: Alice entered it on" in page
        assert "The same line is there already: line 3 of the same file." in page
        assert "2 rows have warnings" in page
        self.import_it(upload)
        warnings = [
            record.confirmed_warnings for record in ReceivedMaterial.objects.on(TUESDAY).order_by("id")
        ]
        assert [len(sentences) for sentences in warnings] == [0, 1, 0, 1]

    def test_of_the_same_file_again_is_recognised_without_a_warning(self) -> None:
        content = csv_of(HEADINGS, (TUESDAY, "DEBRIS", "7"))
        self.import_it(self.upload(content))

        upload = self.upload(content)

        assert (upload.rows_known, upload.preview["warnings"]) == (1, 0)


class TestReferences(PagesCase):
    def test_used_on_their_day_in_records_or_in_the_file_are_shown(self) -> None:
        head = ("date", "material", "operation", "tons", "reference")
        rows = [
            (TUESDAY, "DEBRIS", "MAKE", tons, note) for tons, note in (("1", "N1"), ("2", "n 1"), ("3", ""))
        ]
        first = self.upload(csv_of(head, *rows), module="dispatch")
        assert "Reference n 1 is used in line 2 of the same file already." in self.page(first)
        self.import_it(first)

        other = self.upload(
            csv_of(head, (TUESDAY, "DEBRIS", "MAKE", "9", "N-1"), (MONDAY, "DEBRIS", "MAKE", "8", "N1")),
            module="dispatch",
        )

        page = self.page(other)
        assert "Reference N1 was used on 3 Mar 2026 already: Debris, 1.00 t, entered by Alice." in page
        assert "1 row has a warning" in page


class TestRowsWithWarnings(PagesCase):
    def test_are_corrected_in_place(self) -> None:
        upload = self.upload(csv_of(HEADINGS, *USUAL, (TUESDAY, "DEBRIS", "1000")))
        page = self.page(upload)
        assert '<input name="cell-10-2" value="1000"' in page

        upload = self.post(upload, "corrections", {"cell-10-0": str(TUESDAY), "cell-10-2": "10"})

        assert (upload.rows_to_write, upload.preview["warnings"]) == (9, 0)
        self.import_it(upload)
        assert str(ReceivedMaterial.objects.on(TUESDAY).get().qty_ton) == "10.000"

    def test_that_are_rejected_as_a_whole_are_corrected_in_any_cell(self) -> None:
        upload = self.upload(b"date,material,tons\n2026-03-03,DEBRIS\n2026-03-03,DEBRIS,5\n")
        assert upload.rows_rejected == 1

        upload = self.post(upload, "corrections", {"cell-2-2": "4"})

        assert (upload.rows_rejected, upload.rows_to_write) == (0, 2)


class TestOldDates(PagesCase):
    def test_are_shown_in_one_sentence_and_by_no_record(self) -> None:
        self.site.entry_days_back = 7
        self.site.save()

        upload = self.upload(csv_of(HEADINGS, (MONDAY, "DEBRIS", "10"), (TUESDAY, "DEBRIS", "11")))

        page = self.page(upload)
        assert page.count("days back") == 1
        assert "2 records are more than 7 days back, from 2 Mar 2026 on." in page
        self.import_it(upload)
        assert [record.confirmed_warnings for record in ReceivedMaterial.objects.all()] == [[], []]

    def test_are_those_alone_that_are_older_than_the_site_allows(self) -> None:
        self.site.entry_days_back = 7
        self.site.save()
        today = timezone.now().date()
        rows = [(today - dt.timedelta(days=days), "DEBRIS", "10") for days in (1, 5, 20)]

        upload = self.upload(csv_of(HEADINGS, *rows))

        assert "1 record is more than 7 days back" in self.page(upload)
