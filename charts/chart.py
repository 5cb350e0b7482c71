"""What a chart says, before it is a drawing, a legend or a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from charts.numbers import Figure
from charts.palette import Style, style_of
from charts.ticks import Position


class Mark(Enum):
    """What stands for the values of a series."""

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
    # What stands over the figures of the axis, where that is more than the unit: tons a day.
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
    def styled(self) -> list[tuple[Series, Style]]:
        """Return the series, each with what it looks like."""
        return [(series, series.style or style_of(number)) for number, series in enumerate(self.series)]

    @property
    def thresholds(self) -> list[tuple[Threshold, Style]]:
        """Return the thresholds of the series, each with what its series looks like."""
        return [(series.threshold, style) for series, style in self.styled if series.threshold is not None]
