"""How the designed pages look."""

import base64
import mimetypes
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django.conf import settings

from exports.writers.pdf.long_table import PageWords
from exports.writers.pdf.table import RowsSheet

STYLE = Path(__file__).with_name("paper.css")


def style_of(words: PageWords, sheets: Sequence[RowsSheet], *, pages: int | None = None) -> str:
    """Return the style of a document; of so many pages where others follow that it does not know."""
    edges = {
        "top-left": _quoted(words.title),
        "top-right": _quoted(words.company),
        "bottom-left": _quoted(words.made),
        "bottom-right": _numbered(words.number, pages),
    }
    boxes = "".join(f"@{place} {{ content: {content} }}" for place, content in edges.items())
    # The first page says these itself.
    first = "@page :first { @top-left { content: none } @top-right { content: none } }"
    widths = "".join(
        f".rows-{number} col:nth-child({place}) {{ width: {share}% }}"
        for number, sheet in enumerate(sheets, start=1)
        for place, share in enumerate(sheet.shares, start=1)
    )
    return f"{STYLE.read_text(encoding='utf-8')} @page {{ {boxes} }} {first} {widths}"


def _numbered(number: str, pages: int | None) -> str:
    """Return the words of a page's number as CSS, which counts by itself."""
    marked = number % {"page": "\0page\0", "pages": "\0pages\0"}
    counters = {
        "page": "counter(page)",
        "pages": "counter(pages)" if pages is None else _quoted(str(pages)),
    }
    return " ".join(counters.get(piece, _quoted(piece)) for piece in marked.split("\0"))


def _quoted(text: str) -> str:
    """Return a text as CSS says it, with nothing in it that CSS would act on."""
    return '"' + "".join(letter if letter.isalnum() else f"\\{ord(letter):x} " for letter in text) + '"'


@cache
def logo() -> str:
    """Return the company's logo as an address that holds it; an empty text where there is none."""
    if not settings.COMPANY_LOGO:
        return ""
    file = Path(settings.COMPANY_LOGO)
    kind, _encoding = mimetypes.guess_type(file.name)
    return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"
