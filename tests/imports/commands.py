"""Words for files and for what the commands make of them."""

import csv
import datetime as dt
import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from inventory.rebuild import verify
from received.models import ReceivedMaterial
from records.models import Batch
from sites.models import Site, User

MARCH_1 = dt.date(2026, 3, 1)


def loads(folder: Path, *lines: str, headings: str = "day,material,tons", name: str = "loads.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([headings, *lines, ""]), encoding="utf-8")
    return path


def bring_in(path: Path, by: User, *options: str, module: str = "received", site: str = "YARD-NORTH") -> str:
    said = io.StringIO()
    where = [f"--site={site}"] if site else []
    call_command("import_records", module, str(path), f"--by={by.email}", *where, *options, stdout=said)
    return said.getvalue()


def refused(path: Path, by: User, *options: str, module: str = "received", site: str = "YARD-NORTH") -> str:
    with pytest.raises(CommandError) as told:
        bring_in(path, by, *options, module=module, site=site)
    return str(told.value)


def reported(path: Path) -> list[tuple[str, ...]]:
    """Return the lines of a report that say what was not taken, and why."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [tuple(line) for *line, taken in csv.reader(file) if taken == "no"]


def undo(batch: Batch, by: User) -> None:
    call_command("undo_import", str(batch.pk), f"--by={by.email}", stdout=io.StringIO())


def tons_recorded() -> list[str]:
    return [str(record.qty_ton) for record in ReceivedMaterial.objects.order_by("date", "id")]


def assert_ledger_is_right() -> None:
    assert list(verify(list(Site.objects.all()))) == []
