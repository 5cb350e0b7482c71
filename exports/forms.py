"""The form by which a file is asked for; its state is the address, so that a list's filter comes along."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from exports.models import ColumnChoice
from exports.selection import FileFormat, Granularity
from records.dates import RangeForm
from sites.models import Site
from sites.scope import ALL

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

FORMATS = [(each.value, each.label) for each in (FileFormat.XLSX, FileFormat.CSV)]

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
            label=_("File"), choices=FORMATS, widget=forms.RadioSelect()
        )


class ColumnChoiceForm(forms.ModelForm[ColumnChoice]):
    """The name under which chosen columns are kept."""

    class Meta:
        model = ColumnChoice
        fields = ("name",)
