"""A year of a site: its working days and holidays."""

import calendar
import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property

from sites.dates import EARLIEST, LATEST
from sites.models import Holiday, Site, Weekday


@dataclass(frozen=True, slots=True)
class Day:
    """A date of the year; `holiday` is its name on a holiday, else empty."""

    date: dt.date
    is_working: bool
    is_today: bool
    holiday: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month in weeks from Monday on; None for days of the adjacent months."""

    first: dt.date
    weeks: list[list[Day | None]]

    @property
    def working_days(self) -> int:
        return sum(day.is_working for week in self.weeks for day in week if day is not None)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Holidays of one name on days that follow one another."""

    name: str
    first: dt.date
    last: dt.date

    @property
    def is_one_day(self) -> bool:
        return self.first == self.last


class Year:
    """A site's year. One query."""

    def __init__(self, site: Site, number: int) -> None:
        self.site = site
        self.number = number
        self.first, self.last = dt.date(number, 1, 1), dt.date(number, 12, 31)
        self._today = site.today()

    @cached_property
    def holidays(self) -> list[Holiday]:
        """Return the year's holidays, the first one first."""
        return list(self.site.holidays.between(self.first, self.last).order_by("date"))

    @property
    def stretches(self) -> list[Stretch]:
        """Return the year's holidays as people speak of them: those of several days in one."""
        found: list[Stretch] = []
        for holiday in self.holidays:
            before = found[-1] if found else None
            eve = holiday.date - dt.timedelta(days=1)
            if before is not None and (before.name, before.last) == (holiday.name, eve):
                found[-1] = replace(before, last=holiday.date)
            else:
                found.append(Stretch(holiday.name, holiday.date, holiday.date))
        return found

    @cached_property
    def months(self) -> list[Month]:
        names = {holiday.date: holiday.name for holiday in self.holidays}
        weeks_of = calendar.Calendar().monthdayscalendar
        months = []
        for number in range(1, 13):
            first = dt.date(self.number, number, 1)
            weeks = [
                [self._day(first.replace(day=day), names) if day else None for day in week]
                for week in weeks_of(self.number, number)
            ]
            months.append(Month(first, weeks))
        return months

    @property
    def working_days(self) -> int:
        """Return on how many days of the year the site works."""
        return sum(month.working_days for month in self.months)

    @property
    def weekdays(self) -> list[Weekday]:
        """Return the days of the week in the order of the months' columns."""
        return list(Weekday)

    @property
    def is_now(self) -> bool:
        return self.number == self._today.year

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > EARLIEST.year else None

    @property
    def after(self) -> int | None:
        return self.number + 1 if self.number < LATEST.year else None

    def _day(self, date: dt.date, names: dict[dt.date, str]) -> Day:
        name = names.get(date, "")
        return Day(
            date=date,
            is_working=not name and self.site.works_on_weekday(date),
            is_today=date == self._today,
            holiday=name,
        )


def requested_year(text: str, *, today: dt.date) -> int:
    """Return the year that an address asks for; this year where it asks for none, or for nonsense."""
    if text.isdecimal() and len(text) <= 4 and EARLIEST.year <= int(text) <= LATEST.year:
        return int(text)
    return today.year
