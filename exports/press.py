"""A program that makes PDF files of HTML: `python -m exports.press FOLDER NUMBER OF`.

It makes every OFth of the folder's orders, beginning with its NUMBER, and leaves each file beside its order.
It is a program of its own so that it can be ended at any moment, and gives back its memory.
"""

import json
import sys
from pathlib import Path

from exports.orders import NO_LIBRARIES, Order

try:
    import pydyf
    from weasyprint import CSS, HTML, URLFetcher
except OSError as error:
    print(error, file=sys.stderr)
    sys.exit(NO_LIBRARIES)


# Nothing is fetched: a document holds what it shows. Made once, since it reads the system's certificates.
NOTHING_FROM_OUTSIDE = URLFetcher(allowed_protocols=["data"])


def make(order: Order, target: Path) -> None:
    """Make the file of an order, whole or not at all."""
    document = HTML(string=order["html"], url_fetcher=NOTHING_FROM_OUTSIDE)
    style = CSS(string=order["css"], url_fetcher=NOTHING_FROM_OUTSIDE)
    draft = target.with_suffix(".draft")
    if order["is_tagged"]:
        document.write_pdf(draft, stylesheets=[style], pdf_variant="pdf/ua-1", finisher=name_headings)
    else:
        document.write_pdf(draft, stylesheets=[style])
    draft.rename(target)


def name_headings(_document: object, pdf: pydyf.PDF) -> None:
    """Say of each heading of a table that it heads its column, which WeasyPrint leaves to be guessed."""
    for item in pdf.objects:
        if isinstance(item, pydyf.Dictionary) and item.get("S") == "/TH":
            item["A"]["Scope"] = "/Column"


def main() -> None:
    folder, number, of = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    for place in sorted(folder.glob("*.json"))[number::of]:
        make(json.loads(place.read_text(encoding="utf-8")), place.with_suffix(".pdf"))


if __name__ == "__main__":
    main()
