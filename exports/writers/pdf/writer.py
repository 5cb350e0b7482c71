"""PDF files: designed first pages and the rows.

Up to 300 rows a file is one tagged document of WeasyPrint (PDF/UA). The rows of a longer one are drawn
with reportlab; it is not tagged, and says so.
"""

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pikepdf
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.jobs.cancellation import Check, Progress
from exports.datasets.rows import ExportTable
from exports.errors import ExportRefused
from exports.writers.cover import Cover
from exports.writers.pdf.long_table import LongTable, draw_tables
from exports.writers.pdf.render import logo, render_html, style_of
from exports.writers.pdf.render_worker import Order
from exports.writers.pdf.summary import Summary
from exports.writers.pdf.table import (
    PAGE_FORMATS,
    HtmlTable,
    PageFormat,
    PageTexts,
    PdfTable,
    html_table,
    read_table,
)
from exports.writers.pdf.text import is_covered

MAX_ROWS = 20_000
MAX_TAGGED_ROWS = 300


@dataclass(frozen=True)
class Document:
    """What a PDF holds; all of it has been read."""

    cover: Cover
    tables: list[PdfTable]
    summary: Summary | None

    @property
    def count(self) -> int:
        return sum(table.table.count for table in self.tables)

    @property
    def page_texts(self) -> PageTexts:
        return PageTexts(
            title=f"{self.cover.title} · {self.cover.dates}",
            company=self.cover.company,
            made=" · ".join(f"{name}: {words}" for name, words in self.cover.creation),
            number=_("Page %(page)s of %(pages)s"),
        )


def read_document(
    cover: Cover,
    tables: Sequence[ExportTable],
    *,
    summary: Summary | None = None,
    formats: Sequence[PageFormat] = PAGE_FORMATS,
    check: Check,
) -> Document:
    """Read the rows of a document; the caller limits how many."""
    read = [read_table(table, formats, check=check) for table in tables]
    return Document(cover, read, summary)


def require_few_enough(count: int) -> None:
    """Raise ExportRefused for more rows than a PDF may have, with what to choose instead."""
    if count > MAX_ROWS:
        raise ExportRefused(
            _(
                "A PDF has at most %(most)s rows, and these are %(count)s. Choose Excel or CSV, fewer days,"
                " or weekly or monthly totals."
            )
            % {"most": f"{MAX_ROWS:,}", "count": f"{count:,}"}
        )


def write_pdf(document: Document, *, to: BinaryIO, progress: Progress) -> int:
    """Write a PDF of the document without any query; return how many rows it has.

    Raises PdfUnavailable where this machine cannot make PDF files.
    """
    rows = sum(len(table.rows) for table in document.tables)
    writer = PdfWriter(document, progress)
    with tempfile.TemporaryDirectory(prefix="deskops-") as folder:
        write = writer.write_tagged if rows <= MAX_TAGGED_ROWS else writer.write_long
        with write(Path(folder)).open("rb") as file:
            shutil.copyfileobj(file, to)
    progress(rows, document.count)
    return rows


class PdfWriter:
    """Makes the file of a document in an empty folder."""

    def __init__(self, document: Document, progress: Progress) -> None:
        self._document = document
        self._progress = progress

    def write_tagged(self, folder: Path) -> Path:
        """Return one document with real tables, which assistive technology reads as it is seen."""
        tables = [html_table(table) for table in self._document.tables]
        return self._render(folder, tables, self._font_notes(embeddable=False), pages_after=0)

    def write_long(self, folder: Path) -> Path:
        """Return the designed first pages, followed by the rows."""
        tables = [LongTable(table, tick=self._tick) for table in self._document.tables if table.rows]
        notes = [
            _(
                "A document of this length is not tagged for assistive technology. The Excel workbook holds"
                " the same rows."
            ),
            *self._font_notes(embeddable=True),
        ]
        pages = sum(len(table.pages) for table in tables)
        empty = [html_table(table) for table in self._document.tables if not table.rows]
        front = self._render(folder, empty, notes, pages_after=pages)
        with ExitStack() as opened:
            whole = opened.enter_context(pikepdf.open(front))
            before = len(whole.pages)
            parts = draw_tables(
                tables,
                folder,
                self._document.page_texts,
                first=before + 1,
                of=before + pages,
                tick=lambda drawn: self._tick(drawn / pages),
            )
            for part in parts:
                whole.pages.extend(opened.enter_context(pikepdf.open(part)).pages)
            file = folder / "whole.pdf"
            whole.save(file, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return file

    def _render(
        self, folder: Path, tables: Sequence[HtmlTable], notes: Sequence[str], *, pages_after: int
    ) -> Path:
        context = {
            "language": get_language(),
            "cover": self._document.cover,
            "logo": logo(),
            "summary": self._document.summary,
            "notes": notes,
            "tables": tables,
            # Without a summary the table begins under the heading, on a page as wide as it needs.
            "is_landscape": self._document.summary is None
            and all(table.layout.page.is_landscape for table in tables),
        }
        order = Order(
            html=render_to_string("exports/pdf.html", context),
            css=style_of(self._document.page_texts, tables),
            is_tagged=not pages_after,
            pages_after=pages_after,
        )
        return render_html(order, folder=folder, tick=lambda: self._tick(0))

    def _font_notes(self, *, embeddable: bool) -> list[str]:
        """Return a sentence on the characters for which this machine has no font."""
        used = {
            character
            for table in self._document.tables
            for row in table.rows
            for cell in row
            if not cell.isascii()
            for character in cell
        }
        missing = sorted(
            character
            for character in used
            if character.isprintable() and not is_covered(character, embeddable=embeddable)
        )
        if not missing:
            return []
        return [
            _(
                "%(count)s characters are shown as boxes, because no font for them is installed on the"
                " server. The Excel workbook holds them."
            )
            % {"count": f"{len(missing):,}"}
        ]

    def _tick(self, share: float) -> None:
        """Report which share is done, as rows; an exception of the caller ends the work here."""
        self._progress(int(share * self._document.count), self._document.count)
