"""The lists of the records that a figure of the ledger is the sum of."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from inventory.ledger.snapshots import Flow
from inventory.models import StockMovement
from inventory.module import STOCK_COUNTS
from records.registry import modules


@dataclass(frozen=True, slots=True)
class RecordLists:
    """The addresses of the records of a material, at a site or at all of a person's sites."""

    scope_code: str
    material_id: int

    def of_flow(self, flow: Flow, first: dt.date, last: dt.date) -> str:
        """Return the list of the records of a flow; empty where no module has any."""
        for module in modules():
            if issubclass(module.model, StockMovement) and flow in module.model.flows():
                return self._list_of(module.slug, first, last, module.model.list_filter(flow))
        return ""

    def of_counts(self, first: dt.date, last: dt.date) -> str:
        """Return the list of the counts that adjusted the ledger."""
        return self._list_of(STOCK_COUNTS.slug, first, last, {})

    def _list_of(self, slug: str, first: dt.date, last: dt.date, filters: Mapping[str, str]) -> str:
        query = {
            "site": self.scope_code,
            "from": first.isoformat(),
            "to": last.isoformat(),
            "material": str(self.material_id),
            **filters,
        }
        return f"{reverse(f'{slug}:list')}?{urlencode(query)}"
