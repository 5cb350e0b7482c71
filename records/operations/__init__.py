"""The only way in which records are written: one, a selection, or a batch of them; and undoing it."""

from records.operations.bulk import BulkOutcome, bulk_delete, bulk_update
from records.operations.single import Outcome, create, delete, update
from records.operations.site_transaction import Act
from records.operations.undo import MOST_UNDONE, Undone, UndoOutcome, restore, undo

__all__ = [
    "MOST_UNDONE",
    "Act",
    "BulkOutcome",
    "Outcome",
    "UndoOutcome",
    "Undone",
    "bulk_delete",
    "bulk_update",
    "create",
    "delete",
    "restore",
    "undo",
    "update",
]
