"""Export jobs, the append-only record of what was made and downloaded, and saved columns."""

from collections.abc import Iterable
from typing import Never, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.files import PrivateFiles
from core.jobs.models import Job, JobQuerySet, JobStatus, lease_constraint
from exports.datasets.selection import ExportRequest, FileFormat, Granularity
from sites.models import Site, User

EXPORT_FILES = PrivateFiles("exports")
# What can be requested again as it was.
REPEATABLE = (JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.EXPIRED)


class ExportJobQuerySet(JobQuerySet["ExportJob"]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        """Keep a user's own jobs, without those of a site that they may no longer see."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        hidden = ExportJob.sites.through.objects.filter(exportjob=OuterRef("pk")).exclude(
            site__in=Site.objects.for_user(user).order_by()
        )
        return self.filter(~Exists(hidden), owner=user)


class ExportJob(Job):
    """A file that a user requested: what it holds, how far it is, and where it is stored."""

    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    module = models.CharField(_("module"), max_length=40)
    sites = models.ManyToManyField(Site, related_name="+", verbose_name=_("sites"))
    first = models.DateField(_("from"))
    last = models.DateField(_("to"))
    granularity = models.CharField(
        _("granularity"), max_length=10, choices=Granularity, default=Granularity.DAILY
    )
    filters = models.JSONField(_("filters"), default=dict, blank=True)
    # The same as labels and values to show, so that a list of jobs need not look them up.
    filter_words = models.JSONField(default=list, blank=True, editable=False)
    # Names in order; empty for the default columns.
    columns = models.JSONField(_("columns"), default=list, blank=True)
    file_format = models.CharField(_("format"), max_length=10, choices=FileFormat)
    # Equal requests have equal fingerprints.
    fingerprint = models.CharField(max_length=64, editable=False)

    rows_done = models.PositiveBigIntegerField(_("rows written"), default=0, db_column="rows_written")
    rows_total = models.PositiveBigIntegerField(
        _("rows to write"), null=True, blank=True, db_column="rows_counted"
    )
    # Where the file is stored or being stored; random, so that nobody can guess it.
    storage_name = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), null=True, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)

    requested_at = models.DateTimeField(_("requested"), default=timezone.now, db_column="asked_at")
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    # When the owner got a message that the job has ended, and when they looked at it.
    notified_at = models.DateTimeField(null=True, blank=True, db_column="told_at")
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = ExportJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("export job")
        verbose_name_plural = _("export jobs")
        ordering = ("-requested_at", "-id")
        indexes = [
            models.Index(fields=["owner", "-requested_at"], name="exports_job_of_owner"),
            models.Index(
                fields=["status", "lease_until"],
                condition=Q(status__in=Job.ACTIVE),
                name="exports_job_active",
            ),
            models.Index(
                fields=["expires_at"], condition=Q(status=JobStatus.COMPLETED), name="exports_job_expiring"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "fingerprint"],
                condition=Q(status__in=Job.ACTIVE),
                name="exports_job_active_once",
                violation_error_message=_("This export is already in progress."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=JobStatus.values),
                name="exports_job_status_known",
                violation_error_message=_(
                    "An export is waiting, in progress, ready, failed, cancelled or expired."
                ),
            ),
            models.CheckConstraint(
                condition=Q(first__lte=models.F("last")),
                name="exports_job_range_forwards",
                violation_error_message=_("The range ends before it begins."),
            ),
            lease_constraint(name="exports_job_lease_paired"),
            models.CheckConstraint(
                condition=(Q(status=JobStatus.PROCESSING) & ~Q(worker="") & Q(started_at__isnull=False))
                | (~Q(status=JobStatus.PROCESSING) & Q(worker="")),
                name="exports_job_held_while_made",
                violation_error_message=_("An export has a worker exactly while it is in progress."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=Job.ACTIVE, finished_at__isnull=True)
                | (~Q(status__in=Job.ACTIVE) & Q(finished_at__isnull=False)),
                name="exports_job_finished_when_over",
                violation_error_message=_("An export that has ended has an end time."),
            ),
            models.CheckConstraint(
                condition=~Q(status=JobStatus.COMPLETED)
                | (
                    ~Q(storage_name="")
                    & ~Q(sha256="")
                    & Q(size__isnull=False, rows_total=models.F("rows_done"), expires_at__isnull=False)
                ),
                name="exports_job_completed_with_file",
                violation_error_message=_("An export that is ready has a file with every row."),
            ),
            models.CheckConstraint(
                condition=Q(status=JobStatus.FAILED) & ~Q(error="")
                | ~Q(status=JobStatus.FAILED) & Q(error=""),
                name="exports_job_failed_with_reason",
                violation_error_message=_("An export that failed has an error, and no other does."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.module} {self.first:%Y-%m-%d} – {self.last:%Y-%m-%d} ({self.file_format})"

    def request(self, sites: tuple[Site, ...]) -> ExportRequest:
        """Return what was requested, with the sites as the owner sees them now."""
        return ExportRequest(
            module=self.module,
            sites=sites,
            first=self.first,
            last=self.last,
            file_format=FileFormat(self.file_format),
            granularity=Granularity(self.granularity),
            filters=self.filters,
            columns=tuple(self.columns),
        )

    @property
    def is_ready(self) -> bool:
        """Return whether there is a file to download that has not expired."""
        return (
            self.status == JobStatus.COMPLETED
            and self.expires_at is not None
            and self.expires_at > timezone.now()
        )

    @property
    def is_repeatable(self) -> bool:
        """Return whether it can be requested again as it was."""
        return self.status in REPEATABLE


class AppendOnlyError(RuntimeError):
    """Code tried to change or delete a row that is only ever added."""

    def __init__(self, model: type[models.Model]) -> None:
        super().__init__(f"{model.__name__} is written once and never changed.")


class AppendOnlyQuerySet[M: models.Model](models.QuerySet[M]):
    """Rows that are only ever added."""

    def update(self, **kwargs: object) -> Never:
        del kwargs
        raise AppendOnlyError(self.model)

    def delete(self) -> Never:
        raise AppendOnlyError(self.model)

    def bulk_update(self, objs: object, fields: object, batch_size: int | None = None) -> Never:
        del objs, fields, batch_size
        raise AppendOnlyError(self.model)


class AppendOnly(models.Model):
    """A row that is written once and never changed or deleted."""

    class Meta:
        abstract = True

    def save(self, *args: object, **kwargs: object) -> None:
        if not self._state.adding:
            raise AppendOnlyError(type(self))
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on

    def delete(self, *args: object, **kwargs: object) -> Never:
        del args, kwargs
        raise AppendOnlyError(type(self))


class ExportAudit(AppendOnly):
    """A file that was made: by whom, what it holds, and its hash."""

    job_number = models.BigIntegerField(_("job"), db_index=True)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    module = models.CharField(_("module"), max_length=40)
    site_ids = models.JSONField(default=list, editable=False)
    # As they were when the file was made.
    site_codes = models.TextField(_("sites"))
    first = models.DateField(_("from"))
    last = models.DateField(_("to"))
    granularity = models.CharField(_("granularity"), max_length=10, choices=Granularity)
    filters = models.JSONField(_("filters"), default=dict, blank=True)
    columns = models.JSONField(_("columns"), default=list, blank=True)
    file_format = models.CharField(_("format"), max_length=10, choices=FileFormat)
    file_name = models.CharField(_("file"), max_length=200)
    rows = models.PositiveBigIntegerField(_("rows"))
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, db_index=True)

    objects = AppendOnlyQuerySet["ExportAudit"].as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.file_name

    @classmethod
    def record(
        cls,
        request: ExportRequest,
        *,
        by: User,
        job_number: int,
        labels: Iterable[tuple[str, str]],
        rows: int,
        size: int,
        sha256: str,
    ) -> None:
        """Record that a file was made; the number is 0 where no job made it."""
        cls.objects.create(
            job_number=job_number,
            by=by,
            module=request.module,
            site_ids=[site.pk for site in request.sites],
            site_codes=", ".join(site.code for site in request.sites),
            first=request.first,
            last=request.last,
            granularity=request.granularity,
            filters=dict(labels),
            columns=request.column_names,
            file_format=request.file_format,
            file_name=request.file_name,
            rows=rows,
            size=size,
            sha256=sha256,
        )

    def is_visible_to(self, user: User, visible: set[int]) -> bool:
        """Return whether a user who sees these sites may read who made this file."""
        return user.is_superuser or set(self.site_ids) <= visible


class ExportDownload(AppendOnly):
    """A download of a file."""

    audit = models.ForeignKey(
        ExportAudit, on_delete=models.PROTECT, related_name="downloads", verbose_name=_("export")
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("downloaded"), default=timezone.now)
    # Empty once it is old, or the person was anonymised.
    address = models.GenericIPAddressField(_("address"), null=True)
    # Which bytes, where only a part was downloaded.
    part = models.CharField(_("part"), max_length=60, blank=True)

    objects = AppendOnlyQuerySet["ExportDownload"].as_manager()

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} · {self.address or '–'}"


class ColumnChoice(models.Model):
    """Columns that a user saved under a name."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    module = models.CharField(_("module"), max_length=40)
    granularity = models.CharField(_("granularity"), max_length=10, choices=Granularity)
    name = models.CharField(_("name"), max_length=50)
    columns = models.JSONField(_("columns"))

    class Meta:
        verbose_name = _("saved columns")
        verbose_name_plural = _("saved columns")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "module", "granularity", "name"],
                name="exports_columnchoice_unique",
                violation_error_message=_("You already have saved columns with this name."),
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="exports_columnchoice_named",
                violation_error_message=_("Enter a name for the columns."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
