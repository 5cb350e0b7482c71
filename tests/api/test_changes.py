"""Following the changes of a site, with batches and records that move to another site."""

import datetime as dt
from decimal import Decimal
from typing import cast

from django.utils import timezone

from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.models import Batch
from records.operations.bulk import create_many, undo_batch
from sites.models import Site
from tests.api.case import ApiCase, Content, content_of


class TestRecordMovedToAnotherSite(ApiCase):
    def followed(self, site: Site, since: object, module: str = "received") -> Content:
        caller = self.caller(self.people.ada)
        return content_of(caller.get(f"/api/{module}?siteId={site.pk}&changedSince={since}"))

    def move(self, record_id: object, site: Site) -> None:
        operations.update(
            module=RECEIVED,
            record_id=int(str(record_id)),
            values={},
            site=site,
            by=self.people.ada,
            source=Source.PAGE,
        )

    def test_is_deleted_at_the_old_site_and_new_at_the_other(self) -> None:
        load = self.make("received")
        here = self.followed(self.site, 0)["changedUntil"]
        there = self.followed(self.other_site, 0)["changedUntil"]

        self.move(load["id"], self.other_site)

        left, come = self.followed(self.site, here), self.followed(self.other_site, there)
        assert left["receivedMaterials"] == [{"id": load["id"], "deleted": True}]
        assert [item["id"] for item in cast("list[Content]", come["receivedMaterials"])] == [load["id"]]

    def test_that_returns_is_deleted_and_then_current(self) -> None:
        load = self.make("received")
        here = self.followed(self.site, 0)["changedUntil"]

        self.move(load["id"], self.other_site)
        self.move(load["id"], self.site)

        found = cast("list[Content]", self.followed(self.site, here)["receivedMaterials"])
        assert found[0] == {"id": load["id"], "deleted": True}
        assert (found[1]["id"], found[1]["siteId"]) == (load["id"], self.site.pk)

    def test_changes_the_ledger_of_both_sites(self) -> None:
        load = self.make("received")
        here = self.followed(self.site, 0)["changedUntil"]
        row = cast("list[Content]", self.listed("inventory")["inventorySnapshots"])[0]

        self.move(load["id"], self.other_site)

        found = self.followed(self.site, here, "inventory")["inventorySnapshots"]
        assert found == [{"id": row["id"], "deleted": True}]


class TestBatch(ApiCase):
    def test_is_followed_record_by_record_and_so_is_its_undo(self) -> None:
        batch = Batch.objects.create(
            module="received", source=Source.IMPORT, created_by=self.people.alice, created_at=timezone.now()
        )
        loads = [
            ReceivedMaterial(
                site=self.site, date=dt.date(2026, 3, day), material=self.debris, qty_ton=Decimal("1.000")
            )
            for day in (1, 2, 3)
        ]
        create_many(module=RECEIVED, records=loads, batch=batch, by=self.people.alice, source=Source.IMPORT)
        begun = self.listed("received", "&changedSince=0&limit=2")

        then = self.listed("received", f"&changedSince={begun['changedUntil']}")
        undo_batch(module=RECEIVED, batch=batch, by=self.people.alice, source=Source.IMPORT)
        undone = self.listed("received", f"&changedSince={then['changedUntil']}")

        assert (begun["hasMore"], then["hasMore"]) == (True, False)
        found = [
            *cast("list[Content]", begun["receivedMaterials"]),
            *cast("list[Content]", then["receivedMaterials"]),
        ]
        assert [item["date"] for item in found] == ["2026-03-01", "2026-03-02", "2026-03-03"]
        gone = cast("list[Content]", undone["receivedMaterials"])
        assert sorted(str(item["id"]) for item in gone) == sorted(str(item["id"]) for item in found)
        assert all(item["deleted"] for item in gone)
