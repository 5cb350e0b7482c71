"""Warnings about the rows of a file: shown before they are written, confirmed by importing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import ngettext

from imports.validation.new_master_data import NewMasterData
from records.models import DailyRecord
from records.module import RecordModule
from records.templatetags.figures import count
from sites.models import Site


@dataclass
class OldDates:
    """How many rows have dates further back than is usual to enter at their site."""

    count: int = 0
    days: int = 0
    oldest: dt.date = dt.date.max

    def add(self, date: dt.date, days: int) -> None:
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


class WarningFinder:
    """Finds warnings about the rows of one file, many at a time, by the rules of their module."""

    def __init__(self, module: RecordModule[DailyRecord], new: NewMasterData) -> None:
        self.old_dates = OldDates()
        self._checkers = module.form.warning_rules.row_checkers()
        self._new = new
        self._usual_from: dict[int, tuple[dt.date, int] | None] = {}

    def find(self, records: Sequence[DailyRecord], lines: Sequence[int]) -> list[list[str]]:
        """Return the warnings about each record: about itself, and compared with existing records."""
        found = [list(record.confirmed_warnings) for record in records]
        for check in self._checkers:
            for warnings, warning in zip(found, check(records, lines), strict=True):
                if warning:
                    warnings.append(warning)
        for record in records:
            usual = self._usual(record.site_id)
            if usual is not None and record.date < usual[0]:
                self.old_dates.add(record.date, usual[1])
        return found

    def _usual(self, site_id: int) -> tuple[dt.date, int] | None:
        """Return the first date that is usual to enter at a site, and how many days back that is."""
        if site_id not in self._usual_from:
            site = Site.objects.get(pk=site_id) if site_id > 0 else self._new.sites[-site_id - 1]
            days = site.entry_days_back
            self._usual_from[site_id] = (
                None if days is None else (site.today() - dt.timedelta(days=days), days)
            )
        return self._usual_from[site_id]
