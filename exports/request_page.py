"""The page on which a file is requested: the form, whose state is the URL, and what the file would hold."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, override

from django import forms
from django.db.models import QuerySet
from django.forms.boundfield import BoundField
from django.http import Http404, HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from core.pango import missing_pdf_libraries
from exports.actions import require_range
from exports.datasets.selection import (
    DAY_REPORT,
    Dataset,
    ExportRequest,
    FileFormat,
    Granularity,
    dataset,
    datasets,
)
from exports.errors import ExportRefused
from exports.models import ColumnChoice
from exports.writers.pdf.text import require_pdf, what_to_install
from exports.writers.pdf.writer import require_few_enough
from exports.writers.write import count_rows
from records.columns import Column
from records.pages.dates import DateRange, Preset, RangeForm, presets, today_in
from sites.dates import within_reason
from sites.models import Site, User
from sites.scope import ALL, Scope, page_scope

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

# Set when the form was sent, so that no ticked box means none, not the default.
SENT = "sent"
RANGE = "range"


class FormatSelect(forms.RadioSelect):
    """The file formats, without those that this machine cannot make."""

    @override
    def create_option(
        self,
        name: str,
        value: object,
        label: int | str,
        selected: bool,
        index: int,
        subindex: int | None = None,
        attrs: dict[str, object] | None = None,
    ) -> dict[str, object]:
        option = super().create_option(name, value, label, selected, index, subindex, attrs)
        if value == FileFormat.PDF and missing_pdf_libraries():
            option["attrs"]["disabled"] = True
        return option


class RequestForm(RangeForm):
    """The records, sites and dates, the totals, and the file format."""

    def __init__(
        self, values: QueryDict, *, modules: Sequence[tuple[str, "Text"]], sites: Sequence[Site]
    ) -> None:
        super().__init__(values)
        self.fields["module"] = forms.ChoiceField(label=_("Records"), choices=modules)
        self.fields["site"] = forms.MultipleChoiceField(
            label=_("Sites"),
            choices=[
                *([(ALL, _("All my sites"))] if len(sites) > 1 else []),
                *((site.code, f"{site.name} · {site.code}") for site in sites),
            ],
            widget=forms.CheckboxSelectMultiple(),
            error_messages={"required": _("Choose at least one site.")},
        )
        self.fields["granularity"] = forms.ChoiceField(
            label=_("Each row is"), choices=Granularity.choices, widget=forms.RadioSelect()
        )
        self.fields["format"] = forms.ChoiceField(
            label=_("File"),
            choices=FileFormat.choices,
            widget=FormatSelect(),
            help_text=what_to_install() if missing_pdf_libraries() else "",
        )


class DayReportForm(forms.Form):
    """A site's day, and the file format."""

    site = forms.ModelChoiceField(Site.objects.none(), to_field_name="code")
    date = forms.DateField(input_formats=["%Y-%m-%d"], validators=within_reason)
    format = forms.ChoiceField(
        choices=[(each.value, each.label) for each in (FileFormat.PDF, FileFormat.XLSX)]
    )

    def __init__(self, values: QueryDict, *, sites: QuerySet[Site]) -> None:
        super().__init__(values)
        site = self.fields["site"]
        assert isinstance(site, forms.ModelChoiceField)
        site.queryset = sites

    @property
    def request(self) -> ExportRequest:
        """Return the request of a valid form."""
        date = self.cleaned_data["date"]
        return ExportRequest(
            module=DAY_REPORT,
            sites=(self.cleaned_data["site"],),
            first=date,
            last=date,
            file_format=FileFormat(self.cleaned_data["format"]),
        )


class ColumnChoiceForm(forms.ModelForm[ColumnChoice]):
    """The name under which columns are saved."""

    class Meta:
        model = ColumnChoice
        fields = ("name",)


@dataclass(frozen=True)
class RangeButton:
    """A button that chooses dates."""

    label: "Text"
    value: str
    is_current: bool


@dataclass(frozen=True)
class ColumnBox:
    """A column that can be ticked."""

    column: Column
    is_chosen: bool


class RequestPage:
    """What is being requested. Whatever the URL leaves out has a default."""

    def __init__(self, request: HttpRequest, values: QueryDict) -> None:
        assert isinstance(request.user, User)
        self.user = request.user
        self.values = values.copy()
        self.scope: Scope = page_scope(request)
        self._set_defaults(is_sent=SENT in values)
        modules = [(each.slug, each.label) for each in datasets()]
        self.form = RequestForm(self.values, modules=modules, sites=self.offered_sites)

    def _set_defaults(self, *, is_sent: bool) -> None:
        values = self.values
        first, _slash, last = values.get(RANGE, "").partition("/")
        if last:
            values["from"], values["to"] = first, last
        codes = values.getlist("site")
        if not codes and not is_sent:
            values.setlist("site", [self.scope.code])
        elif ALL in codes:
            values.setlist("site", [ALL])
        values["module"] = values.get("module") or datasets()[0].slug
        values["granularity"] = values.get("granularity") or Granularity.DAILY.value
        values["format"] = values.get("format") or FileFormat.XLSX.value

    @property
    def range_fields(self) -> list[BoundField]:
        return [self.form["from"], self.form["to"]]

    @cached_property
    def offered_sites(self) -> tuple[Site, ...]:
        """Return the user's sites, and one that is no longer active where the URL is about it."""
        site, choices = self.scope.site, self.scope.choices
        return choices if site is None or site in choices else (*choices, site)

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """Return the chosen sites. Raises Http404 for a code that the user does not see."""
        codes = self.values.getlist("site")
        if ALL in codes:
            return self.scope.choices
        known = {site.code: site for site in self.offered_sites}
        try:
            return tuple(known[code] for code in dict.fromkeys(codes))
        except KeyError:
            raise Http404 from None

    @cached_property
    def dataset(self) -> Dataset:
        """Return what is exported. Raises Http404 for an unknown module."""
        return dataset(str(self.values["module"]))

    @cached_property
    def dates(self) -> DateRange:
        return self.form.chosen(self.today)

    @property
    def today(self) -> dt.date:
        return today_in(self.scope)

    @property
    def granularity(self) -> Granularity:
        value = str(self.values["granularity"])
        return Granularity(value) if value in Granularity.values else Granularity.DAILY

    @property
    def file_format(self) -> FileFormat:
        value = str(self.values["format"])
        return FileFormat(value) if value in FileFormat.values else FileFormat.XLSX

    @cached_property
    def filters(self) -> dict[str, str]:
        """Return the parameters of the list's filter that these records have."""
        if "unfiltered" in self.values:
            return {}
        none = self.dataset.model._default_manager.none()
        names = self.dataset.make_filter({}, none, self.sites).form.fields
        return {name: str(value) for name in names if (value := self.values.get(name))}

    @property
    def filter_labels(self) -> list[tuple[str, str]]:
        return self.dataset.filter_labels(self.sites, self.filters)

    @cached_property
    def _default_request(self) -> ExportRequest:
        """Return the request with the default columns."""
        return ExportRequest(
            module=self.dataset.slug,
            sites=self.sites,
            first=self.dates.first,
            last=self.dates.last,
            file_format=self.file_format,
            granularity=self.granularity,
            filters=self.filters,
        )

    @cached_property
    def _default_columns(self) -> tuple[str, ...]:
        return tuple(column.name for column in self._default_request.chosen(self.file_format))

    @property
    def columns_of(self) -> str:
        """Return what the ticked columns belong to: with another module or format they do not count."""
        return f"{self.dataset.slug}/{self.granularity}/{self.file_format}"

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Return the chosen columns; empty for the default ones."""
        chosen = self._default_columns
        if self.saved is not None:
            chosen = tuple(self.saved.columns)
        elif self.values.get("columns_of") == self.columns_of:
            chosen = tuple(self.values.getlist("columns"))
        available = tuple(column.name for column in self._default_request.available if column.name in chosen)
        return () if available == self._default_columns else available

    @cached_property
    def boxes(self) -> list[ColumnBox]:
        chosen = self.columns or self._default_columns
        return [ColumnBox(column, column.name in chosen) for column in self._default_request.available]

    @cached_property
    def saved_choices(self) -> list[ColumnChoice]:
        """Return the user's saved columns for such rows."""
        saved = ColumnChoice.objects.filter(owner=self.user, module=self.dataset.slug)
        return list(saved.filter(granularity=self.granularity))

    @cached_property
    def saved(self) -> ColumnChoice | None:
        """Return the saved columns that are chosen."""
        key = self.values.get("saved")
        return next((choice for choice in self.saved_choices if str(choice.pk) == key), None)

    @cached_property
    def request(self) -> ExportRequest:
        return replace(self._default_request, columns=self.columns)

    @cached_property
    def refusal(self) -> ExportRefused | None:
        """Return why this file cannot be made, if so."""
        try:
            require_range(self.user, self.sites, first=self.dates.first, last=self.dates.last)
            self.request.check()
            if self.file_format == FileFormat.PDF:
                require_pdf()
                require_few_enough(self.count)
        except ExportRefused as refusal:
            return refusal
        return None

    @cached_property
    def count(self) -> int:
        """Return how many rows the file would have now."""
        return count_rows(self.request)

    @property
    def is_complete(self) -> bool:
        """Return whether the form is complete enough to count the rows."""
        return self.form.is_valid() and bool(self.sites)

    @property
    def place(self) -> str:
        """Return the name of the site, or the number of sites."""
        if len(self.sites) == 1:
            return self.sites[0].name
        return str(_("%(count)d sites")) % {"count": len(self.sites)}

    @property
    def ranges(self) -> Iterator[RangeButton]:
        for preset in (*presets(self.today), *longer_presets(self.today)):
            yield RangeButton(
                label=preset.label,
                value=f"{preset.first}/{preset.last}",
                is_current=(preset.first, preset.last) == (self.dates.first, self.dates.last),
            )

    @property
    def url_query(self) -> str:
        """Return the query that leads back to this page as it is."""
        query = self.values.copy()
        for name in ("csrfmiddlewaretoken", "name", "saved", "columns", "columns_of", "unfiltered", RANGE):
            query.pop(name, None)
        query["from"], query["to"] = self.dates.first.isoformat(), self.dates.last.isoformat()
        return query.urlencode()


def longer_presets(today: dt.date) -> list[Preset]:
    """Return the ranges that are wanted of files more often than of lists."""
    last_of_month = today.replace(day=1) - dt.timedelta(days=1)
    return [
        Preset(_("Last month"), last_of_month.replace(day=1), last_of_month),
        Preset(_("90 days"), today - dt.timedelta(days=89), today),
        Preset(_("This year"), today.replace(month=1, day=1), today),
    ]
