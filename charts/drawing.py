"""A chart as an SVG drawing.

Words and lines keep their size at every width: the drawing is as wide as its place, positions are percentages
of it, and only the shapes of the values, in a plot of their own, are stretched. On a page `.chart__drawing`
leaves room for the words at the edges; with a `width`, for paper, the drawing leaves it itself.
Colours are presentation attributes, since a PDF's renderer ignores style sheets inside a drawing.
"""

from dataclasses import dataclass
from decimal import Decimal
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from charts.axes import Scale, figure_ticks, position_names, position_ticks, steady
from charts.chart import THRESHOLD_DASH, Chart, Mark, pattern
from charts.layout import Columns, Reach, extremes, lanes, reaches
from charts.marks import shape
from charts.numbers import exact, shortened, written

HEIGHT = 220
# Room around the plot: for the unit, the figures, the positions, and half of the last of these.
TOP, START, BOTTOM, END = 22, 44, 24, 14
# The plot's own measure; on paper it is the plot's true width.
STRETCHED = 600
WORDS = 'font-size="12" fill="currentColor" fill-opacity="0.8"'
NAMES = 'font-size="12" font-weight="600" fill="currentColor"'
NEAR_THE_END = 0.92


@dataclass(frozen=True)
class Plot:
    """Where positions and figures stand in a drawing."""

    columns: Columns
    upwards: Scale
    ticks: list[Decimal]
    height: int
    # On a page it is stretched to its place, which nobody knows beforehand.
    is_stretched: bool

    @property
    def inner(self) -> int:
        """Return the height of the plot, between the words above and below it."""
        return self.height - TOP - BOTTOM

    def across(self, figure: float) -> str:
        """Return the path of a level line from edge to edge."""
        return f"M0 {self.upwards(figure):.1f}h{self.columns.width:g}"

    def along(self, part: float) -> str:
        """Return a place along the plot: in percent of it, on paper in pixels.

        A PDF's renderer takes percent of the whole drawing for those of the plot.
        """
        return f"{part * 100:.2f}%" if self.is_stretched else f"{part * self.columns.width:.1f}"


def chart_svg(
    chart: Chart, *, width: int | None = None, height: int = HEIGHT, family: str = "inherit"
) -> SafeString:
    """Return the drawing: as wide as its place, or, for paper, in pixels and a family of fonts."""
    plot = None if width is None else width - START - END
    inner = _inside(chart, width=plot, height=height)
    # What a script needs to find the value under a pointer.
    spread = "bands" if chart.is_banded or len(chart.positions) == 1 else "points"
    head = (
        f'role="img" data-spread="{spread}" font-family="{family}"><title>{escape(chart.title)}</title>'
        f"<desc>{escape(summary(chart))}</desc>"
    )
    if width is None:
        return SafeString(
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart__drawing" width="100%" height="{height}"'
            f' overflow="visible" {head}{inner}</svg>'
        )
    return SafeString(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" {head}'
        f'<svg x="{START}" width="{plot}" height="{height}" overflow="visible">{inner}</svg></svg>'
    )


def summary(chart: Chart) -> str:
    """Return in a sentence for each series between what it moved, for those who hear the drawing."""
    sentences = []
    for series in chart.series:
        known = [value for value in series.values if value is not None]
        words = {"series": series.label, "unit": chart.unit}
        if not known:
            sentences.append(_("%(series)s: nothing.") % words)
            continue
        words |= {
            name: written(value, chart.decimals)
            for name, value in (("low", min(known)), ("high", max(known)), ("last", known[-1]))
        }
        sentences.append(_("%(series)s: from %(low)s to %(high)s %(unit)s, last %(last)s.") % words)
    if chart.positions:
        first, last = position_names([chart.positions[0], chart.positions[-1]])
        sentences.insert(0, _("%(first)s to %(last)s.") % {"first": first, "last": last})
    return " ".join(sentences)


def _inside(chart: Chart, *, width: float | None, height: int) -> str:
    reached = reaches(chart)
    ticks = figure_ticks(*extremes(chart, reached))
    plot = Plot(
        columns=Columns(len(chart.positions), width or _stretched(chart), is_banded=chart.is_banded),
        upwards=Scale(domain=(float(ticks[0]), float(ticks[-1])), span=(height - TOP - BOTTOM, 0)),
        ticks=ticks,
        height=height,
        is_stretched=width is None,
    )
    grid = "".join(plot.across(float(tick)) for tick in ticks if tick)
    return (
        f'<defs>{_patterns(chart)}</defs><svg y="{TOP}" width="100%" height="{plot.inner}"'
        f' viewBox="0 0 {plot.columns.width:g} {plot.inner}" preserveAspectRatio="none" overflow="visible">'
        f"{_rule(grid, opacity='0.14')}{_shapes(chart, reached, plot)}{_rule(plot.across(0), opacity='0.6')}"
        f"{_thresholds(chart, plot)}</svg>"
        f"{_figures(chart, plot)}{_positions(chart, plot)}{_names(chart, plot)}"
    )


def _stretched(chart: Chart) -> float:
    """Return a width that lets the positions stand at whole numbers, which are short to write."""
    gaps = len(chart.positions) if chart.is_banded else len(chart.positions) - 1
    return max(gaps, 1) * 2 * max(1, round(STRETCHED / 2 / max(gaps, 1)))


def _patterns(chart: Chart) -> str:
    return "".join(
        pattern(f"{chart.name}-{number}", style)
        for number, (series, style) in enumerate(chart.styled)
        if style.hatch and series.mark not in {Mark.LINE, Mark.STEP}
    )


def _shapes(chart: Chart, reached: list[list[Reach | None]], plot: Plot) -> str:
    """Draw what is filled first and lines over it; of areas the highest first, so that none is hidden."""
    of_lanes = lanes(chart.series)
    height = steady(plot.upwards)
    shapes: dict[bool, list[str]] = {True: [], False: []}
    for number, (series, style) in enumerate(chart.styled):
        shapes[series.mark in {Mark.LINE, Mark.STEP}].append(
            shape(
                series,
                reached[number],
                columns=plot.columns,
                height=height,
                lane=of_lanes[number],
                style=style,
                fill=f"url(#{chart.name}-{number})" if style.hatch else style.colour,
            )
        )
    return "".join([*reversed(shapes[False]), *shapes[True]])


def _rule(path: str, *, opacity: str) -> str:
    return (
        f'<path d="{path}" fill="none" stroke="currentColor" stroke-opacity="{opacity}"'
        ' vector-effect="non-scaling-stroke"/>'
    )


def _figures(chart: Chart, plot: Plot) -> str:
    """Name the figures at the start of their lines, and above them the unit."""
    names = "".join(
        f'<text x="-8" y="{TOP + plot.upwards(float(tick)) + 4:.1f}">{shortened(tick)}</text>'
        for tick in plot.ticks
    )
    unit = f'<text x="{-START}" y="10" {WORDS}>{escape(chart.axis or chart.unit)}</text>'
    return f'{unit}<g text-anchor="end" {WORDS}>{names}</g>'


def _positions(chart: Chart, plot: Plot) -> str:
    """Name some positions under their places."""
    names = ""
    for number, name in position_ticks(chart.positions):
        part = plot.columns.centre(number) / plot.columns.width
        # On paper the last one ends where the drawing does; a page leaves it room under its own place.
        ends = part > NEAR_THE_END and not plot.columns.is_banded and not plot.is_stretched
        anchor = ' text-anchor="end"' if ends else ""
        names += f'<text x="{plot.along(part)}" y="{plot.height - 6}"{anchor}>{escape(name)}</text>'
    return f'<g text-anchor="middle" {WORDS}>{names}</g>'


def _thresholds(chart: Chart, plot: Plot) -> str:
    return "".join(
        f'<path d="{plot.across(float(threshold.value))}" fill="none" stroke="{style.colour}"'
        f' stroke-width="1.5" stroke-dasharray="{THRESHOLD_DASH}" vector-effect="non-scaling-stroke"/>'
        for threshold, style in chart.thresholds
    )


def _names(chart: Chart, plot: Plot) -> str:
    """Name a threshold over the end of its line; several are named by the legend, beside their series."""
    if len(chart.thresholds) != 1:
        return ""
    ((threshold, _style),) = chart.thresholds
    y = TOP + plot.upwards(float(threshold.value)) - 4
    name = escape(f"{threshold.label} {exact(threshold.value)} {chart.unit}")
    # A page gives it a rim of its own colour, to be read on top of values.
    place = f'x="{plot.along(1)}" y="{y:.1f}"'
    return f'<g class="chart__names" text-anchor="end" {NAMES}><text {place}>{name}</text></g>'
