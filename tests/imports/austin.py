"""Load tickets of a city as they are, and what they come to with nothing but csv and decimal."""

import csv
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

EXCERPT = Path(__file__).parent / "data" / "austin-loads-excerpt.csv"
OPTIONS = [
    "--column=date=report_date",
    "--column=qty_ton=load_weight lb",
    "--site-column=dropoff_site",
    "--create-missing=materials,sites",
    "--new-site=timezone=America/Chicago",
]

type Sums = dict[tuple[str, str, str], Decimal]


def tons_of(pounds: str) -> Decimal:
    """Return what a ticket weighs, rounded half-up to the kilogram."""
    return (Decimal(pounds) * Decimal("0.00045359237")).quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)


def tickets(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def is_good(ticket: dict[str, str]) -> bool:
    """Say whether a ticket has a weight that is a kilogram or more."""
    return ticket["load_weight"] != "" and tons_of(ticket["load_weight"]) > 0


def sums(path: Path) -> Sums:
    """Return the tons by site, material and day."""
    added: Sums = defaultdict(Decimal)
    for ticket in tickets(path):
        if is_good(ticket):
            place = (ticket["dropoff_site"], ticket["load_type"], ticket["report_date"])
            added[place] += tons_of(ticket["load_weight"])
    return dict(added)
