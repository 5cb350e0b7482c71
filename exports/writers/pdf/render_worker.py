"""A program that makes PDF files of HTML: `python -m exports.writers.pdf.render_worker FOLDER NUMBER OF`.

It makes every OFth of the folder's orders, beginning with its NUMBER, and leaves each file beside its order.
It is a program of its own so that it can be ended at any moment, and gives back its memory.
"""

import gc
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from exports.writers.pdf.protocol import NO_LIBRARIES, Order

try:
    import pydyf
    from weasyprint import CSS, HTML, URLFetcher
    from weasyprint.document import Document

    from exports.writers.pdf.glyphs import (
        NotPlainError,
        draw,
        html_with_letters,
        html_with_rows,
        letters_of,
        stands_alone,
    )
except OSError as error:
    print(error, file=sys.stderr)
    sys.exit(NO_LIBRARIES)


type Finish = Callable[[Document, pydyf.PDF], None]

# Nothing is fetched: a document holds what it shows. Made once, since it reads the system's certificates.
NOTHING_FROM_OUTSIDE = URLFetcher(allowed_protocols=["data"])


def make(order: Order, target: Path) -> None:
    """Make the file of an order, whole or not at all."""
    rows = order["rows"]
    if rows is None:
        _write(order, order["html"], target, finish=name_headings if order["is_tagged"] else None)
        return
    letters = letters_of(rows)
    if all(map(stands_alone, letters)):
        try:
            _write(order, html_with_letters(order, letters), target, finish=partial(draw, rows, letters))
        except NotPlainError:
            pass
        else:
            return
    _write(order, html_with_rows(order, rows), target)


def _write(order: Order, html: str, target: Path, *, finish: Finish | None = None) -> None:
    document = HTML(string=html, url_fetcher=NOTHING_FROM_OUTSIDE)
    style = CSS(string=order["css"], url_fetcher=NOTHING_FROM_OUTSIDE)
    draft = target.with_suffix(".draft")
    variant = "pdf/ua-1" if order["is_tagged"] else None
    document.write_pdf(draft, stylesheets=[style], pdf_variant=variant, finisher=finish)
    draft.rename(target)


def name_headings(_document: Document, pdf: pydyf.PDF) -> None:
    """Say of each heading of a table that it heads its column, which WeasyPrint leaves to be guessed."""
    for item in pdf.objects:
        if isinstance(item, pydyf.Dictionary) and item.get("S") == "/TH":
            item["A"]["Scope"] = "/Column"


def main() -> None:
    folder, number, of = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    gc.freeze()
    for place in sorted(folder.glob("*.json"))[number::of]:
        make(json.loads(place.read_text(encoding="utf-8")), place.with_suffix(".pdf"))
        # Documents go round in circles, and would pile up.
        gc.collect()


if __name__ == "__main__":
    main()
