"""Files asked for, and the proof of what was handed out, which outlives both job and file."""

from typing import Never, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exports.datasets.selection import FileFormat, Granularity
from sites.models import Site, User


class JobStatus(models.TextChoices):
    PENDING = "pending", _("Waiting")
    PROCESSING = "processing", _("Being made")
    COMPLETED = "completed", _("Ready")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


ACTIVE = (JobStatus.PENDING, JobStatus.PROCESSING)
# What can be asked for again as it was.
REPEATABLE = (JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.EXPIRED)


class ExportJobQuerySet(models.QuerySet["ExportJob"]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        """Keep a person's own jobs, those about a site that they may no longer see left out."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        hidden = ExportJob.sites.through.objects.filter(exportjob=OuterRef("pk")).exclude(
            site__in=Site.objects.for_user(user).order_by()
        )
        return self.filter(~Exists(hidden), owner=user)

    def active(self) -> Self:
        return self.filter(status__in=ACTIVE)

    def held_by(self, worker: str) -> Self:
        """Keep the job that this worker still holds: none, once it was cancelled or taken over."""
        return self.filter(status=JobStatus.PROCESSING, worker=worker)


class ExportJob(models.Model):
    """A file that a person asked for: what shall be in it, how far it is, and where it is."""

    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    module = models.CharField(_("module"), max_length=40)
    sites = models.ManyToManyField(Site, related_name="+", verbose_name=_("sites"))
    first = models.DateField(_("from"))
    last = models.DateField(_("to"))
    granularity = models.CharField(
        _("granularity"), max_length=10, choices=Granularity, default=Granularity.DAILY
    )
    filters = models.JSONField(_("filters"), default=dict, blank=True)
    # The same in words, so that a list of jobs need not look them up.
    filter_words = models.JSONField(default=list, blank=True, editable=False)
    # Names in their order; the usual columns where there are none.
    columns = models.JSONField(_("columns"), default=list, blank=True)
    file_format = models.CharField(_("format"), max_length=10, choices=FileFormat)
    # The same request has the same fingerprint.
    fingerprint = models.CharField(max_length=64, editable=False)

    status = models.CharField(_("status"), max_length=10, choices=JobStatus, default=JobStatus.PENDING)
    error = models.TextField(_("what went wrong"), blank=True)
    rows_counted = models.PositiveBigIntegerField(_("rows to write"), null=True, blank=True)
    rows_written = models.PositiveBigIntegerField(_("rows written"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # Who makes the file: a name for each attempt, so that one that was given up is known when it comes back.
    worker = models.CharField(_("worker"), max_length=64, blank=True)
    lease_until = models.DateTimeField(_("held until"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)

    # Where the file is, or is being made: nobody guesses it.
    storage_name = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), null=True, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)

    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    queued_at = models.DateTimeField(_("queued"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)
    # When the person was told that it is over, and when they looked at it.
    told_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = ExportJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("export job")
        verbose_name_plural = _("export jobs")
        ordering = ("-asked_at", "-id")
        indexes = [
            models.Index(fields=["owner", "-asked_at"], name="exports_job_of_owner"),
            models.Index(
                fields=["status", "lease_until"],
                condition=Q(status__in=ACTIVE),
                name="exports_job_active",
            ),
            models.Index(
                fields=["expires_at"], condition=Q(status=JobStatus.COMPLETED), name="exports_job_expiring"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "fingerprint"],
                condition=Q(status__in=ACTIVE),
                name="exports_job_active_once",
                violation_error_message=_("This export is being made already."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=JobStatus.values),
                name="exports_job_status_known",
                violation_error_message=_(
                    "An export is waiting, being made, ready, failed, cancelled or expired."
                ),
            ),
            models.CheckConstraint(
                condition=Q(first__lte=models.F("last")),
                name="exports_job_range_forwards",
                violation_error_message=_("The range ends before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(worker="", lease_until__isnull=True)
                | (~Q(worker="") & Q(lease_until__isnull=False, heartbeat_at__isnull=False)),
                name="exports_job_lease_paired",
                violation_error_message=_("Who makes a file and until when they hold it are kept together."),
            ),
            models.CheckConstraint(
                condition=(Q(status=JobStatus.PROCESSING) & ~Q(worker="") & Q(started_at__isnull=False))
                | (~Q(status=JobStatus.PROCESSING) & Q(worker="")),
                name="exports_job_held_while_made",
                violation_error_message=_("A file is held by somebody while it is made, and by nobody else."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=ACTIVE, finished_at__isnull=True)
                | (~Q(status__in=ACTIVE) & Q(finished_at__isnull=False)),
                name="exports_job_finished_when_over",
                violation_error_message=_("An export that is over says when it ended."),
            ),
            models.CheckConstraint(
                condition=~Q(status=JobStatus.COMPLETED)
                | (
                    ~Q(storage_name="")
                    & ~Q(sha256="")
                    & Q(size__isnull=False, rows_counted=models.F("rows_written"), expires_at__isnull=False)
                ),
                name="exports_job_completed_with_file",
                violation_error_message=_("An export that is ready has a file with every row in it."),
            ),
            models.CheckConstraint(
                condition=Q(status=JobStatus.FAILED) & ~Q(error="")
                | ~Q(status=JobStatus.FAILED) & Q(error=""),
                name="exports_job_failed_with_reason",
                violation_error_message=_("An export that failed says why, and no other does."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.module} {self.first:%Y-%m-%d} – {self.last:%Y-%m-%d} ({self.file_format})"

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def is_ready(self) -> bool:
        """Say whether there is a file to hand out. One that waits to be cleared away has had its time."""
        return (
            self.status == JobStatus.COMPLETED
            and self.expires_at is not None
            and self.expires_at > timezone.now()
        )

    @property
    def is_repeatable(self) -> bool:
        """Say whether it can be asked for again as it was."""
        return self.status in REPEATABLE


class WrittenAgainError(RuntimeError):
    """A line of the proof was to be changed or deleted: a mistake in our code, never a person's."""

    def __init__(self, model: type[models.Model]) -> None:
        super().__init__(f"{model.__name__} is written once and never changed.")


class ProofQuerySet[M: models.Model](models.QuerySet[M]):
    """Lines that are only ever added."""

    def update(self, **kwargs: object) -> Never:
        del kwargs
        raise WrittenAgainError(self.model)

    def delete(self) -> Never:
        raise WrittenAgainError(self.model)

    def bulk_update(self, objs: object, fields: object, batch_size: int | None = None) -> Never:
        del objs, fields, batch_size
        raise WrittenAgainError(self.model)


class Proof(models.Model):
    """A line that is written once, and neither changed nor deleted."""

    class Meta:
        abstract = True

    def save(self, *args: object, **kwargs: object) -> None:
        if not self._state.adding:
            raise WrittenAgainError(type(self))
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on

    def delete(self, *args: object, **kwargs: object) -> Never:
        del args, kwargs
        raise WrittenAgainError(type(self))


class ExportAudit(Proof):
    """A file that was made: who has it from us, what is in it, and how it is known again."""

    job_number = models.BigIntegerField(_("job"), db_index=True)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    module = models.CharField(_("module"), max_length=40)
    site_ids = models.JSONField(default=list, editable=False)
    # As they were called when the file was made.
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

    objects = ProofQuerySet["ExportAudit"].as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.file_name

    def is_visible_to(self, user: User, visible: set[int]) -> bool:
        """Say whether a person who sees these sites may know who made this file, and of which."""
        return user.is_superuser or set(self.site_ids) <= visible


class ExportDownload(Proof):
    """A file that was handed out."""

    audit = models.ForeignKey(
        ExportAudit, on_delete=models.PROTECT, related_name="downloads", verbose_name=_("export")
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("downloaded"), default=timezone.now)
    address = models.GenericIPAddressField(_("address"))
    # Which bytes, where a download was taken up again in the middle.
    part = models.CharField(_("part"), max_length=60, blank=True)

    objects = ProofQuerySet["ExportDownload"].as_manager()

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} · {self.address}"


class ColumnChoice(models.Model):
    """Columns that a person has chosen before, under a name of theirs."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    module = models.CharField(_("module"), max_length=40)
    granularity = models.CharField(_("granularity"), max_length=10, choices=Granularity)
    name = models.CharField(_("name"), max_length=50)
    columns = models.JSONField(_("columns"))

    class Meta:
        verbose_name = _("choice of columns")
        verbose_name_plural = _("choices of columns")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "module", "granularity", "name"],
                name="exports_columnchoice_unique",
                violation_error_message=_("You have saved columns under this name already."),
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="exports_columnchoice_named",
                violation_error_message=_("Give the columns a name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
