"""What the program that makes PDF files is told, and how it answers. Knows nothing of the portal."""

from typing import TypedDict

# What it ends with where the libraries of the system are missing that WeasyPrint needs.
NO_LIBRARIES = 69


class Order(TypedDict):
    """A document to be made: tagged for those who hear it, or untagged, which is quicker."""

    html: str
    css: str
    is_tagged: bool
