"""The machines that the project ships: those of a real yard, for each site that wants them."""

from pathlib import Path

from equipment.models import Machine
from sites.models import Site
from sites.shipped import read_rows

SHIPPED = Path(__file__).resolve().parent / "master_data" / "machines.csv"


def machines(site: Site) -> list[Machine]:
    """Return the shipped machines as a site's own, unsaved."""
    return [
        Machine(site=site, code=row["code"], name=row["name"], type=row["type"]) for row in read_rows(SHIPPED)
    ]
