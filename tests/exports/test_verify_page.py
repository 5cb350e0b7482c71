"""The page on which a file is dropped to be known again."""

from django.core.files.uploadedfile import SimpleUploadedFile

from exports.models import ExportAudit
from sites.models import User
from tests.exports.pages_case import PagesCase


class TestVerify(PagesCase):
    url = "/exports/verify/"

    def _said(self, person: User, content: bytes) -> str:
        file = SimpleUploadedFile("some.csv", content)
        return self.as_(person).post(self.url, {"file": file}).content.decode()

    def test_knows_a_file_of_ours_again(self) -> None:
        self.receive()
        job = self.made()
        content = (self.folder / job.storage_name).read_bytes()

        page = self._said(self.victor, content)

        assert f"Made on {ExportAudit.objects.get().made_at:%-d %b %Y}" in page
        assert "by Alice: Received material of YARD-NORTH, Mon 2 Mar 2026 – Sun 8 Mar 2026, 1 row." in page
        assert "Unchanged." in page

    def test_does_not_know_it_with_a_sign_changed(self) -> None:
        job = self.made()
        content = (self.folder / job.storage_name).read_bytes()

        assert "not made by this portal" in self._said(self.alice, content + b" ")

    def test_tells_strangers_to_the_site_that_it_is_genuine_and_no_more(self) -> None:
        job = self.made()
        content = (self.folder / job.storage_name).read_bytes()

        page = self._said(self.oscar, content)

        assert "This file was made by this portal and is unchanged." in page
        assert "Alice" not in page
        assert "YARD-NORTH" not in page

    def test_takes_the_fingerprint_for_the_file(self) -> None:
        job = self.made()
        shouted = f" {job.sha256.upper()} "

        page = self.as_(self.alice).post(self.url, {"sha256": shouted}).content.decode()

        assert "Unchanged." in page

    def test_asks_for_a_file_where_there_is_none(self) -> None:
        answer = self.as_(self.alice).post(self.url, {"sha256": "nonsense"})

        assert answer.status_code == 422
        assert "Choose a file" in answer.content.decode()
