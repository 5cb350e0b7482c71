"""The stylesheet of a PDF, and the processes that render its HTML."""

import base64
import json
import mimetypes
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pikepdf
from django.conf import settings

from exports.errors import PdfUnavailable
from exports.writers.pdf.render_worker import COUNT_OF_PAGES, NO_LIBRARIES, Order
from exports.writers.pdf.table import HtmlTable, PageTexts
from exports.writers.pdf.text import what_to_install

STYLE = Path(__file__).with_name("pdf.css")


def style_of(texts: PageTexts, tables: Sequence[HtmlTable]) -> str:
    """Return the style of a document; the program that renders it knows the count of its pages."""
    edges = {
        "top-left": _quoted(texts.title),
        "top-right": _quoted(texts.company),
        "bottom-left": _quoted(texts.made),
        "bottom-right": _numbered(texts.number),
    }
    boxes = "".join(f"@{place} {{ content: {content} }}" for place, content in edges.items())
    # The first page has these in its text.
    first = "@page :first { @top-left { content: none } @top-right { content: none } }"
    widths = "".join(_table_style(number, table) for number, table in enumerate(tables, start=1))
    return f"{STYLE.read_text(encoding='utf-8')} @page {{ {boxes} }} {first} {widths}"


def _table_style(number: int, table: HtmlTable) -> str:
    columns = "".join(
        f".rows-{number} col:nth-child({place}) {{ width: {share:.2f}% }}"
        for place, share in enumerate(table.layout.shares, start=1)
    )
    return f".rows-{number} {{ font-size: {table.layout.page.size:.2f}pt }} {columns}"


def _numbered(number: str) -> str:
    """Return the text of a page's number as CSS, which counts by itself."""
    marked = number % {"page": "\0page\0", "pages": "\0pages\0"}
    counters = {"page": "counter(page)", "pages": COUNT_OF_PAGES}
    return " ".join(counters.get(piece, _quoted(piece)) for piece in marked.split("\0"))


def _quoted(text: str) -> str:
    """Return a text as a string of CSS, with nothing in it that CSS would act on."""
    return '"' + "".join(letter if letter.isalnum() else f"\\{ord(letter):x} " for letter in text) + '"'


@cache
def logo() -> str:
    """Return the company's logo as a data address, or an empty text where there is none."""
    if not settings.COMPANY_LOGO:
        return ""
    file = Path(settings.COMPANY_LOGO)
    kind, _encoding = mimetypes.guess_type(file.name)
    return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"


PROGRAM = ("-m", "exports.writers.pdf.render_worker")
TICK_SECONDS = 0.1


class RenderError(Exception):
    """The program that makes PDF files failed; its output is the message."""


def render_html(order: Order, *, folder: Path, tick: Callable[[], None]) -> Path:
    """Make a PDF file in an empty folder and return it.

    `tick()` is called several times a second; an exception of it ends the work at once. Raises PdfUnavailable
    where libraries of the system are missing.
    """
    source, target, output = folder / "order.json", folder / "rendered.pdf", folder / "output"
    source.write_text(json.dumps(order), encoding="utf-8")
    with output.open("wb") as stream, _started(source, target, stream.fileno()) as program:
        try:
            while not _has_ended(program):
                tick()
        finally:
            program.kill()
    if program.returncode == NO_LIBRARIES:
        raise PdfUnavailable(what_to_install())
    if program.returncode:
        raise RenderError(output.read_text(encoding="utf-8")[-4000:])
    if order["is_tagged"]:
        _name_headings(target)
    return target


def _started(source: Path, target: Path, output: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, *PROGRAM, str(source), str(target)]
    return subprocess.Popen(  # noqa: S603  # our own program
        command, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, stdout=output, stderr=output
    )


def _has_ended(program: "subprocess.Popen[bytes]") -> bool:
    try:
        program.wait(TICK_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _name_headings(file: Path) -> None:
    """Give each heading of a table its scope, which PDF/UA requires and WeasyPrint leaves out."""
    with pikepdf.open(file, allow_overwriting_input=True) as document:
        for item in document.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/TH":
                item.A.Scope = pikepdf.Name.Column
        document.save(file)
