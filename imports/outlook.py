"""What the rows that wait come to: shown before they are written, and compared when they are."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from imports.spool import Waiting
from records.models import DailyRecord

MOST_SHOWN = 5


@dataclass
class Outlook:
    """Counts and sums over records that are to be written."""

    first: dt.date | None = None
    last: dt.date | None = None
    site_ids: set[int] = field(default_factory=set)
    # By the name of the field.
    sums: dict[str, Decimal | int] = field(default_factory=dict)
    # The first few, by site, date and line.
    shown: list[DailyRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._hash = hashlib.sha256()

    def take(self, row: Waiting, record: DailyRecord, summed: Sequence[str]) -> None:
        """Add a record, whose fields of these names are added up."""
        self._hash.update(repr((row.site_id, row.line, row.columns)).encode())
        self.first = min(self.first or record.date, record.date)
        self.last = max(self.last or record.date, record.date)
        self.site_ids.add(row.site_id)
        for name in summed:
            value = getattr(record, name)
            if value is not None:
                self.sums[name] = self.sums.get(name, 0) + value
        if len(self.shown) < MOST_SHOWN:
            self.shown.append(record)

    def digest(self, named: Sequence[str]) -> str:
        """Return the fingerprint of the records taken, and of these names."""
        whole = self._hash.copy()
        whole.update(repr(named).encode())
        return whole.hexdigest()
