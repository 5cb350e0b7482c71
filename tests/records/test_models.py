"""No record is written past the operations, whichever of Django's ways is tried."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.apps import apps

from inventory.models import StockCount
from records import registry
from records.models import DailyRecord, WrittenOutsideOperationError, operation_writes
from tests.factories import make_counter, make_downtime_reason, make_machine, make_role
from tests.records.case import MONDAY, RecordsTestCase

type Write = Callable[[DailyRecord], object]

WRITES: dict[str, Write] = {
    "save": lambda record: record.save(),
    "save of one field": lambda record: record.save(update_fields=["notes"]),
    "delete": lambda record: record.delete(),
    "update of many": lambda record: type(record)._default_manager.update(notes="changed"),
    "delete of many": lambda record: type(record)._default_manager.all().delete(),
    "bulk_create": lambda record: type(record)._default_manager.bulk_create([record]),
    "bulk_update": lambda record: type(record)._default_manager.bulk_update([record], ["notes"]),
    "create": lambda record: type(record)._default_manager.create(date=MONDAY),
    "get_or_create": lambda record: type(record)._default_manager.get_or_create(date=dt.date(1999, 1, 1)),
    "update_or_create": lambda record: type(record)._default_manager.update_or_create(
        date=record.date, defaults={"notes": "changed"}
    ),
}


def record_models() -> list[type[DailyRecord]]:
    return list({module.model: None for module in registry.modules()} | {StockCount: None})


class TestGuard(RecordsTestCase):
    def make(self, model: type[DailyRecord]) -> DailyRecord:
        """Put a record into the database as an operation would, without its ledger."""
        named = {"material": self.debris, "operation": self.making, "site": self.site}
        named |= {"equipment": make_machine(self.site), "role": make_role()}
        named |= {"reason": make_downtime_reason(code=model.__name__), "counter": make_counter(self.site)}
        typed = {"qty_ton": Decimal(1), "counted_ton": Decimal(1), "hours": Decimal(1), "headcount": 1}
        typed |= {"date": MONDAY, "change_number": 1, "minutes": 1}
        typed |= {"opening": Decimal(1), "closing": Decimal(2), "counted": Decimal(1)}
        kept = {"created_by": self.alice, "updated_by": self.alice, "entry_source": "page"}
        at = {name: dt.datetime(2026, 3, 2, tzinfo=dt.UTC) for name in ("created_at", "updated_at")}
        columns = {field.name for field in model._meta.concrete_fields}
        values = {name: value for name, value in {**named, **typed, **kept, **at}.items() if name in columns}
        with operation_writes():
            return model._default_manager.create(**values)

    def test_knows_every_record_model(self) -> None:
        # Not the toy's, which its own tests install and leave behind in Python.
        installed = set(apps.get_models())
        made = {model for model in DailyRecord.__subclasses__() if model in installed}

        assert made <= set(record_models())

    def test_rejects_each_way_of_writing_outside_an_operation(self) -> None:
        for model in record_models():
            record = self.make(model)
            for name, write in WRITES.items():
                with (
                    self.subTest(model=model.__name__, way=name),
                    pytest.raises(WrittenOutsideOperationError),
                ):
                    write(record)
            record.refresh_from_db()

            assert record.notes == ""

    def test_rejects_writing_through_a_related_manager(self) -> None:
        self.make(record_models()[0])

        with pytest.raises(WrittenOutsideOperationError):
            self.site.production_set.update(notes="changed")

    def test_closes_again_after_an_operation_that_failed(self) -> None:
        record = self.make(record_models()[0])
        with pytest.raises(KeyError), operation_writes():
            raise KeyError

        with pytest.raises(WrittenOutsideOperationError):
            record.save()

    def tearDown(self) -> None:
        """These records have no ledger on purpose."""
