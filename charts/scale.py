"""From figures to places on paper."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from a range of figures to a range of places."""

    domain: tuple[float, float]
    span: tuple[float, float]

    def __call__(self, value: float) -> float:
        """Return the place of a figure; the middle where all figures are the same."""
        low, high = self.domain
        start, end = self.span
        if high == low:
            return (start + end) / 2
        # First the share, which lies between 0 and 1, so that huge figures do not overflow.
        share = (value / 2 - low / 2) / (high / 2 - low / 2)
        return start + share * (end - start)


def steady(scale: Scale) -> Callable[[float], float]:
    """Return a scale as a function that is faster over many figures, none of which is near a float's end."""
    (low, high), (start, end) = scale.domain, scale.span
    slope = (end - start) / (high - low)
    return lambda figure: start + (figure - low) * slope


def extent(values: Iterable[float]) -> tuple[float, float]:
    """Return the least and the greatest of the values, and (0, 0) of none."""
    known = list(values)
    return (min(known), max(known)) if known else (0.0, 0.0)
