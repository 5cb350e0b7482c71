"""Rows drawn straight onto pages that WeasyPrint made around them: some five times as fast as its own lines.

It is asked to set each letter once, on a page that is thrown away, so that its fonts hold them all; the lines
are then written as the numbers of these letters. That holds for letters that stand beside each other, each as
wide as any other. Whatever else there is (Arabic, an accent of its own, a letter that the face lacks) is left
to WeasyPrint.
"""

import re
import unicodedata
from collections.abc import Iterator
from html import escape

import pydyf
from weasyprint.document import Document
from weasyprint.pdf.fonts import Font

from exports.writers.pdf.protocol import ROWS_PLACE, Order, Rows

# Letters, figures and signs that are written from left to right, one behind the other.
DIRECTIONS = frozenset({"L", "EN", "ES", "ET", "CS", "ON", "WS"})
COLOUR = "0.0745 0.1255 0.1804 rg"
FONT_USED = re.compile(rb"/(\w+) [\d.]+ Tf")


class NotPlainError(Exception):
    """Some letter is not as wide as the others, or of another face."""


def letters_of(rows: Rows) -> str:
    """Return each letter once."""
    found: set[str] = set()
    for page in rows["pages"]:
        found.update(*page)
    return "".join(sorted(found | {" ", "0"}))


def stands_alone(letter: str) -> bool:
    """Say whether a letter looks the same whatever stands beside it."""
    return unicodedata.category(letter)[0] not in "MC" and unicodedata.bidirectional(letter) in DIRECTIONS


def html_with_letters(order: Order, letters: str) -> str:
    """Return a document without its rows, and a last page on which each letter is set."""
    sample = f"<section><pre>{escape('0 ' + ' '.join(letters))}</pre></section>"
    return order["html"].replace(ROWS_PLACE, "").replace("</body>", f"{sample}</body>")


def html_with_rows(order: Order, rows: Rows) -> str:
    """Return a document with its rows in it, for WeasyPrint to set."""
    head, *tails = order["html"].split(ROWS_PLACE)
    # HTML drops a line's end right behind the beginning.
    filled = (
        "<pre>\n" + escape("\n".join(lines), quote=False) + "</pre>" + tail
        for lines, tail in zip(rows["pages"], tails, strict=True)
    )
    return head + "".join(filled)


def draw(rows: Rows, letters: str, document: Document, pdf: pydyf.PDF) -> None:
    """Take the page of letters away again and draw the rows onto the others. Raises NotPlainError."""
    *pages, sample = _contents(pdf)
    del pdf.pages["Kids"][-3:]
    pdf.pages["Count"] -= 1
    font = _font_of(sample, document)
    numbers = _numbers(font, letters)
    for lines, page in zip(rows["pages"], pages, strict=True):
        page.stream += _drawn(lines, rows, font, numbers)


def _contents(pdf: pydyf.PDF) -> list[pydyf.Stream]:
    """Return what is drawn on each page."""
    pages = [pdf.objects[number] for number in pdf.pages["Kids"][::3]]
    return [pdf.objects[int(page["Contents"].split()[0])] for page in pages]


def _font_of(sample: pydyf.Stream, document: Document) -> Font:
    names = {name.decode() for piece in sample.stream for name in FONT_USED.findall(_bytes_of(piece))}
    fonts = [font for font in document.fonts.values() if font.hash in names]
    if len(fonts) != 1:
        raise NotPlainError
    return fonts[0]


def _bytes_of(piece: str | bytes) -> bytes:
    return piece.encode() if isinstance(piece, str) else piece


def _numbers(font: Font, letters: str) -> dict[int, str]:
    """Return the numbers of letters in a font, as a PDF says them. Raises NotPlainError."""
    known = {letter: number for number, letter in font.to_unicode.items()}
    widths = {font.widths[known[letter]] if letter in known else None for letter in letters}
    if len(widths) != 1 or None in widths:
        raise NotPlainError
    return {ord(letter): f"{known[letter]:04x}" for letter in letters}


def _drawn(lines: list[str], rows: Rows, font: Font, numbers: dict[int, str]) -> Iterator[bytes]:
    """Yield lines as a PDF says them; WeasyPrint has put the origin at the upper left, and y downwards."""
    size, leading = rows["size"], rows["leading"]
    ascent, descent = font.ascent * size / 1000, -font.descent * size / 1000
    baseline = rows["top"] + (leading - ascent - descent) / 2 + ascent
    place = f"1 0 0 -1 {rows['left']} {baseline:.3f} Tm"
    yield f"q BT {COLOUR} /{font.hash} {size} Tf {leading:.3f} TL {place}".encode()
    for line in lines:
        yield f"<{line.translate(numbers)}> Tj T*".encode() if line else b"T*"
    yield b"ET Q"
