"""The pages on which a file is set up: its table, its columns."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from imports import actions
from imports.errors import ImportRefused
from imports.mapping.columns_form import ColumnsForm
from imports.mapping.setup import Setup
from imports.models import ColumnMapping, Upload
from imports.readers.base import Head
from imports.readers.detect import DELIMITERS
from imports.readers.encodings import ENCODINGS
from imports.uploads import heads_of
from records import registry
from sites.scope import person_of


class TableForm(forms.Form):
    """What the rows are, and where in the file they are."""

    module = forms.ChoiceField(label=gettext_lazy("Records"))
    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"), required=False)
    headings_line = forms.IntegerField(label=gettext_lazy("Line of the headings"), min_value=1, max_value=40)
    two_lines = forms.BooleanField(
        label=gettext_lazy("The headings take this line and the one above"), required=False
    )
    delimiter = forms.ChoiceField(label=gettext_lazy("Delimiter"), choices=list(DELIMITERS.items()))
    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), choices=list(ENCODINGS.items()))

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


@require_http_methods(["GET", "HEAD", "POST"])
def table(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Choose what the rows are and where in the file they are."""
    upload = actions.require_own(person_of(request), upload_id)
    if not upload.is_open:
        return redirect("imports:page", upload.pk)
    heads = heads_of(upload)
    form = TableForm(request.POST if request.method == "POST" else None, upload=upload, heads=heads)
    status = HTTPStatus.OK
    if request.method == "POST":
        if form.is_valid() and _choose_table(request, upload, form):
            return redirect("imports:columns", upload.pk)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = {"upload": upload, "form": form, "heads": heads}
    return render(request, "imports/table.html", context, status=status)


def _choose_table(request: HttpRequest, upload: Upload, form: TableForm) -> bool:
    """Save the chosen table; add an error to the form where that is impossible."""
    values = form.cleaned_data
    try:
        actions.choose_table(
            upload=upload,
            by=person_of(request),
            module=values["module"],
            sheet=values.get("sheet", ""),
            headings_line=values["headings_line"],
            headings_depth=2 if values["two_lines"] and values["headings_line"] > 1 else 1,
            encoding=values.get("encoding", ""),
            delimiter=values.get("delimiter", ""),
        )
    except ImportRefused as refused:
        form.add_error(None, refused.message)
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Choose where each field comes from, and check the file."""
    user = person_of(request)
    upload = actions.require_own(user, upload_id)
    if not upload.is_open:
        return redirect("imports:page", upload.pk)
    if encodings := heads_of(upload)[0].encodings:
        return _encoding(request, upload, encodings)
    if not upload.module:
        return redirect("imports:table", upload.pk)
    setup = Setup(upload, user, sites=actions.sites_to_import_onto(user))
    if request.method != "POST":
        setup.choose(request.GET.get("saved", ""))
        return _columns_page(request, setup, setup.form())
    form = setup.form(request.POST)
    if not form.is_valid():
        return _columns_page(request, setup, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        actions.save_answers(
            upload=upload, by=user, answers=form.answers, save_as=form.cleaned_data["save_as"]
        )
    except ImportRefused as refused:
        form.add_error(None, refused.message)
        return _columns_page(request, setup, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect("imports:page", upload.pk)


def _encoding(request: HttpRequest, upload: Upload, encodings: Sequence[tuple[str, str]]) -> HttpResponse:
    """Choose the encoding of a text before its columns: names could be read wrong in another one."""
    user = person_of(request)
    chosen = request.POST.get("encoding", "")
    if request.method == "POST" and chosen in dict(encodings):
        sites = actions.sites_to_import_onto(user)
        last = [site for site in sites if site.pk == user.last_site_id]
        next_page = actions.choose_encoding(
            upload=upload, by=user, encoding=chosen, module=upload.module, sites=last or sites
        )
        return redirect(next_page, upload.pk)
    context = {
        "upload": upload,
        "choices": [(name, ENCODINGS[name], sample) for name, sample in encodings],
        "is_missing": request.method == "POST",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "imports/encoding.html", context, status=status)


def _columns_page(
    request: HttpRequest, setup: Setup, form: ColumnsForm, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    table_form = TableForm(upload=setup.upload, heads=heads_of(setup.upload))
    context = {"upload": setup.upload, "setup": setup, "form": form, "table_form": table_form}
    return render(request, "imports/columns.html", context, status=status)


@require_POST
def delete_mapping(request: HttpRequest, mapping_id: int) -> HttpResponse:
    """Delete saved columns."""
    mapping = get_object_or_404(ColumnMapping, pk=mapping_id, owner=person_of(request))
    mapping.delete()
    messages.success(request, _("“%(name)s” was deleted.") % {"name": mapping})
    return redirect("imports:list")
