"""Levels side by side: horizontal bars, each under its name, with the mark that it should reach.

A thin line under a bar shows the lowest and highest level over some time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from charts.axes import Scale, steady
from charts.chart import LOW, pattern, style_of
from charts.numbers import Figure, written_each
from charts.tables import filled, swatch

ROW = 32
BAR = 9
BAR_AT = 17
# The line under a bar.
SPAN, SPAN_AT = 2, 27.5
SPAN_OPACITY = 0.6
INHERITED = 'font-size="12" fill="currentColor"'
PLAIN_FILL = style_of(0).colour
# What fits next to its figure on a phone; the table has the whole name.
LONGEST_NAME = 32


class Level(NamedTuple):
    """A figure under a name, the mark below which it is low, and the least and most it was, where known."""

    label: str
    value: Figure
    mark: Figure | None = None
    # Where the name in the table leads, and the further cells of its row.
    href: str = ""
    details: tuple[str, ...] = ()
    # Low for a reason that the one mark does not show.
    is_flagged: bool = False
    span: tuple[Figure, Figure] | None = None

    @property
    def is_low(self) -> bool:
        return self.is_flagged or (self.mark is not None and self.value < self.mark)


@dataclass(frozen=True)
class LevelChart:
    """Levels from top to bottom, in the order that they are given.

    `corner` says what they are levels of, `mark` what the marks are and `moved` what the spans are, where
    there are any; `details` heads the table's further columns.
    """

    name: str
    title: str
    unit: str
    corner: str
    levels: Sequence[Level]
    mark: str = ""
    moved: str = ""
    details: tuple[str, ...] = ()
    decimals: int = 2
    # The table has all of them; the drawing, where this is said, only the first ones.
    most: int | None = None
    # What the scale holds at least, such as 100 of percentages.
    whole: Figure = 0

    @property
    def drawn(self) -> Sequence[Level]:
        return self.levels[: self.most]

    @property
    def is_empty(self) -> bool:
        return not self.levels

    @property
    def ends(self) -> list[float]:
        """Return every figure that the drawing must have room for."""
        return [
            float(end)
            for level in self.drawn
            for end in (level.value, level.mark, *(level.span or ()))
            if end is not None
        ]

    @cached_property
    def figures(self) -> list[str]:
        """Return the values as they are written, in the drawing, in its words and in the table."""
        return written_each([level.value for level in self.levels], self.decimals)


def levels_svg(chart: LevelChart, *, width: int | None = None) -> SafeString:
    """Return the drawing: as wide as its place, or, for paper, with a width in pixels."""
    height = max(ROW * len(chart.drawn), 1)
    low, high = min([0.0, *chart.ends]), max([float(chart.whole), *chart.ends])
    across = steady(Scale(domain=(low, high if high > low else low + 1), span=(0, 100)))
    # Where levels lie on both sides of zero, a line stands there.
    zero = across(0)
    rows = "".join([_row(chart, number, across, zero) for number in range(len(chart.drawn))])
    size = (
        f'class="chart__drawing chart__drawing--levels" width="100%" height="{height}"'
        if width is None
        else f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    )
    return SafeString(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="inherit">'
        f"<title>{escape(chart.title)}</title><desc>{escape(levels_summary(chart))}</desc>"
        f"<defs>{pattern(f'{chart.name}-low', LOW)}</defs><g {INHERITED}>{rows}</g></svg>"
    )


def levels_summary(chart: LevelChart) -> str:
    """Return what is drawn in words, for those who hear the drawing."""
    sentence = _("%(name)s: %(value)s %(unit)s.")
    return " ".join(
        sentence % {"name": level.label, "value": figure, "unit": chart.unit}
        for level, figure in zip(chart.drawn, chart.figures, strict=False)
    )


def levels_table(chart: LevelChart) -> SafeString:
    """Return the levels as an HTML table, each name leading where its level says."""
    heads, columns = [chart.corner, chart.unit], [chart.figures]
    if chart.mark:
        heads.append(chart.mark)
        columns.append(written_each([level.mark for level in chart.levels], chart.decimals))
    if chart.moved:
        heads += [_("Lowest"), _("Highest")]
        spans = [level.span or (None, None) for level in chart.levels]
        columns += [written_each([span[end] for span in spans], chart.decimals) for end in (0, 1)]
    heads += chart.details
    columns += [
        [escape(level.details[number]) for level in chart.levels] for number in range(len(chart.details))
    ]
    rows = "\n".join(
        [
            f'<tr><th scope="row">{_linked(level)}</th><td>{"</td><td>".join(figures)}</td></tr>'
            for level, *figures in zip(chart.levels, *columns, strict=True)
        ]
    )
    caption = _("%(title)s, in %(unit)s") % {"title": chart.title, "unit": chart.unit}
    return SafeString(
        f'<table class="table chart__table"><caption>{escape(caption)}</caption><thead><tr>'
        + "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
        + f"</tr></thead><tbody>{rows}</tbody></table>"
    )


def levels_legend(chart: LevelChart) -> SafeString:
    """Return what the lines and a hatched bar mean, as an HTML list; nothing without any of them."""
    lines = []
    if chart.mark:
        line = swatch('<path d="M3 0v14" stroke="currentColor" stroke-width="2"/>', width=6)
        lines.append(f"<li>{line}{escape(chart.mark)}</li>")
    if chart.moved:
        line = f'stroke="currentColor" stroke-width="{SPAN}" stroke-opacity="{SPAN_OPACITY}"'
        lines.append(f"<li>{swatch(f'<path d="M0 7h14" {line}/>')}{escape(chart.moved)}</li>")
    if any(level.is_low for level in chart.levels):
        lines.append(f"<li>{swatch(filled(f'{chart.name}-low-s', LOW))}{escape(_('Low'))}</li>")
    return SafeString(f'<ul class="chart__legend">{"".join(lines)}</ul>' if lines else "")


def _linked(level: Level) -> str:
    name = escape(level.label)
    return f'<a href="{escape(level.href)}">{name}</a>' if level.href else name


def _row(chart: LevelChart, number: int, across: Callable[[float], float], zero: float) -> str:
    level = chart.levels[number]
    top = ROW * number
    reached = across(float(level.value))
    figure = f"{chart.figures[number]} {chart.unit}"
    fill = PLAIN_FILL
    if level.is_low:
        fill = f"url(#{chart.name}-low)"
        figure = _("low: %(figure)s") % {"figure": figure}
    bar = f'y="{top + BAR_AT}" height="{BAR}" rx="2"'
    uprights = _upright(zero, top) if zero else ""
    if level.mark is not None:
        uprights += _upright(across(float(level.mark)), top)
    return (
        f'<text y="{top + 13}">{escape(_shortened(level.label))}</text>'
        f'<text x="100%" y="{top + 13}" text-anchor="end">{escape(figure)}</text>'
        f'<rect width="100%" {bar} fill-opacity="0.08"/>'
        f'<rect x="{min(zero, reached):.2f}%" width="{abs(reached - zero):.2f}%" {bar} fill="{fill}"/>'
        f"{uprights}{_span(level.span, across, top)}"
    )


def _span(span: tuple[Figure, Figure] | None, across: Callable[[float], float], top: int) -> str:
    """Draw from the least to the most that a level was."""
    if span is None:
        return ""
    start, end = (across(float(figure)) for figure in span)
    return (
        f'<rect x="{start:.2f}%" width="{end - start:.2f}%" y="{top + SPAN_AT}" height="{SPAN}"'
        f' fill-opacity="{SPAN_OPACITY}"/>'
    )


def _upright(share: float, top: int) -> str:
    """Draw a line over the whole height of a bar and a little more."""
    return (
        f'<line x1="{share:.2f}%" x2="{share:.2f}%" y1="{top + BAR_AT - 2}" y2="{top + BAR_AT + BAR + 2}"'
        ' stroke="currentColor" stroke-width="2"/>'
    )


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"
