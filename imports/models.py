"""Files that people bring, what they say about them, and what is wrong with their rows."""

from enum import StrEnum
from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from records.models import Batch
from sites.models import Site, User


class Creatable(StrEnum):
    """Master data that an import may create when a file names it."""

    MATERIALS = "materials"
    SITES = "sites"


class UploadStatus(models.TextChoices):
    NEW = "new", _("To be set up")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    WRITING = "writing", _("Being imported")
    DONE = "done", _("Imported")
    UNDOING = "undoing", _("Being taken back")
    UNDONE = "undone", _("Taken back")
    FAILED = "failed", _("Failed")


# A worker has it, or will.
ACTIVE = (UploadStatus.CHECKING, UploadStatus.WRITING, UploadStatus.UNDOING)
# Nothing of it is among the records, and it may be set up and checked, again or for the first time.
OPEN = (UploadStatus.NEW, UploadStatus.CHECKED, UploadStatus.FAILED)

# In the place of a column: the line as a whole is left out.
WHOLE_LINE = -1


class UploadQuerySet(models.QuerySet["Upload"]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        """Keep a person's own files, and what others imported; neither where a site of it is not theirs."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        hidden = Upload.sites.through.objects.filter(upload=OuterRef("pk")).exclude(
            site__in=Site.objects.for_user(user).order_by()
        )
        return self.filter(~Exists(hidden), Q(owner=user) | Q(batch__isnull=False))

    def active(self) -> Self:
        return self.filter(status__in=ACTIVE)

    def held_by(self, worker: str) -> Self:
        """Keep the file that this worker still holds: none, once it was stopped or taken over."""
        return self.filter(status__in=ACTIVE, worker=worker)


class Upload(models.Model):
    """A file that a person brought: how it is to be read, what was found in it, and what became of it."""

    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("brought by"))
    file_name = models.CharField(_("file"), max_length=255)
    # Where the file is: nobody guesses it. Empty once it has had its time.
    storage_name = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    is_workbook = models.BooleanField(_("workbook"))
    uploaded_at = models.DateTimeField(_("brought"), default=timezone.now)
    expires_at = models.DateTimeField(_("kept until"))

    # How its tables begin, for the pages on which it is set up.
    heads = models.JSONField(default=list, editable=False)
    module = models.CharField(_("module"), max_length=40, blank=True)
    sheet = models.CharField(_("sheet"), max_length=255, blank=True)
    headings_line = models.PositiveIntegerField(_("line of the headings"), default=1)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    delimiter = models.CharField(_("delimiter"), max_length=1, blank=True)
    # The column mapping as the user filled it in, and the values to replace.
    answers = models.JSONField(default=dict, blank=True, editable=False)
    changes = models.JSONField(default=list, blank=True, editable=False)
    skips_bad = models.BooleanField(_("refused lines are left out"), default=False)

    status = models.CharField(
        _("status"), max_length=10, choices=UploadStatus, default=UploadStatus.NEW, db_index=True
    )
    error = models.TextField(_("what went wrong"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    worker = models.CharField(_("worker"), max_length=64, blank=True)
    lease_until = models.DateTimeField(_("held until"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    queued_at = models.DateTimeField(_("queued"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    # How far what is under way is.
    rows_done = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)

    rows_read = models.PositiveIntegerField(_("rows read"), default=0)
    rows_left_out = models.PositiveIntegerField(_("rows left out"), default=0)
    rows_known = models.PositiveIntegerField(_("rows known already"), default=0)
    rows_refused = models.PositiveIntegerField(_("rows refused"), default=0)
    rows_waiting = models.PositiveIntegerField(_("rows to write"), default=0)
    # The fingerprint of what its person was shown.
    digest = models.CharField(max_length=64, blank=True)
    # What was found, in words and figures for the page.
    findings = models.JSONField(default=dict, blank=True, editable=False)
    report_name = models.CharField(max_length=200, blank=True)

    sites = models.ManyToManyField(Site, related_name="+", verbose_name=_("sites"))
    batch = models.OneToOneField(
        Batch, on_delete=models.PROTECT, null=True, blank=True, related_name="upload", verbose_name=_("batch")
    )
    # The ids of sites and materials that were created for it.
    created = models.JSONField(default=dict, blank=True, editable=False)
    # Who asked for it to be taken back.
    undo_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["owner", "-id"], name="imports_upload_of_owner"),
            models.Index(
                fields=["expires_at"], condition=~Q(storage_name=""), name="imports_upload_expiring"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=UploadStatus.values),
                name="imports_upload_status_known",
                violation_error_message=_("An import has a status that there is."),
            ),
            models.CheckConstraint(
                condition=Q(worker="", lease_until__isnull=True)
                | (~Q(worker="") & Q(lease_until__isnull=False, heartbeat_at__isnull=False)),
                name="imports_upload_lease_paired",
                violation_error_message=_("Who works on a file and until when they hold it go together."),
            ),
            models.CheckConstraint(
                condition=Q(worker="") | Q(status__in=ACTIVE),
                name="imports_upload_held_while_active",
                violation_error_message=_("Nobody holds a file with which nothing is being done."),
            ),
            models.CheckConstraint(
                condition=~Q(status=UploadStatus.FAILED) | ~Q(error=""),
                name="imports_upload_failed_with_reason",
                violation_error_message=_("An import that failed says why."),
            ),
            models.CheckConstraint(
                condition=~Q(status__in=(UploadStatus.DONE, UploadStatus.UNDONE))
                | Q(batch__isnull=False, finished_at__isnull=False),
                name="imports_upload_done_with_batch",
                violation_error_message=_("An import that is done has a batch."),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def is_open(self) -> bool:
        """Say whether it may still be set up, checked and imported."""
        return self.status in OPEN and bool(self.storage_name)


class Mend(models.Model):
    """What a person wrote over a cell of a file, or that a line is to be left out."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="mends")
    line = models.PositiveIntegerField()
    # The column, counted from 0, or WHOLE_LINE.
    place = models.IntegerField()
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("mended cell")
        verbose_name_plural = _("mended cells")
        constraints = [
            models.UniqueConstraint(fields=["upload", "line", "place"], name="imports_mend_once"),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.text}"


class ProblemQuerySet(models.QuerySet["Problem"]):
    def refusing(self) -> Self:
        """Keep why lines are not taken."""
        return self.filter(is_warning=False)

    def warning(self) -> Self:
        """Keep what is odd about lines that are."""
        return self.filter(is_warning=True)


class Problem(models.Model):
    """A line that would not be taken, or is odd, and why: kept for the page on which it is mended."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="problems", db_index=False)
    line = models.PositiveIntegerField()
    field = models.CharField(max_length=40, blank=True)
    heading = models.TextField(blank=True)
    cells = models.JSONField(default=list)
    reason = models.TextField()
    # The line as it stands in the file.
    whole = models.TextField(blank=True, db_default="")
    is_warning = models.BooleanField(default=False, db_default=False)

    objects = ProblemQuerySet.as_manager()

    class Meta:
        verbose_name = _("problem")
        verbose_name_plural = _("problems")
        ordering = ("line", "id")
        indexes = [models.Index(fields=["upload", "line", "id"], name="imports_problem_in_order")]

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"


class ColumnMapping(models.Model):
    """What a person said about the columns of such a file before, under a name of theirs."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    module = models.CharField(_("module"), max_length=40)
    name = models.CharField(_("name"), max_length=50)
    # The columns that it speaks of; it is offered where a file has them all.
    headings = models.JSONField()
    # The form as it was filled in.
    answers = models.JSONField()
    used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("mapping")
        verbose_name_plural = _("mappings")
        ordering = ("-used_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "site", "module", "name"],
                name="imports_mapping_unique",
                violation_error_message=_("You have kept columns under this name already."),
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="imports_mapping_named",
                violation_error_message=_("Give the columns a name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
