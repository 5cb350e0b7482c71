"""A workbook goes through LibreOffice unharmed."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from exports.selection import FileFormat
from tests.exports.case import ExportCase
from tests.exports.sheets import by_openpyxl, sheet_of

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed: scripts/ensure-office")


def converted(content: bytes, folder: Path) -> bytes:
    """Return a workbook as LibreOffice opens it and saves it again."""
    before = folder / "before.xlsx"
    before.write_bytes(content)
    saved = subprocess.run(
        [
            str(OFFICE),
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
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


class TestLibreOffice(ExportCase):
    def test_opens_a_workbook_and_saves_the_same_cells(self) -> None:
        for notes in ("=1+1", "Ünïcödé & <b>", "one\ntwo", " edges ", "0123", ""):
            self.receive(notes=notes, qty_ton="12.345", loads="2")
        self.produce(material=self.debris.pk, operation=self.feeding.pk, qty_ton="500", confirmed=True)

        for slug, name in (("received", "Received material"), ("stock", "Stock ledger")):
            content, _written = self.written(self.selection(slug), FileFormat.XLSX)
            with tempfile.TemporaryDirectory() as folder:
                after = converted(content, Path(folder))

            assert by_openpyxl(after, name) == by_openpyxl(content, name)
            assert by_openpyxl(after, "About") == by_openpyxl(content, "About")
            assert sheet_of(after, name).auto_filter.ref == sheet_of(content, name).auto_filter.ref
