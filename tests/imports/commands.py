"""Helpers to write files, run the commands and read their output."""

import csv
import datetime as dt
import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from imports.management.commands.import_records import PARTLY_WRITTEN
from inventory.rebuild import verify
from received.models import ReceivedMaterial
from records.models import Batch
from sites.models import Site, User

MARCH_1 = dt.date(2026, 3, 1)


def loads(folder: Path, *lines: str, headings: str = "day,material,tons", name: str = "loads.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([headings, *lines, ""]), encoding="utf-8")
    return path


def import_file(
    path: Path, by: User, *options: str, module: str = "received", site: str = "YARD-NORTH"
) -> str:
    """Import a file and return the output, also where rejected rows are skipped."""
    output = io.StringIO()
    where = [f"--site={site}"] if site else []
    try:
        call_command("import_records", module, str(path), f"--by={by.email}", *where, *options, stdout=output)
    except CommandError as error:
        if error.returncode != PARTLY_WRITTEN:
            raise
        output.write(f"{error}\n")
    return output.getvalue()


def refused(path: Path, by: User, *options: str, module: str = "received", site: str = "YARD-NORTH") -> str:
    with pytest.raises(CommandError) as error:
        import_file(path, by, *options, module=module, site=site)
    return str(error.value)


def reported(path: Path) -> list[tuple[str, ...]]:
    """Return the rejected rows of a report."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [tuple(line) for *line, taken in csv.reader(file) if taken == "no"]


def undo(batch: Batch, by: User) -> None:
    call_command("undo_import", str(batch.pk), f"--by={by.email}", stdout=io.StringIO())


def tons_recorded() -> list[str]:
    return [str(record.qty_ton) for record in ReceivedMaterial.objects.order_by("date", "id")]


def assert_ledger_is_right() -> None:
    assert list(verify(list(Site.objects.all()))) == []
