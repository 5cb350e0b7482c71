"""Two machines that do not share the files of exports and imports: neither destroys what the other has."""

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core.jobs.models import JobStatus
from core.jobs.runner import JobOutcome, do_housekeeping
from exports.models import ExportJob
from imports.models import Upload, UploadStatus
from imports.uploads import create_upload
from imports.worker import ImportRunner
from records.choices import BatchStatus, Source
from records.models import Batch
from tests.exports.pages_case import PagesCase
from tests.files import kept_in

LOADS = b"date,material,tons\r\n2026-03-02,DEBRIS,12.5\r\n"


class TestOtherMachine(PagesCase):
    def setUp(self) -> None:
        super().setUp()
        self.other_folder = self.enterContext(tempfile.TemporaryDirectory(prefix="other-"))
        self.enterContext(
            kept_in(self.enterContext(tempfile.TemporaryDirectory(prefix="imports-")), storage="imports")
        )

    @contextmanager
    def on_the_other_machine(self) -> Iterator[None]:
        with (
            kept_in(self.other_folder, storage="exports"),
            kept_in(f"{self.other_folder}/i", storage="imports"),
        ):
            yield

    def test_answers_where_the_file_is_and_leaves_the_export_ready(self) -> None:
        self.receive()
        job = self.made()
        client = self.as_(self.alice)

        with self.on_the_other_machine():
            page = client.get(f"/exports/{job.pk}/file/", follow=True)
        here = client.get(f"/exports/{job.pk}/file/")

        assert here.getvalue() == (self.folder / job.storage_name).read_bytes()
        assert "This file is not on this machine: it is on another one of the portal" in page.content.decode()
        job.refresh_from_db()
        assert job.status == JobStatus.COMPLETED

    def test_leaves_an_expired_file_to_the_machine_that_has_it(self) -> None:
        job = self.made()
        ExportJob.objects.update(expires_at=timezone.now())

        with self.on_the_other_machine():
            do_housekeeping()
        job.refresh_from_db()
        status_before = job.status
        do_housekeeping()

        job.refresh_from_db()
        assert (status_before, job.status) == (JobStatus.COMPLETED, JobStatus.EXPIRED)
        assert self.files == []

    def test_expires_a_job_whose_machine_is_gone(self) -> None:
        job = self.made()
        ExportJob.objects.update(expires_at=timezone.now() - dt.timedelta(hours=2))

        with self.on_the_other_machine():
            do_housekeeping()

        job.refresh_from_db()
        assert job.status == JobStatus.EXPIRED

    def test_leaves_an_import_to_the_machine_that_has_its_file(self) -> None:
        upload = self.checking()

        with self.on_the_other_machine():
            elsewhere = ImportRunner().run(upload.pk)
        upload.refresh_from_db()
        status_between = upload.status
        here = ImportRunner().run(upload.pk)

        upload.refresh_from_db()
        assert (elsewhere, here) == (JobOutcome.RELEASED, JobOutcome.DONE)
        assert (status_between, upload.status) == (UploadStatus.CHECKING, UploadStatus.CHECKED)

    def test_fails_an_import_in_the_end_and_keeps_the_file(self) -> None:
        upload = self.checking()

        with self.on_the_other_machine():
            for _attempt in range(3):
                ImportRunner().run(upload.pk)

        upload.refresh_from_db()
        assert upload.status == UploadStatus.NEW
        assert upload.error.startswith("This file is not on this machine")
        assert upload.storage_name

    def test_undoes_a_part_that_was_written_before_where_the_file_never_appears(self) -> None:
        upload = self.checking()
        batch = Batch.objects.create(
            module="received", source=Source.IMPORT, created_by=self.alice, status=BatchStatus.RUNNING
        )
        Upload.objects.update(status=UploadStatus.WRITING, batch=batch)

        with self.on_the_other_machine():
            for _attempt in range(3):
                ImportRunner().run(upload.pk)

        upload.refresh_from_db()
        assert upload.status == UploadStatus.UNDOING
        assert upload.error.startswith("This file is not on this machine")

    def test_leaves_an_expired_upload_to_the_machine_that_has_it(self) -> None:
        upload = self.uploaded()
        Upload.objects.update(expires_at=timezone.now())

        with self.on_the_other_machine():
            do_housekeeping()
        is_kept = Upload.objects.filter(pk=upload.pk).exists()
        do_housekeeping()

        assert is_kept
        assert not Upload.objects.exists()

    def test_answers_503_where_a_page_needs_the_file(self) -> None:
        upload = self.uploaded()
        Upload.objects.update(report_name="0123.csv", batch=None)

        answer = self.as_(self.alice).get(f"/imports/{upload.pk}/report/")

        assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert "not on this machine" in answer.content.decode()

    def uploaded(self) -> Upload:
        return create_upload(file=SimpleUploadedFile("loads.csv", LOADS), by=self.alice)

    def checking(self) -> Upload:
        """Return an upload whose check is queued."""
        self.as_(self.alice).post(
            "/imports/new/?module=received&site=YARD-NORTH", {"file": SimpleUploadedFile("loads.csv", LOADS)}
        )
        upload = Upload.objects.get()
        assert upload.status == UploadStatus.CHECKING
        assert Path(self.folder).is_dir()
        return upload
