"""The record of exports and downloads, for admins to read and to download. Nothing here is ever changed."""

import csv
import datetime as dt
from typing import ClassVar, override

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.csv_injection import harmless
from exports.datasets.selection import label_of
from exports.models import ExportAudit, ExportDownload
from exports.writers.cover import format_dates, format_moment
from sites.admin.base import PortalAdmin, ReadOnly, TabularInline


class DownloadInline(ReadOnly, TabularInline[ExportDownload, ExportAudit]):
    model = ExportDownload
    extra = 0
    fields: ClassVar[tuple[str, ...]] = ("by", "when", "address", "part")
    readonly_fields = fields

    @admin.display(description=_("Downloaded"))
    def when(self, download: ExportDownload) -> str:
        return format_moment(download.at, dt.UTC)


class ModuleFilter(admin.SimpleListFilter):
    """Keeps the exports of one module."""

    title = _("records")
    parameter_name = "module"

    @override
    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[ExportAudit]
    ) -> list[tuple[str, str]]:
        made = model_admin.get_queryset(request).order_by("module").values_list("module", flat=True)
        return [(slug, label_of(slug)) for slug in made.distinct()]

    @override
    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[ExportAudit]
    ) -> models.QuerySet[ExportAudit]:
        return queryset.filter(module=self.value()) if self.value() else queryset


@admin.register(ExportAudit)
class ExportAuditAdmin(ReadOnly, PortalAdmin[ExportAudit]):
    list_display = (
        "made",
        "by",
        "what",
        "site_codes",
        "days",
        "file_format",
        "rows",
        "times_downloaded",
    )
    list_filter: ClassVar[tuple[str | type[admin.SimpleListFilter], ...]] = (
        ModuleFilter,
        "file_format",
        "made_at",
    )
    search_fields: ClassVar[tuple[str, ...]] = ("by__email", "by__name", "site_codes", "sha256", "job_number")
    list_select_related = ("by",)
    date_hierarchy = "made_at"
    sortable_by = ("made", "rows")
    fields: ClassVar[tuple[str, ...]] = (
        *("what", "made", "by", "site_codes", "days", "granularity", "filters", "columns", "file_format"),
        *("file_name", "rows", "size", "sha256", "job_number"),
    )
    readonly_fields: ClassVar[tuple[str, ...]] = ("what", "made", "days")
    inlines = (DownloadInline,)
    actions = ("as_csv",)

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[ExportAudit]:
        return super().get_queryset(request).annotate(times=models.Count("downloads"))

    @admin.display(description=_("Made"), ordering="made_at")
    def made(self, audit: ExportAudit) -> str:
        """Return it in UTC, so that a list of the exports of many sites is in order."""
        return format_moment(audit.made_at, dt.UTC)

    @admin.display(description=_("What"))
    def what(self, audit: ExportAudit) -> str:
        return label_of(audit.module)

    @admin.display(description=_("Days"))
    def days(self, audit: ExportAudit) -> str:
        return format_dates(audit.first, audit.last)

    @admin.display(description=_("Downloads"))
    def times_downloaded(self, audit: ExportAudit) -> int:
        return int(audit.times)  # type: ignore[attr-defined]  # annotated above

    @admin.action(description=_("Download as CSV"), permissions=["view"])
    def as_csv(self, request: HttpRequest, chosen: models.QuerySet[ExportAudit]) -> HttpResponse:
        response = HttpResponse("\N{ZERO WIDTH NO-BREAK SPACE}", content_type="text/csv; charset=utf-8")
        writer = csv.writer(response)
        writer.writerow(HEADINGS)
        writer.writerows(map(csv_row, chosen.prefetch_related("downloads__by").select_related("by")))
        name = f"exports_{timezone.now():%Y-%m-%d}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "private, no-store"
        return response


HEADINGS = (
    *("job", "made_at", "by", "module", "sites", "from", "to", "granularity", "filters", "columns"),
    *("format", "file", "rows", "size", "sha256", "downloads"),
)


def csv_row(audit: ExportAudit) -> list[object]:
    """Return a record as a row of CSV."""
    return [
        audit.job_number,
        audit.made_at.isoformat(timespec="seconds"),
        harmless(audit.by.email),
        audit.module,
        harmless(audit.site_codes),
        audit.first.isoformat(),
        audit.last.isoformat(),
        audit.granularity,
        harmless("; ".join(f"{name}: {value}" for name, value in audit.filters.items())),
        " ".join(audit.columns),
        audit.file_format,
        harmless(audit.file_name),
        audit.rows,
        audit.size,
        audit.sha256,
        harmless("; ".join(describe(download) for download in audit.downloads.all())),
    ]


def describe(download: ExportDownload) -> str:
    part = f" ({download.part})" if download.part else ""
    return f"{download.at:%Y-%m-%dT%H:%M:%SZ} {download.by.email} {download.address or '-'}{part}"
