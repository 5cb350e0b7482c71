"""A worker's process that is killed in the middle of the writing, as a power cut would."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import override

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TransactionTestCase
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from core.jobs.runner import do_housekeeping
from imports import actions
from imports.models import Upload, UploadStatus
from imports.uploads import create_upload
from imports.worker import ImportRunner
from received.models import ReceivedMaterial
from records.choices import BatchStatus
from records.models import Batch
from sites.models import Site, User
from tests.factories import make_material, make_people
from tests.files import FilesOfTheTest
from tests.imports.commands import assert_ledger_is_right
from tests.imports.pages_case import csv_of
from tests.imports.test_pages import HEADINGS
from tests.processes import database_url

PROJECT = Path(__file__).resolve().parents[2]
ROWS = 400
FIRST = dt.date(2026, 1, 1)


class TestKilledProcess(FilesOfTheTest, TransactionTestCase):
    storage = "imports"
    site: Site
    alice: User

    @override
    def setUp(self) -> None:
        self.keep_files_apart()
        people = make_people()
        self.site, self.alice = people.site, people.alice
        make_material(code="DEBRIS", name="Debris")

    def test_is_followed_by_one_that_writes_each_row_once(self) -> None:
        upload = self._killed_in_the_middle()
        Upload.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))
        DBTaskResult.objects.all().delete()

        do_housekeeping()
        assert DBTaskResult.objects.get().args_kwargs["args"] == ["imports.upload", upload.pk]
        ImportRunner().run(upload.pk)

        upload.refresh_from_db()
        batch = Batch.objects.get()
        assert upload.status == UploadStatus.DONE
        assert (batch.status, batch.rows_written) == (BatchStatus.DONE, ROWS)
        assert (
            ReceivedMaterial.objects.count()
            == ReceivedMaterial.objects.values("notes").distinct().count()
            == ROWS
        )
        assert ReceivedMaterial.history.count() == ROWS
        assert_ledger_is_right()

    def test_leaves_an_import_that_can_be_undone(self) -> None:
        upload = self._killed_in_the_middle()

        actions.stop(upload=upload, by=self.alice)
        ImportRunner().run(upload.pk)

        upload.refresh_from_db()
        assert upload.status == UploadStatus.FAILED
        assert Batch.objects.get().status == BatchStatus.FAILED
        assert not ReceivedMaterial.objects.exists()
        assert_ledger_is_right()

    def _killed_in_the_middle(self) -> Upload:
        """Return a file of which a killed worker wrote some parts."""
        rows = ((FIRST + dt.timedelta(days=row // 40), "DEBRIS", "1", f"load {row}") for row in range(ROWS))
        content = csv_of((*HEADINGS, "notes"), *rows)
        upload = create_upload(file=SimpleUploadedFile("loads.csv", content), by=self.alice)
        actions.set_up(upload=upload, by=self.alice, module="received", sites=[self.site])
        ImportRunner().run(upload.pk)
        upload.refresh_from_db()
        actions.start_import(upload=upload, by=self.alice, digest=upload.digest, skip_rejected=False)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.imports.stuck_worker", str(upload.pk)],
            cwd=PROJECT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "deskops.settings",
                "DATABASE_URL": database_url(),
                "IMPORTS_FOLDER": str(self.folder),
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            assert [process.stdout.readline() for _part in range(3)] == ["20\n", "40\n", "60\n"]
        finally:
            process.kill()
            process.communicate()
        assert ReceivedMaterial.objects.count() == 60
        upload.refresh_from_db()
        assert upload.status == UploadStatus.WRITING
        return upload
