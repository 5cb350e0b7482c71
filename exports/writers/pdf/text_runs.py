"""Texts in any script, as reportlab needs them: measured, broken into lines, drawn.

Most texts are drawn character by character in one font. Others are cut into runs of one font and direction;
HarfBuzz shapes those that join, stack or reorder their characters. Lines run from left to right, as in the
template.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import groupby

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import ShapedStr, shapeStr
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.textobject import PDFTextObject

from exports.writers.pdf.fonts import fallback_font, is_in_font

# Hebrew to Myanmar, Khmer to Vedic signs, Arabic's presentation forms: not drawn character by character.
SHAPED_RANGES = (
    (0x0590, 0x109F),
    (0x1780, 0x18AF),
    (0x1A20, 0x1CFF),
    (0xA800, 0xABFF),
    (0xFB1D, 0xFDFF),
    (0xFE70, 0xFEFE),
)
LAST_OF_BASIC_PLANE = 0xFFFF
# One letter for each character: right-to-left, number, separator in one, mark, left-to-right; else a space.
DIRECTIONS = {
    "R": "R",
    "AL": "R",
    "EN": "N",
    "AN": "N",
    "ES": "S",
    "CS": "S",
    "ET": "S",
    "NSM": "M",
    "BN": "M",
    "L": "L",
}
RIGHT_TO_LEFT = re.compile(r"R(?:[RNSM ]*[RNM])?")
NUMBER = re.compile(r"N(?:S?N)*")
OPENING, CLOSING = "([{", ")]}"
MIRRORED = str.maketrans(OPENING + CLOSING + "<>«»", CLOSING + OPENING + "><»«")


@dataclass(frozen=True)
class Run:
    """Characters that are drawn together, in one font."""

    text: str
    font: str
    is_shaped: bool


@lru_cache(maxsize=50_000)
def width_of(text: str, font: str) -> float:
    """Return how wide a text is at a size of one point."""
    if _is_plain(text, font):
        return float(pdfmetrics.stringWidth(text, font, 1))
    return sum(
        _advance(_shaped(run)) if run.is_shaped else pdfmetrics.stringWidth(run.text, run.font, 1)
        for run in _runs_of(text, font)
    )


def lines_of(text: str, font: str, room: float) -> list[str]:
    """Return a text in lines of at most this width at a size of one point; no character is lost.

    Lines end between words, and inside those words that are wider than a line.
    """
    if "\n" not in text and width_of(text, font) <= room:
        return [text]
    return [line for paragraph in text.split("\n") for line in _filled(paragraph, font, room)]


def _filled(paragraph: str, font: str, room: float) -> Iterator[str]:
    line = ""
    for word in paragraph.split(" "):
        longer = f"{line} {word}" if line else word
        if width_of(longer, font) <= room:
            line = longer
            continue
        if line:
            yield line
        *full, line = _cut(word, font, room)
        yield from full
    yield line


def _cut(word: str, font: str, room: float) -> list[str]:
    """Return a word in pieces that fit, each of at least one character."""
    pieces, used = [""], 0.0
    for character in word:
        width = width_of(character, font)
        if pieces[-1] and used + width > room and unicodedata.category(character)[0] != "M":
            pieces.append("")
            used = 0.0
        pieces[-1] += character
        used += width
    return pieces


class TextPen:
    """Writes texts onto a page in the order in which they are to be read."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._text: PDFTextObject = canvas.beginText()
        self._colour = (0.0, 0.0, 0.0)

    def write(self, text: str, x: float, y: float, *, font: str, size: float) -> None:
        """Write a text that begins at x on the baseline y."""
        if _is_plain(text, font):
            self._plain(text, x, y, font=font, size=size)
            return
        for run in _runs_of(text, font):
            if run.is_shaped:
                x = self._shaped(run, x, y, size=size)
            else:
                self._plain(run.text, x, y, font=run.font, size=size)
                x += pdfmetrics.stringWidth(run.text, run.font, size)

    def set_colour(self, colour: tuple[float, float, float]) -> None:
        self._colour = colour
        self._text.setFillColorRGB(*colour)

    def finish(self) -> None:
        """Put onto the page what has been written."""
        self._canvas.drawText(self._text)
        self._text = self._canvas.beginText()
        self._text.setFillColorRGB(*self._colour)

    def _plain(self, text: str, x: float, y: float, *, font: str, size: float) -> None:
        self._text.setFont(font, size)
        self._text.setTextOrigin(x, y)
        self._text.textOut(text)

    def _shaped(self, run: Run, x: float, y: float, *, size: float) -> float:
        """Write a shaped run and return where it ends.

        Glyphs that do not have the characters of the text are marked with it, so that it can be searched and
        copied.
        """
        for source, glyphs in _clusters(run):
            is_marked = any(ord(character) > LAST_OF_BASIC_PLANE for character in glyphs) or (
                unicodedata.normalize("NFKC", glyphs) != unicodedata.normalize("NFKC", source)
            )
            if is_marked:
                self.finish()
                actual = source.encode("utf-16-be").hex()
                self._canvas.addLiteral(f"/Span <</ActualText <feff{actual}>>> BDC")
            self._plain(glyphs, x, y, font=run.font, size=size)
            if is_marked:
                self.finish()
                self._canvas.addLiteral("EMC")
            x += _advance(glyphs) * size
        return x


def _is_plain(text: str, font: str) -> bool:
    """Return whether a text is drawn character by character in this font."""
    return text.isascii() or all(_is_plain_character(character, font) for character in text)


@cache
def _is_plain_character(character: str, font: str) -> bool:
    return (
        not _needs_shaping(character)
        and ord(character) <= LAST_OF_BASIC_PLANE
        and is_in_font(character, font)
    )


def _needs_shaping(character: str) -> bool:
    return unicodedata.category(character)[0] in "MC" or any(
        first <= ord(character) <= last for first, last in SHAPED_RANGES
    )


@lru_cache(maxsize=10_000)
def _runs_of(text: str, font: str) -> tuple[Run, ...]:
    """Return the runs of a text from left to right: the main cases of the Unicode bidirectional algorithm."""
    directions = "".join(DIRECTIONS.get(unicodedata.bidirectional(character), " ") for character in text)
    runs: list[Run] = []
    end = 0
    while span := RIGHT_TO_LEFT.search(directions, end):
        runs += _split(text[end : span.start()], font)
        end = _behind_brackets(text, span.start(), span.end())
        runs += _reversed(text[span.start() : end], directions[span.start() : end], font)
    runs += _split(text[end:], font)
    return tuple(runs)


def _behind_brackets(text: str, start: int, end: int) -> int:
    """Return the end of a span, with the brackets behind it that were opened in it."""
    opened = sum((character in OPENING) - (character in CLOSING) for character in text[start:end])
    while opened > 0 and text[end : end + 1] in tuple(CLOSING):
        end, opened = end + 1, opened - 1
    return end


def _reversed(text: str, directions: str, font: str) -> list[Run]:
    """Return the runs of a text that is read from right to left, its numbers from left to right."""
    runs: list[Run] = []
    end = 0
    for number in [*NUMBER.finditer(directions), None]:
        start = number.start() if number else len(text)
        # HarfBuzz turns round and mirrors what it shapes.
        runs += [
            run if run.is_shaped else replace(run, text=run.text[::-1].translate(MIRRORED))
            for run in _split(text[end:start], font)
        ]
        if number:
            end = number.end()
            runs += _split(text[start:end], font)[::-1]
    return runs[::-1]


def _split(text: str, font: str) -> list[Run]:
    """Return a text of one direction as runs of one font."""
    looks: list[tuple[str, bool]] = []
    for character in text:
        if looks and (character == " " or unicodedata.category(character)[0] in "MC"):
            # A mark is drawn with the letter that it is on.
            looks[-1:] = [(looks[-1][0], looks[-1][1] or character != " ")]
            looks.append(looks[-1])
        else:
            used = font if is_in_font(character, font) else fallback_font(character) or font
            looks.append((used, not _is_plain_character(character, used)))
    grouped = groupby(zip(text, looks, strict=True), key=lambda pair: pair[1])
    return [
        Run("".join(character for character, _look in pairs), used, is_shaped)
        for (used, is_shaped), pairs in grouped
    ]


@lru_cache(maxsize=10_000)
def _shaped(run: Run) -> ShapedStr:
    """Return the glyphs of a run from left to right, as characters of its font."""
    return shapeStr(run.text, run.font, 1, force=True)


def _advance(glyphs: ShapedStr) -> float:
    """Return how wide glyphs are at a size of one point."""
    return float(sum(shape.x_advance for shape in glyphs.__shapeData__) / 1000)


def _clusters(run: Run) -> Iterator[tuple[str, ShapedStr]]:
    """Yield each piece of a run's text that is drawn as one, with its glyphs, from left to right."""
    glyphs = _shaped(run)
    starts = [shape.cluster for shape in glyphs.__shapeData__]
    ends = dict(zip(sorted(set(starts)), [*sorted(set(starts))[1:], len(run.text)], strict=True))
    place = 0
    for start, same in groupby(starts):
        count = len(list(same))
        yield run.text[start : ends[start]], glyphs[place : place + count]
        place += count
