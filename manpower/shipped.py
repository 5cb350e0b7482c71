"""The roles that the project ships."""

from pathlib import Path

from manpower.models import ManpowerRole
from sites.shipped import read_rows

SHIPPED = Path(__file__).resolve().parent / "master_data" / "roles.csv"


def roles() -> list[ManpowerRole]:
    """Return the shipped roles, unsaved."""
    return [ManpowerRole(code=row["code"], name=row["name"]) for row in read_rows(SHIPPED)]
