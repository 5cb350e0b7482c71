"""What is odd about the rows that wait: nobody is asked line by line, it is shown before they are written."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import ngettext

from imports.validation.new_master_data import Missing
from records.models import DailyRecord
from records.module import RecordModule
from records.templatetags.figures import count
from sites.models import Site


@dataclass
class OldRows:
    """How many rows are of days longer ago than is usual to enter at their site."""

    count: int = 0
    days: int = 0
    oldest: dt.date = dt.date.max

    def take(self, date: dt.date, days: int) -> None:
        self.count += 1
        self.days = min(self.days, days) if self.days else days
        self.oldest = min(self.oldest, date)

    def __str__(self) -> str:
        if not self.count:
            return ""
        return ngettext(
            "%(shown)s record is more than %(days)d days back: %(date)s.",
            "%(shown)s records are more than %(days)d days back, from %(date)s on.",
            self.count,
        ) % {"shown": count(self.count), "days": self.days, "date": date_format(self.oldest, "j M Y")}


class Judging:
    """Judges the rows of one file, part by part, by the rules of their module."""

    def __init__(self, module: RecordModule[DailyRecord], missing: Missing) -> None:
        self.old = OldRows()
        self._judges = module.form.warning_rules.row_checkers()
        self._missing = missing
        self._most_back: dict[int, tuple[dt.date, int] | None] = {}

    def odd(self, records: Sequence[DailyRecord], lines: Sequence[int]) -> list[list[str]]:
        """Return what is odd about each record of these lines: of itself, and beside what is there."""
        told = [list(record.confirmed_warnings) for record in records]
        for judge in self._judges:
            for sentences, sentence in zip(told, judge(records, lines), strict=True):
                if sentence:
                    sentences.append(sentence)
        for record in records:
            usual = self._usual(record.site_id)
            if usual is not None and record.date < usual[0]:
                self.old.take(record.date, usual[1])
        return told

    def _usual(self, site_id: int) -> tuple[dt.date, int] | None:
        """Return from which date on it is usual to enter records of a site, and how many days that is."""
        if site_id not in self._most_back:
            is_there = site_id > 0
            site = Site.objects.get(pk=site_id) if is_there else self._missing.sites[-site_id - 1]
            days = site.entry_days_back
            self._most_back[site_id] = (
                None if days is None else (site.today() - dt.timedelta(days=days), days)
            )
        return self._most_back[site_id]
