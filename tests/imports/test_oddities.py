"""What is odd about the rows of a file: judged, shown, kept with the records."""

import datetime as dt

from django.utils import timezone

from received.models import ReceivedMaterial
from tests.imports.pages_case import PagesCase, csv_of
from tests.records.case import MONDAY, TUESDAY

HEADINGS = ("date", "material", "tons")
USUAL = [(MONDAY, "DEBRIS", "10")] * 8


class TestTons(PagesCase):
    def test_far_from_those_of_the_records_there_are_told_and_kept(self) -> None:
        for _load in range(8):
            self.receive(qty_ton="10")

        upload = self.bring(csv_of(HEADINGS, (TUESDAY, "DEBRIS", "10"), (TUESDAY, "DEBRIS", "1000")))

        page = self.page(upload)
        assert "1,000 t is far from the usual 10 to 10 t of Debris here" in page
        assert "1 line is odd" in page
        self.import_it(upload)
        sentences = {
            str(record.qty_ton): record.confirmed_warnings for record in ReceivedMaterial.objects.on(TUESDAY)
        }
        assert sentences["10.000"] == []
        assert sentences["1000.000"] == [
            "1,000 t is far from the usual 10 to 10 t of Debris here. Did you mean 10 t?"
        ]

    def test_far_from_those_of_the_lines_before_are_told_in_a_first_import(self) -> None:
        upload = self.bring(csv_of(HEADINGS, *USUAL, (TUESDAY, "DEBRIS", "0.01")))

        assert "0.01 t is far from the usual" in self.page(upload)

    def test_of_a_material_that_would_be_created_are_judged_too(self) -> None:
        rows = [(MONDAY, "Tyres", "10")] * 8
        upload = self.bring(csv_of(HEADINGS, *rows, (TUESDAY, "Tyres", "900")), client=self.as_(self.ada))
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

    def test_that_are_odd_can_be_left_out(self) -> None:
        upload = self.bring(csv_of(HEADINGS, *USUAL, (TUESDAY, "DEBRIS", "1000")))

        upload = self.post(upload, "mend", {"leave": "10"})

        assert (upload.rows_waiting, upload.rows_left_out) == (8, 1)
        assert "is odd" not in self.page(upload)

    def test_that_are_odd_stand_in_the_report(self) -> None:
        upload = self.bring(csv_of(HEADINGS, *USUAL, (TUESDAY, "DEBRIS", "1000"), ("never", "DEBRIS", "1")))

        answer = self.client.get(f"/imports/{upload.pk}/report/")
        report = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # a file's

        header, refused, odd = report.splitlines()
        assert header == "line,field,column,value,reason,taken"
        assert refused.startswith("11,date,date,never,")
        assert odd.startswith('10,,,,"1,000 t is far from the usual')
        assert odd.endswith('"yes, though odd"')

    def test_do_not_keep_an_import_from_being_what_was_shown(self) -> None:
        upload = self.bring(csv_of(HEADINGS, *USUAL, (TUESDAY, "DEBRIS", "1000")))
        for _load in range(12):
            self.receive(qty_ton="900", date=TUESDAY)

        upload = self.import_it(upload)

        assert upload.status == "done", upload.error


class TestOldDates(PagesCase):
    def test_are_told_in_one_sentence_and_by_no_record(self) -> None:
        self.site.entry_days_back = 7
        self.site.save()

        upload = self.bring(csv_of(HEADINGS, (MONDAY, "DEBRIS", "10"), (TUESDAY, "DEBRIS", "11")))

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

        upload = self.bring(csv_of(HEADINGS, *rows))

        assert "1 record is more than 7 days back" in self.page(upload)
