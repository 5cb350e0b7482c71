"""The page on which a file is asked for: what the address says, and what that would give."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from django.forms.boundfield import BoundField
from django.http import Http404, HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from exports.datasets.columns import SheetColumn
from exports.datasets.dataset import Subject, subject, subjects
from exports.datasets.selection import FileFormat, Granularity, Selection
from exports.errors import ExportRefused
from exports.forms import AskForm
from exports.models import ColumnChoice
from exports.permissions import require_range
from exports.requests import ExportRequest
from exports.writers.pdf.writer import require_few_enough
from exports.writers.write import count_rows
from records.pages.dates import DateRange, Preset, presets, today_in
from sites.models import Site, User
from sites.scope import ALL, Scope, page_scope

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

# Says that the form was sent, so that no box ticked means none, and not "as it is by default".
SENT = "asked"
RANGE = "range"


@dataclass(frozen=True)
class Range:
    """Dates that one press chooses."""

    label: "Text"
    value: str
    is_current: bool


@dataclass(frozen=True)
class ColumnBox:
    """A column that can be ticked."""

    column: SheetColumn
    is_chosen: bool


class Asking:
    """What is being asked for. Every missing piece has a sensible value."""

    def __init__(self, request: HttpRequest, values: QueryDict) -> None:
        assert isinstance(request.user, User)
        self.user = request.user
        self.values = values.copy()
        self.scope: Scope = page_scope(request)
        self.is_sent = SENT in values
        self._complete()
        self.form = AskForm(
            self.values, modules=[(each.slug, each.label) for each in subjects()], sites=self.offered_sites
        )

    def _complete(self) -> None:
        """Say what was not said: a link names as much as it likes."""
        values = self.values
        first, _slash, last = values.get(RANGE, "").partition("/")
        if last:
            values["from"], values["to"] = first, last
        codes = values.getlist("site")
        if not codes and not self.is_sent:
            values.setlist("site", [self.scope.code])
        elif ALL in codes:
            values.setlist("site", [ALL])
        values["module"] = values.get("module") or subjects()[0].slug
        values["granularity"] = values.get("granularity") or Granularity.DAILY.value
        values["format"] = values.get("format") or FileFormat.XLSX.value

    def _said(self, name: str) -> str:
        return str(self.values.get(name, ""))

    @property
    def range_fields(self) -> list[BoundField]:
        return [self.form["from"], self.form["to"]]

    @cached_property
    def offered_sites(self) -> tuple[Site, ...]:
        """Return the person's sites, and one that is no longer active where the address is about it."""
        site = self.scope.site
        choices = self.scope.choices
        return choices if site is None or site in choices else (*choices, site)

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """Return the sites that are chosen. Raises Http404 for a code that the person does not see."""
        codes = self.values.getlist("site")
        if ALL in codes:
            return self.scope.choices
        known = {site.code: site for site in self.offered_sites}
        try:
            return tuple(known[code] for code in dict.fromkeys(codes))
        except KeyError:
            raise Http404 from None

    @cached_property
    def subject(self) -> Subject:
        """Return what is exported. Raises Http404 where there is nothing like it."""
        return subject(self._said("module"))

    @cached_property
    def dates(self) -> DateRange:
        return self.form.chosen(self.today)

    @property
    def today(self) -> dt.date:
        return today_in(self.scope)

    @property
    def granularity(self) -> Granularity:
        known = self._said("granularity")
        return Granularity(known) if known in Granularity.values else Granularity.DAILY

    @property
    def file_format(self) -> FileFormat:
        known = self._said("format")
        return FileFormat(known) if known in FileFormat.values else FileFormat.XLSX

    @cached_property
    def filters(self) -> dict[str, str]:
        """Return the list's filter that came along, as far as it means anything to these records."""
        if "unfiltered" in self.values:
            return {}
        names = self.subject.filter_of({}, self.subject.model._default_manager.none(), self.sites).form.fields
        return {name: said for name in names if (said := self._said(name))}

    @property
    def filter_words(self) -> list[tuple[str, str]]:
        return self.subject.filter_words(self.sites, self.filters)

    @cached_property
    def _plain(self) -> Selection:
        """Return the selection with its usual columns."""
        return self._usual.selection

    @cached_property
    def _usual(self) -> ExportRequest:
        return ExportRequest(
            module=self.subject.slug,
            sites=self.sites,
            first=self.dates.first,
            last=self.dates.last,
            file_format=self.file_format,
            granularity=self.granularity,
            filters=self.filters,
        )

    @property
    def columns_of(self) -> str:
        """Return what the boxes belong to: those of another module or row mean nothing here."""
        return f"{self.subject.slug}/{self.granularity}/{self.file_format}"

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that were chosen; none where they are the usual ones."""
        usual = tuple(column.name for column in self._plain.chosen(self.file_format))
        chosen = usual
        if self.saved is not None:
            chosen = tuple(self.saved.columns)
        elif self.values.get("columns_of") == self.columns_of:
            chosen = tuple(self.values.getlist("columns"))
        available = tuple(column.name for column in self._plain.available if column.name in chosen)
        return () if available == usual else available

    @cached_property
    def boxes(self) -> list[ColumnBox]:
        chosen = self.columns or tuple(column.name for column in self._plain.chosen(self.file_format))
        return [ColumnBox(column, column.name in chosen) for column in self._plain.available]

    @cached_property
    def saved_choices(self) -> list[ColumnChoice]:
        """Return the person's saved columns for such rows."""
        return list(
            ColumnChoice.objects.filter(
                owner=self.user, module=self.subject.slug, granularity=self.granularity
            )
        )

    @cached_property
    def saved(self) -> ColumnChoice | None:
        """Return the saved columns that are asked for."""
        wanted = self.values.get("saved")
        return next((choice for choice in self.saved_choices if str(choice.pk) == wanted), None)

    @property
    def has_own_columns(self) -> bool:
        return bool(self.columns)

    @cached_property
    def request(self) -> ExportRequest:
        return replace(self._usual, columns=self.columns)

    @cached_property
    def refusal(self) -> ExportRefused | None:
        """Return why this cannot be had, if so."""
        try:
            require_range(self.user, self.sites, first=self.dates.first, last=self.dates.last)
            self.request.check()
            if self.file_format == FileFormat.PDF:
                require_few_enough(self.count)
        except ExportRefused as refusal:
            return refusal
        return None

    @cached_property
    def count(self) -> int:
        """Return how many rows the file would have now."""
        return count_rows(self.request.selection)

    @property
    def is_complete(self) -> bool:
        """Say whether it says enough to be counted."""
        return self.form.is_valid() and bool(self.sites)

    @property
    def place(self) -> str:
        """Return the sites in words."""
        if len(self.sites) == 1:
            return self.sites[0].name
        return str(_("%(count)d sites")) % {"count": len(self.sites)}

    @property
    def ranges(self) -> Iterator[Range]:
        for preset in (*presets(self.today), *longer_presets(self.today)):
            yield Range(
                label=preset.label,
                value=f"{preset.first}/{preset.last}",
                is_current=(preset.first, preset.last) == (self.dates.first, self.dates.last),
            )

    @property
    def address_query(self) -> str:
        """Return the query that leads back to this page as it is."""
        query = self.values.copy()
        for name in ("csrfmiddlewaretoken", "name", "saved", "columns", "columns_of", "unfiltered", RANGE):
            query.pop(name, None)
        query["from"], query["to"] = self.dates.first.isoformat(), self.dates.last.isoformat()
        return query.urlencode()


def longer_presets(today: dt.date) -> list[Preset]:
    """Return the ranges that files are asked for more often than lists."""
    last_of_month = today.replace(day=1) - dt.timedelta(days=1)
    return [
        Preset(_("Last month"), last_of_month.replace(day=1), last_of_month),
        Preset(_("90 days"), today - dt.timedelta(days=89), today),
        Preset(_("This year"), today.replace(month=1, day=1), today),
    ]
