"""Tons as the demo's weighbridges show them."""

from decimal import Decimal

WEIGHBRIDGE_STEP = Decimal("0.02")

type Values = dict[str, object]


def weighed(tons: float) -> Decimal:
    """Return tons as a weighbridge shows them."""
    return Decimal(round(tons / float(WEIGHBRIDGE_STEP))) * WEIGHBRIDGE_STEP
