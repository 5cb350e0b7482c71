"""Levels side by side: horizontal bars, each under its name, with the mark that it should reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from charts.numbers import Figure, written_each
from charts.palette import LOW, Style, pattern, style_of
from charts.scale import Scale
from charts.tables import filled, swatch

ROW = 30
BAR = 9
BAR_AT = 17
WORDS = 'font-size="12" fill="currentColor"'
# What fits beside its figure on a phone; the table has the whole name.
LONGEST_NAME = 32


@dataclass(frozen=True, slots=True)
class Level:
    """A figure under a name, and the mark below which it is low, where it has one."""

    label: str
    value: Figure
    mark: Figure | None = None
    # Where the name in the table leads, and what else its row tells.
    href: str = ""
    details: tuple[str, ...] = ()

    # Low for a reason that the one mark does not tell.
    is_flagged: bool = False

    @property
    def is_low(self) -> bool:
        return self.is_flagged or (self.mark is not None and self.value < self.mark)


@dataclass(frozen=True)
class LevelChart:
    """Levels from top to bottom, in the order that they are given.

    `corner` says what they are levels of, `mark` what the marks are, where there are any; `details` heads
    the columns of the table for what else is told.
    """

    name: str
    title: str
    unit: str
    corner: str
    levels: Sequence[Level]
    mark: str = ""
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


def levels_svg(chart: LevelChart, *, width: int | None = None) -> SafeString:
    """Return the drawing: as wide as its place, or, for paper, with a width in pixels."""
    height = max(ROW * len(chart.drawn), 1)
    ends = [float(end) for level in chart.drawn for end in (level.value, level.mark) if end is not None]
    low, high = min([0.0, *ends]), max([float(chart.whole), *ends])
    across = Scale(domain=(low, high if high > low else low + 1), span=(0, 100))
    rows = "".join(_row(chart, number, across) for number in range(len(chart.drawn)))
    size = (
        f'class="chart__drawing chart__drawing--levels" width="100%" height="{height}"'
        if width is None
        else f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    )
    return SafeString(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="inherit">'
        f"<title>{escape(chart.title)}</title><desc>{escape(levels_summary(chart))}</desc>"
        f"<defs>{pattern(f'{chart.name}-low', LOW)}</defs>{rows}</svg>"
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
    marks = written_each([level.mark for level in chart.levels], chart.decimals)
    rows = "\n".join(
        f'<tr><th scope="row">{_linked(level)}</th><td>{figure}</td>'
        + (f"<td>{mark}</td>" if chart.mark else "")
        + "".join([f"<td>{escape(detail)}</td>" for detail in level.details])
        + "</tr>"
        for level, figure, mark in zip(chart.levels, chart.figures, marks, strict=True)
    )
    heads = [chart.corner, chart.unit, *([chart.mark] if chart.mark else []), *chart.details]
    caption = _("%(title)s, in %(unit)s") % {"title": chart.title, "unit": chart.unit}
    return SafeString(
        f'<table class="table chart__table"><caption>{escape(caption)}</caption><thead><tr>'
        + "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
        + f"</tr></thead><tbody>{rows}</tbody></table>"
    )


def levels_legend(chart: LevelChart) -> SafeString:
    """Return what a line across a bar and a hatched bar mean, as an HTML list; nothing without either."""
    lines = []
    if chart.mark:
        line = swatch('<path d="M3 0v14" stroke="currentColor" stroke-width="2"/>', width=6)
        lines.append(f"<li>{line}{escape(chart.mark)}</li>")
    if any(level.is_low for level in chart.levels):
        lines.append(f"<li>{swatch(filled(f'{chart.name}-low-s', LOW))}{escape(_('Low'))}</li>")
    return SafeString(f'<ul class="chart__legend">{"".join(lines)}</ul>' if lines else "")


def _linked(level: Level) -> str:
    name = escape(level.label)
    return f'<a href="{escape(level.href)}">{name}</a>' if level.href else name


def _row(chart: LevelChart, number: int, across: Scale) -> str:
    level = chart.levels[number]
    top = ROW * number
    style: Style = LOW if level.is_low else style_of(0)
    fill = f"url(#{chart.name}-low)" if level.is_low else style.colour
    start, end = sorted((across(0), across(float(level.value))))
    figure = f"{chart.figures[number]} {chart.unit}"
    if level.is_low:
        figure = _("low: %(figure)s") % {"figure": figure}
    bar = f'y="{top + BAR_AT}" height="{BAR}" rx="2"'
    return (
        f'<text x="0" y="{top + 13}" {WORDS}>{escape(_shortened(level.label))}</text>'
        f'<text x="100%" y="{top + 13}" text-anchor="end" {WORDS}>{escape(figure)}</text>'
        f'<rect x="0" width="100%" {bar} fill="currentColor" fill-opacity="0.08"/>'
        f'<rect x="{start:.2f}%" width="{end - start:.2f}%" {bar} fill="{fill}"/>'
        + "".join(_upright(across(at), top) for at in _uprights(level, across))
    )


def _uprights(level: Level, across: Scale) -> list[float]:
    """Return where a line stands across the bar: at the mark, and at zero where levels lie on both sides."""
    zero = [0.0] if across.domain[0] < 0 else []
    return zero if level.mark is None else [*zero, float(level.mark)]


def _upright(share: float, top: int) -> str:
    """Draw a line over the whole height of a bar and a little more."""
    return (
        f'<line x1="{share:.2f}%" x2="{share:.2f}%" y1="{top + BAR_AT - 2}" y2="{top + BAR_AT + BAR + 2}"'
        ' stroke="currentColor" stroke-width="2"/>'
    )


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"
