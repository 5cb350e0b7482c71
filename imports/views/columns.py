"""The pages on which a file is brought and set up."""

from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from imports import actions
from imports.errors import ImportRefused
from imports.mapping.forms import ColumnsForm, TableForm, UploadForm
from imports.mapping.setup import Setup
from imports.models import ColumnMapping, Upload
from imports.template_workbook import XLSX, blank_workbook
from imports.uploads import create_upload, heads_of, local_copy, reread_text
from imports.views.uploads import person
from records import registry
from sites.models import Site
from sites.scope import page_scope


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Take a file in. What says by itself what it is is checked at once."""
    sites = actions.require_importer(person(request))
    if request.method != "POST":
        return _new_page(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        assert isinstance(file, UploadedFile)
        try:
            upload = create_upload(file=file, by=person(request))
        except ImportRefused as refused:
            form.add_error("file", refused.message)
        else:
            site = page_scope(request).site
            preferred = [site] if site in sites else sites
            next_page = actions.set_up(
                upload=upload, by=person(request), module=request.GET.get("module", ""), sites=preferred
            )
            return redirect(next_page, upload.pk)
    return _new_page(request, form, HTTPStatus.UNPROCESSABLE_ENTITY)


def _new_page(request: HttpRequest, form: UploadForm, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    slugs = {module.slug for module in registry.modules()}
    asked = request.GET.get("module", "")
    context = {
        "form": form,
        "modules": registry.modules(),
        "template_site": _template_site(request),
        "asked": asked if asked in slugs else "",
        "scope": page_scope(request),
    }
    return render(request, "imports/new.html", context, status=status)


def _template_site(request: HttpRequest) -> Site | None:
    """Return the site that a workbook to be filled in is for: the page's, or else the first that can be."""
    scope, sites = page_scope(request), actions.sites_to_import_onto(person(request))
    if scope.site is not None:
        return scope.site if scope.site in sites else None
    return next(iter(sites), None)


@require_safe
def template(request: HttpRequest, slug: str) -> HttpResponse:
    """Hand out a workbook to be filled in. Raises Http404, PermissionDenied."""
    module, site = registry.module(slug), _template_site(request)
    if site is None:
        raise PermissionDenied(_("Your role lets you read, not import. It takes the role of operator."))
    answer = HttpResponse(blank_workbook(module, site), content_type=XLSX)
    name = f"{module.slug}-{site.code}.xlsx"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def table(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Ask what the rows are and where in the file they stand."""
    upload = actions.require_own(person(request), upload_id)
    if not upload.is_open:
        return redirect("imports:page", upload.pk)
    sheets = [head.sheet for head in heads_of(upload)]
    form = TableForm(request.POST if request.method == "POST" else None, upload=upload, sheets=sheets)
    status = HTTPStatus.OK
    if request.method == "POST":
        if form.is_valid() and _chosen(request, upload, form):
            return redirect("imports:columns", upload.pk)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = {"upload": upload, "form": form, "heads": heads_of(upload)}
    return render(request, "imports/table.html", context, status=status)


def _chosen(request: HttpRequest, upload: Upload, form: TableForm) -> bool:
    """Take the table as chosen; say on the form why that cannot be."""
    said = form.cleaned_data
    try:
        if not upload.is_workbook:
            with local_copy(upload) as path:
                reread_text(upload, path, encoding=said["encoding"], delimiter=said["delimiter"])
        actions.choose_table(
            upload=upload,
            by=person(request),
            module=said["module"],
            sheet=said.get("sheet", ""),
            headings_line=said["headings_line"],
        )
    except ImportRefused as refused:
        form.add_error(None, refused.message)
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Ask what each field of a record is in the file, and have it checked."""
    upload = actions.require_own(person(request), upload_id)
    if not upload.is_open:
        return redirect("imports:page", upload.pk)
    if not upload.module:
        return redirect("imports:table", upload.pk)
    setup = Setup(upload, person(request), sites=actions.sites_to_import_onto(person(request)))
    if request.method != "POST":
        setup.choose(request.GET.get("kept", ""))
        return _columns_page(request, setup, setup.form())
    form = setup.form(request.POST)
    if not form.is_valid():
        return _columns_page(request, setup, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        actions.answer(
            upload=upload, by=person(request), answers=form.answers, keep_as=form.cleaned_data["keep_as"]
        )
    except ImportRefused as refused:
        form.add_error(None, refused.message)
        return _columns_page(request, setup, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect("imports:page", upload.pk)


def _columns_page(
    request: HttpRequest, setup: Setup, form: ColumnsForm, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {"upload": setup.upload, "setup": setup, "form": form}
    return render(request, "imports/columns.html", context, status=status)


@require_POST
def forget_mapping(request: HttpRequest, mapping_id: int) -> HttpResponse:
    """Forget columns that were kept under a name."""
    mapping = get_object_or_404(ColumnMapping, pk=mapping_id, owner=person(request))
    mapping.delete()
    messages.success(request, _("“%(name)s” is forgotten.") % {"name": mapping.name})
    return redirect("imports:list")
