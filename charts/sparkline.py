"""A small line next to a figure: its values over the days before."""

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from itertools import groupby

from django.utils.safestring import SafeString

from charts.axes import scale
from charts.chart import INK

STROKE = 1.75
DOT = 5
# Room for the dot at the edge.
MARGIN = 3
# A page may stretch the drawing to its card; lines and dot keep their width and roundness.
STEADY = f'fill="none" stroke="{INK}" vector-effect="non-scaling-stroke" stroke-linecap="round"'


def sparkline(
    values: Sequence[Decimal | float | None], *, label: str, width: int = 120, height: int = 32
) -> SafeString:
    """Return an SVG line through the values, oldest first, with a gap for each `None`.

    The label is its title, for screen readers; the figures themselves are in a table of the caller's.
    """
    numbers = [None if value is None else float(value) for value in values]
    known = [number for number in numbers if number is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    # Zeros alone lie at the bottom, not in the middle.
    across = scale(0, max(len(numbers) - 1, 1), start=MARGIN, end=width - MARGIN)
    upwards = scale(low, high if low or high else 1, start=height - MARGIN, end=MARGIN)
    points = [
        None if number is None else f"{across(place):.1f},{upwards(number):.1f}"
        for place, number in enumerate(numbers)
    ]
    shapes = ""
    if low < 0 < high:
        zero = f"M{MARGIN} {upwards(0):.1f}H{width - MARGIN}"
        shapes += f'<path d="{zero}" stroke-opacity="0.4" stroke-dasharray="1 4" {STEADY}/>'
    for is_known, run in groupby(points, key=lambda point: point is not None):
        if is_known:
            line = " ".join(point for point in run if point is not None)
            shapes += f'<polyline points="{line}" stroke-width="{STROKE}" stroke-linejoin="round" {STEADY}/>'
    if known:
        last = next(point for point in reversed(points) if point is not None)
        shapes += f'<path d="M{last}h0" stroke-width="{DOT}" {STEADY}/>'
    return SafeString(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sparkline" role="img" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" preserveAspectRatio="none"><title>{escape(label)}</title>'
        f"{shapes}</svg>"
    )
