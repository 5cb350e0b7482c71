"""What a grid offers to begin with: the rows of the day before, or a row for each machine or role."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Subquery

from dashboard.day_sheet.cells import typed
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import MasterData, Site

# "The day before" may be so long ago: a week with its holidays.
MAX_AGE = dt.timedelta(days=10)

type Values = dict[str, str]


@dataclass(frozen=True)
class EarlierDay:
    """The rows of a module on the last day that had any, without what differs each day."""

    date: dt.date | None
    rows: Sequence[Values]


def earlier_day[R: DailyRecord](module: RecordModule[R], *, site: Site, date: dt.date) -> EarlierDay:
    """Return the rows of the last day before a date that has any. One query."""
    earlier = module.model._default_manager.filter(site=site, date__lt=date, date__gte=date - MAX_AGE)
    last = earlier.order_by("-date").values("date")[:1]
    records = list(earlier.filter(date=Subquery(last)).order_by("id")) if module.repeated else []
    rows = [_repeated(module, record, site.decimal_mark) for record in records]
    return EarlierDay(records[0].date if records else None, rows)


def row_for_each[R: DailyRecord](
    module: RecordModule[R],
    *,
    choices: Sequence[MasterData],
    recorded: Sequence[R],
    earlier: EarlierDay,
) -> list[Values]:
    """Return a row for each choice without a record: as on the day before, or else with the choice alone."""
    name = module.line_for_each
    done = {str(getattr(record, f"{name}_id")) for record in recorded}
    wanted = [str(choice.pk) for choice in choices if str(choice.pk) not in done]
    offered: list[Values] = []
    for choice in wanted:
        offered += [row for row in earlier.rows if row[name] == choice] or [{name: choice}]
    return offered


def _repeated[R: DailyRecord](module: RecordModule[R], record: R, decimal_mark: str) -> Values:
    values = module.form.values_of(record)
    return {name: typed(values[name], decimal_mark) for name in module.repeated}
