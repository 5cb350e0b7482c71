"""What the program that makes PDF files is told, and how it answers. Knows nothing of the portal."""

from typing import TypedDict

# What it ends with where the libraries of the system are missing that WeasyPrint needs.
NO_LIBRARIES = 69
# Where the rows of a page go.
ROWS_PLACE = '<pre class="rows"></pre>'


class Rows(TypedDict):
    """Lines of a typewriter's face for each page; lengths are in points."""

    pages: list[list[str]]
    size: float
    leading: float
    # Where the first line begins, from the left and from the upper edge of the page.
    left: float
    top: float


class Order(TypedDict):
    """A document to be made: tagged for those who hear it, or untagged, which is quicker.

    Where it has rows, each page of its HTML has a `ROWS_PLACE`.
    """

    html: str
    css: str
    is_tagged: bool
    rows: Rows | None
