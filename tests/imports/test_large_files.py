"""A file that takes long to read is read by a worker, and its page goes on by itself."""

from typing import override
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile

from imports import uploads
from imports.models import Upload, UploadStatus
from tests.imports.pages_case import csv_of, xlsx_of
from tests.imports.test_pages import HEADINGS, tons
from tests.imports.test_watch import GOOD, UNKNOWN, WatchCase
from tests.records.case import MONDAY


class TestLargeFiles(WatchCase):
    @override
    def setUp(self) -> None:
        super().setUp()
        self.know()
        self.enterContext(mock.patch.object(uploads, "READ_AT_ONCE", 0))

    def sent(self, content: bytes, *, name: str = "loads.csv") -> Upload:
        """Upload a file; nothing of it is read."""
        answer = self.client.post(
            "/imports/new/?module=received&site=YARD-NORTH", {"file": SimpleUploadedFile(name, content)}
        )
        upload = Upload.objects.latest("pk")
        assert answer.headers["Location"] == f"/imports/{upload.pk}/"
        assert (upload.status, upload.heads) == (UploadStatus.READING, [])
        return upload

    def test_are_read_and_checked_by_a_worker(self) -> None:
        for name, content in {
            "loads.csv": csv_of(HEADINGS, (MONDAY, "DEBRIS", "2")),
            "loads.xlsx": xlsx_of(HEADINGS, (MONDAY, "DEBRIS", 3)),
            "page.xls": b"<table><tr><td>date<td>material<td>tons<tr><td>2026-02-02<td>DEBRIS<td>4</table>",
        }.items():
            upload = self.sent(content, name=name)
            page = self.page(upload)
            assert "Being read" in page
            assert 'hx-trigger="every 1s"' in page
            assert "data-without-script" in page

            assert self.done(upload).status == UploadStatus.CHECKING
            self.import_it(self.done(upload))

        assert sorted(tons()) == ["1.250", "2.000", "3.000", "4.000"]

    def test_that_leave_a_question_open_lead_to_the_columns(self) -> None:
        upload = self.done(self.sent(csv_of(("when", "what", "much"), ("03/04/2026", "DEBRIS", "1"))))

        fragment = self.client.get(f"/imports/{upload.pk}/", headers={"HX-Target": "state"})
        page = self.client.get(f"/imports/{upload.pk}/")

        assert upload.status == UploadStatus.NEW
        assert fragment.headers["HX-Refresh"] == "true"
        assert page.headers["Location"] in (
            f"/imports/{upload.pk}/columns/",
            f"/imports/{upload.pk}/table/",
        )

    def test_that_cannot_be_read_say_why_and_are_removed(self) -> None:
        upload = self.done(self.sent(b"PK\x03\x04 broken", name="loads.xlsx"))

        page = self.page(upload)

        assert upload.status == UploadStatus.FAILED
        assert "damaged or not a workbook" in page
        assert "Change the columns" not in page
        self.client.post(f"/imports/{upload.pk}/remove/")
        assert not Upload.objects.filter(pk=upload.pk).exists()

    def test_are_stopped(self) -> None:
        upload = self.sent(csv_of(HEADINGS, (MONDAY, "DEBRIS", "2")))

        self.client.post(f"/imports/{upload.pk}/stop/")
        upload = self.done(upload)

        assert upload.status == UploadStatus.FAILED
        assert "was not read to its end" in self.page(upload)

    def test_are_read_again_in_the_encoding_that_is_chosen(self) -> None:
        content = f"date,material,tons,source\n{MONDAY},DEBRIS,2,Карьер Северный\n".encode("cp1251")
        upload = self.done(self.sent(content))
        assert upload.heads[0]["encodings"]

        upload = self.post(upload, "columns", {"encoding": "cp1251"})

        assert upload.status == UploadStatus.CHECKING
        upload = self.import_it(self.done(upload))
        # The next such file is read in this encoding without a question, a small one too.
        for load, most in ((b",3,", 0), (b",4,", 9999)):
            with mock.patch.object(uploads, "READ_AT_ONCE", most):
                file = SimpleUploadedFile("x.csv", content.replace(b",2,", load))
                self.client.post("/imports/new/", {"file": file})
                upload = Upload.objects.latest("pk")
                while upload.is_active:
                    upload = self.done(upload)
            assert upload.encoding == "cp1251"
            assert upload.status == UploadStatus.CHECKED

    def test_are_read_again_with_another_delimiter(self) -> None:
        content = f"List, of loads\n\nx;y;z\n{MONDAY};DEBRIS;2\n".encode()
        upload = self.done(self.sent(content))
        values = {"module": "received", "headings_line": 3, "encoding": "utf-8-sig"}

        upload = self.post(upload, "table", {**values, "delimiter": ","})
        assert (upload.status, upload.headings_line, len(upload.heads[0]["rows"][2])) == ("new", 3, 1)
        upload = self.post(upload, "table", {**values, "delimiter": ";"})

        assert (upload.status, upload.headings_line, len(upload.heads[0]["rows"][2])) == ("new", 3, 3)

    def test_of_a_watched_place_are_imported_by_themselves(self) -> None:
        self.place()
        self.put("loads.csv", csv_of(UNKNOWN, GOOD))
        self.put("other.csv", csv_of(("a", "b"), ("1", "2")))

        self.look()
        self.look()

        assert tons() == ["1.250", "2.500"]
        assert Upload.objects.get(file_name="other.csv").status == UploadStatus.NEW
