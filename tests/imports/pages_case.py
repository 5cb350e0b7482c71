"""A test case with a site, a folder for its files, and helpers to use the pages of imports."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import override

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from imports import actions
from imports.mapping.setup import Setup
from imports.models import Upload
from imports.worker import ImportRunner
from sites.models import User
from tests.files import FilesOfTheTest
from tests.records.case import RecordsTestCase, heartbeat_at_rest


class PagesCase(FilesOfTheTest, RecordsTestCase):
    storage = "imports"

    @override
    def setUp(self) -> None:
        self.enterContext(heartbeat_at_rest())
        self.keep_files_apart()
        self.client = self.as_(self.alice)

    def as_(self, person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    def upload(
        self,
        content: bytes,
        *,
        name: str = "loads.csv",
        module: str = "received",
        client: Client | None = None,
        site: str = "YARD-NORTH",
    ) -> Upload:
        """Upload a file and run the worker."""
        answer = (client or self.client).post(
            f"/imports/new/?module={module}&site={site}", {"file": SimpleUploadedFile(name, content)}
        )
        assert answer.status_code == 302, answer.content.decode()
        return self.done(Upload.objects.latest("pk"))

    def refused(self, content: bytes, *, name: str = "loads.csv") -> str:
        """Upload a file that is rejected; return the page."""
        answer = self.client.post("/imports/new/", {"file": SimpleUploadedFile(name, content)})
        assert answer.status_code == 422
        assert not Upload.objects.exists()
        return answer.content.decode()

    def done(self, upload: Upload) -> Upload:
        """Run the worker and return the file."""
        ImportRunner().run(upload.pk)
        upload.refresh_from_db()
        return upload

    def post(
        self,
        upload: Upload,
        act: str,
        values: Mapping[str, object] | None = None,
        *,
        client: Client | None = None,
    ) -> Upload:
        """Press a button of the file's page and run the worker."""
        answer = (client or self.client).post(f"/imports/{upload.pk}/{act}/", values or {})
        assert answer.status_code == 302, answer.content.decode()
        return self.done(upload)

    def import_it(self, upload: Upload, *, skip: bool = False, client: Client | None = None) -> Upload:
        """Import what the preview showed."""
        values = {"digest": upload.digest, **({"skip": "1"} if skip else {})}
        return self.post(upload, "write", values, client=client)

    def answered(self, upload: Upload, answers: Mapping[str, object], *, by: User | None = None) -> Upload:
        """Send the page of the columns as it is filled in, with these answers."""
        by = by or self.alice
        form = Setup(upload, by, sites=actions.sites_to_import_onto(by)).form()
        filled = {
            name: value for name, value in (form.initial or {}).items() if value and name in form.fields
        }
        return self.post(upload, "columns", {**filled, **answers}, client=self.as_(by))

    def page(self, upload: Upload, *, client: Client | None = None) -> str:
        return (client or self.client).get(f"/imports/{upload.pk}/").content.decode()


def csv_of(headings: Sequence[str], *rows: Sequence[object]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode()


def xlsx_of(*rows: Sequence[object], title: str = "Loads") -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()
