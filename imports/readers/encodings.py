"""Find the encoding of a text, and ask where it could be several."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from charset_normalizer import from_bytes
from django.utils.translation import gettext_lazy as _

UTF_8 = "utf-8-sig"
# The encodings of one byte a character that programs still write.
LEGACY = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256"),
    *("cp850", "cp866", "koi8_r", "mac_roman"),
)
ENCODINGS = {
    UTF_8: _("UTF-8"),
    "cp1252": _("Western Europe (Windows-1252)"),
    "cp1250": _("Central Europe (Windows-1250)"),
    "cp1251": _("Cyrillic (Windows-1251)"),
    "cp1253": _("Greek (Windows-1253)"),
    "cp1254": _("Turkish (Windows-1254)"),
    "cp1255": _("Hebrew (Windows-1255)"),
    "cp1256": _("Arabic (Windows-1256)"),
    "cp850": _("Western Europe (DOS, 850)"),
    "cp866": _("Cyrillic (DOS, 866)"),
    "koi8_r": _("Cyrillic (KOI8-R)"),
    "mac_roman": _("Western Europe (Mac Roman)"),
    "utf-16": _("UTF-16"),
    "utf-16-le": _("UTF-16 without a mark"),
    "utf-16-be": _("UTF-16 without a mark, the other way round"),
}
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
BLOCK = 1024 * 1024
CELL = re.compile(rb"[^,;|\t\"\r\n]+")
WORD = re.compile(r"\w+(?:[^\w\s.,:;/()\-]+\w+)*")
MAX_CELLS, MAX_CELL, MAX_SAMPLES = 200, 120, 3
# No letters, but common next to them.
MARKS = frozenset(
    "\u2019\u2018“”„–—…€£°²³½¼¾ªº«»×№،؛؟٪\N{NO-BREAK SPACE}\N{ZERO WIDTH NON-JOINER}"
    "\N{RIGHT-TO-LEFT MARK}\N{LEFT-TO-RIGHT MARK}"
)
WITHIN_WORDS = frozenset("\u2019\u2018\N{ZERO WIDTH NON-JOINER}")
# Letters that no list of loads has; other encodings have frequent letters in their places.
UNLIKELY = frozenset("ƒªºµ")


def encodings_of(path: Path) -> list[tuple[str, str]]:
    """Return the encodings in which a text could be, the likeliest first, with a sample in each.

    One that is certain is alone: UTF-8, a byte-order mark, or the only one in which all words are words.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    if start[:2] in UTF_16_MARKS:
        return [("utf-16", "")]
    # Half of each digit and delimiter is a zero.
    first, second = start[::2].count(0), start[1::2].count(0)
    if first + second > len(start) // 10 and 4 * min(first, second) < max(first, second):
        return [("utf-16-le" if second > first else "utf-16-be", "")]
    if _is_utf_8(path):
        return [(UTF_8, "")]
    cells, known = _foreign_cells(path), _bytes_of(path)
    decoded = {
        encoding: texts for encoding in LEGACY if (texts := _decoded(cells, known, encoding)) is not None
    }
    likely = {encoding: texts for encoding, texts in decoded.items() if all(map(is_likely, texts))}
    # Where two encodings mean the same, the choice makes no difference.
    distinct: dict[tuple[str, ...], str] = {}
    for encoding, texts in (likely or decoded).items():
        distinct.setdefault(tuple(texts), encoding)
    ranked = _ranked(cells, list(distinct.values()))
    return [(encoding, " · ".join(decoded[encoding][:MAX_SAMPLES])) for encoding in ranked] or [
        ("cp1252", "")
    ]


def is_likely(text: str) -> bool:
    """Return whether the words of a text could be written by people: of one script, capitals first."""
    if any(not _is_mark_or_letter(character) for character in text if not character.isascii()):
        return False
    return all(map(_is_word, WORD.findall(text)))


def _is_mark_or_letter(character: str) -> bool:
    is_letter = unicodedata.category(character)[0] in "LM" and character not in UNLIKELY
    return is_letter or character in MARKS


def _is_word(word: str) -> bool:
    letters = [character for character in word if unicodedata.category(character)[0] in "LM"]
    scripts = {unicodedata.name(character, "?").split()[0] for character in letters} - {"COMBINING"}
    # A mark within a word, as in “M³ller”, or letters of two scripts.
    if len(scripts) > 1 or any(character in MARKS - WITHIN_WORDS for character in word[1:-1]):
        return False
    # A capital after small letters, as in “BÚton”.
    has_small = any(letter.islower() for letter in letters)
    return not (has_small and any(letter.isupper() and not letter.isascii() for letter in letters[1:]))


def _is_utf_8(path: Path) -> bool:
    try:
        with path.open(encoding=UTF_8, newline="") as text:
            while text.read(BLOCK):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _foreign_cells(path: Path) -> list[bytes]:
    """Return the first different cells of a file that are not ASCII."""
    cells: dict[bytes, None] = {}
    with path.open("rb") as file:
        rest = b""
        for block in iter(partial(file.read, BLOCK), b""):
            lines, end, rest = (rest + block).rpartition(b"\n")
            cells |= dict.fromkeys(_foreign_in(lines + end))
            if len(cells) >= MAX_CELLS:
                break
        else:
            cells |= dict.fromkeys(_foreign_in(rest))
    return list(cells)[:MAX_CELLS]


def _foreign_in(lines: bytes) -> Iterator[bytes]:
    # One step for each cell: a pattern that looks for a foreign letter would try each place of a long cell.
    return (cell[0].strip()[:MAX_CELL] for cell in CELL.finditer(lines) if not cell[0].isascii())


def _bytes_of(path: Path) -> bytes:
    """Return the different bytes of a file."""
    found = b""
    with path.open("rb") as file:
        for block in iter(partial(file.read, BLOCK), b""):
            found += bytes(set(block.translate(None, found)))
    return found


def _decoded(cells: Sequence[bytes], known: bytes, encoding: str) -> list[str] | None:
    """Return the cells as texts; None where a byte of the file means nothing in this encoding."""
    try:
        known.decode(encoding)
        return [cell.decode(encoding) for cell in cells]
    except UnicodeDecodeError:
        return None


def _ranked(cells: Sequence[bytes], encodings: list[str]) -> list[str]:
    """Return encodings in the order of charset-normalizer, which judges by frequent letters."""
    if len(encodings) < 2:
        return encodings
    found = [match.encoding for match in from_bytes(b"\n".join(cells), cp_isolation=encodings)]
    return sorted(encodings, key=lambda each: found.index(each) if each in found else len(found))
