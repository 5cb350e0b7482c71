"""The same figures in words: a chart's table, and the legend that says which series is which."""

import datetime as dt
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from charts.axes import position_names
from charts.chart import INK, THRESHOLD_DASH, Chart, Mark, Series, Style, pattern
from charts.numbers import exact, written_each

SWATCH = 14


def table(chart: Chart) -> SafeString:
    """Return the chart as an HTML table, a row for each position; of dates the newest first."""
    columns = [written_each(series.values, chart.decimals) for series in chart.series]
    is_dated = bool(chart.positions) and isinstance(chart.positions[0], dt.date)
    rows = [
        f'<tr><th scope="row">{escape(name)}</th><td>{"</td><td>".join(figures)}</td></tr>'
        for name, *figures in zip(position_names(chart.positions), *columns, strict=True)
    ]
    if is_dated:
        rows.reverse()
    heads = "".join(f'<th scope="col">{escape(series.label)}</th>' for series in chart.series)
    order = ' data-order="newest-first"' if is_dated else ""
    caption = _("%(title)s, in %(unit)s") % {"title": chart.title, "unit": chart.unit}
    return SafeString(
        f'<table class="table chart__table"{order}><caption>{escape(caption)}</caption>'
        f'<thead><tr><th scope="col">{escape(chart.corner)}</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody>{_thresholds(chart)}</table>"
    )


def _thresholds(chart: Chart) -> str:
    """Return the thresholds as the table's last row, each under its series; nothing without any."""
    if not chart.thresholds:
        return ""
    label = chart.thresholds[0][0].label
    levels = [None if series.threshold is None else series.threshold.value for series in chart.series]
    figures = "</td><td>".join(written_each(levels, chart.decimals))
    return f'<tfoot><tr><th scope="row">{escape(label)}</th><td>{figures}</td></tr></tfoot>'


def legend(chart: Chart) -> SafeString:
    """Return the names of the series with their marks as an HTML list."""
    # One alone is named in the drawing; of several names it would be full.
    has_several = len(chart.thresholds) > 1
    lines = "".join(
        f"<li>{_swatch(f'{chart.name}-s{number}', series, style)}{escape(series.label)}"
        f"{_threshold(chart, series, style) if has_several else ''}</li>"
        for number, (series, style) in enumerate(chart.styled)
    )
    if has_several:
        lines += f"<li>{_dashed(INK)}{escape(chart.thresholds[0][0].label)}</li>"
    return SafeString(f'<ul class="chart__legend">{lines}</ul>')


def _threshold(chart: Chart, series: Series, style: Style) -> str:
    """Return the threshold of a series, shown after its name."""
    if series.threshold is None:
        return ""
    return f"{_dashed(style.colour)}{exact(series.threshold.value)}\N{NO-BREAK SPACE}{escape(chart.unit)}"


def _dashed(colour: str) -> str:
    line = f'stroke="{colour}" stroke-width="1.5" stroke-dasharray="{THRESHOLD_DASH}"'
    return swatch(f'<path d="M0 7h{SWATCH}" {line}/>')


def _swatch(name: str, series: Series, style: Style) -> str:
    if series.mark in {Mark.LINE, Mark.STEP}:
        dash = f' stroke-dasharray="{style.dash}"' if style.dash else ""
        width = SWATCH * 2
        shape = f'<path d="M0 7h{width}" stroke="{style.colour}" stroke-width="2"{dash}/>'
        return swatch(shape, width=width)
    return swatch(filled(name, style))


def swatch(shape: str, *, width: int = SWATCH) -> str:
    """Return a shape as a small drawing for a name, hidden from screen readers."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" class="chart__swatch" aria-hidden="true"'
        f' width="{width}" height="{SWATCH}" viewBox="0 0 {width} {SWATCH}">{shape}</svg>'
    )


def filled(name: str, style: Style) -> str:
    """Return a small square filled as the style says; `name` is one that the page does not have yet."""
    square = f'<rect width="{SWATCH}" height="{SWATCH}" rx="2" fill="{{}}"/>'
    if style.hatch:
        return f"<defs>{pattern(name, style)}</defs>{square.format(f'url(#{name})')}"
    return square.format(style.colour)
