"""What answers for each record module."""

from api.records.views import Records
from api.routers.ledger import Ledger
from inventory.module import STOCK_COUNTS
from records.registry import modules


def every_resource() -> list[Records]:
    """Return the modules in the order of the menu; that of stock counts is answered for by the ledger."""
    return [Ledger() if module.slug == STOCK_COUNTS.slug else Records(module) for module in modules()]
