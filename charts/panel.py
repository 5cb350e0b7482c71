"""A chart as a page shows it: legend, drawing and, folded away, the same figures as a table.

The page puts it into a `<figure class="chart">` with a caption. `static/js/charts.js` reads the values out of
the table, one after the other; without scripts the table itself serves.
"""

from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from charts.chart import INK, LOW, THRESHOLD_DASH, Chart, Style, pattern
from charts.drawing import chart_svg
from charts.levels import SPAN, SPAN_OPACITY, LevelChart, levels_svg
from charts.numbers import exact

SWATCH = 14


class LegendEntry(NamedTuple):
    """A name in the legend, and the shape that draws it."""

    swatch: SafeString
    label: str
    # The line of its own threshold and the figure of that, where the chart has several.
    threshold_swatch: SafeString | str = ""
    threshold: str = ""


def panel(chart: Chart | LevelChart, *, more_levels: LevelChart | None = None) -> SafeString:
    """Return the content of a chart's figure; `more_levels` is shown under its table only."""
    context: dict[str, object] = {
        "chart": chart,
        "tables": [chart] if more_levels is None else [chart, more_levels],
    }
    if isinstance(chart, LevelChart):
        hidden = len(chart.levels) if len(chart.drawn) < len(chart.levels) else 0
        context |= {"svg": levels_svg(chart), "legend": _levels_legend(chart), "rows_not_all_drawn": hidden}
    else:
        # A script reads the values out; levels have theirs next to them.
        context |= {"svg": chart_svg(chart), "legend": _legend(chart), "has_reader": True}
    return render_to_string("charts/panel.html", context)


def _legend(chart: Chart) -> list[LegendEntry]:
    """Return the names of the series with their marks."""
    # One threshold alone is named in the drawing; of several names it would be full.
    names_thresholds = len(chart.thresholds) > 1
    entries = []
    for number, (series, style) in enumerate(chart.styled):
        if series.is_line:
            swatch = _line(style.colour, f"M0 7h{SWATCH * 2}", dash=style.dash, width=SWATCH * 2)
        else:
            swatch = _square(f"{chart.name}-s{number}", style)
        entry = LegendEntry(swatch, series.label)
        if names_thresholds and series.threshold is not None:
            level = f"{exact(series.threshold.value)}\N{NO-BREAK SPACE}{chart.unit}"
            entry = LegendEntry(swatch, series.label, _dashed(style.colour), level)
        entries.append(entry)
    if names_thresholds:
        entries.append(LegendEntry(_dashed(INK), chart.thresholds[0][0].label))
    return entries


def _levels_legend(chart: LevelChart) -> list[LegendEntry]:
    """Return the meaning of the lines and of a hatched bar; an empty list without any of them."""
    entries = []
    if chart.mark:
        entries.append(LegendEntry(_line(INK, "M3 0v14", width=6), chart.mark))
    if chart.moved:
        span = f'<path d="M0 7h14" stroke="{INK}" stroke-width="{SPAN}" stroke-opacity="{SPAN_OPACITY}"/>'
        entries.append(LegendEntry(_swatch(span), chart.moved))
    if any(level.is_low for level in chart.levels):
        entries.append(LegendEntry(_square(f"{chart.name}-low-s", LOW), _("Low")))
    return entries


def _dashed(colour: str) -> SafeString:
    return _line(colour, f"M0 7h{SWATCH}", dash=THRESHOLD_DASH, stroke="1.5")


def _line(colour: str, path: str, *, dash: str = "", stroke: str = "2", width: int = SWATCH) -> SafeString:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return _swatch(f'<path d="{path}" stroke="{colour}" stroke-width="{stroke}"{dashes}/>', width=width)


def _square(name: str, style: Style) -> SafeString:
    """Return a square filled as the style says; `name` is an id that the page does not have yet."""
    hatch = f"<defs>{pattern(name, style)}</defs>" if style.hatch else ""
    fill = f"url(#{name})" if style.hatch else style.colour
    return _swatch(f'{hatch}<rect width="{SWATCH}" height="{SWATCH}" rx="2" fill="{fill}"/>')


def _swatch(shape: str, *, width: int = SWATCH) -> SafeString:
    """Return a shape as a small drawing for a name, hidden from screen readers."""
    return SafeString(
        '<svg xmlns="http://www.w3.org/2000/svg" class="chart__swatch" aria-hidden="true"'
        f' width="{width}" height="{SWATCH}" viewBox="0 0 {width} {SWATCH}">{shape}</svg>'
    )
