"""The lines of the page of all sites, drawn in Python: two hundred of them would keep a template busy."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from charts.sparkline import sparkline
from dashboard.addresses import page_address
from dashboard.cards.card import FACES, Change
from dashboard.cards.figures import TREND_DAYS
from dashboard.sites_overview import COLUMNS, SiteLine
from records.templatetags.figures import tons

ROW = (
    '<tr><th scope="row"><a href="{}">{}</a> <span class="muted">{}</span></th>{}'
    '<td data-label="{}">{}</td><td data-label="{}">{}</td></tr>'
)
FIGURE = (
    '<td class="num" data-label="{}"><a href="{}">{}</a>'
    '<div class="site-change"><span class="change change--{}">{}</span></div></td>'
)
ARROWS = {"up": "\N{UPWARDS ARROW}", "down": "\N{DOWNWARDS ARROW}", "flat": "="}


def drawn_sites(lines: Sequence[SiteLine]) -> SafeString:
    """Draw a row for each site; what stands in a cell is its column's name on a narrow screen."""
    dashboard = reverse("dashboard:page")
    labels = {column.name: column.label for column in COLUMNS}
    paths = {name: page_address(face.url_name) for name, face in FACES.items()}

    def cells(line: SiteLine) -> tuple[object, ...]:
        site = line.site
        trend = _("Production of %(site)s, the last %(days)d days") % {"site": site.name, "days": TREND_DAYS}
        figures = [
            _figure(str(labels[name]), _records_at(paths[name], name, line), change)
            for name, change in line.changes.items()
        ]
        return (
            *(f"{dashboard}?{urlencode({'site': site.code})}", site.name, site.code),
            SafeString("".join(figures)),
            *(_("Trend"), sparkline(line.trend, label=trend)),
            *(labels["missing"], _missing(line)),
        )

    return format_html_join("\n", ROW, map(cells, lines))


def totals(lines: Sequence[SiteLine]) -> Mapping[str, str]:
    """Return the sums of the sites' figures as a person reads them, in tons."""
    return {
        name: tons(sum((line.changes[name].now for line in lines[1:]), lines[0].changes[name].now))
        for name in (lines[0].changes if lines else ())
    }


def _figure(label: str, href: str, change: Change) -> SafeString:
    shown = change.amount if change.direction == "flat" else f"{ARROWS[change.direction]} {change.amount}"
    return format_html(FIGURE, label, href, tons(change.now), change.tone, shown)


def _records_at(path: str, name: str, line: SiteLine) -> str:
    date = line.today.isoformat()
    query = [("site", line.site.code), ("from", date), ("to", date), *FACES[name].narrowed_by]
    return f"{path}?{urlencode(query)}"


def _missing(line: SiteLine) -> SafeString:
    if not line.is_working_day:
        return format_html('<span class="muted">{}</span>', _("No working day"))
    if not line.missing:
        return format_html('<span class="badge badge--success">{}</span>', _("Nothing"))
    query = urlencode({"site": line.site.code})
    links = (
        (f"{page_address(f'{module.slug}:list')}?{query}", module.label_plural) for module in line.missing
    )
    return format_html_join(", ", '<a class="nowrap" href="{}">{}</a>', links)
