"""The ledger verified, and rebuilt, by command."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, Value

from core.db.fields import TonsField
from inventory.models import InventorySnapshot
from tests.factories import make_site
from tests.inventory.ledger_case import LedgerTestCase, day_of_march, tons

FIVE = Value(tons("5"), output_field=TonsField())


class CommandTestCase(LedgerTestCase):
    def setUp(self) -> None:
        self.receive(day=1, tons="100")
        self.receive(day=2, tons="20")
        self.receive(day=4, tons="3")
        self.count(day=3, tons="118")

    def run_command(self, name: str, *options: str) -> tuple[int, str]:
        """Return the exit code and all that was response."""
        response = StringIO()
        try:
            call_command(name, *options, stdout=response, stderr=response)
        except SystemExit as exit_:
            return int(str(exit_.code)), response.getvalue()
        return 0, response.getvalue()

    def shift_a_row(self) -> None:
        InventorySnapshot.objects.filter(date=day_of_march(2)).update(
            received_ton=F("received_ton") + FIVE, closing_ton=F("closing_ton") + FIVE
        )

    def tearDown(self) -> None:
        call_command("rebuild_inventory", stdout=StringIO())
        super().tearDown()


class TestVerify(CommandTestCase):
    def test_exits_with_nothing_where_all_is_well(self) -> None:
        code, response = self.run_command("verify_inventory")

        assert code == 0
        assert "equals the records" in response

    def test_names_a_row_that_differs_and_in_what(self) -> None:
        self.shift_a_row()

        code, response = self.run_command("verify_inventory")

        assert code == 1
        assert "2026-03-02: is opening=100.000 produced=0.000 received=25.000" in response
        assert "should be opening=100.000 produced=0.000 received=20.000" in response
        assert "1 rows differ" in response

    def test_names_a_row_that_is_missing(self) -> None:
        InventorySnapshot.objects.filter(date=day_of_march(4)).delete()

        code, response = self.run_command("verify_inventory")

        assert code == 1
        assert "2026-03-04: missing" in response

    def test_names_a_row_that_should_not_be_there(self) -> None:
        InventorySnapshot.objects.create(site=self.site, material=self.aggregate, date=day_of_march(1))

        code, response = self.run_command("verify_inventory")

        assert code == 1
        assert "2026-03-01: should not be there" in response

    def test_changes_nothing(self) -> None:
        self.shift_a_row()
        before = list(InventorySnapshot.objects.values())

        self.run_command("verify_inventory")

        assert list(InventorySnapshot.objects.values()) == before

    def test_looks_at_the_site_it_is_given(self) -> None:
        other = make_site(code="YARD-EAST")
        self.shift_a_row()

        assert self.run_command("verify_inventory", "--site", other.code)[0] == 0
        assert self.run_command("verify_inventory", "--site", self.site.code)[0] == 1

    def test_does_not_know_a_site_that_is_not_there(self) -> None:
        with pytest.raises(CommandError, match="NOWHERE"):
            self.run_command("verify_inventory", "--site", "NOWHERE")


class TestRebuild(CommandTestCase):
    def test_puts_everything_right_and_rows_keep_their_ids(self) -> None:
        before = list(InventorySnapshot.objects.order_by("id").values())
        self.shift_a_row()
        InventorySnapshot.objects.create(site=self.site, material=self.aggregate, date=day_of_march(1))

        code, response = self.run_command("rebuild_inventory")

        assert code == 0
        assert response.endswith("2 rows corrected in 1 sites.\n")
        assert list(InventorySnapshot.objects.order_by("id").values()) == before
        assert self.run_command("verify_inventory")[0] == 0

    def test_writes_a_ledger_that_is_lost(self) -> None:
        before = list(InventorySnapshot.objects.order_by("date").values_list("date", "closing_ton"))
        InventorySnapshot.objects.all().delete()

        self.run_command("rebuild_inventory")

        assert list(InventorySnapshot.objects.order_by("date").values_list("date", "closing_ton")) == before

    def test_lets_readers_see_that_their_figures_are_old(self) -> None:
        self.site.refresh_from_db()
        self.shift_a_row()

        self.run_command("rebuild_inventory")
        before = self.site.change_number
        self.site.refresh_from_db()

        assert self.site.change_number == before + 1

    def test_leaves_a_ledger_alone_that_is_right(self) -> None:
        self.site.refresh_from_db()
        before = self.site.change_number

        _code, response = self.run_command("rebuild_inventory")

        self.site.refresh_from_db()
        assert response.startswith("0 rows")
        assert self.site.change_number == before
