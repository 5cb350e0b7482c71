"""Texts that a spreadsheet would run if they stood in a CSV file, made harmless, and the way back.

A text that begins with one of `= + - @`, a tab or the end of a line gets an apostrophe before it. So does
such a text that has apostrophes before it already, so that `restored(harmless(text)) == text` for every text.
"""

import re

# The wide forms are what some keyboards of East Asia write, and a spreadsheet takes them for the same.
BEGINNINGS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_DANGEROUS = re.compile(rf"'*[{re.escape(BEGINNINGS)}]")
_MADE_HARMLESS = re.compile(rf"'+[{re.escape(BEGINNINGS)}]")


def harmless(text: str) -> str:
    """Return a text that a spreadsheet shows and does not run."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def restored(text: str) -> str:
    """Return the text that was made harmless; any other as it is."""
    return text[1:] if _MADE_HARMLESS.match(text) else text
