"""What was handed out, for admins to read and to take along. Nothing here is ever changed."""

import csv
from collections.abc import Iterator
from typing import ClassVar, override

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from exports.models import ExportAudit, ExportDownload
from records.harmless import harmless
from sites.admin.base import PortalAdmin, TabularInline


class Echo:
    """Gives back each line that is written to it."""

    def write(self, line: str) -> str:
        return line


class ReadOnly:
    """Nobody adds, changes or deletes."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        del obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        del obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        del obj
        return False


class DownloadInline(ReadOnly, TabularInline[ExportDownload, ExportAudit]):
    model = ExportDownload
    extra = 0


@admin.register(ExportAudit)
class ExportAuditAdmin(ReadOnly, PortalAdmin[ExportAudit]):
    list_display = (
        "made_at",
        "by",
        "module",
        "site_codes",
        "days",
        "file_format",
        "rows",
        "times_downloaded",
    )
    list_filter: ClassVar[tuple[str, ...]] = ("module", "file_format", "made_at")
    search_fields: ClassVar[tuple[str, ...]] = ("by__email", "by__name", "site_codes", "sha256", "job_number")
    list_select_related = ("by",)
    date_hierarchy = "made_at"
    sortable_by = ("made_at", "rows")
    inlines = (DownloadInline,)
    actions = ("as_csv",)

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[ExportAudit]:
        return super().get_queryset(request).annotate(times=models.Count("downloads"))

    @admin.display(description=_("Days"))
    def days(self, audit: ExportAudit) -> SafeString:
        if audit.first == audit.last:
            return format_html("{}", audit.first)
        return format_html("{} – {}", audit.first, audit.last)

    @admin.display(description=_("Downloads"))
    def times_downloaded(self, audit: ExportAudit) -> int:
        return int(audit.times)  # type: ignore[attr-defined]  # annotated above

    @admin.action(description=_("Take along as CSV"), permissions=["view"])
    def as_csv(self, request: HttpRequest, chosen: models.QuerySet[ExportAudit]) -> StreamingHttpResponse:
        lines = lines_of(chosen.prefetch_related("downloads__by").select_related("by"))
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        name = f"exports_{timezone.now():%Y-%m-%d}.csv"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["Cache-Control"] = "private, no-store"
        return answer


HEADINGS = (
    *("job", "made_at", "by", "module", "sites", "from", "to", "granularity", "filters", "columns"),
    *("format", "file", "rows", "size", "sha256", "downloads"),
)


def lines_of(audits: models.QuerySet[ExportAudit]) -> Iterator[str]:
    """Yield the proof as lines of CSV, the headings first."""
    writer = csv.writer(Echo())
    yield "\N{ZERO WIDTH NO-BREAK SPACE}" + str(writer.writerow(HEADINGS))
    for audit in audits.iterator(chunk_size=500):
        yield str(
            writer.writerow(
                [
                    audit.job_number,
                    audit.made_at.isoformat(timespec="seconds"),
                    harmless(audit.by.email),
                    audit.module,
                    harmless(audit.site_codes),
                    audit.first.isoformat(),
                    audit.last.isoformat(),
                    audit.granularity,
                    harmless("; ".join(f"{name}: {words}" for name, words in audit.filters.items())),
                    " ".join(audit.columns),
                    audit.file_format,
                    harmless(audit.file_name),
                    audit.rows,
                    audit.size,
                    audit.sha256,
                    harmless("; ".join(words_of(download) for download in audit.downloads.all())),
                ]
            )
        )


def words_of(download: ExportDownload) -> str:
    part = f" ({download.part})" if download.part else ""
    return f"{download.at:%Y-%m-%dT%H:%M:%SZ} {download.by.email} {download.address}{part}"
