"""The audit records: written once, read by admins, and looked up by a command."""

import csv
import io
from http import HTTPStatus
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils.formats import date_format

from exports import actions
from exports.models import AppendOnlyError, ExportAudit, ExportDownload
from tests.exports.jobs_case import JobsCase, runner


class AuditCase(JobsCase):
    def made(self) -> ExportAudit:
        job = self.request(filters={"q": "=1+1"})
        runner.run(job.pk)
        audit = ExportAudit.objects.get(job_number=job.pk)
        ExportDownload.objects.create(audit=audit, by=self.alice, address="192.0.2.7")
        return audit


class TestAudit(AuditCase):
    def test_can_not_be_changed_or_deleted(self) -> None:
        audit = self.made()

        for change in (
            audit.save,
            audit.delete,
            ExportAudit.objects.all().delete,
            lambda: ExportAudit.objects.update(rows=7),
            lambda: ExportAudit.objects.bulk_update([audit], ["rows"]),
            lambda: ExportDownload.objects.update(address="192.0.2.8"),
            ExportDownload.objects.all().delete,
        ):
            with pytest.raises(AppendOnlyError):
                change()

    def test_stays_when_job_and_file_are_deleted(self) -> None:
        audit = self.made()

        actions.remove(job_id=audit.job_number, by=self.alice)

        assert ExportAudit.objects.get().downloads.count() == 1


class TestAdmin(AuditCase):
    url = "/admin/exports/exportaudit/"

    def setUp(self) -> None:
        super().setUp()
        self.client = Client()
        self.client.force_login(self.ada)

    def test_shows_every_export_with_its_downloads(self) -> None:
        audit = self.made()

        page = self.client.get(self.url).content.decode()
        detail = self.client.get(f"{self.url}{audit.pk}/change/").content.decode()

        assert "YARD-NORTH" in page
        assert audit.sha256 in detail
        for text in (f"{date_format(audit.made_at, 'j M Y H:i')} (UTC)", "Received material"):
            assert text in page
            assert text in detail

    def test_filters_by_module(self) -> None:
        self.made()

        kept = self.client.get(self.url, {"module": "received"}).content.decode()
        none = self.client.get(self.url, {"module": "dispatch"}).content.decode()

        assert "1 export" in kept
        assert "0 exports" in none

    def test_leads_from_year_to_day(self) -> None:
        self.made()

        page = self.client.get(self.url, {"made_at__year": "2000"})

        assert page.status_code == HTTPStatus.OK
        assert "0 exports" in page.content.decode()

    def test_shows_who_downloaded_a_file_and_from_where(self) -> None:
        audit = self.made()

        detail = self.client.get(f"{self.url}{audit.pk}/change/").content.decode()

        assert "192.0.2.7" in detail

    def test_allows_no_change_and_no_deletion(self) -> None:
        audit = self.made()

        assert self.client.get(f"{self.url}add/").status_code == 403
        assert self.client.post(f"{self.url}{audit.pk}/change/", {"rows": "7"}).status_code == 403
        assert self.client.post(f"{self.url}{audit.pk}/delete/", {"post": "yes"}).status_code == 403
        assert ExportAudit.objects.get().rows == audit.rows

    def test_can_be_downloaded_as_csv(self) -> None:
        audit = self.made()

        answer = self.client.post(self.url, {"action": "as_csv", "_selected_action": [audit.pk]})

        text = answer.content.decode("utf-8-sig")
        [line] = list(csv.DictReader(io.StringIO(text)))
        assert line["sha256"] == audit.sha256
        assert line["filters"] == "Search: =1+1"
        assert "192.0.2.7" in line["downloads"]


class TestVerifyExport(AuditCase):
    def _text(self, path: Path) -> str:
        out = io.StringIO()
        call_command("verify_export", str(path), stdout=out)
        return out.getvalue()

    def test_prints_who_made_a_file(self) -> None:
        self.made()
        [name] = self.files

        output = self._text(self.folder / name)

        assert "by Alice: Received material of YARD-NORTH" in output
        assert "Unchanged." in output

    def test_rejects_a_changed_file(self) -> None:
        self.made()
        [name] = self.files
        with (self.folder / name).open("ab") as file:
            file.write(b"1")

        with pytest.raises(CommandError, match="not made by this portal"):
            self._text(self.folder / name)

    def test_reports_a_missing_file(self) -> None:
        with pytest.raises(CommandError, match="cannot be read"):
            self._text(self.folder / "nothing.csv")
