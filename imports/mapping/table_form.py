"""The forms by which a file is uploaded and its table is chosen."""

from collections.abc import Mapping, Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from imports.models import Upload
from imports.readers.base import Head
from imports.readers.csv_reader import DELIMITERS
from imports.readers.encodings import ENCODINGS
from records import registry


class UploadForm(forms.Form):
    """A file, of whatever kind."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, XLSX, XLS, XLSB or ODS, at most 50 MB."),
        widget=forms.FileInput(attrs={"class": "drop"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )


class TableForm(forms.Form):
    """What the rows are, and where in the file they are."""

    module = forms.ChoiceField(label=_("Records"))
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    headings_line = forms.IntegerField(label=_("Line of the headings"), min_value=1, max_value=40)
    two_lines = forms.BooleanField(label=_("The headings take this line and the one above"), required=False)
    delimiter = forms.ChoiceField(label=_("Delimiter"), choices=list(DELIMITERS.items()))
    encoding = forms.ChoiceField(label=_("Encoding"), choices=list(ENCODINGS.items()))

    def __init__(
        self, values: Mapping[str, object] | None = None, *, upload: Upload, heads: Sequence[Head]
    ) -> None:
        depths = {head.sheet: head.headings_depth for head in heads}
        super().__init__(
            values,
            initial={
                "module": upload.module,
                "sheet": upload.sheet,
                "headings_line": upload.headings_line,
                "two_lines": depths.get(upload.sheet, 1) > 1,
                "delimiter": upload.delimiter,
                "encoding": upload.encoding,
            },
        )
        self._choice("module").choices = [(module.slug, module.label_plural) for module in registry.modules()]
        self._choice("sheet").choices = [(head.sheet, head.sheet) for head in heads]
        for unwanted in ("delimiter", "encoding") if upload.is_workbook else ("sheet",):
            del self.fields[unwanted]

    def _choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field
