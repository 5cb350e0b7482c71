"""The face of a record module: all that pages, files and the API need to know about it."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from records.columns import Column
from records.columns.base import Kind
from records.forms import RecordForm
from records.models import DailyRecord

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

    from records.filters import RecordFilter
    from sites.models import MasterData, Site

__all__ = ["Column", "DayLedger", "Kind", "LedgerRow", "PageLink", "RecordModule"]

# What a row is told from the others by, how it is called, and its figures by the names of the columns.
type LedgerRow = tuple[str, str, Mapping[str, Decimal]]


@dataclass(frozen=True, kw_only=True)
class PageLink:
    """A page of the module beside its list, by the name of its address; it takes `?site=`."""

    label: "Text"
    url_name: str
    icon: str


@dataclass(frozen=True, kw_only=True)
class DayLedger:
    """What a module derives of a site's day, kept with the day once that is approved."""

    columns: tuple[Column, ...]
    rows: "Callable[[Site, dt.date], Iterable[LedgerRow]]"


@dataclass(frozen=True, kw_only=True)
class RecordModule[R: DailyRecord]:
    """What a module tells the rest of the house about itself."""

    slug: str
    label: "Text"
    label_plural: "Text"
    # What one line of it is called in a sentence: "3 loads received".
    description: "Text"
    icon: str
    model: type[R]
    form: type[RecordForm[R]]
    filter: "type[RecordFilter]"
    list_columns: tuple[Column, ...]
    sheet_columns: tuple[Column, ...]
    totals: tuple[Column, ...]
    # Whether a working day without a record of it lacks something.
    is_daily: bool = True
    # What the quick-entry row keeps for the next line.
    kept_fields: tuple[str, ...] = ("date",)
    # What a line of another day is likely to say again: never how much, nor what is of one line alone.
    repeated: tuple[str, ...] = ()
    # The choice field for each of whose choices the day sheet offers a line.
    line_for_each: str = ""
    # Text fields that complete from what their site used before.
    completed: tuple[str, ...] = ()
    # Two columns by which the list adds its totals up again: a line for each of the first, across the second.
    totals_by: tuple[Column, Column] | None = None
    # What it derives of a day from records of whatever module.
    day_ledger: DayLedger | None = None
    # Where else its list leads.
    pages: tuple[PageLink, ...] = ()
    # Foreign keys that a list shows, read together with the records.
    related: tuple[str, ...] = field(default=("site", "created_by", "updated_by"))
    # How the API calls one record and several; from the model's name where nothing is said.
    item_key: str = ""
    list_key: str = ""
    # Lists of its own that records point to, under the names by which the API serves them.
    master_data: "Mapping[str, type[MasterData]]" = field(default_factory=dict, hash=False)

    @property
    def headline(self) -> Column | None:
        """Return the figure by which one record is known: the first totalled, else the first typed."""
        typed = (column for column in self.list_columns if column.is_number and not column.is_derived)
        return next(iter(self.totals), None) or next(typed, None)
