"""Load the materials and operations that the project ships."""

import csv
from pathlib import Path

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sites.models import MasterData, Material, Operation

SHIPPED = Path(__file__).resolve().parents[2] / "master_data"


def read_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a shipped file, in its order."""
    with (SHIPPED / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def material(row: dict[str, str]) -> Material:
    """Return a row of materials.csv as a material."""
    return Material(
        code=row["code"],
        name=row["name"],
        category=row["category"],
        uom=row["uom"],
        tons_per_load=row["tons_per_load"] or None,
        is_final=row["is_final"] == "true",
        notes=row["notes"],
    )


def operation(row: dict[str, str]) -> Operation:
    """Return a row of operations.csv as an operation."""
    return Operation(
        code=row["code"], name=row["name"], stock_effect=row["stock_effect"], purpose=row["purpose"]
    )


def create_missing[M: MasterData](model: type[M], shipped: list[M]) -> int:
    """Create what no code stands for yet, in the order shipped, and return how many that were.

    What is there already belongs to whoever looks after it, and is left as it is.
    """
    known = set(model._default_manager.values_list("code", flat=True))
    missing = [(position, row) for position, row in enumerate(shipped, start=1) if row.code not in known]
    for position, row in missing:
        row.position = position
        row.full_clean()
        row.save()
    return len(missing)


class Command(BaseCommand):
    help = "Creates the shipped materials and operations that are missing; changes nothing that is there."

    @transaction.atomic
    def handle(self, *_args: object, **_options: object) -> None:
        materials = [material(row) for row in read_rows("materials.csv")]
        operations = [operation(row) for row in read_rows("operations.csv")]
        made = create_missing(Material, materials)
        self.stdout.write(
            ngettext("%(made)d material created", "%(made)d materials created", made) % {"made": made}
            + _(", %(kept)d were there already.") % {"kept": len(materials) - made}
        )
        made = create_missing(Operation, operations)
        self.stdout.write(
            ngettext("%(made)d operation created", "%(made)d operations created", made) % {"made": made}
            + _(", %(kept)d were there already.") % {"kept": len(operations) - made}
        )
