"""Completion of text fields from earlier values of the same site."""

from collections import Counter
from urllib.parse import urlencode

from django import forms
from django.urls import reverse

from records.forms import RecordForm
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site
from sites.scope import PARAMETER

# Values are taken from this many of the site's last records; this many are suggested.
LOOKED_AT = 2000
OFFERED = 8


class CompletedInput(forms.TextInput):
    """A text input with suggestions that are fetched while typing; without scripts, a text input."""

    template_name = "records/_completed_input.html"

    def __init__(self, address: str, attrs: dict[str, object]) -> None:
        super().__init__(attrs)
        self.address = address

    def get_context(self, name: str, value: object, attrs: dict[str, object] | None) -> dict[str, object]:
        context = super().get_context(name, value, attrs)
        suggestions = f"{(attrs or {}).get('id', name)}_suggestions"
        context["suggestions"] = suggestions
        context["widget"]["attrs"] |= {
            "list": suggestions,
            "hx-get": self.address,
            "hx-trigger": "focus once, input changed delay:150ms",
            "hx-target": f"#{suggestions}",
            "hx-swap": "innerHTML",
            # A slow response to the first letters must not replace the response to all of them.
            "hx-sync": "this:replace",
        }
        return context


def complete_fields[R: DailyRecord](form: RecordForm[R], module: RecordModule[R]) -> RecordForm[R]:
    """Complete the form's text fields from earlier values of its site."""
    for name in module.completed:
        field = form.fields[name]
        path = reverse(f"{module.slug}:complete", args=[name])
        field.widget = CompletedInput(
            f"{path}?{urlencode({PARAMETER: form.site.code})}", attrs=field.widget.attrs
        )
    return form


def completions[R: DailyRecord](
    module: RecordModule[R], *, site: Site, field: str, typed: str, most: int = OFFERED
) -> list[str]:
    """Return the values of a field in the site's last records that contain the typed text.

    Values that begin with it come first, then the most used, then the last used. Values that differ in
    capitals alone are one, spelled as it was last. One query.
    """
    spellings: dict[str, str] = {}
    uses = Counter[str]()
    records = module.model._default_manager.filter(site=site).order_by("-date", "-id")
    for text in records.values_list(field, flat=True)[:LOOKED_AT]:
        spellings.setdefault(text.casefold(), text)
        uses[text.casefold()] += 1
    # Compared in Python: SQLite folds the case of A to Z only.
    wanted = typed.strip().casefold()
    found = [text for text in uses if text and wanted in text and spellings[text] != typed.strip()]
    found.sort(key=lambda text: (not text.startswith(wanted), -uses[text]))
    return [spellings[text] for text in found[:most]]
