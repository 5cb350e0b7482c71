"""Reading a PDF back."""

import io
from ctypes import CDLL, c_uint
from functools import cache

import pikepdf
import pypdfium2
import pytest


@cache
def _can_print() -> bool:
    try:
        for library in ("libpango-1.0.so.0", "libpangoft2-1.0.so.0"):
            CDLL(library)
    except OSError:
        return False
    return True


needs_pango = pytest.mark.skipif(not _can_print(), reason="Pango is not installed: scripts/ensure-file-tools")


def texts_of(content: bytes) -> list[str]:
    """Return the text of each page, as it stands there."""
    with pypdfium2.PdfDocument(content) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def words_of(content: bytes) -> str:
    """Return the text of all pages, with one space between words."""
    return " ".join(" ".join(texts_of(content)).split())


def colours_of(content: bytes, *, page: int) -> set[tuple[int, int, int]]:
    """Return the colours of the texts on a page."""
    colours = set()
    with pypdfium2.PdfDocument(content) as document:
        for item in document[page].get_objects([pypdfium2.raw.FPDF_PAGEOBJ_TEXT]):
            red, green, blue, opacity = (c_uint(), c_uint(), c_uint(), c_uint())
            pypdfium2.raw.FPDFPageObj_GetFillColor(item.raw, red, green, blue, opacity)
            colours.add((red.value, green.value, blue.value))
    return colours


def tags_of(content: bytes) -> list[tuple[str, str]]:
    """Return what a tagged file is made of, for those who have it read out, with the scope of headings."""
    tags = []
    with pikepdf.open(io.BytesIO(content)) as document:
        waiting: list[pikepdf.Object] = [document.Root.StructTreeRoot]
        while waiting:
            element = waiting.pop()
            if "/S" in element:
                looks = element.A if "/A" in element else pikepdf.Dictionary()
                tags.append((str(element.S), str(looks.Scope) if "/Scope" in looks else ""))
            if "/K" in element:
                kids = element.K if isinstance(element.K, pikepdf.Array) else [element.K]
                waiting += [kid for kid in kids if isinstance(kid, pikepdf.Dictionary)]
    return tags
