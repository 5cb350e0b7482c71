"""Residue that leaves as it is made: the production record that the dispatched loads of a day make.

The record has the tons of all loads of its site, date, material and operation (`made_by_loads`). Whatever
changes one of them, changes the record in the same transaction.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Sum

from core.db.fields import NO_TONS
from inventory.models import StockMovement
from records import operations
from records.models import Change, DailyRecord
from records.operations.site_transaction import current_transaction
from records.registry import module
from sites.models import Operation

PRODUCTION, DISPATCH = "production", "dispatch"


class Residue(NamedTuple):
    """What one production record is made of."""

    site_id: int
    date: dt.date
    material_id: int
    operation_id: int

    @classmethod
    def of(cls, record: StockMovement) -> "Residue | None":
        """Return what a record of production or dispatch is about; None where it is no such residue."""
        operation: Operation = getattr(record, "operation")  # noqa: B009  # both modules have it
        if not operation.made_by_loads:
            return None
        return cls(record.site_id, record.date, record.material_id, operation.pk)

    @property
    def loads_ton(self) -> Decimal:
        """Return the tons of the loads."""
        loads = module(DISPATCH).model._default_manager.filter(**self._asdict())
        tons: Decimal | None = loads.aggregate(tons=Sum("qty_ton"))["tons"]
        return tons or NO_TONS

    @property
    def record(self) -> StockMovement | None:
        """Return the production record that the loads have made."""
        record = module(PRODUCTION).model._default_manager.filter(**self._asdict()).first()
        assert record is None or isinstance(record, StockMovement)
        return record


def residues_of[M: StockMovement](changes: Iterable[Change[M]]) -> list[Residue]:
    """Return the residue that loads are or were of, each once."""
    found = (Residue.of(record) for change in changes for record in change if record is not None)
    return sorted({residue for residue in found if residue is not None})


def raise_production(residues: Sequence[Residue]) -> list[str]:
    """Create the records that loads make, or raise their tons; before the loads take them from stock."""
    return [warning for residue in residues for warning in _settle(residue, may_lower=False)]


def lower_production(residues: Sequence[Residue]) -> list[str]:
    """Lower the tons of records that loads made, or delete those without loads any more."""
    return [warning for residue in residues for warning in _settle(residue, may_lower=True)]


def _settle(residue: Residue, *, may_lower: bool) -> Sequence[str]:
    transaction = current_transaction()
    production, record, tons = module(PRODUCTION), residue.record, residue.loads_ton
    before = NO_TONS if record is None else record.qty_ton
    if tons == before or (tons < before and not may_lower):
        return ()
    outcome: operations.Outcome[DailyRecord]
    if record is None:
        outcome = operations.create(
            module=production,
            values={
                "date": residue.date,
                "material": residue.material_id,
                "operation": residue.operation_id,
                "qty_ton": tons,
            },
            site=transaction.sites[residue.site_id],
            by=transaction.by,
            source=transaction.source,
            confirmed=True,
        )
    elif tons:
        outcome = operations.update(
            module=production,
            record_id=record.pk,
            values={"qty_ton": tons},
            by=transaction.by,
            source=transaction.source,
            confirmed=True,
        )
    else:
        outcome = operations.delete(
            module=production,
            record_id=record.pk,
            by=transaction.by,
            source=transaction.source,
            confirmed=True,
        )
    return outcome.warnings
