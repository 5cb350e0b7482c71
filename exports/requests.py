"""What a person asks for, and the job that remembers it."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from exports.datasets.dataset import subject, subjects
from exports.datasets.selection import FileFormat, Granularity, Selection
from exports.models import ExportJob
from sites.models import Site

# What a site's day is asked for as: all its modules and its stock in one file.
DAY_REPORT = "day-report"


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """Which file is wanted, in words that fit into a row."""

    module: str
    sites: tuple[Site, ...]
    # Operating dates, both included.
    first: dt.date
    last: dt.date
    file_format: FileFormat
    granularity: Granularity = Granularity.DAILY
    # The parameters of the list's filter, as its address has them.
    filters: Mapping[str, str] = field(default_factory=dict)
    # Names of columns in their order; the usual ones where there are none.
    columns: tuple[str, ...] = ()

    @property
    def selection(self) -> Selection:
        """Return the rows that are wanted. Raises Http404 where nothing is called like the module."""
        return Selection(
            subject=subject(self.module),
            sites=self.sites,
            first=self.first,
            last=self.last,
            granularity=self.granularity,
            filters=self.filters,
            columns=self.columns,
        )

    @property
    def is_day_report(self) -> bool:
        return self.module == DAY_REPORT

    @property
    def filter_words(self) -> list[tuple[str, str]]:
        """Return each condition of the filter as a person reads it."""
        return [] if self.is_day_report else self.selection.subject.filter_words(self.sites, self.filters)

    def check(self) -> None:
        """Raise ExportRefused where it cannot be made: the filter or the columns are not there any more."""
        if self.is_day_report:
            return
        selection = self.selection
        selection.chosen(self.file_format)
        selection.subject.records(self.sites, self.filters)

    @property
    def column_names(self) -> list[str]:
        """Return the columns of the file; a day report has those of each module."""
        if self.is_day_report:
            return []
        return [column.name for column in self.selection.chosen(self.file_format)]

    @property
    def fingerprint(self) -> str:
        """Return what two requests share that ask for the same."""
        said = [
            self.module,
            sorted(site.pk for site in self.sites),
            self.first.isoformat(),
            self.last.isoformat(),
            self.file_format,
            self.granularity,
            sorted(self.filters.items()),
            self.columns,
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    @property
    def file_name(self) -> str:
        """Return what the file is called where it is saved."""
        place = self.sites[0].code if len(self.sites) == 1 else f"{len(self.sites)}-sites"
        kind = "" if self.granularity == Granularity.DAILY else f"_{self.granularity}"
        days = f"{self.first:%Y-%m-%d}"
        if self.first != self.last:
            days += f"_{self.last:%Y-%m-%d}"
        return f"{self.module}{kind}_{place}_{days}.{self.file_format}"


def request_of(job: ExportJob, sites: tuple[Site, ...]) -> ExportRequest:
    """Return what a job asks for, of its sites as they are seen now."""
    return ExportRequest(
        module=job.module,
        sites=sites,
        first=job.first,
        last=job.last,
        file_format=FileFormat(job.file_format),
        granularity=Granularity(job.granularity),
        filters=job.filters,
        columns=tuple(job.columns),
    )


def label_of(module: str) -> str:
    """Return what the rows of a module are called; its slug, should it be gone."""
    if module == DAY_REPORT:
        return str(_("Day report"))
    return next((str(each.label) for each in subjects() if each.slug == module), module)
