"""Form fields for text, which is stored in one form whatever machine it was typed on."""

import unicodedata
from typing import override

from django import forms


def normalized(text: str) -> str:
    """Return a text with LF as line ends and with composed characters, as NFC has them."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


class NormalizedTextField(forms.CharField):
    """A text that is normalized before its length is checked and before it is compared."""

    @override
    def to_python(self, value: object) -> str | None:
        return super().to_python(normalized(value) if isinstance(value, str) else value)
