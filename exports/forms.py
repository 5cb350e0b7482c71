"""The form by which a file is asked for; its state is the address, so that a list's filter comes along."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from exports.datasets.selection import FileFormat, Granularity
from exports.models import ColumnChoice
from exports.requests import DAY_REPORT, ExportRequest
from records.pages.dates import RangeForm
from sites.dates import within_reason
from sites.models import Site
from sites.scope import ALL

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

type Choices = Sequence[tuple[str, Text]]


class AskForm(RangeForm):
    """Of what, of which sites and days, how summed, and as what kind of file."""

    def __init__(self, values: QueryDict, *, modules: Choices, sites: Sequence[Site]) -> None:
        super().__init__(values)
        self.fields["module"] = forms.ChoiceField(label=_("Records of"), choices=modules)
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
            label=_("File"), choices=FileFormat.choices, widget=forms.RadioSelect()
        )


class DayReportForm(forms.Form):
    """A site's day, and as what kind of file."""

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
    def wanted(self) -> ExportRequest:
        """Return what is asked for by acceptable input."""
        date = self.cleaned_data["date"]
        return ExportRequest(
            module=DAY_REPORT,
            sites=(self.cleaned_data["site"],),
            first=date,
            last=date,
            file_format=FileFormat(self.cleaned_data["format"]),
        )


class ColumnChoiceForm(forms.ModelForm[ColumnChoice]):
    """The name under which chosen columns are kept."""

    class Meta:
        model = ColumnChoice
        fields = ("name",)
