"""What the operation of the portal itself keeps: when backups were made, and which machines run it."""

import datetime as dt
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class BackupRunQuerySet(models.QuerySet["BackupRun"]):
    def finished(self) -> Self:
        return self.filter(finished_at__isnull=False)

    def latest_finished(self) -> "BackupRun | None":
        """Return the newest backup that was finished."""
        return self.finished().order_by("-finished_at").first()


class BackupRun(models.Model):
    """A backup that was begun. The row of a daily one is claimed by the machine that makes it."""

    # The moment of the schedule; none for a backup made by hand.
    due_at = models.DateTimeField(_("due"), null=True, unique=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    machine = models.CharField(_("machine"), max_length=255)
    path = models.TextField(_("file"))
    # Bytes.
    size = models.BigIntegerField(_("size"), default=0)
    rows = models.BigIntegerField(_("rows"), default=0)

    objects = BackupRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("backup")
        verbose_name_plural = _("backups")

    def __str__(self) -> str:
        return self.path

    @property
    def age(self) -> dt.timedelta:
        """Return the time since the state that the backup holds."""
        return timezone.now() - self.started_at


class Host(models.Model):
    """A machine that runs the portal, and where it keeps the files of exports and imports."""

    name = models.CharField(_("name"), max_length=255)
    # What identifies the folders or buckets; equal on machines that share their files.
    files_at = models.CharField(_("files"), max_length=500)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)

    class Meta:
        db_table = "deskops_machine"
        verbose_name = _("machine")
        verbose_name_plural = _("machines")
        constraints = [models.UniqueConstraint(fields=["name", "files_at"], name="deskops_machine_unique")]

    def __str__(self) -> str:
        return self.name
