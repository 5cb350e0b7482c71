"""The master data that the project ships: rows of a file, created where their code does not exist yet."""

import csv
from pathlib import Path

from django.db import models

from sites.models import MasterData, Material, Operation

SHIPPED = Path(__file__).resolve().parent / "master_data"


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a shipped file, in its order."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def materials() -> list[Material]:
    """Return the shipped materials, unsaved."""
    return [
        Material(
            code=row["code"],
            name=row["name"],
            category=row["category"],
            uom=row["uom"],
            tons_per_load=row["tons_per_load"] or None,
            is_final=row["is_final"] == "true",
            notes=row["notes"],
        )
        for row in read_rows(SHIPPED / "materials.csv")
    ]


def operations() -> list[Operation]:
    """Return the shipped operations, unsaved."""
    return [
        Operation(
            code=row["code"],
            name=row["name"],
            stock_effect=row["stock_effect"],
            purpose=row["purpose"],
            made_by_loads=row["made_by_loads"] == "true",
        )
        for row in read_rows(SHIPPED / "operations.csv")
    ]


def create_missing[M: MasterData](shipped: list[M], *, among: models.QuerySet[M]) -> int:
    """Create the rows whose code and name do not exist yet, in the order shipped, and return their number.

    Existing rows belong to the people who maintain them and are not changed: one whose code they changed is
    still known by its name.
    """
    existing = list(among.values_list("code", "name"))
    codes = {code for code, _name in existing}
    names = {name.casefold() for _code, name in existing}
    missing = [
        (position, row)
        for position, row in enumerate(shipped, start=1)
        if row.code not in codes and row.name.casefold() not in names
    ]
    for position, row in missing:
        row.position = position
        row.full_clean()
        row.save()
    return len(missing)
