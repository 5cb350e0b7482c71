"""A chart: its series, marks and styles, before it is a drawing, a legend or a table.

Series differ in more than colour. The colours are those of Okabe and Ito, moved until each has a contrast of
3 : 1 on a light and on a dark page, so that one drawing serves both. Each comes with a hatch for fills and a
dash for lines.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from charts.axes import Position, position_names
from charts.numbers import Figure, written_each

# The colour of the words around, for what all others are measured by.
INK = "currentColor"
TILE = 8


@dataclass(frozen=True, slots=True)
class Style:
    """What a series looks like; hatch is a path over a tile of 8 by 8, dash an SVG dash array."""

    colour: str
    hatch: str = ""
    dash: str = ""


PALETTE = (
    Style("#0b78bd"),
    Style("#d55e00", hatch="M-2 2l4-4M0 8l8-8M6 10l4-4", dash="7 4"),
    Style("#00906a", hatch="M0 2h8M0 6h8", dash="2 4"),
    Style("#b5518e", hatch="M-2 6l4 4M0 0l8 8M6-2l4 4", dash="10 3 2 3"),
    Style("#9a7400", hatch="M2 0v8M6 0v8", dash="4 2"),
    Style("#6b7480", hatch="M0 0l8 8M0 8l8-8", dash="12 4"),
    Style("#2a8f8f", hatch="M0 4h8", dash="1 3"),
    Style("#8a63d2", hatch="M4 0v8", dash="8 3 1 3 1 3"),
)
# What is filled without a neighbour needs no hatch.
PLAIN = tuple(Style(style.colour) for style in PALETTE)
NEUTRAL = Style(INK)
THRESHOLD_DASH = "5 4"
# What has fallen below its mark.
LOW = PALETTE[1]


def style_of(number: int) -> Style:
    """Return the style of the series with this number; a ninth looks like the first again."""
    return PALETTE[number % len(PALETTE)]


def pattern(name: str, style: Style) -> str:
    """Return the definition of a hatched fill under a name that is one of its kind on the page."""
    return (
        f'<pattern id="{name}" width="{TILE}" height="{TILE}" patternUnits="userSpaceOnUse">'
        f'<rect width="{TILE}" height="{TILE}" fill="{style.colour}"/>'
        f'<path d="{style.hatch}" fill="none" stroke="#fff" stroke-opacity="0.4"/>'
        "</pattern>"
    )


class Mark(Enum):
    """The shape that draws the values of a series."""

    LINE = auto()
    # A short level line over each position, such as a target of a day.
    STEP = auto()
    # Next to the bars of other series.
    BAR = auto()
    # On top of the series before.
    STACKED_BAR = auto()
    AREA = auto()


@dataclass(frozen=True, slots=True)
class Threshold:
    """A level that the values of a series are held against, drawn across it; `label` says what it is."""

    label: str
    value: Figure


@dataclass(frozen=True, slots=True)
class Series:
    """Values under one name, one for each position of the chart; `None` where there is none.

    A downward series grows below zero: what left, under what came in. Its figures stay as they are.
    """

    label: str
    values: Sequence[Figure | None]
    mark: Mark = Mark.LINE
    is_downward: bool = False
    # Chosen by its place among the series unless said.
    style: Style | None = None
    threshold: Threshold | None = None

    @property
    def is_line(self) -> bool:
        return self.mark in {Mark.LINE, Mark.STEP}


class TableRow(NamedTuple):
    """A row of the table of a chart; its name is a link where it leads to a page."""

    name: str
    cells: Sequence[str]


@dataclass(frozen=True)
class Chart:
    """Series over the same positions: dates, oldest first, or names.

    `name` is an identifier that no other chart of the page has; `corner` says what the positions are.
    Raises ValueError where a series has more or fewer values than there are positions.
    """

    name: str
    title: str
    unit: str
    corner: str
    positions: Sequence[Position]
    series: Sequence[Series]
    decimals: int = 2
    # The text over the figures of the axis, where that is more than the unit: tons a day.
    axis: str = ""

    def __post_init__(self) -> None:
        for series in self.series:
            if len(series.values) != len(self.positions):
                raise ValueError(
                    f"{series.label}: {len(series.values)} values at {len(self.positions)} positions"
                )

    @property
    def is_banded(self) -> bool:
        """Return whether each position has a width, as a bar needs, and is no mere point."""
        return any(series.mark in {Mark.BAR, Mark.STACKED_BAR, Mark.STEP} for series in self.series)

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to draw: no series has a value other than zero."""
        return not any(value for series in self.series for value in series.values)

    @property
    def is_dated(self) -> bool:
        return bool(self.positions) and isinstance(self.positions[0], dt.date)

    @property
    def headings(self) -> list[str]:
        """Return the headings of the table."""
        return [self.corner, *(series.label for series in self.series)]

    @property
    def rows(self) -> list[TableRow]:
        """Return the rows of the table, one for each position; of dates the newest first."""
        columns = [written_each(series.values, self.decimals) for series in self.series]
        names = position_names(self.positions)
        rows = [TableRow(name, cells) for name, *cells in zip(names, *columns, strict=True)]
        return rows[::-1] if self.is_dated else rows

    @property
    def threshold_row(self) -> TableRow | None:
        """Return the last row of the table, each threshold under its series; None without any."""
        if not self.thresholds:
            return None
        levels = [None if series.threshold is None else series.threshold.value for series in self.series]
        return TableRow(self.thresholds[0][0].label, written_each(levels, self.decimals))

    @property
    def styled(self) -> list[tuple[Series, Style]]:
        """Return the series, each with what it looks like."""
        return [(series, series.style or style_of(number)) for number, series in enumerate(self.series)]

    @property
    def thresholds(self) -> list[tuple[Threshold, Style]]:
        """Return the thresholds of the series, each with what its series looks like."""
        return [(series.threshold, style) for series, style in self.styled if series.threshold is not None]
