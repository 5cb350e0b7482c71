"""What a grid offers to begin from: the lines of the day before, a line for each machine or role."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Subquery

from dashboard.day_sheet.cells import typed
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import MasterData, Site

# So many days back "the day before" may lie: a week with its holidays.
LOOKED_BACK = dt.timedelta(days=10)

type Values = dict[str, str]


@dataclass(frozen=True)
class EarlierDay:
    """What a module's lines said on the last day that had any, as far as they are likely to say it again."""

    date: dt.date | None
    lines: Sequence[Values]


def earlier_day[R: DailyRecord](module: RecordModule[R], *, site: Site, date: dt.date) -> EarlierDay:
    """Return the lines of the last day before a date that has any. One query."""
    earlier = module.model._default_manager.filter(site=site, date__lt=date, date__gte=date - LOOKED_BACK)
    last = earlier.order_by("-date").values("date")[:1]
    records = list(earlier.filter(date=Subquery(last)).order_by("id")) if module.repeated else []
    return EarlierDay(records[0].date if records else None, [_repeated(module, record) for record in records])


def line_for_each[R: DailyRecord](
    module: RecordModule[R],
    *,
    choices: Sequence[MasterData],
    recorded: Sequence[R],
    earlier: EarlierDay,
) -> list[Values]:
    """Return a line for each choice without a record, as it was the day before or else with nothing more."""
    name = module.line_for_each
    done = {str(getattr(record, f"{name}_id")) for record in recorded}
    wanted = [str(choice.pk) for choice in choices if str(choice.pk) not in done]
    offered: list[Values] = []
    for choice in wanted:
        offered += [line for line in earlier.lines if line[name] == choice] or [{name: choice}]
    return offered


def _repeated[R: DailyRecord](module: RecordModule[R], record: R) -> Values:
    values = module.form.values_of(record)
    return {name: typed(values[name]) for name in module.repeated}
