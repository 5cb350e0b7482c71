"""Where the values of a chart stand: from what they rise and how far, and on which scale."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from charts.chart import Chart, Mark, Series

# From where to where a value reaches, in its own unit.
type Reach = tuple[float, float]

# A thin bar needs all of its place; few bars look better apart.
CROWDED, FULL = 40, 120


def reaches(chart: Chart) -> list[list[Reach | None]]:
    """Return for each series where each of its values begins and ends; the stacked stand on those before.

    What lies below zero is stacked downwards, on its own side.
    """
    stacks: dict[Mark, tuple[list[float], list[float]]] = {
        mark: ([0.0] * len(chart.positions), [0.0] * len(chart.positions))
        for mark in (Mark.STACKED_BAR, Mark.AREA)
    }
    return [
        _stacked(series, stacks[series.mark]) if series.mark in stacks else _free(series)
        for series in chart.series
    ]


def _signed(series: Series) -> Iterator[float | None]:
    sign = -1 if series.is_downward else 1
    return (None if value is None else sign * float(value) for value in series.values)


def _free(series: Series) -> list[Reach | None]:
    return [None if value is None else (0.0, value) for value in _signed(series)]


def _stacked(series: Series, stack: tuple[list[float], list[float]]) -> list[Reach | None]:
    found: list[Reach | None] = []
    for number, value in enumerate(_signed(series)):
        if value is None:
            found.append(None)
            continue
        side = stack[value < 0]
        base = side[number]
        side[number] = base + value
        found.append((base, side[number]))
    return found


def extremes(chart: Chart, reached: Sequence[Sequence[Reach | None]]) -> Reach:
    """Return the lowest and the highest of what is to be drawn, thresholds included; (0, 0) of nothing."""
    ends = [float(threshold.value) for threshold, _style in chart.thresholds]
    for reach in reached:
        ends.extend(end for span in reach if span is not None for end in span)
    return (min(ends), max(ends)) if ends else (0.0, 0.0)


@dataclass(frozen=True)
class Columns:
    """Where positions stand between the left edge and the right one, `width` apart."""

    count: int
    width: float
    is_banded: bool

    @cached_property
    def places(self) -> list[str]:
        """Return the middles of the positions as they stand in a path, short where they can be."""
        return [f"{self.centre(number):.1f}".removesuffix(".0") for number in range(self.count)]

    @property
    def band(self) -> float:
        return self.width / self.count if self.count else self.width

    def centre(self, number: float) -> float:
        """Return the middle of a position, counted from 0."""
        if self.is_banded or self.count == 1:
            return (number + 0.5) * self.band
        return number * self.width / (self.count - 1) if self.count else 0.0

    @property
    def bar(self) -> float:
        """Return how wide the bars of a position are together."""
        share = 0.7 if self.count <= CROWDED else 0.85 if self.count <= FULL else 1.0
        # A single bar need not be a wall.
        return min(self.band * share, self.width / 6)


def lanes(series: Sequence[Series]) -> list[tuple[int, int]]:
    """Return for each series which lane of a position's bars it stands in, and how many lanes there are.

    Bars side by side have one each; those that hang below zero share the lanes of those above.
    """
    above = below = 0
    numbers = []
    for one in series:
        if one.mark is not Mark.BAR:
            numbers.append(0)
        elif one.is_downward:
            numbers.append(below)
            below += 1
        else:
            numbers.append(above)
            above += 1
    most = max(above, below, 1)
    return [
        (number, most if one.mark is Mark.BAR else 1) for number, one in zip(numbers, series, strict=True)
    ]
