"""The fonts of this machine that a PDF can embed.

They are listed by fontconfig, which Pango uses for WeasyPrint, so that pages of both look alike. Its program
`fc-list` comes with Pango. reportlab embeds TrueType outlines only: no PostScript outlines (most `.otf` files
and the East Asian `.ttc` files of Noto) and no variable fonts.
"""

import subprocess
from dataclasses import dataclass
from functools import cache

from django.utils.translation import gettext as _
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

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
