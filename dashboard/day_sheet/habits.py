"""What a grid offers to begin with: what the site usually enters, rows as on the day before, templates."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import cast

from django import forms
from django.db import models
from django.db.models import Subquery

from core.db.prepared import Parameter, PreparedQuery
from dashboard.day_sheet.cells import DATE, SITE, typed
from records.models import DailyRecord, LineTemplate
from records.module import RecordModule
from sites.models import Site, User

# So many records are looked at, and so many texts complete a field.
LOOKED_AT = 300
MAX_COMPLETIONS = 60
# With fewer records a cell without a value, or a field that differs from row to row, says nothing.
ENOUGH = 20
# "The day before" may be so long ago: a week with its holidays.
MAX_AGE = dt.timedelta(days=10)
FIRST = Parameter("first", models.DateField())

type Values = dict[str, str]


@dataclass(frozen=True)
class Habits:
    """What a site usually enters in a grid."""

    # The texts of each completed field, the most used first.
    completed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # How often each choice of a field was used.
    used: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    # The last text of each field whose texts all differ, such as a delivery note's number.
    last: Mapping[str, str] = field(default_factory=dict)
    # The fields that the site never fills.
    unused: Sequence[str] = ()
    # The first field that usually differs from the row above.
    starts_with: str = ""


def habits_of[R: DailyRecord](
    module: RecordModule[R], form: forms.ModelForm[R], *, site: Site, unique_texts: Sequence[str]
) -> Habits:
    """Return what a site usually enters with this form. One query."""
    names = [name for name in form.fields if name not in {"date", *module.detail_fields}]
    rows = _latest(module.model, tuple(names)).all(site=site.pk)
    values = {name: [row[place] for row in rows] for place, name in enumerate(names, start=1)}
    return Habits(
        completed={
            name: _texts(values[name])
            for name in module.completed
            if name in module.repeated and name in values
        },
        used={
            name: Counter(str(value) for value in values[name] if value not in ("", None))
            for name in names
            if isinstance(form.fields[name], forms.ChoiceField)
        },
        last={name: str(next(filter(None, values[name]), "")) for name in unique_texts if name in values},
        unused=_unused(module.model, form, values) if len(rows) >= ENOUGH else (),
        starts_with=_starts_with(rows, names),
    )


@cache
def _latest(
    model: type[DailyRecord], names: tuple[str, ...]
) -> PreparedQuery[DailyRecord, tuple[object, ...]]:
    """Return the query of the date and these fields of a site's latest records."""
    columns = [str(getattr(model._meta.get_field(name), "attname", name)) for name in names]
    return PreparedQuery(
        lambda: (
            model._default_manager.filter(site_id=SITE)
            .order_by("-date", "-id")
            .values_list("date", *columns)[:LOOKED_AT]
        )
    )


@cache
def _of_earlier_day(model: type[DailyRecord]) -> PreparedQuery[DailyRecord, DailyRecord]:
    """Return the query of a site's records on its last day with any, of those from FIRST to before DATE."""

    def records() -> models.QuerySet[DailyRecord]:
        earlier = model._default_manager.filter(site_id=SITE, date__lt=DATE, date__gte=FIRST)
        return earlier.filter(date=Subquery(earlier.order_by("-date").values("date")[:1])).order_by("id")

    return PreparedQuery(records)


def _texts(values: Sequence[object]) -> list[str]:
    """Return the texts, the most used first; those that differ in capitals alone are one, spelled as last."""
    texts = [str(value) for value in values if value]
    spellings: dict[str, str] = {}
    for text in texts:
        spellings.setdefault(text.casefold(), text)
    uses = Counter(text.casefold() for text in texts)
    return [spellings[text] for text, _count in uses.most_common(MAX_COMPLETIONS)]


def _unused[R: DailyRecord](
    model: type[R], form: forms.ModelForm[R], values: Mapping[str, Sequence[object]]
) -> list[str]:
    """Return the optional fields that are empty, or as by default, in every row."""
    unused = []
    for name, found in values.items():
        column = model._meta.get_field(name)
        assert isinstance(column, models.Field)
        usual = {
            "",
            "None",
            str(column.get_default()),
            str(form.get_initial_for_field(form.fields[name], name)),
        }
        is_optional = not form.fields[name].required or column.has_default()
        if is_optional and all(str(value) in usual for value in found):
            unused.append(name)
    return unused


def _starts_with(rows: Sequence[tuple[object, ...]], names: Sequence[str]) -> str:
    """Return the first field that differs from the row above at least in every third row of a day."""
    pairs = [(row, above) for row, above in pairwise(rows) if row[0] == above[0]]
    if len(pairs) < ENOUGH:
        return ""
    for place, name in enumerate(names, start=1):
        if 3 * sum(row[place] != above[place] for row, above in pairs) >= len(pairs):
            return name
    return ""


# --- The rows of the day before


@dataclass(frozen=True)
class EarlierDay:
    """The rows of a module on the last day that had any, without what differs each day."""

    date: dt.date | None
    rows: Sequence[Values]


def earlier_day[R: DailyRecord](module: RecordModule[R], *, site: Site, date: dt.date) -> EarlierDay:
    """Return the rows of the last day before a date that has any, without its loads. One query."""
    if not module.repeated:
        return EarlierDay(None, ())
    found = _of_earlier_day(module.model).all(site=site.pk, date=date, first=date - MAX_AGE)
    records = cast("list[R]", found)
    # A lorry that was weighed, cancelled or sent away is no line that repeats.
    lines = (record for record in records if not record.shows_details)
    rows = [_repeated(module, record, site.decimal_mark) for record in lines]
    return EarlierDay(records[0].date if records else None, rows)


def row_for_each[R: DailyRecord](
    module: RecordModule[R],
    *,
    choices: Sequence[str],
    recorded: Sequence[R],
    earlier: EarlierDay,
) -> list[Values]:
    """Return a row for each choice without a record: as on the day before, or else with the id alone."""
    name = module.line_for_each
    done = {str(getattr(record, f"{name}_id")) for record in recorded}
    offered: list[Values] = []
    for choice in (choice for choice in choices if choice not in done):
        offered += [row for row in earlier.rows if row[name] == choice] or [{name: choice}]
    return offered


def _repeated[R: DailyRecord](module: RecordModule[R], record: R, decimal_mark: str) -> Values:
    values = module.form.values_of(record)
    return {name: typed(values[name], decimal_mark) for name in module.repeated}


# --- Lines that a person keeps under a name, such as "Monday crew", for a module of one of their sites

MAX_LINES = 100
MAX_NAME_LENGTH = 60
MAX_VALUE_LENGTH = 2000

type Shown = dict[str, object]


_templates = PreparedQuery(
    lambda: LineTemplate.objects.filter(
        person_id=Parameter("person", models.BigIntegerField()),
        site_id=Parameter("site", models.BigIntegerField()),
    )
)


def templates_of(user: User, site: Site) -> Mapping[str, list[Shown]]:
    """Return the templates of a person at a site, by module. One query."""
    found: dict[str, list[Shown]] = defaultdict(list)
    for template in _templates.all(person=user.pk, site=site.pk):
        found[template.module].append({"name": template.name, "lines": template.lines})
    return found


def keep_template[R: DailyRecord](
    module: RecordModule[R],
    *,
    user: User,
    site: Site,
    name: str,
    lines: Sequence[Mapping[str, str]],
) -> None:
    """Keep lines under a name, in place of those that had it; no lines remove it."""
    name = " ".join(name.replace("\0", "").split())[:MAX_NAME_LENGTH]
    fields = set(module.form.base_fields) - {"date"}
    kept = [
        {
            field: value.replace("\0", "")[:MAX_VALUE_LENGTH]
            for field, value in line.items()
            if field in fields
        }
        for line in lines[:MAX_LINES]
    ]
    if not kept:
        LineTemplate.objects.filter(person=user, site=site, module=module.slug, name=name).delete()
    elif name:
        LineTemplate.objects.update_or_create(
            person=user, site=site, module=module.slug, name=name, defaults={"lines": kept}
        )
