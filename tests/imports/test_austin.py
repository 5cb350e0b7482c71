"""Real tickets, end to end: every one is a record or a named refusal."""

import csv
import io
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import Sum

from inventory.models import InventorySnapshot
from inventory.rebuild import verify
from received.models import ReceivedMaterial
from records.choices import BatchStatus, Source
from records.models import Batch
from sites.models import Material, Site, User
from tests.factories import make_user
from tests.imports.austin import EXCERPT, OPTIONS, Sums, is_good, sums, tickets


@pytest.fixture
def ada(db: None) -> User:
    return make_user(name="Ada", email="ada@example.com", is_superuser=True)


def import_file(*options: str, path: Path = EXCERPT) -> str:
    output = io.StringIO()
    # Where rejected rows are skipped, the exit status says so.
    with suppress(CommandError):
        call_command("import_records", "received", str(path), "--by=ada@example.com", *options, stdout=output)
    return output.getvalue()


def recorded_sums() -> Sums:
    added = (
        ReceivedMaterial.objects.order_by()
        .values_list("site__name", "material__name", "date")
        .annotate(Sum("qty_ton"))
    )
    return {(site, material, str(date)): tons for site, material, date, tons in added}


@pytest.mark.usefixtures("ada")
class TestAustinExcerpt:
    def test_every_ticket_is_a_record_or_a_named_rejection(self, tmp_path: Path) -> None:
        report = tmp_path / "refused.csv"

        import_file(*OPTIONS, "--skip-bad", f"--report={report}")

        with report.open(newline="", encoding="utf-8-sig") as file:
            lines = [line for line in csv.DictReader(file) if line["imported"] == "no"]
        refused = {int(line["line"]): line for line in lines}
        expected = {line for line, ticket in enumerate(tickets(EXCERPT), start=2) if not is_good(ticket)}
        assert refused.keys() == expected
        assert ReceivedMaterial.objects.count() == len(tickets(EXCERPT)) - len(expected)
        reasons = Counter((line["column"], line["value"] == "", line["reason"]) for line in refused.values())
        assert set(reasons) == {
            ("load_weight", True, "Enter tons, or loads."),
            ("load_weight", False, "Tons must be more than 0 and at most 999,999.999."),
        }

    def test_sums_equal_those_of_the_file(self) -> None:
        import_file(*OPTIONS, "--skip-bad")

        assert recorded_sums() == sums(EXCERPT)
        rows = InventorySnapshot.objects.exclude(received_ton=0)
        ledger = {(row.site.name, row.material.name, str(row.date)): row.received_ton for row in rows}
        assert ledger == sums(EXCERPT)
        assert list(verify(list(Site.objects.all()))) == []

    def test_the_batch_says_what_came_in_from_which_file(self) -> None:
        import_file(*OPTIONS, "--skip-bad")

        batch = Batch.objects.get()
        good = sum(is_good(ticket) for ticket in tickets(EXCERPT))
        assert (batch.status, batch.source, batch.module) == (BatchStatus.DONE, Source.IMPORT, "received")
        assert batch.file_name == EXCERPT.name
        assert len(batch.file_hash) == 64
        assert batch.rows_read == len(tickets(EXCERPT))
        assert (batch.rows_written, batch.rows_refused) == (good, batch.rows_read - good)
        assert set(ReceivedMaterial.objects.values_list("batch", flat=True)) == {batch.pk}

    def test_running_it_twice_adds_nothing_twice(self) -> None:
        import_file(*OPTIONS, "--skip-bad")
        before = set(ReceivedMaterial.objects.values_list("pk", flat=True))

        output = import_file(*OPTIONS, "--skip-bad")

        assert "0 to write" in output
        assert set(ReceivedMaterial.objects.values_list("pk", flat=True)) == before

    def test_undoing_the_batch_removes_exactly_it(self) -> None:
        import_file(*OPTIONS, "--skip-bad", "--where=dropoff_site=MRF")
        kept = set(ReceivedMaterial.objects.values_list("pk", flat=True))
        import_file(*OPTIONS, "--skip-bad")
        batch = Batch.objects.latest("id")

        call_command("undo_import", str(batch.pk), "--by=ada@example.com", stdout=io.StringIO())

        assert kept
        assert set(ReceivedMaterial.objects.values_list("pk", flat=True)) == kept
        batch.refresh_from_db()
        assert batch.status == BatchStatus.UNDONE
        assert list(verify(list(Site.objects.all()))) == []

    def test_a_site_has_a_short_code_and_the_name_of_the_file(self) -> None:
        import_file(*OPTIONS, "--skip-bad")

        named = {ticket["dropoff_site"] for ticket in tickets(EXCERPT) if is_good(ticket)}
        assert set(Site.objects.values_list("name", flat=True)) == named
        assert Site.objects.get(name="AUSTIN WOOD RECYCLING").code == "AUSTIN-WOOD-RECYCLIN"
        assert set(Site.objects.values_list("timezone", flat=True)) == {"America/Chicago"}
        assert set(Material.objects.values_list("name", flat=True)) == {
            ticket["load_type"] for ticket in tickets(EXCERPT) if is_good(ticket)
        }
