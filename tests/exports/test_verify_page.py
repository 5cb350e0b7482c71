"""The page on which a file is checked."""

from django.core.files.uploadedfile import SimpleUploadedFile

from exports.models import ExportAudit
from sites.models import User
from tests.exports.pages_case import PagesCase


class TestVerify(PagesCase):
    url = "/exports/verify/"

    def _text(self, person: User, content: bytes) -> str:
        file = SimpleUploadedFile("some.csv", content)
        return self.as_(person).post(self.url, {"file": file}).content.decode()

    def test_recognises_a_file(self) -> None:
        self.receive()
        job = self.made()
        content = (self.folder / job.storage_name).read_bytes()

        page = self._text(self.victor, content)

        assert f"Made on {ExportAudit.objects.get().made_at:%-d %b %Y}" in page
        assert "by Alice: Received material of YARD-NORTH, Mon 2 Mar 2026 – Sun 8 Mar 2026, 1 row." in page
        assert "Unchanged." in page

    def test_rejects_a_file_with_a_changed_character(self) -> None:
        job = self.made()
        content = (self.folder / job.storage_name).read_bytes()

        assert "not made by this portal" in self._text(self.alice, content + b" ")

    def test_tells_users_without_the_site_only_that_it_is_genuine(self) -> None:
        job = self.made()
        content = (self.folder / job.storage_name).read_bytes()

        page = self._text(self.oscar, content)

        assert "This file was made by this portal and is unchanged." in page
        assert "Alice" not in page
        assert "YARD-NORTH" not in page

    def test_accepts_the_sha256_instead_of_the_file(self) -> None:
        job = self.made()
        shouted = f" {job.sha256.upper()} "

        page = self.as_(self.alice).post(self.url, {"sha256": shouted}).content.decode()

        assert "Unchanged." in page

    def test_requires_a_file_or_a_sha256(self) -> None:
        answer = self.as_(self.alice).post(self.url, {"sha256": "nonsense"})

        assert answer.status_code == 422
        assert "Choose a file" in answer.content.decode()
