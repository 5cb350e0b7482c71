"""The lines of the latest entries, drawn in Python: a template would look a hundred and fifty values up."""

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.latest import Entry

ROW = (
    '<tr><td data-label="{}"><time datetime="{}">{}</time></td>'
    "{}"
    '<td data-label="{}"><a href="{}" title="{}">{}</a></td>'
    '<td data-label="{}">{}</td>'
    '<td class="num" data-label="{}">{} <span class="unit">{}</span></td>'
    '<td data-label="{}">{}</td>'
    '<td data-label="{}"><time datetime="{}">{}</time>{}</td></tr>'
)


def drawn(entries: Iterable[Entry], *, shows_site: bool) -> SafeString:
    """Draw a table's rows, each cell saying its column's name for a narrow screen."""
    date, site, what, of_what = _("Date"), _("Site"), _("What"), _("Of what")
    figure, who, when, history = (
        _("Figure"),
        _("Who"),
        _("When, at the site"),
        _("Who entered and changed it"),
    )
    changed = format_html(' <span class="badge">{}</span>', _("changed"))

    def cells(entry: Entry) -> tuple[object, ...]:
        place = format_html('<td data-label="{}">{}</td>', site, entry.site.code) if shows_site else ""
        return (
            *(date, entry.date.isoformat(), entry.day),
            place,
            *(what, entry.href, history, entry.module.label),
            *(of_what, entry.what),
            *(figure, entry.figure, entry.unit),
            *(who, entry.by),
            *(when, entry.at.isoformat(), entry.when, changed if entry.is_changed else ""),
        )

    return format_html_join("\n", ROW, map(cells, entries))
