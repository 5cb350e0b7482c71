"""PDF files: what is read on them, by eye and by ear."""

import io
import re
import signal
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import pdfua
import pikepdf
import pytest
from django.test import override_settings

from core.jobs.lease import LeaseLost
from exports.datasets.selection import FileFormat, Granularity, Selection
from exports.errors import ExportRefused, PdfUnavailable
from exports.writers.pdf import long_table, subprocess_pool, writer
from exports.writers.pdf.styles import logo
from exports.writers.pdf.subprocess_pool import PressError
from exports.writers.write import write_file
from tests.exports.case import IMPRINT, ExportCase
from tests.exports.pdf import needs_pango, tags_of, texts_of, words_of
from tests.records.case import TUESDAY

# A picture of one point.
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ"
    "RU5ErkJggg=="
)


class PaperCase(ExportCase):
    def paper(self, selection: Selection) -> bytes:
        content, _written = self.written(selection, FileFormat.PDF)
        return content


@needs_pango
class TestTagged(PaperCase):
    def test_shows_the_rows_under_their_headings_with_totals(self) -> None:
        self.receive(qty_ton="1234.567", loads="2", source="Bridge & Co", notes="=1+1")
        self.receive(date=TUESDAY, qty_ton="0.1")

        words = words_of(self.paper(self.selection()))

        assert "Date Material Tons (t) Loads Source Vehicle Notes" in words
        assert "Mon 2 Mar 2026 Debris 1,234.57 2 Bridge & Co =1+1" in words
        assert "Tue 3 Mar 2026 Debris 0.10" in words
        assert "Total 1,234.67 2" in words

    def test_says_first_what_it_comes_to(self) -> None:
        self.receive(qty_ton="10")
        self.receive(material=self.aggregate.pk, qty_ton="30")

        first = " ".join(texts_of(self.paper(self.selection()))[0].split())

        assert "DeskOps Received material Mon 2 Mar 2026 – Sun 8 Mar 2026" in first
        assert "Site YARD-NORTH · North yard" in first
        assert "Tons 40.00 t" in first
        assert "Tons per day" in first
        assert "By material Material Tons (t) Loads Records Aggregate 30.00 0 1 Debris 10.00 0 1" in first

    def test_says_on_every_page_which_it_is_and_who_had_it_made(self) -> None:
        for _number in range(90):
            self.receive()

        pages = texts_of(self.paper(self.selection(columns=("date", "material", "notes"))))

        assert len(pages) > 1
        for number, page in enumerate(pages, start=1):
            words = " ".join(page.split())
            assert f"Page {number} of {len(pages)}" in words
            assert "Made by: Mona · Made: 9 Mar 2026 08:30 (UTC) · Job: 17" in words
        assert all("Date Material Notes" in " ".join(page.split()) for page in pages[1:])

    def test_is_tagged_as_a_table_whose_headings_head_columns(self) -> None:
        self.receive(notes="wet")
        self.receive()

        tags = tags_of(self.paper(self.selection(columns=("date", "notes"))))

        kinds = [kind for kind, _scope in tags]
        assert kinds.count("/Table") == 2  # by material, and the rows
        assert kinds.count("/TD") == 1 * 4 + 2 * 2
        assert {scope for kind, scope in tags if kind == "/TH"} == {"/Column"}

    def test_passes_a_check_of_what_can_be_read_aloud(self) -> None:
        self.receive(qty_ton="12.5")

        with mock.patch.object(writer, "logo", return_value=PIXEL):
            content = self.paper(self.selection())
        file = Path(self.enterContext(TemporaryDirectory())) / "paper.pdf"
        file.write_bytes(content)
        report = pdfua.validate(str(file))

        assert [finding.message for finding in report.findings] == []

    def test_says_what_it_is_and_holds_its_fonts(self) -> None:
        self.receive()

        with pikepdf.open(io.BytesIO(self.paper(self.selection()))) as document:
            fonts = [font for page in document.pages for font in page.resources.Font.values()]
            held = ["/FontFile2" in font.DescendantFonts[0].FontDescriptor for font in fonts]
            title, language = str(document.docinfo["/Title"]), str(document.Root.Lang)

        assert (title, language) == ("Received material · Mon 2 Mar 2026 – Sun 8 Mar 2026", "en")
        assert set(held) == {True}

    def test_says_that_nothing_was_found(self) -> None:
        assert "Nothing was found for these sites" in words_of(self.paper(self.selection()))

    def test_marks_what_is_below_zero(self) -> None:
        self.produce(operation=self.feeding.pk, material=self.debris.pk, qty_ton="5", confirmed=True)

        assert "\N{MINUS SIGN}5.00" in words_of(self.paper(self.selection("stock")))

    def test_is_written_of_weeks_and_months(self) -> None:
        self.produce(qty_ton="5")

        for granularity in (Granularity.WEEKLY, Granularity.MONTHLY):
            assert "Aggregate" in words_of(self.paper(self.selection("production", granularity=granularity)))

    def test_lets_no_name_change_how_it_looks(self) -> None:
        self.site.name = 'Yard "\\A } @page { size: A0 } <b>'
        self.site.save()
        self.receive()

        content = self.paper(self.selection(filters={"q": ""}))

        assert 'Yard "\\A } @page { size: A0 } <b>' in words_of(content)

    def test_carries_the_company_and_its_logo(self) -> None:
        self.receive()

        with (
            override_settings(COMPANY_NAME="Kies & Söhne"),
            mock.patch.object(writer, "logo", return_value=PIXEL),
        ):
            content = self.paper(self.selection())

        with pikepdf.open(io.BytesIO(content)) as document:
            assert len(document.pages[0].get_images()) == 1
        assert "Kies & Söhne" in texts_of(content)[0]


@needs_pango
class TestLong(PaperCase):
    def long(self, selection: Selection) -> bytes:
        """Return the paper of a selection as if its few rows were many."""
        with (
            mock.patch.object(writer, "MOST_TAGGED_ROWS", 3),
            mock.patch.object(long_table, "PAGES_AN_ORDER", 1),
        ):
            return self.paper(selection)

    def test_has_every_row_and_the_totals_on_pages_numbered_through(self) -> None:
        for number in range(120):
            self.receive(qty_ton=f"{number + 1}", notes=f"load {number} {'very ' * 10}wet")

        content = self.long(self.selection())

        pages, words = texts_of(content), words_of(content)
        assert [int(found[1]) for page in pages if (found := re.search(r"Page (\d+) of", page))] == list(
            range(1, len(pages) + 1)
        )
        assert set(re.findall(r"Page \d+ of (\d+)", words)) == {str(len(pages))}
        assert len(pages) >= 4
        assert {int(number) for number in re.findall(r"load (\d+)", words)} == set(range(120))
        assert words.count("wet") == 120
        assert "7,260.00" in " ".join(pages[-1].split())
        assert all("Date" in page and "Job: 17" in page for page in pages[1:])

    def test_says_that_it_is_not_tagged(self) -> None:
        for _number in range(4):
            self.receive()

        content = self.long(self.selection())

        with pikepdf.open(io.BytesIO(content)) as document:
            assert "/StructTreeRoot" not in document.Root
        assert "it is not tagged for reading aloud" in words_of(content)

    def test_tells_how_far_it_is(self) -> None:
        for _number in range(4):
            self.receive()
        told: list[int] = []

        with mock.patch.object(writer, "MOST_TAGGED_ROWS", 3):
            write_file(
                self.selection(),
                file_format=FileFormat.PDF,
                imprint=IMPRINT,
                to=io.BytesIO(),
                progress=lambda rows, _of: told.append(rows),
            )

        assert told == sorted(told)
        assert told[-1] == 4


class TestRefused(PaperCase):
    def test_more_rows_than_paper_may_have(self) -> None:
        self.receive()
        self.receive()

        with (
            mock.patch.object(writer, "MOST_ROWS", 1),
            pytest.raises(ExportRefused, match="at most 1 rows") as refused,
        ):
            self.paper(self.selection())

        assert "Choose Excel or CSV, fewer days, or weekly or monthly totals" in refused.value.message

    def test_where_the_libraries_are_missing(self) -> None:
        with (
            mock.patch.object(subprocess_pool, "PRESS", ("-c", "raise SystemExit(69)")),
            pytest.raises(PdfUnavailable, match="apt-get install libpango"),
        ):
            self.paper(self.selection())

    def test_where_the_program_fails_with_what_it_said(self) -> None:
        with (
            mock.patch.object(subprocess_pool, "PRESS", ("-c", "raise SystemExit('out of ink')")),
            pytest.raises(PressError, match="out of ink"),
        ):
            self.paper(self.selection())


class TestEnded(PaperCase):
    def test_stops_at_once_and_leaves_no_program_behind(self) -> None:
        started: list[subprocess.Popen[bytes]] = []
        start = subprocess_pool._start

        def noted(*told: object) -> "subprocess.Popen[bytes]":
            started.append(start(*told))  # type: ignore[arg-type]  # passed on as it came
            return started[-1]

        def stop(_rows: int, _of: int) -> None:
            if started:
                raise KeyboardInterrupt

        with (
            mock.patch.object(subprocess_pool, "PRESS", ("-c", "import time; time.sleep(60)")),
            mock.patch.object(subprocess_pool, "_start", noted),
            pytest.raises(KeyboardInterrupt),
        ):
            write_file(
                self.selection(),
                file_format=FileFormat.PDF,
                imprint=IMPRINT,
                to=io.BytesIO(),
                progress=stop,
            )

        assert [program.returncode for program in started] == [-signal.SIGKILL]

    def test_is_noticed_while_its_rows_are_read(self) -> None:
        def give_up() -> None:
            raise LeaseLost

        self.receive()

        with pytest.raises(LeaseLost), mock.patch.object(subprocess_pool, "_start") as started:
            write_file(
                self.selection(),
                file_format=FileFormat.PDF,
                imprint=IMPRINT,
                to=io.BytesIO(),
                require_wanted=give_up,
            )

        started.assert_not_called()


class TestLogo:
    def test_is_held_by_the_document(self, tmp_path: Path) -> None:
        file = tmp_path / "logo.svg"
        file.write_text("<svg/>")

        logo.cache_clear()
        with override_settings(COMPANY_LOGO=str(file)):
            address = logo()
        logo.cache_clear()

        assert address == "data:image/svg+xml;base64,PHN2Zy8+"
