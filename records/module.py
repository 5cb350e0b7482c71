"""The definition of a record module: all that pages, files and the API need to know about it."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from records.columns import Column, ReferenceColumn
from records.forms import RecordForm
from records.models import DailyRecord

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

    from records.filters import RecordFilter
    from sites.models import MasterData, Site

# The master data that a row is about, and all its figures by the names of the columns.
type DayLedgerRow = tuple[MasterData, Mapping[str, Decimal]]


@dataclass(frozen=True, kw_only=True)
class PageLink:
    """Another page of the module, by its URL name; it takes `?site=`."""

    label: "Text"
    url_name: str
    icon: str
    # In the menu of managers.
    is_in_manager_menu: bool = False


@dataclass(frozen=True, kw_only=True)
class DayLedger:
    """What a module calculates for a site's day, stored with the day when it is approved."""

    columns: tuple[Column, ...]
    # The model of the master data that the rows are about.
    of: "type[MasterData]"
    rows: "Callable[[Site, dt.date], Iterable[DayLedgerRow]]"


# Each definition is one object, compared by identity: comparing texts would translate them each time.
@dataclass(frozen=True, kw_only=True, eq=False)
class RecordModule[R: DailyRecord]:
    """The definition of a record module."""

    slug: str
    label: "Text"
    label_plural: "Text"
    # A line about what the module records.
    description: "Text"
    icon: str
    model: type[R]
    form: type[RecordForm[R]]
    filter: "type[RecordFilter]"
    list_columns: tuple[Column, ...]
    sheet_columns: tuple[Column, ...]
    # The columns of the fields that pages show only for records that have them, such as a load's.
    detail_columns: tuple[Column, ...] = ()
    # The name of a page, by slug and id, with what else belongs to such a record: its ticket and files.
    detail_page: str = ""
    # What is added up, each by itself: a total is of things that are alike.
    totals: tuple[Column, ...]
    # Whether a working day without a record of it is incomplete.
    is_daily: bool = True
    # Used by some sites only: it is not in the menu, and a day sheet shows it once the site has records.
    is_optional: bool = False
    # The fields that the quick-entry row keeps for the next record.
    kept_fields: tuple[str, ...] = ("date",)
    # The fields that are copied from another day: never quantities, nor what identifies one record.
    repeated: tuple[str, ...] = ()
    # The choice field for which the day sheet has a line per choice.
    line_for_each: str = ""
    # Text fields that are completed from earlier values of the site.
    completed: tuple[str, ...] = ()
    # The rows and the columns of a cross table of the totals on the list.
    totals_by: tuple[Column, Column] | None = None
    # What it calculates for a day from the records of all modules.
    day_ledger: DayLedger | None = None
    # Other pages: linked from the list, and shown in the menu before the list.
    pages: tuple[PageLink, ...] = ()
    menu_pages: tuple[PageLink, ...] = ()
    # The names of one record and of several in the API; from the model's name by default.
    item_key: str = ""
    list_key: str = ""
    # The module's own master data, by its name in the API.
    master_data: "Mapping[str, type[MasterData]]" = field(default_factory=dict)

    @property
    def related(self) -> tuple[str, ...]:
        """Return the foreign keys that a list shows, which are read with the records."""
        return tuple(column.name for column in self.list_columns if isinstance(column, ReferenceColumn))

    @property
    def entered_columns(self) -> tuple[Column, ...]:
        """Return the columns of all fields that are entered: a sheet's, and those of records with details."""
        return (*self.sheet_columns, *self.detail_columns)

    @property
    def detail_fields(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.detail_columns)

    def shown_form(
        self,
        values: Mapping[str, object] | None = None,
        *,
        site: "Site",
        instance: R | None = None,
        initial: Mapping[str, object] | None = None,
        auto_id: str = "id_%s",
    ) -> RecordForm[R]:
        """Return the form as pages show it: with the details of a record that has them, and what is typed."""
        shows_details = instance is not None and instance.shows_details
        fixed = () if instance is None else instance.fixed_fields
        form = self.form(values, site=site, instance=instance, initial=initial, auto_id=auto_id)
        hidden = () if shows_details else self.detail_fields
        # What the user has to fill in or has filled in is shown.
        wanted = {name for name in hidden if values and (values.get(name) or name in form.errors)}
        form.left_out = (*(name for name in hidden if name not in wanted), *fixed)
        return form

    @property
    def shared_fields(self) -> tuple[str, ...]:
        """Return the fields that many records can have in common, and that are changed for all of them."""
        return ("date", *self.repeated)

    @property
    def headline(self) -> Column | None:
        """Return the main figure of a record: the first with a total, else the first that is entered."""
        entered = (column for column in self.list_columns if column.is_number and not column.is_derived)
        total = next(iter(self.totals), None)
        return total if total in self.list_columns else next(entered, None)
