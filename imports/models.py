"""Uploaded files, how they are mapped, and the errors of their rows."""

from enum import StrEnum
from typing import Self, override

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.jobs.models import Job, JobQuerySet, lease_constraint
from records.models import Batch
from sites.models import Role, Site, User


class Creatable(StrEnum):
    """Master data that an import may create when a file names it."""

    MATERIALS = "materials"
    SITES = "sites"
    # With the vehicles and containers that a file of loads names.
    PARTIES = "parties"


class UploadStatus(models.TextChoices):
    READING = "reading", _("Being read")
    NEW = "new", _("To be set up")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    WRITING = "writing", _("Being imported")
    DONE = "done", _("Imported")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")
    FAILED = "failed", _("Failed")


# None of its rows are records, and it may be set up and checked, again or for the first time.
OPEN = (UploadStatus.NEW, UploadStatus.CHECKED, UploadStatus.FAILED)

# In the place of a column: the whole row is skipped.
WHOLE_ROW = -1


class UploadQuerySet(JobQuerySet["Upload"]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        """Keep a user's own files, what others imported, and for managers what came from watched places.

        Those of a site that they may not see are left out.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        taken_from_places = (
            Q(place__isnull=False)
            if user.is_superuser
            else Q(place__site__in=user.memberships.filter(role=Role.MANAGER).values("site"))
        )
        hidden = Upload.sites.through.objects.filter(upload=OuterRef("pk")).exclude(
            site__in=Site.objects.for_user(user).order_by()
        )
        return self.filter(~Exists(hidden), Q(owner=user) | Q(batch__isnull=False) | taken_from_places)

    def same_file(self, upload: "Upload") -> Self:
        """Keep the other imports of the same file as records of the same module that were not undone."""
        return self.filter(
            sha256=upload.sha256, module=upload.module, batch__undone_at=None, status=UploadStatus.DONE
        ).exclude(pk=upload.pk)


class Upload(Job):
    """An uploaded file: how it is to be read, what its check found, and what became of it."""

    ACTIVE = (UploadStatus.READING, UploadStatus.CHECKING, UploadStatus.WRITING, UploadStatus.UNDOING)

    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    file_name = models.CharField(_("file"), max_length=255)
    # Where the file is stored; random, so that nobody can guess it. Empty once it has expired.
    storage_name = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    is_workbook = models.BooleanField(_("workbook"))
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    expires_at = models.DateTimeField(_("kept until"))

    # The first rows of its tables, for the pages on which it is set up; none while it is not read.
    heads = models.JSONField(default=list, editable=False)
    module = models.CharField(_("module"), max_length=40, blank=True)
    sheet = models.CharField(_("sheet"), max_length=255, blank=True)
    headings_line = models.PositiveIntegerField(_("line of the headings"), default=1)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    delimiter = models.CharField(_("delimiter"), max_length=1, blank=True)
    # The user's answers about the columns, and values to replace: column, before, after.
    answers = models.JSONField(default=dict, blank=True, editable=False)
    replacements = models.JSONField(default=list, blank=True, editable=False, db_column="changes")
    # Where it came from, if nobody uploaded it.
    place = models.ForeignKey(
        "WatchedPlace", on_delete=models.SET_NULL, null=True, blank=True, related_name="uploads"
    )
    # The columns by which it was set up, if its headings were known.
    mapping = models.ForeignKey(
        "ColumnMapping", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # What is done in all rows with the same problem, see `imports.validation.results.CorrectionRule`.
    rules = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), blank=True, editable=False
    )
    skip_rejected = models.BooleanField(_("rejected rows are skipped"), default=False, db_column="skips_bad")

    status = models.CharField(
        _("status"), max_length=10, choices=UploadStatus, default=UploadStatus.NEW, db_index=True
    )
    rows_read = models.PositiveIntegerField(_("rows read"), default=0)
    rows_skipped = models.PositiveIntegerField(_("rows skipped"), default=0, db_column="rows_left_out")
    rows_known = models.PositiveIntegerField(_("rows imported before"), default=0)
    rows_rejected = models.PositiveIntegerField(_("rows rejected"), default=0, db_column="rows_refused")
    rows_to_write = models.PositiveIntegerField(_("rows to write"), default=0, db_column="rows_waiting")
    # The fingerprint of what the user saw in the preview.
    digest = models.CharField(max_length=64, blank=True)
    preview = models.JSONField(default=dict, blank=True, editable=False, db_column="findings")
    report_name = models.CharField(max_length=200, blank=True)

    sites = models.ManyToManyField(Site, related_name="+", verbose_name=_("sites"))
    batch = models.OneToOneField(
        Batch, on_delete=models.PROTECT, null=True, blank=True, related_name="upload", verbose_name=_("batch")
    )
    # The ids of sites and materials that were created for it.
    created = models.JSONField(default=dict, blank=True, editable=False)
    # The user who undid it.
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
                violation_error_message=_("This is not a status of an import."),
            ),
            lease_constraint(name="imports_upload_lease_paired"),
            models.CheckConstraint(
                condition=Q(worker="")
                | Q(
                    status__in=(
                        UploadStatus.READING,
                        UploadStatus.CHECKING,
                        UploadStatus.WRITING,
                        UploadStatus.UNDOING,
                    )
                ),
                name="imports_upload_held_while_active",
                violation_error_message=_("An import has a worker only while it is in progress."),
            ),
            models.CheckConstraint(
                condition=~Q(status=UploadStatus.FAILED) | ~Q(error=""),
                name="imports_upload_failed_with_reason",
                violation_error_message=_("An import that failed has an error."),
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
    @override
    def claimed_status(self) -> str:
        return self.status

    @property
    @override
    def waiting_status(self) -> str:
        return self.status

    @property
    @override
    def failed_status(self) -> str:
        is_set_up_again = self.status == UploadStatus.CHECKING or (
            self.status == UploadStatus.READING and bool(self.heads)
        )
        return UploadStatus.NEW if is_set_up_again else UploadStatus.FAILED

    @property
    def is_open(self) -> bool:
        """Return whether it may still be set up, checked and imported."""
        return self.status in OPEN and bool(self.storage_name) and bool(self.heads)

    def is_undoable_by(self, user: User) -> bool:
        """Return whether there are records to undo, and the user imported them or is an admin."""
        if self.batch is None or self.status not in (UploadStatus.DONE, UploadStatus.FAILED):
            return False
        return self.batch.undone_at is None and (self.owner_id == user.pk or user.is_superuser)


class Correction(models.Model):
    """The text that a user gave a cell of a file, or that a row is to be skipped."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="corrections")
    line = models.PositiveIntegerField()
    # The column, counted from 0, or WHOLE_ROW.
    place = models.IntegerField()
    text = models.TextField(blank=True)

    class Meta:
        db_table = "imports_mend"
        verbose_name = _("corrected cell")
        verbose_name_plural = _("corrected cells")
        constraints = [
            models.UniqueConstraint(fields=["upload", "line", "place"], name="imports_correction_once"),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.text}"


class ProblemQuerySet(models.QuerySet["Problem"]):
    def errors(self) -> Self:
        """Keep the errors of rejected rows."""
        return self.filter(is_warning=False)

    def warnings(self) -> Self:
        """Keep the warnings about rows that are imported."""
        return self.filter(is_warning=True)


class Problem(models.Model):
    """An error or warning about a row, for the page on which it is corrected."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="problems", db_index=False)
    line = models.PositiveIntegerField()
    field = models.CharField(max_length=40, blank=True)
    heading = models.TextField(blank=True)
    cells = models.JSONField(default=list)
    reason = models.TextField()
    # The row as one text.
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
    """A user's saved answers about the columns of files with these headings."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    module = models.CharField(_("module"), max_length=40)
    # Empty where it was remembered by an import, not saved under a name.
    name = models.CharField(_("name"), max_length=50, blank=True)
    # Of all headings of the file it was made for; a file with the same is set up by it, see `mapping.setup`.
    fingerprint = models.CharField(max_length=64, blank=True, db_default="", db_index=True)
    file_name = models.CharField(_("file"), max_length=255, blank=True, db_default="")
    # The encoding of the file, for one that could be in several.
    encoding = models.CharField(max_length=20, blank=True, db_default="")
    # Whether a column in tons had numbers that are large for tons; elsewhere they are a question again.
    has_large_tons = models.BooleanField(default=False, db_default=False)
    # The headings that it uses; it is offered where a file has them all.
    headings = models.JSONField()
    # The answers of the form.
    answers = models.JSONField()
    used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("mapping")
        verbose_name_plural = _("mappings")
        ordering = ("-used_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "site", "module", "name"],
                condition=~Q(name=""),
                name="imports_mapping_unique",
                violation_error_message=_("You already have saved columns with this name."),
            ),
            models.UniqueConstraint(
                fields=["owner", "site", "module", "fingerprint"],
                condition=Q(name=""),
                name="imports_mapping_remembered_once",
            ),
            models.CheckConstraint(
                condition=~Q(name="") | ~Q(fingerprint=""),
                name="imports_mapping_named",
                violation_error_message=_("Enter a name for the columns."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.file_name


class WatchedKind(models.TextChoices):
    FOLDER = "folder", _("Folder")
    BUCKET = "bucket", _("S3 bucket")
    MAILBOX = "mailbox", _("Mailbox (IMAP)")


class WatchedPlace(models.Model):
    """Where files of a site arrive, to be imported without anybody uploading them: see `imports.watch`."""

    name = models.CharField(_("name"), max_length=50, unique=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    owner = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("imported by"),
        help_text=_("Files are imported with this user's rights."),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=WatchedKind)
    path = models.CharField(
        _("path"),
        max_length=200,
        blank=True,
        help_text=_("The folder below WATCH_DIR, the prefix in the bucket, or the mailbox's folder (INBOX)."),
    )
    host = models.CharField(_("IMAP server"), max_length=200, blank=True)
    port = models.PositiveIntegerField(_("port"), default=993)
    uses_tls = models.BooleanField(_("TLS"), default=True)
    username = models.CharField(_("user name"), max_length=200, blank=True)
    secret = models.SlugField(
        _("password"),
        blank=True,
        help_text=_("NAME: the password is in the environment, in WATCH_PASSWORD_NAME."),
    )
    senders = models.TextField(
        _("senders"),
        blank=True,
        help_text=_("Addresses, or domains such as @weighbridge.example, whose attachments are imported."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    looked_at = models.DateTimeField(_("last looked at"), null=True, blank=True, editable=False)
    error = models.TextField(_("error"), blank=True, editable=False)
    # What was seen: name of a file → its size and time, or “last” → validity and number of the last message.
    seen = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        verbose_name = _("watched place")
        verbose_name_plural = _("watched places")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @override
    def clean(self) -> None:
        parts = self.path.replace("\\", "/").split("/")
        if self.kind != WatchedKind.MAILBOX and (self.path.startswith("/") or ".." in parts):
            raise ValidationError({"path": _("Enter a path below the watched folder, without “..”.")})
        if self.kind == WatchedKind.BUCKET and not settings.WATCH_BUCKET_URL:
            raise ValidationError({"kind": _("No bucket is set up: WATCH_BUCKET_URL is empty.")})
        if self.kind == WatchedKind.MAILBOX:
            if self.host and self.host not in settings.WATCH_MAIL_SERVERS:
                raise ValidationError({"host": _("This server is not in WATCH_MAIL_SERVERS.")})
            for name in ("host", "username", "secret", "senders"):
                if not getattr(self, name).strip():
                    raise ValidationError({name: _("A mailbox needs this.")})

    @property
    def allowed_senders(self) -> list[str]:
        return self.senders.lower().replace(",", " ").split()


class WatchedFile(models.Model):
    """A file of a watched place that was taken: its content is never taken from there again."""

    place = models.ForeignKey(WatchedPlace, on_delete=models.CASCADE, related_name="files")
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    name = models.CharField(_("file"), max_length=255)
    taken_at = models.DateTimeField(_("taken"), default=timezone.now)
    upload = models.OneToOneField(
        Upload, on_delete=models.SET_NULL, null=True, blank=True, related_name="watched_file"
    )
    # Why it could not be taken. Where an unexpected error kept it from being taken, `sha256` is that of its
    # name and time.
    error = models.TextField(_("error"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("failed attempts"), default=0, db_default=0)
    # When managers were notified that a person is needed.
    notified_at = models.DateTimeField(_("managers notified"), null=True, blank=True)

    class Meta:
        verbose_name = _("file of a watched place")
        verbose_name_plural = _("files of watched places")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["place", "sha256"], name="imports_watched_file_once"),
        ]

    def __str__(self) -> str:
        return self.name
