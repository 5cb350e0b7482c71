"""A small line next to a figure: its values over the days before."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from charts.axes import Scale, extent

STROKE = 1.75
DOT = 5
# Room for the dot at the edge.
MARGIN = 3
# A page may stretch the drawing to its card; lines and dot keep their width and roundness.
STEADY = SafeString('fill="none" vector-effect="non-scaling-stroke" stroke-linecap="round"')
# The colour of the words around; what draws into a PDF names one of its own.
INHERITED = "currentColor"

type Point = tuple[float, float]


def sparkline(
    values: Sequence[Decimal | float | None],
    *,
    label: str,
    width: int = 120,
    height: int = 32,
    colour: str = INHERITED,
) -> SafeString:
    """Return an SVG line through the values, oldest first, with a gap for each `None`.

    The label is its title, for those who hear it; the figures themselves stand in a table of the
    caller's. Colours are presentation attributes, since a PDF's renderer ignores style sheets inside.
    """
    numbers = [None if value is None else float(value) for value in values]
    low, high = extent(number for number in numbers if number is not None)
    if low == high == 0:
        # Nothing, day after day, lies on the ground, not in mid-air.
        high = 1
    across = Scale(domain=(0, max(len(numbers) - 1, 1)), span=(MARGIN, width - MARGIN))
    # Upwards on paper is downwards in SVG.
    upwards = Scale(domain=(low, high), span=(height - MARGIN, MARGIN))
    points = [None if number is None else (across(i), upwards(number)) for i, number in enumerate(numbers)]
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="sparkline" role="img" viewBox="0 0 {width} {height}"'
        ' width="{width}" height="{height}" preserveAspectRatio="none"><title>{label}</title>'
        "{zero}{lines}{dot}</svg>",
        width=width,
        height=height,
        label=label,
        zero=_zero_line(upwards(0), width, colour) if low < 0 < high else "",
        lines=_lines(points, colour),
        dot=_last_dot(points, colour),
    )


def _zero_line(y: float, width: int, colour: str) -> SafeString:
    """Draw where nothing is, which only figures on both sides of it need."""
    return format_html(
        '<path d="M{} {y}H{}" stroke="{}" stroke-opacity="0.4" stroke-dasharray="1 4" {}/>',
        MARGIN,
        width - MARGIN,
        colour,
        STEADY,
        y=f"{y:.1f}",
    )


def _lines(points: Sequence[Point | None], colour: str) -> SafeString:
    """Draw a line through each run of neighbours; a day without a value parts them."""
    runs = [list(run) for is_known, run in groupby(points, key=lambda point: point is not None) if is_known]
    return format_html_join(
        "",
        '<polyline points="{}" stroke="{}" stroke-width="{}" stroke-linejoin="round" {}/>',
        (
            (" ".join(f"{x:.1f},{y:.1f}" for x, y in filter(None, run)), colour, STROKE, STEADY)
            for run in runs
        ),
    )


def _last_dot(points: Sequence[Point | None], colour: str) -> SafeString:
    """Mark the latest value, which is the figure next to it."""
    last = next((point for point in reversed(points) if point is not None), None)
    if last is None:
        return SafeString()
    x, y = last
    return format_html(
        '<path d="M{} {}h0" stroke="{}" stroke-width="{}" {}/>', f"{x:.1f}", f"{y:.1f}", colour, DOT, STEADY
    )
