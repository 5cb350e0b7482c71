"""What was imported, by whom, and what is under way: the lines of the list."""

from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from django.http import Http404
from django.utils.functional import Promise

from imports.choices import UploadStatus
from imports.jobs import may_take_back
from imports.models import Upload
from records import registry
from sites.models import User

LIST_LENGTH = 50
UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Line:
    """A file as a line of the list, and on its own page."""

    upload: Upload
    user: User

    @property
    def is_mine(self) -> bool:
        return self.upload.owner_id == self.user.pk

    @property
    def label(self) -> "str | Promise":
        """Return what its rows are; empty while nobody said."""
        try:
            return registry.module(self.upload.module).label_plural
        except Http404:
            return ""

    @property
    def columns(self) -> "list[str | Promise]":
        """Return what the fields of its records are called, in the order of a sheet."""
        return [column.label for column in registry.module(self.upload.module).sheet_columns]

    @cached_property
    def places(self) -> list[str]:
        return sorted(site.code for site in self.upload.sites.all())

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the zone in which its moments are told: that of its one site."""
        sites = self.upload.sites.all()
        return sites[0].zone if len(sites) == 1 else UTC

    @property
    def look(self) -> str:
        """Return how the badge of the status looks."""
        if self.upload.status == UploadStatus.CHECKED:
            return "badge--warning" if self.upload.rows_refused else "badge--success"
        return {
            UploadStatus.DONE: "badge--success",
            UploadStatus.FAILED: "badge--danger",
        }.get(UploadStatus(self.upload.status), "")

    @property
    def may_be_taken_back(self) -> bool:
        return may_take_back(self.upload, self.user)

    @property
    def may_be_removed(self) -> bool:
        return self.is_mine and not self.upload.is_active and self.upload.batch_id is None


def latest_of(user: User, *, before: int | None = None) -> list[Line]:
    """Return the latest files that a person may know of, newest first, in two queries."""
    uploads = Upload.objects.for_user(user).select_related("owner", "batch").prefetch_related("sites")
    if before is not None:
        uploads = uploads.filter(pk__lt=before)
    # What is large and not shown stays where it is.
    return [Line(upload, user) for upload in uploads.defer("heads", "findings", "answers")[: LIST_LENGTH + 1]]
