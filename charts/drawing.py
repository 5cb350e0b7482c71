"""A chart as an SVG drawing.

Words and lines keep their size at every width: the drawing is as wide as its place, positions are percentages
of it, and only the shapes of the values, in a plot of their own, are stretched. On a page `.chart__drawing`
leaves room for the words at the edges; with a `width`, for paper, the drawing leaves it itself.
Colours are presentation attributes, since a PDF's renderer ignores style sheets inside a drawing.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from charts.axes import figure_ticks, position_names, position_ticks, scale
from charts.chart import THRESHOLD_DASH, Chart, Mark, Style, pattern
from charts.numbers import exact, shortened, written

HEIGHT = 220
# Room around the plot: for the unit, the figures, the positions, and half of the last of these.
TOP, START, BOTTOM, END = 22, 44, 24, 14
# The plot's own measure; on paper it is the plot's true width.
STRETCHED = 600
WORDS = 'font-size="12" fill="currentColor" fill-opacity="0.8"'
NAMES = 'font-size="12" font-weight="600" fill="currentColor"'
NEAR_THE_END = 0.92
# A thin bar needs all of its place; few bars look better apart.
CROWDED, FULL = 40, 120
# A page may stretch the plot; lines keep their width all the same.
STEADY = 'vector-effect="non-scaling-stroke"'
ROUND = f'fill="none" stroke="{{colour}}" stroke-width="{{width}}" stroke-linecap="round" {STEADY}'
RIM = f'class="chart__rim" fill="none" stroke="#fff" stroke-width="{{width}}" stroke-linecap="round" {STEADY}'
LINE, DOT = 2, 6
# With more values than this, dots would be a second line.
MOST_DOTS = 31

# From where to where a value reaches, in its own unit.
type Span = tuple[float, float]
# Neighbours that have a value, with their positions.
type Run = list[tuple[int, Span]]


def chart_svg(
    chart: Chart, *, width: int | None = None, height: int = HEIGHT, family: str = "inherit"
) -> SafeString:
    """Return the drawing: as wide as its place, or, for paper, in pixels and a family of fonts."""
    plot_width = None if width is None else width - START - END
    inner = _inside(chart, width=plot_width, height=height)
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
        f'<svg x="{START}" width="{plot_width}" height="{height}" overflow="visible">{inner}</svg></svg>'
    )


def summary(chart: Chart) -> str:
    """Return a sentence for each series, from its lowest to its highest value, for screen readers."""
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


def _inside(chart: Chart, *, width: int | None, height: int) -> str:
    spans = _spans(chart)
    plot = _Plot(chart, spans, width=width, height=height - TOP - BOTTOM)
    grid = "".join(plot.level_line(float(tick)) for tick in plot.ticks if tick)
    return (
        f'<defs>{_patterns(chart)}</defs><svg y="{TOP}" width="100%" height="{plot.height}"'
        f' viewBox="0 0 {plot.width:g} {plot.height}" preserveAspectRatio="none" overflow="visible">'
        f"{_rule(grid, opacity='0.14')}{_shapes(chart, spans, plot)}"
        f"{_rule(plot.level_line(0), opacity='0.6')}{_thresholds(chart, plot)}</svg>"
        f"{_figures(chart, plot)}{_positions(chart, plot, height - 6)}{_threshold_name(chart, plot)}"
    )


# --- Where values stand


def _spans(chart: Chart) -> list[list[Span | None]]:
    """Return for each series where each of its values begins and ends; the stacked stand on those before.

    What lies below zero is stacked downwards, on its own side.
    """
    stacks = {
        mark: ([0.0] * len(chart.positions), [0.0] * len(chart.positions))
        for mark in (Mark.STACKED_BAR, Mark.AREA)
    }
    spans: list[list[Span | None]] = []
    for series in chart.series:
        sign = -1 if series.is_downward else 1
        values = [None if value is None else sign * float(value) for value in series.values]
        if series.mark not in stacks:
            spans.append([None if value is None else (0.0, value) for value in values])
            continue
        stacked: list[Span | None] = []
        for number, value in enumerate(values):
            if value is None:
                stacked.append(None)
                continue
            side = stacks[series.mark][value < 0]
            stacked.append((side[number], side[number] + value))
            side[number] += value
        spans.append(stacked)
    return spans


class _Plot:
    """The places of positions and figures, between the words at the edges."""

    def __init__(
        self, chart: Chart, spans: Iterable[Iterable[Span | None]], *, width: int | None, height: int
    ) -> None:
        self.count = len(chart.positions)
        self.is_banded = chart.is_banded
        # On a page it is stretched to its place, whose width nobody knows beforehand.
        self.is_stretched = width is None
        # Then positions stand at whole numbers, which are short to write.
        gaps = max(self.count if self.is_banded else self.count - 1, 1)
        self.width = gaps * 2 * max(1, round(STRETCHED / 2 / gaps)) if width is None else width
        self.height = height
        ends = [float(threshold.value) for threshold, _style in chart.thresholds]
        ends.extend(end for of_series in spans for span in of_series if span is not None for end in span)
        self.ticks = figure_ticks(min(ends, default=0.0), max(ends, default=0.0))
        self.up = scale(float(self.ticks[0]), float(self.ticks[-1]), start=height, end=0)
        self.band = self.width / self.count if self.count else self.width
        share = 0.7 if self.count <= CROWDED else 0.85 if self.count <= FULL else 1.0
        # How wide the bars of a position are together. A single bar need not be a wall.
        self.bar = min(self.band * share, self.width / 6)
        # The middles of the positions as they stand in a path, short where they can be.
        self.places = [f"{self.centre(number):.1f}".removesuffix(".0") for number in range(self.count)]

    def centre(self, number: int) -> float:
        """Return the middle of a position, counted from 0."""
        if self.is_banded or self.count == 1:
            return (number + 0.5) * self.band
        return number * self.width / (self.count - 1)

    def level_line(self, figure: float) -> str:
        """Return the path of a level line from edge to edge."""
        return f"M0 {self.up(figure):.1f}h{self.width:g}"

    def along(self, part: float) -> str:
        """Return a place along the plot: in percent of it, on paper in pixels.

        A PDF's renderer takes percent of the whole drawing for those of the plot.
        """
        return f"{part * 100:.2f}%" if self.is_stretched else f"{part * self.width:.1f}"


# --- The words and lines around the values


def _patterns(chart: Chart) -> str:
    return "".join(
        pattern(f"{chart.name}-{number}", style)
        for number, (series, style) in enumerate(chart.styled)
        if style.hatch and not series.is_line
    )


def _rule(path: str, *, opacity: str) -> str:
    return _path(path, f'fill="none" stroke="currentColor" stroke-opacity="{opacity}" {STEADY}')


def _figures(chart: Chart, plot: _Plot) -> str:
    """Name the figures at the start of their lines, and above them the unit."""
    names = "".join(
        f'<text x="-8" y="{TOP + plot.up(float(tick)) + 4:.1f}">{shortened(tick)}</text>'
        for tick in plot.ticks
    )
    unit = f'<text x="{-START}" y="10" {WORDS}>{escape(chart.axis or chart.unit)}</text>'
    return f'{unit}<g text-anchor="end" {WORDS}>{names}</g>'


def _positions(chart: Chart, plot: _Plot, y: int) -> str:
    """Name some positions under their places."""
    names = ""
    for number, name in position_ticks(chart.positions):
        part = plot.centre(number) / plot.width
        # On paper the last one ends where the drawing does; a page leaves it room under its own place.
        ends = part > NEAR_THE_END and not plot.is_banded and not plot.is_stretched
        anchor = ' text-anchor="end"' if ends else ""
        names += f'<text x="{plot.along(part)}" y="{y}"{anchor}>{escape(name)}</text>'
    return f'<g text-anchor="middle" {WORDS}>{names}</g>'


def _thresholds(chart: Chart, plot: _Plot) -> str:
    stroke = f'stroke-width="1.5" stroke-dasharray="{THRESHOLD_DASH}" {STEADY}'
    return "".join(
        _path(plot.level_line(float(threshold.value)), f'fill="none" stroke="{style.colour}" {stroke}')
        for threshold, style in chart.thresholds
    )


def _threshold_name(chart: Chart, plot: _Plot) -> str:
    """Name a threshold over the end of its line; several are named by the legend, with their series."""
    if len(chart.thresholds) != 1:
        return ""
    ((threshold, _style),) = chart.thresholds
    y = TOP + plot.up(float(threshold.value)) - 4
    name = escape(f"{threshold.label} {exact(threshold.value)} {chart.unit}")
    # A page gives it a rim of its own colour, to be read on top of values.
    place = f'x="{plot.along(1)}" y="{y:.1f}"'
    return f'<g class="chart__names" text-anchor="end" {NAMES}><text {place}>{name}</text></g>'


# --- The values: each series in as few elements as can be


def _shapes(chart: Chart, spans: list[list[Span | None]], plot: _Plot) -> str:
    """Draw what is filled first and lines over it; of areas the highest first, so that none is hidden."""
    filled, lines = [], []
    # Bars have a lane each; those that hang below zero share the lanes of those above.
    bars = [series for series in chart.series if series.mark is Mark.BAR]
    below = sum(series.is_downward for series in bars)
    lanes = max(below, len(bars) - below, 1)
    next_lane = {True: 0, False: 0}
    for number, (series, style) in enumerate(chart.styled):
        fill = f'fill="url(#{chart.name}-{number})"' if style.hatch else f'fill="{style.colour}"'
        match series.mark:
            case Mark.BAR:
                lane = next_lane[series.is_downward]
                next_lane[series.is_downward] += 1
                filled.append(_path(_bars(spans[number], plot, lane=lane, lanes=lanes), fill))
            case Mark.STACKED_BAR:
                filled.append(_path(_bars(spans[number], plot), fill))
            case Mark.AREA:
                filled.append(_path(_areas(spans[number], plot), fill))
            case Mark.STEP:
                lines.append(_path(_steps(spans[number], plot), _stroke(style)))
            case Mark.LINE:
                lines.append(_line(spans[number], plot, style))
    return "".join([*reversed(filled), *lines])


def _path(path: str, attributes: str) -> str:
    return f'<path d="{path}" {attributes}/>' if path else ""


def _bars(spans: Sequence[Span | None], plot: _Plot, *, lane: int = 0, lanes: int = 1) -> str:
    width = plot.bar / lanes
    left = lane * width - plot.bar / 2
    path = ""
    for number, span in enumerate(spans):
        if span is not None and span[0] != span[1]:
            base = f"{plot.up(span[0]):.1f}"
            path += f"M{plot.centre(number) + left:.1f} {base}V{plot.up(span[1]):.1f}h{width:.1f}V{base}z"
    return path


def _areas(spans: Sequence[Span | None], plot: _Plot) -> str:
    """Fill from the top of each stack down to zero: the areas below are drawn over it later."""
    ground = f"{plot.up(0):.1f}"
    path = ""
    for run in _runs(spans):
        first, last = run[0][0], run[-1][0]
        if first == last:
            # A day between two without a value has no width of its own.
            left = max(plot.centre(first) - plot.bar / 2, 0)
            width = min(plot.bar, plot.width - left)
            path += f"M{left:.1f} {ground}V{plot.up(run[0][1][1]):.1f}h{width:.1f}V{ground}z"
        else:
            path += f"M{plot.places[first]} {ground}L{_points(run, plot)}V{ground}z"
    return path


def _steps(spans: Sequence[Span | None], plot: _Plot) -> str:
    path, number = "", 0
    for span, same in groupby(spans):
        length = len(list(same))
        if span is not None:
            left = plot.centre(number) - plot.band / 2
            path += f"M{left:.1f} {plot.up(span[1]):.1f}h{length * plot.band:.1f}"
        number += length
    return path


def _line(spans: Sequence[Span | None], plot: _Plot, style: Style) -> str:
    runs = list(_runs(spans))
    has_dots = len(spans) <= MOST_DOTS
    line = "".join(f"M{_points(run, plot)}" for run in runs if len(run) > 1)
    # A value without a neighbour is a dot, since a line needs two.
    dotted = [value for run in runs for value in run if len(run) == 1 or has_dots]
    dots = "".join(f"M{plot.places[number]} {plot.up(span[1]):.1f}h0" for number, span in dotted)
    rims = ""
    if plot.is_banded and has_dots:
        # Paper around a line that lies over bars; a page has a colour of its own for it.
        rims = _path(line, RIM.format(width=LINE + 3)) + _path(dots, RIM.format(width=DOT + 3))
    return rims + _path(line, _stroke(style)) + _path(dots, ROUND.format(colour=style.colour, width=DOT))


def _stroke(style: Style) -> str:
    dash = f' stroke-dasharray="{style.dash}"' if style.dash else ""
    return f'fill="none" stroke="{style.colour}" stroke-width="{LINE}"{dash} stroke-linejoin="round" {STEADY}'


def _points(run: Run, plot: _Plot) -> str:
    """Return the points where the values of neighbours end."""
    places, up = plot.places, plot.up
    return " ".join([f"{places[number]} {up(span[1]):.1f}" for number, span in run])


def _runs(spans: Sequence[Span | None]) -> Iterator[Run]:
    """Yield neighbours that have a value; one without parts them."""
    known = groupby(enumerate(spans), key=lambda place: place[1] is not None)
    for has_value, places in known:
        if has_value:
            yield [(number, span) for number, span in places if span is not None]
