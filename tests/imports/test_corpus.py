"""Every kind of file of the corpus has the right outcome: the right values, or a question, never others."""

from collections.abc import Mapping
from html import unescape

from django.db import transaction
from django.utils.html import strip_tags

from imports.models import Upload, UploadStatus
from received.models import ReceivedMaterial
from tests.imports.files.build import File
from tests.imports.files.corpus import FILES
from tests.imports.pages_case import PagesCase

NAMES = [file.name for file in FILES]


def _text_of(page: str) -> str:
    """Return what a person reads on a page, in one line."""
    return " ".join(unescape(strip_tags(page[page.find("<main") :])).split())


class TestCorpus(PagesCase):
    def test_every_file_has_the_right_outcome(self) -> None:
        assert len(set(NAMES)) == len(NAMES)
        for file in FILES:
            with self.subTest(file=file.name), transaction.atomic():
                self._bring_in(file)
                transaction.set_rollback(True)

    def _bring_in(self, file: File) -> None:
        if file.refused:
            assert file.refused in self.refused(file.content, name=file.name)
            return
        upload = self.upload(file.content, name=file.name)
        if file.asks:
            page = self.client.get(f"/imports/{upload.pk}/columns/").content.decode()
            assert upload.status == UploadStatus.NEW, "nothing was asked"
            assert file.asks in page, _text_of(page)
            upload = self._answer(upload, file.answers)
        assert upload.status == UploadStatus.CHECKED, upload.error or "it was asked"
        assert upload.rows_rejected == file.rejected, upload.preview["reasons"]
        assert file.says in _text_of(self.page(upload)), _text_of(self.page(upload))
        if upload.rows_to_write:
            upload = self.import_it(upload, skip=True)
        records = list(ReceivedMaterial.objects.order_by("date", "id"))
        assert [str(record.qty_ton) for record in records] == list(file.tons)
        if file.dates:
            assert [str(record.date) for record in records] == list(file.dates)

    def _answer(self, upload: Upload, answers: Mapping[str, object]) -> Upload:
        if "encoding" in answers:
            return self.post(upload, "columns", answers)
        return self.answered(upload, answers)
