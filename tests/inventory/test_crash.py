"""A process that dies between the write and the ledger leaves nothing half-written."""

import os
import subprocess
import sys
from collections.abc import Sequence
from unittest import mock

import pytest
from django.conf import settings

from inventory.models import InventorySnapshot
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.models import Change, Submission
from sites.models import Site
from tests.factories import make_material, make_member, make_site
from tests.inventory.threads import ThreadsTestCase
from tests.processes import database_url

VALUES = {"date": "2026-03-02", "material": "DEBRIS", "qty_ton": "5"}

DYING_PROCESS = """
import os, sys
import django
django.setup()
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from sites.models import Site, User

def die(changes):
    assert ReceivedMaterial.objects.filter(pk=changes[0].after.pk).exists()
    os._exit(9)

ReceivedMaterial.settle = die
operations.create(
    module=RECEIVED,
    values={"date": "2026-03-02", "material": "DEBRIS", "qty_ton": "5"},
    site=Site.objects.get(),
    by=User.objects.get(),
    source=Source.PAGE,
    key="form-1",
)
"""


class TestCrash(ThreadsTestCase):
    def setUp(self) -> None:
        self.site = make_site()
        self.alice = make_member(self.site)
        make_material(code="DEBRIS")

    def create(self) -> ReceivedMaterial:
        return operations.create(
            module=RECEIVED, values=VALUES, site=self.site, by=self.alice, source=Source.PAGE, key="form-1"
        ).record

    def assert_nothing_is_there(self) -> None:
        for model in (ReceivedMaterial, ReceivedMaterial.history.model, InventorySnapshot, Submission):
            assert not model._default_manager.exists(), model
        assert Site.objects.get().change_number == 0

    def test_of_the_process_between_write_and_ledger_leaves_nothing_behind(self) -> None:
        died = subprocess.run(
            [sys.executable, "-c", DYING_PROCESS],
            env={
                **os.environ,
                "DATABASE_URL": database_url(),
                "DJANGO_SETTINGS_MODULE": "deskops.settings",
            },
            cwd=settings.BASE_DIR,
            check=False,
            capture_output=True,
            timeout=300,
        )

        assert (died.returncode, died.stderr) == (9, b"")
        self.assert_nothing_is_there()
        assert self.create().change_number == 1
        self.assert_ledger_equals_records()

    def test_of_the_ledger_takes_the_record_with_it(self) -> None:
        def fail(changes: Sequence[Change[ReceivedMaterial]]) -> list[str]:
            raise RuntimeError("the ledger failed")

        with (
            mock.patch.object(ReceivedMaterial, "settle", fail),
            pytest.raises(RuntimeError, match="the ledger failed"),
        ):
            self.create()

        self.assert_nothing_is_there()
