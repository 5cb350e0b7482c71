"""What the demo's customers fetch: most of what was made, on their days, by the lorry."""

import random
from collections.abc import Mapping
from decimal import Decimal

from deskops.demo.places import DemoSite
from deskops.demo.weights import Values, weighed

# No heap is sold to the ground, and a customer's lorries fetch so much a day.
MOST_OF_A_HEAP = 0.4
TRIPS = (1, 6)
TONS_A_TRIP = (17.5, 26.0)


def sales(
    demo: DemoSite, chance: random.Random, *, share: float, stock: Mapping[str, Decimal], note_number: int
) -> list[Values]:
    """Return the dispatch of a day: a line for each customer and material, never more than is in stock."""
    left = {code: float(stock.get(code, 0)) * MOST_OF_A_HEAP for code in (*demo.products, *demo.segregated)}
    wanted = demo.sold_ton * share * chance.uniform(0.75, 1.25)
    lines: list[Values] = []
    while wanted > TONS_A_TRIP[0]:
        material = chance.choices(list(left), weights=[max(tons, 0.001) for tons in left.values()])[0]
        trips = chance.randint(*TRIPS)
        tons = min(trips * chance.uniform(*TONS_A_TRIP), left[material], wanted)
        if tons < TONS_A_TRIP[0]:
            break
        trips = max(1, round(tons / TONS_A_TRIP[1] + 0.5))
        left[material] -= tons
        wanted -= tons
        lines.append(
            {
                "material": material,
                "operation": "CRU-PRO",
                "qty_ton": weighed(tons),
                "trips": trips,
                "owner": chance.choice(demo.customers),
                "reference": f"DN-{note_number + len(lines)}",
            }
        )
    return lines
