"""A yard, its people, and short words for what they do to records there."""

import datetime as dt
from collections.abc import Mapping
from contextlib import AbstractContextManager
from unittest import mock

import pytest
from django.test import TestCase

from core.jobs import lease
from inventory.rebuild import verify
from production.models import Production
from production.module import PRODUCTION
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.errors import InputRefused
from records.models import DailyRecord
from records.module import RecordModule
from records.operations import Outcome
from sites.models import Material, Operation, Purpose, Site, StockEffect, User
from tests.factories import make_material, make_operation, make_people

MONDAY = dt.date(2026, 3, 2)
TUESDAY = dt.date(2026, 3, 3)


def heartbeat_at_rest() -> AbstractContextManager[object]:
    """Keep the pulse from looking for a job that only this transaction sees, and taking it for lost."""
    return mock.patch.object(lease, "HEARTBEAT_SECONDS", 3600)


class RecordsTestCase(TestCase):
    site: Site
    other_site: Site
    alice: User
    mona: User
    victor: User
    ada: User
    oscar: User
    debris: Material
    aggregate: Material
    making: Operation
    feeding: Operation

    @classmethod
    def setUpTestData(cls) -> None:
        (cls.site, cls.other_site, cls.alice, cls.mona, cls.victor, cls.ada, cls.oscar) = make_people()
        cls.debris = make_material(code="DEBRIS", name="Debris", is_final=False, tons_per_load="18")
        cls.aggregate = make_material(code="AGGREGATE", name="Aggregate")
        cls.making = make_operation(code="MAKE")
        cls.feeding = make_operation(code="FEED", stock_effect=StockEffect.REMOVES, purpose=Purpose.FEED)

    def load(self, **changes: object) -> dict[str, object]:
        """Return what a clerk types for a load received on Monday."""
        return {"date": MONDAY, "material": self.debris.pk, "qty_ton": "10", **changes}

    def run_of(self, **changes: object) -> dict[str, object]:
        """Return what a clerk types for a production record of Monday."""
        return {
            "date": MONDAY,
            "material": self.aggregate.pk,
            "operation": self.making.pk,
            "qty_ton": "10",
            **changes,
        }

    def receive(
        self,
        *,
        by: User | None = None,
        site: Site | None = None,
        key: str = "",
        confirmed: bool | str = True,
        **changes: object,
    ) -> Outcome[ReceivedMaterial]:
        """Enter a load. Whatever is odd about it is meant, unless the test says that it is asked about."""
        return operations.create(
            module=RECEIVED,
            values=self.load(**changes),
            site=site or self.site,
            by=by or self.alice,
            source=Source.PAGE,
            key=key,
            confirmed=confirmed,
        )

    def produce(
        self, *, by: User | None = None, confirmed: bool | str = False, **changes: object
    ) -> Outcome[Production]:
        return operations.create(
            module=PRODUCTION,
            values=self.run_of(**changes),
            site=self.site,
            by=by or self.alice,
            source=Source.PAGE,
            confirmed=confirmed,
        )

    def correct(
        self,
        record: ReceivedMaterial,
        values: Mapping[str, object],
        *,
        by: User | None = None,
        site: Site | None = None,
        version: int | None = None,
        key: str = "",
        confirmed: bool | str = False,
    ) -> Outcome[ReceivedMaterial]:
        return operations.update(
            module=RECEIVED,
            record_id=record.pk,
            values=values,
            by=by or self.alice,
            source=Source.API,
            version=version,
            site=site,
            key=key,
            confirmed=confirmed,
        )

    def remove(
        self, record: ReceivedMaterial, *, by: User | None = None, version: int | None = None
    ) -> Outcome[ReceivedMaterial]:
        return operations.delete(
            module=RECEIVED, record_id=record.pk, by=by or self.alice, source=Source.PAGE, version=version
        )

    def refusal_of[R: DailyRecord](
        self, module: RecordModule[R], values: Mapping[str, object]
    ) -> dict[str, list[str]]:
        """Return what is wrong with this input, field by field. Fails where it is taken."""
        with pytest.raises(InputRefused) as refused:
            operations.create(module=module, values=values, site=self.site, by=self.alice, source=Source.PAGE)
        return {name: [str(error) for error in errors] for name, errors in refused.value.form.errors.items()}

    def change_number(self, site: Site | None = None) -> int:
        return Site.objects.get(pk=(site or self.site).pk).change_number

    def tearDown(self) -> None:
        assert list(verify(list(Site.objects.all()))) == []
