"""The demo's three sites, and what is usual at each."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from records.choices import Shift


@dataclass(frozen=True)
class DemoSite:
    """A site of the demo and what is usual there; tons and loads are of a full weekday."""

    code: str
    name: str
    location: str
    timezone: str
    day_starts_at: dt.time
    shifts: tuple[Shift, ...]
    loads: int
    debris: Mapping[str, int]
    opening: Mapping[str, str]
    # What goes through the crusher; a quarry breaks its own rock, which never was stock.
    feed_ton: int
    crushes_debris: bool
    products: Mapping[str, int]
    # Products sorted out of the debris before it is crushed, with their share of it.
    segregated: Mapping[str, float]
    sources: tuple[str, ...]
    plates: tuple[str, ...]
    # What customers fetch of the products.
    sold_ton: int
    customers: tuple[str, ...]
    working_hours: int
    # Machines of which there are several, and people of each role in a shift.
    units: Mapping[str, int]
    crew: Mapping[str, int]
    # Tons for a working day, of all products and of some of them, and below which tons a heap is low.
    target_ton: int
    own_target_ton: Mapping[str, int]
    low_ton: Mapping[str, int]


SITES = (
    DemoSite(
        code="YARD-NORTH",
        name="North yard",
        location="Hamburg, Germany",
        timezone="Europe/Berlin",
        day_starts_at=dt.time(0),
        shifts=(Shift.MORNING, Shift.AFTERNOON),
        loads=13,
        debris={"RAW-CONCRETE": 60, "RAW-MIXED": 28, "RAW-ASPHALT": 12},
        opening={"RAW-CONCRETE": "820", "RAW-MIXED": "340", "RAW-ASPHALT": "150", "AGG-G1": "410"},
        feed_ton=215,
        crushes_debris=True,
        products={"AGG-G1": 36, "AGG-3/4": 26, "AGG-3/8": 16, "BASE-CRUSHED": 22},
        segregated={"BASE-RECYCLED": 0.06},
        sources=(
            "Hafen Abbruch GmbH",
            "Nordbau demolition",
            "City roadworks, lot 3",
            "Elbe Contracting",
            "Old mill site, hall B",
            "Walk-in customer",
        ),
        plates=("HH-KT 4821", "HH-NB 117", "HH-EC 905", "PI-MR 3308", "HH-SW 2260", "WL-AB 741", "HH-RR 58"),
        sold_ton=198,
        customers=(
            "Nordbau demolition",
            "Hansa Beton",
            "City roadworks, lot 3",
            "Elbe Contracting",
            "Landscapes Petersen",
            "Harbour quay 7",
        ),
        working_hours=16,
        units={"DUMPTRUCK-01": 2},
        crew={"EQUIPMENT_DRIVER": 5, "CRUSHER_OPERATOR": 2, "MAINTENANCE_WORKER": 1, "LABORER": 4},
        target_ton=195,
        own_target_ton={"AGG-G1": 68, "BASE-CRUSHED": 36},
        low_ton={"AGG-G1": 300, "AGG-3/4": 120, "BASE-CRUSHED": 100, "RAW-CONCRETE": 200},
    ),
    DemoSite(
        code="YARD-EAST",
        name="East yard",
        location="Dubai, United Arab Emirates",
        timezone="Asia/Dubai",
        day_starts_at=dt.time(0),
        shifts=(Shift.WHOLE_DAY,),
        loads=9,
        debris={"RAW-CONCRETE": 70, "RAW-MIXED": 30},
        opening={"RAW-CONCRETE": "560", "RAW-MIXED": "220", "FINE-WASHED": "95"},
        feed_ton=150,
        crushes_debris=True,
        products={"AGG-3/4": 36, "AGG-APBC": 20, "BASE-CRUSHED": 30, "FINE-WASHED": 14},
        segregated={"AGG-FILLING": 0.05},
        sources=(
            "Creek Tower demolition",
            "Al Noor Contracting",
            "Gulf Road Works",
            "Jetty 4 renewal",
            "Palm District, block C",
        ),
        plates=("DXB F 48213", "DXB K 7790", "DXB M 16054", "SHJ 3 22817", "DXB R 90412", "AJM B 5563"),
        sold_ton=136,
        customers=(
            "Gulf Road Works",
            "Al Noor Contracting",
            "Marina Ready-Mix",
            "Desert Rail",
            "Creek Landscaping",
        ),
        working_hours=10,
        units={"DUMPTRUCK-02": 2},
        crew={"EQUIPMENT_DRIVER": 4, "CRUSHER_OPERATOR": 2, "MAINTENANCE_WORKER": 1, "LABORER": 6},
        target_ton=140,
        own_target_ton={"AGG-3/4": 44},
        low_ton={"AGG-3/4": 100, "FINE-WASHED": 60, "RAW-CONCRETE": 150},
    ),
    DemoSite(
        code="QUARRY-1",
        name="Elm Creek quarry",
        location="Elm Creek, Texas, United States",
        timezone="America/Chicago",
        day_starts_at=dt.time(6),
        shifts=(Shift.MORNING, Shift.NIGHT),
        loads=2,
        debris={"RAW-CONCRETE": 100},
        opening={"RAW-CONCRETE": "90", "AGG-RIPRAP": "260"},
        feed_ton=420,
        crushes_debris=False,
        products={"AGG-4INCH": 38, "AGG-RIPRAP": 18, "AGG-3/4": 30, "FINE-NATURAL": 14},
        segregated={},
        sources=("County bridge repair", "Ranch Road 12", "Hill Country Paving"),
        plates=("TX P48 2913", "TX R77 0142", "TX K30 5568"),
        sold_ton=372,
        customers=("County bridge repair", "Hill Country Paving", "Bluebonnet Concrete", "State highway 29"),
        working_hours=16,
        units={"LOADER-01": 2, "DUMPTRUCK-02": 3},
        crew={"EQUIPMENT_DRIVER": 6, "CRUSHER_OPERATOR": 2, "MAINTENANCE_WORKER": 2, "LABORER": 2},
        target_ton=390,
        own_target_ton={},
        low_ton={"AGG-RIPRAP": 200, "AGG-3/4": 250},
    ),
)
