"""LibreOffice opens a workbook and saves the same cells."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as PropertyTestCase

from exports.datasets.selection import FileFormat
from tests.exports.case import LOAD_COLUMNS, ExportCase, Load, any_load, enter
from tests.exports.sheets import by_openpyxl, sheet_of

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = pytest.mark.skipif(
    OFFICE is None, reason="LibreOffice is not installed: scripts/ensure-file-tools"
)


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for the profile that LibreOffice sets up when it first starts."""
    return tmp_path_factory.mktemp("office")


def converted(content: bytes, folder: Path, profile: Path) -> bytes:
    """Return a workbook as LibreOffice opens it and saves it again."""
    before = folder / "before.xlsx"
    before.write_bytes(content)
    saved = subprocess.run(
        [
            str(OFFICE),
            f"-env:UserInstallation={profile.as_uri()}",
            "--headless",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(folder / "after"),
            str(before),
        ],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    assert "Error" not in saved.stderr + saved.stdout
    return (folder / "after" / "before.xlsx").read_bytes()


class OfficeCase(ExportCase):
    @pytest.fixture(autouse=True)
    def _of_the_module(self, profile: Path) -> None:
        self.profile = profile


class TestLibreOffice(OfficeCase):
    def test_opens_a_workbook_and_saves_the_same_cells(self) -> None:
        for notes in ("=1+1", "Ünïcödé & <b>", "one\ntwo", " edges ", "0123", ""):
            self.receive(notes=notes, qty_ton="12.345", loads="2")
        self.produce(material=self.debris.pk, operation=self.feeding.pk, qty_ton="500", confirmed=True)

        for slug, name in (("received", "Received material"), ("stock", "Stock ledger")):
            content, _written = self.written(self.selection(slug), FileFormat.XLSX)
            with tempfile.TemporaryDirectory() as folder:
                after = converted(content, Path(folder), self.profile)

            assert by_openpyxl(after, name) == by_openpyxl(content, name)
            assert by_openpyxl(after, "About") == by_openpyxl(content, "About")
            assert sheet_of(after, name).auto_filter.ref == sheet_of(content, name).auto_filter.ref


# LibreOffice drops the signs that XML cannot hold, and makes one line's end of the others.
PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.sampled_from("=+-@' \n"))


class TestAnyRows(PropertyTestCase, OfficeCase):
    @settings(max_examples=3)
    @given(st.lists(any_load(PRINTABLE), min_size=40, max_size=60))
    def test_are_read_by_libreoffice_as_they_were_written(self, loads: list[Load]) -> None:
        with transaction.atomic(), tempfile.TemporaryDirectory() as folder:
            expected = enter(self, loads)
            content, _written = self.written(self.selection(columns=LOAD_COLUMNS), FileFormat.XLSX)
            transaction.set_rollback(True)

            rows = by_openpyxl(converted(content, Path(folder), self.profile), "Received material")

        assert [[cell or "" for cell in row] for row in rows[1:-1]] == expected
