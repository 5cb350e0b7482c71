"""Warnings about a record that is possible but unusual: the rules, listed once for each module.

A module lists its rules in its own `warnings.py`; here is what they are made of, and the rules that modules
share. The person confirms the warnings of a record once, and they are kept with it. Two checks are elsewhere:
stock below zero is found by the ledger (`settle`), and what a field accepts at all by its own cleaner.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

from django.core.exceptions import ValidationError
from django.db.models import ForeignKey
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from charts.numbers import written
from records.choices import SHIFT_HOURS, Shift
from records.models import DailyRecord
from sites.dates import LATEST
from sites.models import Site

# Fields that a correction may change without a new confirmation.
UNCHECKED = frozenset({"notes"})


class RowChecker[R](Protocol):
    """Checks the rows of one file part by part, in the order of sites, dates and lines."""

    def __call__(self, records: Sequence[R], lines: Sequence[int], /) -> Sequence[str]:
        """Return the warning of each record of these lines, empty for none."""
        ...


@dataclass(frozen=True)
class WarningRule[R]:
    """A rule about a record; `warning` returns its sentence, empty where the record is as usual."""

    # A correction that changes none of these fields needs no new confirmation.
    fields: tuple[str, ...]
    warning: Callable[[R], str]
    # Whether each row of a file is checked by itself too: only for a rule that needs no query.
    checks_files: bool = False
    # Makes the checker that compares the rows of one file with existing records, many rows per query.
    row_checker: Callable[[], RowChecker[R]] | None = None


class Findings(NamedTuple):
    """The warnings to confirm, and those that were confirmed before and still apply."""

    new: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()


@dataclass(frozen=True)
class WarningRules[R: DailyRecord]:
    """The rules of a module, in the order in which their warnings are shown."""

    rules: tuple[WarningRule[R], ...] = ()

    def find(self, record: R, before: R | None, fields: Iterable[str]) -> Findings:
        """Return the warnings about a cleaned record of these fields; `before` is the record as it was."""
        if before is None:
            return Findings(new=_without_empty(rule.warning(record) for rule in self.rules))
        changed = {name for name in (*fields, "site") if _value(record, name) != _value(before, name)}
        if changed <= UNCHECKED:
            return Findings(confirmed=tuple(before.confirmed_warnings))
        new, confirmed = [], []
        for rule in self.rules:
            if changed.intersection((*rule.fields, "site")):
                new.append(rule.warning(record))
            elif before.confirmed_warnings and rule.warning(record) in before.confirmed_warnings:
                confirmed.append(rule.warning(record))
        return Findings(_without_empty(new), _without_empty(confirmed))

    def row_checkers(self) -> list[RowChecker[R]]:
        """Return the checkers that compare the rows of one file with existing records."""
        return [rule.row_checker() for rule in self.rules if rule.row_checker is not None]

    def row_warnings(self, record: R) -> list[str]:
        """Return the warnings about a row of a file by itself."""
        return [*_without_empty(rule.warning(record) for rule in self.rules if rule.checks_files)]


def _without_empty(warnings: Iterable[str]) -> tuple[str, ...]:
    return tuple(warning for warning in warnings if warning)


def _value(record: DailyRecord, name: str) -> object:
    field = record._meta.get_field(name)
    return getattr(record, field.attname if isinstance(field, ForeignKey) else name)


def confirmation_of(warnings: Iterable[str]) -> str:
    """Return the text that confirms each of these warnings and no other."""
    return " ".join(_digest(warning) for warning in warnings)


def is_confirmed(warnings: Collection[str], confirmation: bool | str) -> bool:  # noqa: FBT001  # either type
    """Return whether each of these warnings is confirmed; True confirms any."""
    if isinstance(confirmation, bool):
        return confirmation or not warnings
    return {_digest(warning) for warning in warnings} <= set(confirmation.split())


def _digest(warning: str) -> str:
    return hashlib.sha256(warning.encode()).hexdigest()[:16]


class NotInFuture:
    """Reject a date after the site's today, unless it is the date that the record has already."""

    def __init__(self, site: Site, *, stored: dt.date | None = None) -> None:
        self._site = site
        self._stored = stored

    def __call__(self, date: dt.date) -> None:
        # The date limits have a message of their own.
        if date == self._stored or date > LATEST or date <= (today := self._site.today()):
            return
        raise ValidationError(
            _("%(date)s is in the future: today is %(today)s at this site."),
            params={"date": date_format(date, "j M Y"), "today": date_format(today, "D j M Y")},
            code="to_come",
        )


def _long_ago(record: DailyRecord) -> str:
    most = record.site.entry_days_back
    if most is None or (record.site.today() - record.date).days <= most:
        return ""
    return _("%(date)s is more than %(days)d days back. Is that the date?") % {
        "date": date_format(record.date, "D j M Y"),
        "days": most,
    }


# Imported rows are often old: an import shows how many are, and keeps no warning with the records.
LONG_AGO = WarningRule(fields=("date",), warning=_long_ago)


class WorkedInShift(Protocol):
    """A record of hours in a shift."""

    @property
    def site(self) -> Site: ...
    @property
    def date(self) -> dt.date: ...
    @property
    def shift(self) -> str: ...
    @property
    def hours(self) -> Decimal: ...


def _beyond_shift(record: WorkedInShift) -> str:
    is_whole_day = record.shift == Shift.WHOLE_DAY
    most = record.site.settings_on(record.date).working_hours if is_whole_day else SHIFT_HOURS
    if record.hours <= most:
        return ""
    words = (
        _("%(run)s hours are more than the %(most)s that the site works a day.")
        if is_whole_day
        else _("%(run)s hours are more than the %(most)s of a shift.")
    )
    return words % {"run": written(record.hours, 2), "most": written(most, 2)}


# Overtime is real, and rare.
BEYOND_SHIFT = WarningRule(fields=("shift", "hours"), warning=_beyond_shift, checks_files=True)
