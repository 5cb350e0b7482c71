"""Exports whose files are in an S3 bucket, here a small HTTP server of the test."""

from pathlib import Path
from unittest import mock

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from core.jobs.lease import Lease
from core.jobs.runner import Outcome, do_housekeeping
from deskops.storage import storage_at
from exports import actions
from exports.models import ExportJob
from tests.bucket import open_shelf
from tests.exports.jobs_case import runner
from tests.exports.pages_case import PagesCase

pytest.importorskip("storages", reason="django-storages is not installed")


class TestBucket(PagesCase):
    def setUp(self) -> None:
        super().setUp()
        self.shelf = self.enterContext(open_shelf())
        exports = storage_at(self.shelf.url, folder=Path("nowhere"))
        self.enterContext(override_settings(STORAGES={**settings.STORAGES, "exports": exports}))

    def test_holds_the_file_until_it_expires(self) -> None:
        self.receive()
        job = self.made()
        client = self.as_(self.alice)

        whole = client.get(f"/exports/{job.pk}/file/")
        part = client.get(f"/exports/{job.pk}/file/", headers={"Range": "bytes=3-6"})

        assert list(self.shelf.files) == [f"/files/portal/{job.storage_name}"]
        assert whole.getvalue() == self.shelf.files[f"/files/portal/{job.storage_name}"]
        assert part.getvalue() == b"site"
        ExportJob.objects.update(expires_at=timezone.now())
        do_housekeeping()
        assert self.shelf.files == {}

    def test_gets_no_file_of_a_job_that_was_cancelled_during_the_upload(self) -> None:
        job = self.request()
        report = Lease.report

        def cancelled(lease: Lease, done: int, of: int) -> None:
            report(lease, done, of)
            actions.cancel(job_id=job.pk, by=self.alice)
            lease._lost.set()

        with mock.patch.object(Lease, "report", cancelled):
            outcome = runner.run(job.pk)

        assert outcome is Outcome.SKIPPED
        assert self.shelf.files == {}
