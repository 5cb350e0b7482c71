"""PDF files: what people and assistive technology read in them."""

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
from exports.writers.pdf import render, table, text, writer
from exports.writers.pdf.render import RenderError, logo
from exports.writers.write import write_file
from sites.models import Purpose, StockEffect
from tests.exports.case import CREATION, SUNDAY, ExportCase
from tests.exports.pdf import colours_of, needs_pango, tags_of, texts_of, words_of
from tests.factories import make_operation
from tests.records.case import MONDAY, TUESDAY

# A picture of one point.
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ"
    "RU5ErkJggg=="
)


class PdfCase(ExportCase):
    def pdf(self, selection: Selection) -> bytes:
        content, _written = self.written(selection, FileFormat.PDF)
        return content


@needs_pango
class TestTagged(PdfCase):
    def test_shows_the_rows_under_their_headings_with_totals(self) -> None:
        self.receive(qty_ton="1234.567", loads="2", source="Bridge & Co", notes="=1+1")
        self.receive(date=TUESDAY, qty_ton="0.1")

        columns = ("date", "material", "qty_ton", "loads", "source", "vehicle_ref", "notes")
        words = words_of(self.pdf(self.selection(columns=columns)))

        assert "Date Material Tons (t) Loads Source Vehicle Notes" in words
        assert "Mon 2 Mar 2026 Debris 1,234.57 2 Bridge & Co =1+1" in words
        assert "Tue 3 Mar 2026 Debris 0.10" in words
        assert "Total 1,234.67" in words

    def test_begins_with_the_totals(self) -> None:
        self.receive(qty_ton="10")
        self.receive(material=self.aggregate.pk, qty_ton="30")

        first = " ".join(texts_of(self.pdf(self.selection()))[0].split())

        assert "DeskOps Received material Mon 2 Mar 2026 – Sun 8 Mar 2026" in first
        assert "Site YARD-NORTH · North yard" in first
        assert "Tons 40.00 t" in first
        assert "Tons per day" in first
        assert "By material Material Tons (t) Records Aggregate 30.00 1 Debris 10.00 1" in first

    def test_keeps_figures_of_a_breakdown_on_one_line(self) -> None:
        wasting = make_operation(
            code="WASTE", name="Crushing, disposal", stock_effect=StockEffect.NONE, purpose=Purpose.RESIDUE
        )
        for operation, tons in ((self.making, "23456.78"), (self.feeding, "23456.78"), (wasting, "1234.56")):
            self.produce(confirmed=True, operation=operation.pk, qty_ton=tons)

        first = texts_of(self.pdf(self.selection("production")))[0]

        assert first.count("23,456.78") == 10
        assert first.count("1,234.56") == 5

    def test_has_its_title_and_who_requested_it_on_every_page(self) -> None:
        for _number in range(90):
            self.receive()

        pages = texts_of(self.pdf(self.selection(columns=("date", "material", "notes"))))

        assert len(pages) > 1
        for number, page in enumerate(pages, start=1):
            words = " ".join(page.split())
            assert f"Page {number} of {len(pages)}" in words
            assert "Created by: Mona · Created: 9 Mar 2026 08:30 (UTC) · Job: 17" in words
        assert all("Date Material Notes" in " ".join(page.split()) for page in pages[1:])

    def test_is_tagged_as_a_table_with_column_headings(self) -> None:
        self.receive(notes="wet")
        self.receive()

        tags = tags_of(self.pdf(self.selection(columns=("date", "notes"))))

        kinds = [kind for kind, _scope in tags]
        assert kinds.count("/Table") == 2  # by material, and the rows
        assert kinds.count("/TD") == 1 * 3 + 2 * 2
        assert {scope for kind, scope in tags if kind == "/TH"} == {"/Column"}

    def test_passes_a_check_of_pdf_ua(self) -> None:
        self.receive(qty_ton="12.5")

        with mock.patch.object(writer, "logo", return_value=PIXEL):
            content = self.pdf(self.selection())
        file = Path(self.enterContext(TemporaryDirectory())) / "export.pdf"
        file.write_bytes(content)
        report = pdfua.validate(str(file))

        assert [finding.message for finding in report.findings] == []

    def test_has_title_language_and_embedded_fonts(self) -> None:
        self.receive()

        with pikepdf.open(io.BytesIO(self.pdf(self.selection()))) as document:
            fonts = [font for page in document.pages for font in page.resources.Font.values()]
            held = ["/FontFile2" in font.DescendantFonts[0].FontDescriptor for font in fonts]
            title, language = str(document.docinfo["/Title"]), str(document.Root.Lang)

        assert (title, language) == ("Received material · Mon 2 Mar 2026 – Sun 8 Mar 2026", "en")
        assert set(held) == {True}

    def test_has_a_sentence_when_nothing_was_found(self) -> None:
        assert "No rows were found for these sites" in words_of(self.pdf(self.selection()))

    def test_shows_figures_below_zero(self) -> None:
        self.produce(operation=self.feeding.pk, material=self.debris.pk, qty_ton="5", confirmed=True)

        assert "\N{MINUS SIGN}5.00" in words_of(self.pdf(self.selection("stock")))

    def test_has_totals_of_weeks_and_months(self) -> None:
        self.produce(qty_ton="5")

        for granularity in (Granularity.WEEKLY, Granularity.MONTHLY):
            assert "Aggregate" in words_of(self.pdf(self.selection("production", granularity=granularity)))

    def test_does_not_let_a_name_change_its_style(self) -> None:
        self.site.name = 'Yard "\\A } @page { size: A0 } <b>'
        self.site.save()
        self.receive()

        content = self.pdf(self.selection(filters={"q": ""}))

        assert 'Yard "\\A } @page { size: A0 } <b>' in words_of(content)

    def test_has_the_company_and_its_logo(self) -> None:
        self.receive()

        with (
            override_settings(COMPANY_NAME="Kies & Söhne"),
            mock.patch.object(writer, "logo", return_value=PIXEL),
        ):
            content = self.pdf(self.selection())

        with pikepdf.open(io.BytesIO(content)) as document:
            assert len(document.pages[0].get_images()) == 1
        assert "Kies & Söhne" in texts_of(content)[0]


@needs_pango
class TestLong(PdfCase):
    def long(self, selection: Selection) -> bytes:
        """Return the PDF of a selection as if its few rows were many."""
        with mock.patch.object(writer, "MAX_TAGGED_ROWS", 3):
            return self.pdf(selection)

    def test_has_every_row_and_the_totals_on_numbered_pages(self) -> None:
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
        assert "not tagged for assistive technology" in words_of(content)

    def test_reports_its_progress(self) -> None:
        for _number in range(4):
            self.receive()
        reported: list[int] = []

        with mock.patch.object(writer, "MAX_TAGGED_ROWS", 3):
            write_file(
                self.selection(),
                file_format=FileFormat.PDF,
                creation=CREATION,
                to=io.BytesIO(),
                progress=lambda rows, _of: reported.append(rows),
            )

        assert reported == sorted(reported)
        assert reported[-1] == 4

    def test_ends_while_rows_are_drawn(self) -> None:
        for _number in range(4):
            self.receive()

        def cancel(rows: int, _of: int) -> None:
            if rows:
                raise LeaseLost

        with mock.patch.object(writer, "MAX_TAGGED_ROWS", 3), pytest.raises(LeaseLost):
            write_file(
                self.selection(),
                file_format=FileFormat.PDF,
                creation=CREATION,
                to=io.BytesIO(),
                progress=cancel,
            )

    def test_divides_a_row_that_is_longer_than_a_page(self) -> None:
        self.receive(notes=" ".join(f"word{number}" for number in range(150)))
        for _number in range(3):
            self.receive(notes="short")

        with mock.patch.object(table, "COMFORTABLE", 8.0):
            content = self.long(
                self.selection(
                    columns=("date", "material", "loads", "source", "vehicle_ref", "notes", "created_by")
                )
            )

        words = words_of(content)
        assert all(f"word{number}" in words for number in range(150))
        assert words.count("short") == 3

    def test_holds_its_fonts_and_names_its_language(self) -> None:
        for _number in range(4):
            self.receive(source="سيارة")

        with pikepdf.open(io.BytesIO(self.long(self.selection()))) as document:
            fonts = [font for page in document.pages for font in page.resources.Font.values()]
            held = ["/FontFile2" in font.get("/DescendantFonts", [font])[0].FontDescriptor for font in fonts]
            title, language = str(document.docinfo["/Title"]), str(document.Root.Lang)

        assert (title, language) == ("Received material · Mon 2 Mar 2026 – Sun 8 Mar 2026", "en")
        assert set(held) == {True}

    def test_looks_the_same_as_a_tagged_one(self) -> None:
        for source in ("شركة النقل 12", "abc שלום 2 def", "Kies & Söhne", "Ελλάδα"):
            self.receive(source=source, qty_ton="1234.5", notes="wet " * 40)

        selection = self.selection(columns=("date", "material", "qty_ton", "source", "notes"))

        short, long = self.pdf(selection), self.long(selection)

        rows_of_short = words_of(short).split("Notes Mon")[1].split("Total")[0]
        rows_of_long = words_of(long).split("Notes Mon")[1].split("Total")[0]
        assert rows_of_long == rows_of_short

    def test_has_readable_colours_on_rest_days_and_around_marked_characters(self) -> None:
        for date in (MONDAY, SUNDAY):
            for source in ("first", "\U0001f600", "last"):
                self.receive(date=date, source=source)

        content = self.long(self.selection())

        assert colours_of(content, page=1) == {(0x13, 0x20, 0x2E), (0x0F, 0x24, 0x40), (0x51, 0x60, 0x6F)}

    def test_says_which_characters_have_no_font(self) -> None:
        for _number in range(4):
            self.receive(source="\U00012000\U00012001")

        with mock.patch.object(text, "fallback_font", return_value=None):
            content = self.long(self.selection())

        assert "2 characters are shown as boxes" in words_of(content)


class TestRefused(PdfCase):
    def test_with_more_rows_than_the_limit(self) -> None:
        self.receive()
        self.receive()

        with (
            mock.patch.object(writer, "MAX_ROWS", 1),
            pytest.raises(ExportRefused, match="at most 1 rows") as refused,
        ):
            self.pdf(self.selection())

        assert "Choose Excel or CSV, fewer days, or weekly or monthly totals" in refused.value.message

    def test_where_libraries_are_missing(self) -> None:
        with (
            mock.patch.object(render, "PROGRAM", ("-c", "raise SystemExit(69)")),
            pytest.raises(PdfUnavailable, match="apt-get install libpango"),
        ):
            self.pdf(self.selection())

    def test_where_the_program_fails_with_its_output(self) -> None:
        with (
            mock.patch.object(render, "PROGRAM", ("-c", "raise SystemExit('out of ink')")),
            pytest.raises(RenderError, match="out of ink"),
        ):
            self.pdf(self.selection())


class TestCancelled(PdfCase):
    def test_ends_at_once_and_leaves_no_process_running(self) -> None:
        started: list[subprocess.Popen[bytes]] = []
        start = render._started

        def noted(*arguments: object) -> "subprocess.Popen[bytes]":
            started.append(start(*arguments))  # type: ignore[arg-type]  # passed on as it came
            return started[-1]

        def stop(_rows: int, _of: int) -> None:
            if started:
                raise KeyboardInterrupt

        with (
            mock.patch.object(render, "PROGRAM", ("-c", "import time; time.sleep(60)")),
            mock.patch.object(render, "_started", noted),
            pytest.raises(KeyboardInterrupt),
        ):
            write_file(
                self.selection(),
                file_format=FileFormat.PDF,
                creation=CREATION,
                to=io.BytesIO(),
                progress=stop,
            )

        assert [program.returncode for program in started] == [-signal.SIGKILL]

    def test_ends_while_rows_are_read(self) -> None:
        def cancel() -> None:
            raise LeaseLost

        self.receive()

        with pytest.raises(LeaseLost), mock.patch.object(render, "_started") as started:
            write_file(
                self.selection(),
                file_format=FileFormat.PDF,
                creation=CREATION,
                to=io.BytesIO(),
                check=cancel,
            )

        started.assert_not_called()


class TestLogo:
    def test_is_part_of_the_document(self, tmp_path: Path) -> None:
        file = tmp_path / "logo.svg"
        file.write_text("<svg/>")

        logo.cache_clear()
        with override_settings(COMPANY_LOGO=str(file)):
            address = logo()
        logo.cache_clear()

        assert address == "data:image/svg+xml;base64,PHN2Zy8+"
