"""What a site's day has and what is missing: records, or the statement that there was nothing."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.db import models
from django.db.models import Value

from core.db.prepared import Parameter, PreparedQuery
from records.models import DailyRecord, NothingToday
from records.module import RecordModule
from records.registry import modules
from sites.models import Site

type Module = RecordModule[DailyRecord]


class RecordOfDay(NamedTuple):
    """A record with its version and its confirmed warnings."""

    id: int
    version: int
    warnings: list[str]


@dataclass(frozen=True)
class ModuleOfDay:
    """A module on a site's day."""

    module: Module
    records: tuple[RecordOfDay, ...]
    # The statement that there was nothing; later records overrule it.
    statement: NothingToday | None

    @property
    def nothing(self) -> NothingToday | None:
        """Return the statement that there was nothing, unless records overrule it."""
        return None if self.records else self.statement

    @property
    def is_missing(self) -> bool:
        """Return whether a working day is incomplete because of this module."""
        return self.module.is_daily and not self.records and self.statement is None


_statements = PreparedQuery(
    lambda: NothingToday.objects.filter(
        site_id=Parameter("site", models.BigIntegerField()), date=Parameter("date", models.DateField())
    )
)


@dataclass(frozen=True)
class DayContents:
    """All that was entered for a site's day, by module, in the order of the menu."""

    site: Site
    date: dt.date
    modules: tuple[ModuleOfDay, ...]

    @classmethod
    def of(
        cls, site: Site, date: dt.date, read: Mapping[str, Sequence[DailyRecord]] | None = None
    ) -> "DayContents":
        """Read a day: two queries, however many modules and records there are.

        `read` has the day's records by module, where they have been read.
        """
        records: dict[int, list[RecordOfDay]] = {}
        found = _records_of(site, date) if read is None else _versions_of(read)
        for number, key, version, warnings in found:
            records.setdefault(number, []).append(RecordOfDay(key, version, warnings))
        statements = {line.module: line for line in _statements.all(site=site.pk, date=date)}
        return cls(
            site,
            date,
            tuple(
                ModuleOfDay(module, tuple(records.get(number, ())), statements.get(module.slug))
                for number, module in enumerate(modules())
            ),
        )

    def of_module(self, slug: str) -> ModuleOfDay:
        """Return one module's part of the day. Raises StopIteration where there is no such module."""
        return next(part for part in self.modules if part.module.slug == slug)

    @cached_property
    def missing(self) -> tuple[Module, ...]:
        """Return the daily modules without records and without the statement that there was nothing."""
        return tuple(part.module for part in self.modules if part.is_missing)

    @property
    def has_records(self) -> bool:
        return any(part.records for part in self.modules)

    @property
    def versions(self) -> dict[str, dict[str, int]]:
        """Return the version of each record, as stored with the day."""
        return {
            part.module.slug: {str(record.id): record.version for record in part.records}
            for part in self.modules
            if part.records
        }

    @property
    def overruled(self) -> list[NothingToday]:
        """Return the statements that records overrule."""
        return [part.statement for part in self.modules if part.statement is not None and part.records]


def _versions_of(read: Mapping[str, Sequence[DailyRecord]]) -> Iterable[tuple[int, int, int, list[str]]]:
    return (
        (number, record.pk, record.version, record.confirmed_warnings)
        for number, module in enumerate(modules())
        for record in read[module.slug]
    )


def _records_of(site: Site, date: dt.date) -> Iterable[tuple[int, int, int, list[str]]]:
    parts = [
        module.model._default_manager.filter(site=site, date=date)
        .order_by()
        .values_list(Value(number), "pk", "version", "confirmed_warnings")
        for number, module in enumerate(modules())
    ]
    first, *others = parts
    found: Iterable[tuple[int, int, int, list[str]]] = first.union(*others, all=True).order_by()
    return found


def entered_modules(
    sites: Sequence[Site], *, first: dt.date, last: dt.date
) -> Mapping[tuple[int, dt.date], frozenset[str]]:
    """Return, by site and date, the slugs of the daily modules with records or with the statement of none.

    A day without any is left out. Two queries, whatever the number of sites and dates.
    """
    daily = [module for module in modules() if module.is_daily]
    at = models.Q(site__in=[site.pk for site in sites], date__gte=first, date__lte=last)
    found: dict[tuple[int, dt.date], set[str]] = {}
    for number, site_id, date in _days_of(daily, at):
        found.setdefault((site_id, date), set()).add(daily[number].slug)
    for slug, site_id, date in NothingToday.objects.filter(at).values_list("module", "site_id", "date"):
        found.setdefault((site_id, date), set()).add(slug)
    return {day: frozenset(slugs) for day, slugs in found.items()}


def days_with_records(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> set[tuple[int, dt.date]]:
    """Return the site and date of each day with records of any module. One query."""
    at = models.Q(site__in=[site.pk for site in sites], date__gte=first, date__lte=last)
    return {(site_id, date) for _number, site_id, date in _days_of(modules(), at)}


def _days_of(several: Sequence[Module], at: models.Q) -> Iterable[tuple[int, int, dt.date]]:
    parts = [
        module.model._default_manager.filter(at)
        .order_by()
        .values_list(Value(number), "site_id", "date")
        .distinct()
        for number, module in enumerate(several)
    ]
    if not parts:
        return ()
    found: Iterable[tuple[int, int, dt.date]] = parts[0].union(*parts[1:], all=True).order_by()
    return found
