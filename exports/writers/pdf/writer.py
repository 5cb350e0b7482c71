"""PDF files, made to be handed to an authority or pinned on a wall.

Up to a thousand rows they are tagged (PDF/UA) and hold a real table; longer ones are made for speed, and say
so.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from exports.datasets.summary import Summary
from exports.datasets.table import Table
from exports.errors import ExportRefused
from exports.writers.cover import Cover
from exports.writers.pdf.layout import PAPERS, Paper
from exports.writers.pdf.long_table import LinePages, PageWords
from exports.writers.pdf.protocol import Order
from exports.writers.pdf.styles import logo, style_of
from exports.writers.pdf.subprocess_pool import PressError, printed, require_font
from exports.writers.pdf.table import PaperTable, RowsSheet, read, rows_sheet
from exports.writers.sink import Progress, Sink, StillWanted

MOST_ROWS = 20_000
MOST_TAGGED_ROWS = 1_000


@dataclass(frozen=True)
class Document:
    """What is to stand on paper, one after the other; all of it is read."""

    cover: Cover
    papers: list[PaperTable]
    summary: Summary | None

    @property
    def count(self) -> int:
        return sum(paper.table.count for paper in self.papers)

    @property
    def words(self) -> PageWords:
        """Return what stands at the edges of every page."""
        return PageWords(
            title=f"{self.cover.title} · {self.cover.dates}",
            company=self.cover.company,
            made=" · ".join(f"{name}: {words}" for name, words in self.cover.made),
            number=_("Page %(page)s of %(pages)s"),
        )


def read_document(
    cover: Cover,
    tables: Sequence[Table],
    *,
    summary: Summary | None = None,
    papers: Sequence[Paper] = PAPERS,
    require_wanted: StillWanted,
) -> Document:
    """Read what is to stand on these papers; how much that is, is for the caller to limit."""
    read_tables = [read(table, papers, require_wanted=require_wanted) for table in tables]
    return Document(cover, read_tables, summary)


def require_few_enough(count: int) -> None:
    """Raise ExportRefused where rows are more than a PDF may have, with what to do instead."""
    if count > MOST_ROWS:
        raise ExportRefused(
            _(
                "A PDF has at most %(most)s rows, and these are %(count)s. Choose Excel or CSV, fewer days,"
                " or weekly or monthly totals."
            )
            % {"most": f"{MOST_ROWS:,}", "count": f"{count:,}"}
        )


def write_paper(document: Document, *, to: Sink, progress: Progress) -> int:
    """Write a PDF of the document; return how many rows it has.

    Asks the database nothing. Raises PdfUnavailable where this machine cannot make PDF files.
    """
    rows = sum(len(paper.rows) for paper in document.papers)
    printer = Printer(document, progress)
    with tempfile.TemporaryDirectory(prefix="deskops-") as folder:
        make = printer.tagged if rows <= MOST_TAGGED_ROWS else printer.long
        with make(Path(folder)).open("rb") as made:
            shutil.copyfileobj(made, to)
    progress(rows, document.count)
    return rows


class Printer:
    """Makes the file of a document in a folder that is empty."""

    def __init__(self, document: Document, progress: Progress) -> None:
        self._document = document
        self._progress = progress

    def tagged(self, folder: Path) -> Path:
        """Return a file that is read out as it is seen: one document with a real table."""
        sheets = [rows_sheet(paper) for paper in self._document.papers]
        order = Order(
            html=self._html(sheets), css=style_of(self._document.words, sheets), is_tagged=True, rows=None
        )
        (file,) = printed([order], folder=folder, tick=lambda _files: self._tell(0))
        require_font(file)
        return file

    def long(self, folder: Path) -> Path:
        """Return a file of the designed first pages and of lines, made several pages at once."""
        note = _(
            "A document of this length is made for speed: it is not tagged for reading aloud. The workbook"
            " holds the same rows."
        )
        html = self._html([], notes=[note])
        # How many pages come before the rows decides the number of each page, and their sum is on the first.
        before = self._count(html, _folder(folder / "front"))
        pages = [
            LinePages(paper, tick=lambda: self._tell(0)) for paper in self._document.papers if paper.rows
        ]
        whole = before + sum(len(each.pages) for each in pages)
        orders = [self._front(html, whole), *self._orders(pages, first=before + 1, of=whole)]
        place = _folder(folder / "all")
        made = printed(orders, folder=place, tick=lambda files: self._tell(files / len(orders)))
        return _joined(made, folder / "whole.pdf", pages=whole, tick=lambda: self._tell(1))

    def _front(self, html: str, pages: int | None) -> Order:
        return Order(
            html=html, css=style_of(self._document.words, [], pages=pages), is_tagged=False, rows=None
        )

    def _count(self, html: str, folder: Path) -> int:
        """Return how many pages a document has."""
        (file,) = printed([self._front(html, None)], folder=folder, tick=lambda _files: self._tell(0))
        require_font(file)
        with pikepdf.open(file) as made:
            return len(made.pages)

    def _orders(self, tables: Sequence[LinePages], *, first: int, of: int) -> Iterator[Order]:
        for table in tables:
            yield from table.orders(self._document.words, first=first, of=of)
            first += len(table.pages)

    def _html(self, sheets: Sequence[RowsSheet], *, notes: Sequence[str] = ()) -> str:
        context = {
            "language": get_language(),
            "cover": self._document.cover,
            "logo": logo(),
            "summary": self._document.summary,
            "notes": notes,
            "sheets": sheets,
        }
        return render_to_string("exports/paper.html", context)

    def _tell(self, share: float) -> None:
        """Tell how many rows are made; whoever is told may end it here."""
        self._progress(int(share * self._document.count), self._document.count)


def _folder(place: Path) -> Path:
    place.mkdir()
    return place


def _joined(files: Sequence[Path], target: Path, *, pages: int, tick: Callable[[], None]) -> Path:
    """Join files to one. Raises PressError where it has another number of pages than was counted."""
    with ExitStack() as opened:
        whole = opened.enter_context(pikepdf.open(files[0]))
        for file in files[1:]:
            tick()
            part = opened.enter_context(pikepdf.open(file))
            whole.pages.extend(part.pages)
        if len(whole.pages) != pages:
            raise PressError(f"{len(whole.pages)} pages were made of {pages}.")
        whole.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return target
