"""Downloads: for the owner only, whole or in part, with the SHA-256, and recorded."""

import base64
import hashlib
from http import HTTPStatus

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exports import actions
from exports.files import ByteRange, NotInFileError, requested_part
from exports.models import ExportAudit, ExportDownload, ExportJob
from sites.models import Membership, User
from tests.exports.jobs_case import JobsCase, runner


class TestRequestedPart:
    @pytest.mark.parametrize(
        ("header", "part"),
        [
            ("bytes=0-9", ByteRange(0, 9)),
            ("bytes=90-", ByteRange(90, 99)),
            ("bytes=90-500", ByteRange(90, 99)),
            ("bytes=-10", ByteRange(90, 99)),
            ("bytes=-500", ByteRange(0, 99)),
            ("", None),
            ("bytes=-", None),
            ("bytes=9-0", None),
            ("bytes=0-1,5-6", None),
            ("rows=0-1", None),
            (f"bytes=0-{'9' * 5000}", None),
        ],
    )
    def test_reads_a_range_header(self, header: str, part: ByteRange | None) -> None:
        assert requested_part(header, 100) == part

    @pytest.mark.parametrize("header", ["bytes=100-", "bytes=-0", "bytes=500-600"])
    def test_rejects_a_range_beyond_the_file(self, header: str) -> None:
        with pytest.raises(NotInFileError):
            requested_part(header, 100)


class TestDownload(JobsCase):
    job: ExportJob
    content: bytes

    def setUp(self) -> None:
        super().setUp()
        for number in range(20):
            self.receive(notes=f"load {number}")
        self.job = self.request()
        runner.run(self.job.pk)
        self.job.refresh_from_db()
        self.content = (self.folder / self.job.storage_name).read_bytes()

    def get(self, *, by: User | None = None, **headers: str) -> HttpResponse:
        client = Client()
        client.force_login(by or self.alice)
        return client.get(reverse("exports:download", args=[self.job.pk]), headers=headers)  # type: ignore[return-value]  # of the test client's kind

    def body(self, answer: HttpResponse) -> bytes:
        return b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # it streams

    def test_returns_the_whole_file_with_its_sha256(self) -> None:
        answer = self.get()

        assert self.body(answer) == self.content
        assert answer["Content-Length"] == str(len(self.content))
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert (
            answer["Content-Disposition"]
            == 'attachment; filename="received_YARD-NORTH_2026-03-02_2026-03-08.csv"'
        )
        digest = base64.b64encode(hashlib.sha256(self.content).digest()).decode()
        assert answer["Repr-Digest"] == f"sha-256=:{digest}:"
        assert answer["Cache-Control"] == "private, no-store"

    def test_returns_a_part(self) -> None:
        answer = self.get(Range="bytes=10-19")

        assert answer.status_code == HTTPStatus.PARTIAL_CONTENT
        assert answer["Content-Range"] == f"bytes 10-19/{len(self.content)}"
        assert self.body(answer) == self.content[10:20]

    def test_returns_the_whole_file_if_the_client_has_a_part_of_another(self) -> None:
        answer = self.get(Range="bytes=10-19", If_Range='"something else"')

        assert answer.status_code == HTTPStatus.OK
        assert self.body(answer) == self.content

    def test_rejects_a_part_that_the_file_does_not_have(self) -> None:
        answer = self.get(Range="bytes=999999-")

        assert answer.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        assert answer["Content-Range"] == f"bytes */{len(self.content)}"
        assert not ExportDownload.objects.exists()

    def test_is_not_compressed(self) -> None:
        answer = self.get(Accept_Encoding="gzip")

        assert not answer.has_header("Content-Encoding")
        assert self.body(answer) == self.content

    def test_is_recorded_with_time_and_address(self) -> None:
        self.body(self.get())
        self.body(self.get(Range="bytes=10-19"))

        audit = ExportAudit.objects.get()
        rows = [(line.by, line.address, line.part) for line in audit.downloads.order_by("pk")]
        assert rows == [(self.alice, "127.0.0.1", ""), (self.alice, "127.0.0.1", "10-19")]

    def test_head_request_is_not_a_download(self) -> None:
        client = Client()
        client.force_login(self.alice)

        answer = client.head(reverse("exports:download", args=[self.job.pk]))

        assert answer["Content-Length"] == str(len(self.content))
        assert not ExportDownload.objects.exists()

    def test_is_for_the_owner_only_not_even_an_admin(self) -> None:
        for person in (self.oscar, self.mona, self.victor, self.ada):
            assert self.get(by=person).status_code == HTTPStatus.NOT_FOUND

    def test_is_not_found_after_the_owner_has_lost_the_site(self) -> None:
        Membership.objects.filter(user=self.alice).delete()

        assert self.get().status_code == HTTPStatus.NOT_FOUND

    def message_instead(self) -> str:
        """Return the page to which a download without a file redirects."""
        client = Client()
        client.force_login(self.alice)
        answer = client.get(reverse("exports:download", args=[self.job.pk]), follow=True)
        assert answer.redirect_chain == [("/exports/", HTTPStatus.FOUND)]
        assert not ExportDownload.objects.exists()
        return answer.content.decode()

    def test_is_refused_as_soon_as_the_file_has_expired(self) -> None:
        ExportJob.objects.update(expires_at=timezone.now())

        assert "This file has expired. Request it again." in self.message_instead()

    def test_of_a_job_in_progress_shows_a_message(self) -> None:
        actions.remove(job_id=self.job.pk, by=self.alice)
        self.job = self.request()

        assert "this export is not ready" in self.message_instead()

    def test_of_a_deleted_file_shows_a_message_and_keeps_the_export(self) -> None:
        (self.folder / self.job.storage_name).unlink()

        page = self.message_instead()

        assert "This file is not on this machine" in page
        assert reverse("exports:remove", args=[self.job.pk]) in page

    def test_of_a_file_that_is_not_whole_gives_nothing_out(self) -> None:
        (self.folder / self.job.storage_name).write_bytes(self.content[:-1])

        assert "This file is not on this machine" in self.message_instead()

    def test_requires_signing_in(self) -> None:
        answer = Client().get(reverse("exports:download", args=[self.job.pk]))

        assert answer.status_code == HTTPStatus.FOUND
        assert answer.headers["Location"].startswith("/accounts/login/")
