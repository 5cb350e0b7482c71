"""The only way in which records are written: `create`, `update` and `delete`, one at a time or in bulk."""

from records.operations.single import Outcome, create, delete, update

__all__ = ["Outcome", "create", "delete", "update"]
