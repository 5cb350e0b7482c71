"""Ten files at once wait in the queue, and two workers import each of them once."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import override

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TransactionTestCase
from django_tasks_db.models import DBTaskResult

from imports.models import Upload, UploadStatus
from received.models import ReceivedMaterial
from records.models import Batch
from sites.models import User
from tests.factories import make_material, make_people
from tests.files import FilesOfTheTest
from tests.imports.commands import assert_ledger_is_right
from tests.imports.pages_case import csv_of
from tests.imports.test_pages import HEADINGS
from tests.processes import database_url

PROJECT = Path(__file__).resolve().parents[2]
FILES, ROWS, WORKERS = 10, 20, 2
FIRST = dt.date(2026, 1, 1)


class TestManyFiles(FilesOfTheTest, TransactionTestCase):
    storage = "imports"
    alice: User

    @override
    def setUp(self) -> None:
        self.keep_files_apart()
        self.alice = make_people().alice
        make_material(code="DEBRIS", name="Debris")
        self.client = Client()
        self.client.force_login(self.alice)

    def _work(self) -> None:
        """Do what is queued, as two workers do."""
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "deskops.settings",
            "DATABASE_URL": database_url(),
            "IMPORTS_FOLDER": str(self.folder),
        }
        command = [sys.executable, "-m", "tests.imports.batch_worker"]
        workers = [subprocess.Popen(command, cwd=PROJECT, env=environment) for _worker in range(WORKERS)]
        assert [worker.wait() for worker in workers] == [0] * WORKERS

    def test_wait_in_the_queue_and_are_all_imported(self) -> None:
        for number in range(FILES):
            days = [FIRST + dt.timedelta(days=row) for row in range(ROWS)]
            rows = [(day, "DEBRIS", f"{number + 1}.{day.day:02}") for day in days]
            file = SimpleUploadedFile(f"loads-{number}.csv", csv_of(HEADINGS, *rows))
            answer = self.client.post("/imports/new/?module=received", {"file": file})
            assert answer.status_code == 302, answer.content.decode()
        assert DBTaskResult.objects.count() == FILES

        self._work()

        assert set(Upload.objects.values_list("status", flat=True)) == {UploadStatus.CHECKED}
        for upload in Upload.objects.all():
            self.client.post(f"/imports/{upload.pk}/write/", {"digest": upload.digest})

        self._work()

        assert set(Upload.objects.values_list("status", flat=True)) == {UploadStatus.DONE}
        assert Batch.objects.count() == FILES
        assert set(Batch.objects.values_list("rows_written", flat=True)) == {ROWS}
        assert ReceivedMaterial.objects.count() == FILES * ROWS
        assert_ledger_is_right()
