"""The count's module under the name that the ledger's tests use."""

from inventory.module import STOCK_COUNTS as COUNTS

__all__ = ["COUNTS"]
