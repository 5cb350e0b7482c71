"""Paths for values: bars, areas, lines and steps, each series in as few elements as can be.

They are drawn into a plot that a page may stretch in width, so that lines keep theirs by `vector-effect`.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from charts.chart import Mark, Series, Style
from charts.layout import Columns, Reach

ROUND = 'stroke-linecap="round" vector-effect="non-scaling-stroke"'
LINE = 2
DOT = 6
# With more values than this, dots would be a second line.
MOST_DOTS = 31

type Height = Callable[[float], float]
type Run = list[tuple[int, Reach]]


def shape(
    series: Series,
    reached: Sequence[Reach | None],
    *,
    columns: Columns,
    height: Height,
    lane: tuple[int, int],
    style: Style,
    fill: str,
) -> str:
    """Return the elements that stand for a series."""
    match series.mark:
        case Mark.BAR | Mark.STACKED_BAR:
            return _filled(_bars(reached, columns=columns, height=height, lane=lane), fill)
        case Mark.AREA:
            return _filled(_areas(reached, columns=columns, height=height), fill)
        case Mark.STEP:
            return _stroked(_steps(reached, columns=columns, height=height), style)
        case Mark.LINE:
            return _line(reached, columns=columns, height=height, style=style)


def _filled(path: str, fill: str) -> str:
    return f'<path d="{path}" fill="{fill}"/>' if path else ""


def _stroked(path: str, style: Style) -> str:
    dash = f' stroke-dasharray="{style.dash}"' if style.dash else ""
    return (
        f'<path d="{path}" fill="none" stroke="{style.colour}" stroke-width="{LINE}"{dash}'
        ' stroke-linejoin="round" vector-effect="non-scaling-stroke"/>'
        if path
        else ""
    )


def _bars(reached: Sequence[Reach | None], *, columns: Columns, height: Height, lane: tuple[int, int]) -> str:
    number, most = lane
    width = columns.bar / most
    left = number * width - columns.bar / 2
    path = []
    for place, span in enumerate(reached):
        if span is None or span[0] == span[1]:
            continue
        base = f"{height(span[0]):.1f}"
        path.append(f"M{columns.centre(place) + left:.1f} {base}V{height(span[1]):.1f}h{width:.1f}V{base}z")
    return "".join(path)


def _areas(reached: Sequence[Reach | None], *, columns: Columns, height: Height) -> str:
    """Fill from the top of each stack down to zero: the areas below are drawn over it later."""
    ground = f"{height(0):.1f}"
    path = ""
    for run in _runs(reached):
        first, last = run[0][0], run[-1][0]
        if first == last:
            # A day between two without a value has no width of its own.
            left = max(columns.centre(first) - columns.bar / 2, 0)
            width = min(columns.bar, columns.width - left)
            path += f"M{left:.1f} {ground}V{height(run[0][1][1]):.1f}h{width:.1f}V{ground}z"
            continue
        top = _through(run, columns=columns, height=height)
        path += f"M{columns.places[first]} {ground}L{top}V{ground}z"
    return path


def _steps(reached: Sequence[Reach | None], *, columns: Columns, height: Height) -> str:
    levels = [None if span is None else span[1] for span in reached]
    path, place = "", 0
    for level, same in groupby(levels):
        length = len(list(same))
        if level is not None:
            left = columns.centre(place) - columns.band / 2
            path += f"M{left:.1f} {height(level):.1f}h{length * columns.band:.1f}"
        place += length
    return path


def _line(reached: Sequence[Reach | None], *, columns: Columns, height: Height, style: Style) -> str:
    runs = list(_runs(reached))
    lines = "".join(f"M{_through(run, columns=columns, height=height)}" for run in runs if len(run) > 1)
    # A value without a neighbour is a dot, since a line needs two.
    dotted = [value for run in runs for value in run if len(run) == 1 or len(reached) <= MOST_DOTS]
    dots = "".join(f"M{columns.places[place]} {height(span[1]):.1f}h0" for place, span in dotted)
    rim = _rim(lines, LINE) + _rim(dots, DOT) if columns.is_banded and len(reached) <= MOST_DOTS else ""
    return rim + _stroked(lines, style) + _dots(dots, style)


def _dots(path: str, style: Style) -> str:
    return (
        f'<path d="{path}" fill="none" stroke="{style.colour}" stroke-width="{DOT}" {ROUND}/>' if path else ""
    )


def _rim(path: str, width: int) -> str:
    """Draw paper around a line that lies over bars; a page has a colour of its own for it."""
    return (
        f'<path class="chart__rim" d="{path}" fill="none" stroke="#fff" stroke-width="{width + 3}" {ROUND}/>'
        if path
        else ""
    )


def _through(run: Run, *, columns: Columns, height: Height) -> str:
    """Return the points where the values of neighbours end."""
    places = columns.places
    return " ".join([f"{places[place]} {height(span[1]):.1f}" for place, span in run])


def _runs(reached: Sequence[Reach | None]) -> Iterator[Run]:
    """Yield neighbours that have a value, with their places; one without parts them."""
    run: Run = []
    for place, span in enumerate(reached):
        if span is not None:
            run.append((place, span))
        elif run:
            yield run
            run = []
    if run:
        yield run
