"""A chart as a page shows it: legend, drawing and, folded away, the same figures as a table.

The page puts it into a `<figure class="chart">` with a caption. `static/js/charts.js` reads the values out of
the table, one after the other; without scripts the table itself serves.
"""

from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from charts.chart import Chart
from charts.drawing import chart_svg
from charts.levels import LevelChart, levels_legend, levels_svg, levels_table
from charts.tables import legend, table


def panel(chart: Chart, *, more_levels: LevelChart | None = None) -> SafeString:
    """Return what stands in the figure of a chart; `more_levels` is shown under its table only."""
    label = _("%(title)s, value by value") % {"title": chart.title}
    tables = table(chart) if more_levels is None else table(chart) + levels_table(more_levels)
    rows = _folded(tables, chart.title, words=_("Show as table"))
    return SafeString(
        f'{legend(chart)}<chart-plot data-label="{escape(label)}" data-unit="{escape(chart.unit)}">'
        f"{chart_svg(chart)}</chart-plot>{rows}"
    )


def levels_panel(chart: LevelChart) -> SafeString:
    """Return what stands in the figure of levels, which say their values themselves."""
    number = len(chart.levels)
    is_whole = len(chart.drawn) == number
    words = _("Show as table") if is_whole else _("Show all %(number)d as table") % {"number": number}
    rows = _folded(levels_table(chart), chart.title, words=words)
    return SafeString(f"{levels_legend(chart)}{levels_svg(chart)}{rows}")


def _folded(rows: SafeString, title: str, *, words: str) -> str:
    # A table that scrolls is a place that the keyboard must reach.
    name = _("%(title)s, as table") % {"title": title}
    return (
        f'<details class="chart__words"><summary>{escape(words)}</summary>'
        f'<div class="table-scroll" role="region" tabindex="0" aria-label="{escape(name)}">{rows}</div>'
        "</details>"
    )
