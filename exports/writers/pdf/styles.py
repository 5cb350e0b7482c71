"""How the designed pages look."""

import base64
import mimetypes
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django.conf import settings

from exports.writers.pdf.layout import PageTexts
from exports.writers.pdf.render_worker import COUNT_OF_PAGES
from exports.writers.pdf.table import HtmlTable

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
