"""What is impossible and what is odd about a record: rules, listed once for each module.

A module names its rules in its own `plausibility.py`; here is what they are made of, and those that modules
share. A rule says in a sentence what is odd, the person is asked once, and what they confirmed is kept with
the record. Two things are said elsewhere, because they are not known here: that stock falls below zero, by
the ledger (`settle`), and what a field takes at all, by its own cleaner.
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

from records.choices import SHIFT_HOURS, Shift
from records.models import DailyRecord
from records.templatetags.figures import hours
from sites.dates import LATEST
from sites.models import Site

# What a correction may change without what was confirmed before being judged again.
SAYS_NOTHING = frozenset({"notes"})


class JudgeOfRows[R](Protocol):
    """Judges the rows of one file part by part, in the order of sites, dates and lines."""

    def __call__(self, records: Sequence[R], lines: Sequence[int], /) -> Sequence[str]:
        """Return a sentence for each record of these lines, empty where nothing is odd about it."""
        ...


@dataclass(frozen=True)
class Rule[R]:
    """What may be odd about a record; `sentence` says so, or returns an empty text."""

    # The fields that it is about: a correction that leaves them alone is not asked again.
    about: tuple[str, ...]
    sentence: Callable[[R], str]
    # Whether each row of a file is judged by itself too: only a rule that asks the database nothing can.
    judges_files: bool = False
    # Makes what judges the rows of one file beside what is there, asking once for many of them.
    beside: Callable[[], JudgeOfRows[R]] | None = None


class Findings(NamedTuple):
    """What the person is asked about, and what was confirmed before and is still so."""

    asked: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plausibility[R: DailyRecord]:
    """The rules of a module, in the order in which their sentences are told."""

    rules: tuple[Rule[R], ...] = ()

    def judge(self, record: R, before: R | None, fields: Iterable[str]) -> Findings:
        """Return what is odd about a cleaned record of these fields; `before` is the record as it was."""
        if before is None:
            return Findings(asked=_told(rule.sentence(record) for rule in self.rules))
        changed = {name for name in (*fields, "site") if _value(record, name) != _value(before, name)}
        if changed <= SAYS_NOTHING:
            return Findings(standing=tuple(before.confirmed_warnings))
        asked, standing = [], []
        for rule in self.rules:
            if changed.intersection((*rule.about, "site")):
                asked.append(rule.sentence(record))
            elif before.confirmed_warnings and rule.sentence(record) in before.confirmed_warnings:
                standing.append(rule.sentence(record))
        return Findings(_told(asked), _told(standing))

    def judges_of_rows(self) -> list[JudgeOfRows[R]]:
        """Return what judges the rows of one file beside what is there, in the order of the rules."""
        return [rule.beside() for rule in self.rules if rule.beside is not None]

    def of_row(self, record: R) -> list[str]:
        """Return what is odd about a row of a file by itself; nobody is asked about it."""
        return [*_told(rule.sentence(record) for rule in self.rules if rule.judges_files)]


def _told(sentences: Iterable[str]) -> tuple[str, ...]:
    return tuple(sentence for sentence in sentences if sentence)


def _value(record: DailyRecord, name: str) -> object:
    field = record._meta.get_field(name)
    return getattr(record, field.attname if isinstance(field, ForeignKey) else name)


def confirmation_of(warnings: Iterable[str]) -> str:
    """Return what says yes to each of these warnings and to no other."""
    return " ".join(_digest(warning) for warning in warnings)


def is_confirmed(warnings: Collection[str], said: bool | str) -> bool:  # noqa: FBT001  # one of two answers
    """Say whether each of these warnings was confirmed; True confirms whatever there is."""
    if isinstance(said, bool):
        return said or not warnings
    return {_digest(warning) for warning in warnings} <= set(said.split())


def _digest(warning: str) -> str:
    return hashlib.sha256(warning.encode()).hexdigest()[:16]


class NotToCome:
    """Refuses a date after the site's today: a record says what has been."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __call__(self, date: dt.date) -> None:
        # A date out of all reason is refused as such.
        if date > LATEST or date <= (today := self._site.today()):
            return
        raise ValidationError(
            _("%(date)s is still to come: here it is %(today)s."),
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


# The rows of a file are old as a rule: it is said how many of them are, and no record says it of itself.
LONG_AGO = Rule(about=("date",), sentence=_long_ago)


class WorkedInShift(Protocol):
    """A record of hours in a shift."""

    @property
    def site(self) -> Site: ...
    @property
    def shift(self) -> str: ...
    @property
    def hours(self) -> Decimal: ...


def _beyond_shift(record: WorkedInShift) -> str:
    is_whole_day = record.shift == Shift.WHOLE_DAY
    most = record.site.working_hours if is_whole_day else SHIFT_HOURS
    if record.hours <= most:
        return ""
    words = (
        _("%(run)s hours are more than the %(most)s that the site works a day.")
        if is_whole_day
        else _("%(run)s hours are more than the %(most)s of a shift.")
    )
    return words % {"run": hours(record.hours), "most": hours(most)}


# Overtime is real, and rare.
BEYOND_SHIFT = Rule(about=("shift", "hours"), sentence=_beyond_shift, judges_files=True)
