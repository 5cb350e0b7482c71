"""Levels side by side: horizontal bars, each under its name, with the mark that it should reach.

A thin line under a bar shows the lowest and highest level over some time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from charts.axes import scale
from charts.chart import LOW, TableRow, pattern, style_of
from charts.numbers import Figure, written_each

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

    @cached_property
    def figures(self) -> list[str]:
        """Return the values as they are written, in the drawing, in its words and in the table."""
        return written_each([level.value for level in self.levels], self.decimals)

    @property
    def headings(self) -> list[str]:
        """Return the headings of the table."""
        moved = [_("Lowest"), _("Highest")] if self.moved else []
        return [self.corner, self.unit, *([self.mark] if self.mark else []), *moved, *self.details]

    @property
    def rows(self) -> list[TableRow]:
        """Return the rows of the table, each name leading where its level says."""
        columns = [self.figures]
        if self.mark:
            columns.append(written_each([level.mark for level in self.levels], self.decimals))
        if self.moved:
            spans = [level.span or (None, None) for level in self.levels]
            columns += [written_each([span[end] for span in spans], self.decimals) for end in (0, 1)]
        return [
            TableRow(
                format_html('<a href="{}">{}</a>', level.href, level.label) if level.href else level.label,
                [*cells, *level.details],
            )
            for level, *cells in zip(self.levels, *columns, strict=True)
        ]


def levels_svg(chart: LevelChart) -> SafeString:
    """Return the drawing, as wide as its place."""
    height = max(ROW * len(chart.drawn), 1)
    ends = [
        float(end)
        for level in chart.drawn
        for end in (level.value, level.mark, *(level.span or ()))
        if end is not None
    ]
    low, high = min([0.0, *ends]), max([float(chart.whole), *ends])
    across = scale(low, high if high > low else low + 1, start=0, end=100)
    rows = "".join([_row(chart, number, across) for number in range(len(chart.drawn))])
    sentence = _("%(name)s: %(value)s %(unit)s.")
    summary = " ".join(
        sentence % {"name": level.label, "value": figure, "unit": chart.unit}
        for level, figure in zip(chart.drawn, chart.figures, strict=False)
    )
    return SafeString(
        '<svg xmlns="http://www.w3.org/2000/svg" class="chart__drawing chart__drawing--levels" width="100%"'
        f' height="{height}" role="img" font-family="inherit">'
        f"<title>{escape(chart.title)}</title><desc>{escape(summary)}</desc>"
        f"<defs>{pattern(f'{chart.name}-low', LOW)}</defs><g {INHERITED}>{rows}</g></svg>"
    )


def _row(chart: LevelChart, number: int, across: Callable[[float], float]) -> str:
    level = chart.levels[number]
    top = ROW * number
    zero, reached = across(0), across(float(level.value))
    figure = f"{chart.figures[number]} {chart.unit}"
    fill = PLAIN_FILL
    if level.is_low:
        fill = f"url(#{chart.name}-low)"
        figure = _("low: %(figure)s") % {"figure": figure}
    name = level.label
    if len(name) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME - 1].rstrip()}…"
    bar = f'y="{top + BAR_AT}" height="{BAR}" rx="2"'
    row = (
        f'<text y="{top + 13}">{escape(name)}</text>'
        f'<text x="100%" y="{top + 13}" text-anchor="end">{escape(figure)}</text>'
        f'<rect width="100%" {bar} fill-opacity="0.08"/>'
        f'<rect x="{min(zero, reached):.2f}%" width="{abs(reached - zero):.2f}%" {bar} fill="{fill}"/>'
    )
    # Where levels lie on both sides of zero, a line is drawn there.
    uprights = [zero] if zero else []
    if level.mark is not None:
        uprights.append(across(float(level.mark)))
    for place in uprights:
        row += (
            f'<line x1="{place:.2f}%" x2="{place:.2f}%" y1="{top + BAR_AT - 2}" y2="{top + BAR_AT + BAR + 2}"'
            ' stroke="currentColor" stroke-width="2"/>'
        )
    if level.span is not None:
        start, end = (across(float(figure)) for figure in level.span)
        row += (
            f'<rect x="{start:.2f}%" width="{end - start:.2f}%" y="{top + SPAN_AT}" height="{SPAN}"'
            f' fill-opacity="{SPAN_OPACITY}"/>'
        )
    return row
