"""Make a PDF of HTML with WeasyPrint: `python -m exports.writers.pdf.render_worker ORDER FILE`.

This is a process of its own because WeasyPrint cannot be interrupted, and a cancelled export ends within a
second; its memory is given back as well. It knows nothing of the portal.
"""

import json
import sys
from pathlib import Path
from typing import TypedDict

# The exit status where libraries of the system are missing that WeasyPrint needs.
NO_LIBRARIES = 69
# Stands in CSS for the count of a document's pages.
COUNT_OF_PAGES = "count-of-pages()"


class Order(TypedDict):
    """A document to be made."""

    html: str
    css: str
    # Whether it is a PDF/UA file, which assistive technology reads as it is seen.
    is_tagged: bool
    # How many pages another program adds to it; they count as its own.
    pages_after: int


def main() -> None:
    try:
        # Not above: the portal uses the names of this module without WeasyPrint.
        from weasyprint import CSS, HTML, Document, URLFetcher  # noqa: PLC0415
    except OSError as error:
        print(error, file=sys.stderr)
        sys.exit(NO_LIBRARIES)
    order: Order = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    # Nothing is fetched: a document holds what it shows.
    fetcher = URLFetcher(allowed_protocols=["data"])
    html = HTML(string=order["html"], url_fetcher=fetcher)
    options = {"pdf_variant": "pdf/ua-1" if order["is_tagged"] else None}

    def render(count: str) -> Document:
        style = CSS(string=order["css"].replace(COUNT_OF_PAGES, count), url_fetcher=fetcher)
        return html.render(stylesheets=[style], **options)

    if order["pages_after"]:
        # The first pages are mostly one; otherwise they are rendered again.
        document = render(f'"{1 + order["pages_after"]}"')
        if len(document.pages) > 1:
            document = render(f'"{len(document.pages) + order["pages_after"]}"')
    else:
        document = render("counter(pages)")
    document.write_pdf(sys.argv[2], **options)


if __name__ == "__main__":
    main()
