"""The fonts of a PDF, and texts in any script as reportlab needs them: measured, broken into lines, drawn.

Fonts are listed by fontconfig, which Pango uses for WeasyPrint, so that pages of both look alike. Its program
`fc-list` comes with Pango. reportlab embeds TrueType outlines only: no PostScript outlines (most `.otf` files
and the East Asian `.ttc` files of Noto) and no variable fonts.

Most texts are drawn character by character in one font. python-bidi puts others in the order of the page, in
lines that run from left to right as in the template. They are cut into runs of one font; HarfBuzz shapes
those that join, stack or reorder their characters.
"""

import re
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby

from bidi import get_display
from bidi.mirror import MIRRORED
from django.utils.translation import gettext as _
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import ShapedStr, TTFError, TTFont, shapeStr
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.textobject import PDFTextObject

from core.pango import missing_pdf_libraries
from exports.errors import PdfUnavailable

# The first of these that is installed is used, as in pdf.css; else the first font that covers English.
FAMILIES = ("Noto Sans", "Liberation Sans", "DejaVu Sans")
REGULAR, BOLD = "80", "200"
FC_LIST = (
    "fc-list",
    ":slant=0:width=100:variable=False",
    "--format",
    "%{file}\\t%{index}\\t%{family[0]}\\t%{weight}\\t%{fontformat}\\t%{lang}\\t%{charset}\\n",
)


@dataclass(frozen=True)
class FontFile:
    """An upright font of normal width."""

    path: str
    # The place of the font in a file that holds several.
    index: int
    family: str
    weight: str
    is_truetype: bool
    covers_english: bool
    # Pairs of the first and last code point of each range that it covers.
    ranges: tuple[tuple[int, int], ...]

    def covers(self, character: str) -> bool:
        return any(first <= ord(character) <= last for first, last in self.ranges)


@dataclass(frozen=True)
class TextFonts:
    """The names under which reportlab knows the fonts of a document."""

    regular: str
    bold: str


def what_to_install() -> str:
    """Return the sentence for a machine that lacks what PDF files need."""
    return _(
        "This machine cannot make PDF files; Excel and CSV files can be made. Its administrator has to"
        " install Pango and a font, on Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0"
        " libharfbuzz-subset0 fonts-dejavu-core."
    )


def require_pdf() -> None:
    """Raise PdfUnavailable where this machine cannot make PDF files."""
    if missing_pdf_libraries():
        raise PdfUnavailable(what_to_install())
    text_fonts()


@cache
def text_fonts() -> TextFonts:
    """Return the fonts that texts are set in. Raises PdfUnavailable where none can be embedded."""
    candidates = [font for font in _installed() if font.is_truetype and font.covers_english]
    regular = {font.family: font for font in candidates if font.weight == REGULAR}
    bold = {font.family: font for font in candidates if font.weight == BOLD}
    for family in (*FAMILIES, *sorted(regular)):
        if family in regular:
            name = _register(regular[family])
            return TextFonts(regular=name, bold=_register(bold[family]) if family in bold else name)
    raise PdfUnavailable(what_to_install())


@cache
def fallback_font(character: str) -> str | None:
    """Return the name of a font for a character that the text fonts lack; None if no font can be embedded."""
    candidates = [font for font in _installed() if font.is_truetype and font.covers(character)]
    for font in sorted(candidates, key=lambda font: (font.weight != REGULAR, font.path)):
        try:
            return _register(font)
        except TTFError:
            # Not every TrueType file is one that reportlab can read.
            continue
    return None


def is_in_font(character: str, font: str) -> bool:
    """Return whether a font has a glyph for a character."""
    return ord(character) in pdfmetrics.getFont(font).face.charToGlyph


def is_covered(character: str, *, embeddable: bool) -> bool:
    """Return whether any font has a character: any that reportlab can embed, or any that Pango can use."""
    if is_in_font(character, text_fonts().regular):
        return True
    if embeddable:
        return fallback_font(character) is not None
    return any(font.covers(character) for font in _installed())


@cache
def _register(font: FontFile) -> str:
    """Make a font known to reportlab, once. Raises TTFError for a file that it cannot read."""
    name = f"{font.path}#{font.index}"
    pdfmetrics.registerFont(TTFont(name, font.path, subfontIndex=font.index))
    return name


@cache
def _installed() -> tuple[FontFile, ...]:
    """Return the fonts that fontconfig knows. Raises PdfUnavailable where there is none."""
    try:
        listed = subprocess.run(  # noqa: S603  # a fixed command
            FC_LIST, capture_output=True, check=True, encoding="utf-8"
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise PdfUnavailable(what_to_install()) from error
    fonts = tuple(_font_file(line) for line in sorted(listed.splitlines()))
    if not fonts:
        raise PdfUnavailable(what_to_install())
    return fonts


def _font_file(line: str) -> FontFile:
    path, index, family, weight, font_format, languages, charset = line.split("\t")
    ends = (part.partition("-") for part in charset.split())
    return FontFile(
        path=path,
        index=int(index),
        family=family,
        weight=weight,
        is_truetype=font_format == "TrueType",
        covers_english="en" in languages.split("|"),
        ranges=tuple((int(first, 16), int(last or first, 16)) for first, _dash, last in ends),
    )


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
# R for a letter that is read from right to left, M for a mark, else a space.
DIRECTIONS = {"R": "R", "AL": "R", "NSM": "M", "BN": "M"}
RIGHT_TO_LEFT = re.compile(r"M*R[RM]*")
# Brackets and the like, which are drawn the other way round in a text that is read from right to left.
MIRRORING = f"[{re.escape(''.join(MIRRORED))}]"
MARK = "\N{COMBINING GRAPHEME JOINER}"
MARKED = re.compile(f"{MARK}({MIRRORING})|({MIRRORING}){MARK}")


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
    category = unicodedata.category(character)
    # Digits are read from left to right in every script, but HarfBuzz would turn Persian ones round.
    return category[0] in "MC" or (
        category != "Nd" and any(first <= ord(character) <= last for first, last in SHAPED_RANGES)
    )


@lru_cache(maxsize=10_000)
def _runs_of(text: str, font: str) -> tuple[Run, ...]:
    """Return the runs of a text from left to right, in the order of the Unicode bidirectional algorithm."""
    visual = _visual(text)
    directions = "".join(DIRECTIONS.get(unicodedata.bidirectional(character), " ") for character in visual)
    runs: list[Run] = []
    end = 0
    for span in RIGHT_TO_LEFT.finditer(directions):
        runs += _split(visual[end : span.start()], font)
        # HarfBuzz itself puts such letters in the order of the page.
        runs += _split(visual[span.start() : span.end()][::-1], font)[::-1]
        end = span.end()
    return (*runs, *_split(visual[end:], font))


def _visual(text: str) -> str:
    """Return the characters of a line from left to right.

    The library leaves brackets as they were. A mark behind each of them is before it afterwards where it is
    part of a text that is read from right to left, and is drawn the other way round.
    """
    marked = re.sub(MIRRORING, rf"\g<0>{MARK}", text.replace(MARK, ""))
    visual = str(get_display(marked, base_dir="L"))
    return MARKED.sub(lambda found: MIRRORED[found[1]] if found[1] else found[2], visual)


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
