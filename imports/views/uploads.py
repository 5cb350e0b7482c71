"""The list of imports; uploading, downloading and removing files."""

import tempfile
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.files import StorageUnavailableError
from core.numbers import whole_number
from imports import actions
from imports.errors import ImportRefused
from imports.models import Upload, UploadStatus
from imports.template_workbook import XLSX, template_workbook
from imports.uploads import IMPORT_FILES, create_upload
from records import registry
from records.errors import NotVisible
from sites.models import Site, User
from sites.scope import page_scope, person_of

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

logger = structlog.get_logger(__name__)

PAGE_SIZE = 50
UTC = ZoneInfo("UTC")


class UploadForm(forms.Form):
    """A file, of whatever kind."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV, XLSX, XLS, XLSB or ODS, at most 50 MB."),
        widget=forms.FileInput(attrs={"class": "drop"}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("The file is empty."),
        },
    )


@dataclass(frozen=True)
class UploadItem:
    """A file in the list and on its own page."""

    upload: Upload
    user: User

    @property
    def is_mine(self) -> bool:
        return self.upload.owner_id == self.user.pk

    @property
    def label(self) -> "Text":
        """Return what its rows are; empty while nobody has chosen."""
        try:
            return registry.module(self.upload.module).label_plural
        except Http404:
            return ""

    @cached_property
    def site_codes(self) -> list[str]:
        return sorted(site.code for site in self.upload.sites.all())

    @property
    def list_site(self) -> str:
        """Return the site of the list that shows its records."""
        return self.site_codes[0] if len(self.site_codes) == 1 else "all"

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the zone of the moments that are shown: that of its one site."""
        sites = self.upload.sites.all()
        return sites[0].zone if len(sites) == 1 else UTC

    @property
    def badge_class(self) -> str:
        if self.upload.status == UploadStatus.CHECKED:
            return "badge--warning" if self.upload.rows_rejected else "badge--success"
        return {
            UploadStatus.DONE: "badge--success",
            UploadStatus.FAILED: "badge--danger",
        }.get(UploadStatus(self.upload.status), "")

    @property
    def is_undoable(self) -> bool:
        return self.upload.is_undoable_by(self.user)

    @property
    def is_removable(self) -> bool:
        return self.is_mine and not self.upload.is_active and self.upload.batch_id is None


@require_safe
def upload_list(request: HttpRequest) -> HttpResponse:
    """Show what was imported at the user's sites, and the user's own files, newest first."""
    user = person_of(request)
    uploads = Upload.objects.for_user(user).select_related("owner", "batch").prefetch_related("sites")
    before = whole_number(request.GET.get("before"))
    if before is not None:
        uploads = uploads.filter(pk__lt=before)
    # Large columns that are not shown are not read.
    found = [
        UploadItem(upload, user) for upload in uploads.defer("heads", "preview", "answers")[: PAGE_SIZE + 1]
    ]
    context = {
        "items": found[:PAGE_SIZE],
        "older": found[PAGE_SIZE - 1].upload.pk if len(found) > PAGE_SIZE else None,
        "is_moving": any(item.upload.is_active for item in found),
        "may_import": bool(actions.sites_to_import_onto(user)) or user.is_superuser,
    }
    is_fragment = request.headers.get("HX-Target") == "uploads"
    return render(request, "imports/list.html#uploads" if is_fragment else "imports/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Upload a file, and check it at once where there is no question."""
    sites = actions.require_importer(person_of(request))
    if request.method != "POST":
        return _new_page(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        assert isinstance(file, UploadedFile)
        try:
            upload = create_upload(file=file, by=person_of(request))
        except ImportRefused as error:
            form.add_error("file", error.message)
        except StorageUnavailableError as error:
            logger.warning("upload_not_stored", exc_info=True)
            form.add_error("file", error.message)
        else:
            site = page_scope(request).site
            next_page = actions.set_up(
                upload=upload,
                by=person_of(request),
                module=request.GET.get("module", ""),
                sites=[site] if site in sites else sites,
            )
            return redirect(next_page, upload.pk)
    return _new_page(request, form, HTTPStatus.UNPROCESSABLE_ENTITY)


def _new_page(request: HttpRequest, form: UploadForm, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    requested = request.GET.get("module", "")
    context = {
        "form": form,
        "modules": registry.modules(),
        "template_site": _template_site(request),
        "module": requested if requested in {module.slug for module in registry.modules()} else "",
        "scope": page_scope(request),
    }
    return render(request, "imports/new.html", context, status=status)


def _template_site(request: HttpRequest) -> Site | None:
    """Return the site of a template workbook: the page's, or else the first of the user's."""
    scope, sites = page_scope(request), actions.sites_to_import_onto(person_of(request))
    if scope.site is not None:
        return scope.site if scope.site in sites else None
    return next(iter(sites), None)


@require_safe
def template(request: HttpRequest, slug: str) -> HttpResponse:
    """Download a template workbook. Raises Http404, PermissionDenied."""
    module, site = registry.module(slug), _template_site(request)
    if site is None:
        raise PermissionDenied(_("Requires the operator role."))
    response = HttpResponse(template_workbook(module, site), content_type=XLSX)
    name = f"{module.slug}-{site.code}.xlsx"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


@require_POST
def remove(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Delete a file that was not imported."""
    upload = actions.require_own(person_of(request), upload_id)
    try:
        actions.remove(upload=upload, by=person_of(request))
    except ImportRefused as refused:
        messages.error(request, refused.message)
        return redirect("imports:page", upload.pk)
    messages.success(request, _("%(file)s was removed.") % {"file": upload.file_name})
    return redirect("imports:list")


@require_safe
def report(request: HttpRequest, upload_id: int) -> HttpResponseBase:
    """Download the report of errors and warnings, as CSV. Raises StorageUnavailableError."""
    upload = actions.require_visible(person_of(request), upload_id)
    if not upload.report_name:
        raise NotVisible
    # A copy, so that no part of it is sent if the storage fails meanwhile.
    file = tempfile.TemporaryFile()  # noqa: SIM115  # the response closes it
    try:
        IMPORT_FILES.read_into(upload.report_name, file)
    except StorageUnavailableError:
        file.close()
        raise
    file.seek(0)
    name = f"{upload.file_name.rpartition('.')[0] or upload.file_name}-report.csv"
    response = FileResponse(file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")
    response["Cache-Control"] = "private, no-store"
    return response
