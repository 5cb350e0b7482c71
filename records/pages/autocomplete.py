"""What a text field completes to: what was typed there before, at the same site."""

from collections import Counter
from functools import cache
from urllib.parse import urlencode

from django import forms
from django.db.models import BigIntegerField
from django.urls import reverse

from records.forms import RecordForm
from records.models import DailyRecord
from records.module import RecordModule
from records.prepared import Asked, Tally
from sites.models import Site
from sites.scope import PARAMETER

# So many of a site's last records are looked at, whatever its history; and so many texts are offered.
LOOKED_AT = 2000
OFFERED = 8


class CompletedInput(forms.TextInput):
    """A text input with suggestions that are fetched while one types; without scripts, a text input."""

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
            # A slow answer to what was typed first must not come after the answer to what is typed now.
            "hx-sync": "this:replace",
        }
        return context


def complete_fields[R: DailyRecord](form: RecordForm[R], module: RecordModule[R]) -> RecordForm[R]:
    """Let the form's fields that the module names complete from what the form's site used before."""
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
    """Return what a field of the site's last records said, beginning with what was typed or containing it.

    What begins with it comes first, then what was used most, then what was used last. Each text once,
    whatever its capitals, as it was written last. One query.
    """
    spellings: dict[str, str] = {}
    uses = Counter[str]()
    for (text,) in _last_used(module.model, field).ask(site=site.pk):
        spellings.setdefault(text.casefold(), text)
        uses[text.casefold()] += 1
    # Compared here: SQLite knows the capitals of A to Z alone.
    wanted = typed.strip().casefold()
    found = [text for text in uses if text and wanted in text and spellings[text] != typed.strip()]
    found.sort(key=lambda text: (not text.startswith(wanted), -uses[text]))
    return [spellings[text] for text in found[:most]]


@cache
def _last_used[R: DailyRecord](model: type[R], field: str) -> Tally[R, tuple[str]]:
    """Ask for a field of a site's last records, newest first, along their index."""
    return Tally(
        lambda: (
            model._default_manager.filter(site_id=Asked("site", BigIntegerField()))
            .order_by("-date", "-id")
            .values_list(field)[:LOOKED_AT]
        )
    )
