"""What every daily record is, and what stands around it: site-days, submissions and batches."""

import datetime as dt
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from records.choices import BatchStatus, Source
from records.errors import WrittenOutsideOperationError
from records.site_days import NothingToday, Reminder, SiteDay
from sites.models import Site, User

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "Batch",
    "Change",
    "DailyRecord",
    "Departure",
    "NothingToday",
    "RecordQuerySet",
    "Reminder",
    "SiteDay",
    "Submission",
    "operation_writes",
]

_inside_operation: ContextVar[bool] = ContextVar("inside_operation", default=False)


@contextmanager
def operation_writes() -> "Iterator[None]":
    """Open the records for writing. Called by `records/operations.py` and by nobody else."""
    token = _inside_operation.set(True)
    try:
        yield
    finally:
        _inside_operation.reset(token)


def _require_operation(model: type["DailyRecord"]) -> None:
    if not _inside_operation.get():
        raise WrittenOutsideOperationError(model)


class Change[R: "DailyRecord"](NamedTuple):
    """A record before and after an operation; None where it was not yet, or is no more."""

    before: R | None
    after: R | None


class RecordQuerySet[R: "DailyRecord"](models.QuerySet[R]):
    """Reading in domain words. Every way of writing raises outside an operation."""

    def for_user(self, user: User | AnonymousUser) -> Self:
        """Keep the records of the sites that this person may see."""
        if user.is_authenticated and user.is_active and user.is_superuser:
            return self
        return self.filter(site__in=Site.objects.for_user(user))

    def on(self, date: dt.date) -> Self:
        return self.filter(date=date)

    def between(self, first: dt.date, last: dt.date) -> Self:
        """Keep the records of these operating dates, both included."""
        return self.filter(date__gte=first, date__lte=last)

    def newest_first(self) -> Self:
        """Order by date, then by entry; `id` grows with entry since a site's changes have one order."""
        return self.order_by("-date", "-id")

    def with_derived(self) -> Self:
        """Read with each record what a list shows beside its own columns. Most have nothing of the kind."""
        return self

    def update(self, **kwargs: object) -> int:
        _require_operation(self.model)
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        _require_operation(self.model)
        return super().delete()

    def bulk_create(self, objs: "Sequence[R]", *args: object, **kwargs: object) -> list[R]:  # type: ignore[override]
        _require_operation(self.model)
        return super().bulk_create(objs, *args, **kwargs)  # type: ignore[arg-type]  # passed on as they came

    def bulk_update(self, objs: "Sequence[R]", *args: object, **kwargs: object) -> int:  # type: ignore[override]
        _require_operation(self.model)
        return super().bulk_update(objs, *args, **kwargs)  # type: ignore[arg-type]  # passed on as they came


class Batch(models.Model):
    """Records that came together and can be taken back together."""

    module = models.CharField(_("module"), max_length=40)
    source = models.CharField(_("source"), max_length=10, choices=Source)
    status = models.CharField(_("status"), max_length=10, choices=BatchStatus, default=BatchStatus.RUNNING)
    file_name = models.CharField(_("file"), max_length=255, blank=True)
    file_hash = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True)
    rows_read = models.PositiveIntegerField(_("rows read"), default=0)
    rows_written = models.PositiveIntegerField(_("records written"), default=0)
    rows_known = models.PositiveIntegerField(_("rows known already"), default=0)
    rows_refused = models.PositiveIntegerField(_("rows refused"), default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    undone_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(undone_at__isnull=True, undone_by__isnull=True)
                | models.Q(undone_at__isnull=False, undone_by__isnull=False),
                name="records_batch_undone_paired",
                violation_error_message=_("Who took a batch back and when are kept together."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.module} {self.pk} · {self.get_status_display()}"


class DailyRecord(models.Model):
    """One line of a site's day. Written through `records/operations.py` only."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_index=False, verbose_name=_("site"))
    date = models.DateField(_("date"))
    notes = models.TextField(_("notes"), max_length=2000, blank=True, validators=[MaxLengthValidator(2000)])

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    change_number = models.BigIntegerField(_("change number"), editable=False)
    # `received.source` is the field's own word for where a load came from, so the door has another name.
    entry_source = models.CharField(_("entered through"), max_length=10, choices=Source, editable=False)
    batch = models.ForeignKey(
        Batch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        verbose_name=_("batch"),
    )
    import_key = models.CharField(_("key of the imported row"), max_length=64, blank=True, editable=False)
    confirmed_warnings = models.JSONField(_("confirmed warnings"), default=list, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), editable=False)
    created_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        editable=False,
        db_index=False,
        related_name="+",
        verbose_name=_("created by"),
    )
    updated_at = models.DateTimeField(_("changed"), editable=False)
    updated_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        editable=False,
        db_index=False,
        related_name="+",
        verbose_name=_("changed by"),
    )

    history = HistoricalRecords(
        inherit=True,
        # Histories are read by record, so an index for each foreign key would only cost writes.
        no_db_index=[
            "site",
            "batch",
            "created_by",
            "updated_by",
            "material",
            "operation",
            "equipment",
            "role",
        ],
    )

    # The fields by which a second record is a duplicate, named again in the unique constraint.
    identity: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True
        ordering = ("-date", "-id")
        get_latest_by = ("date", "id")
        indexes = [
            models.Index(fields=["site", "change_number"], name="%(class)s_change"),
            models.Index(fields=["batch"], condition=models.Q(batch__isnull=False), name="%(class)s_batch"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["import_key"],
                condition=~models.Q(import_key=""),
                name="%(app_label)s_%(class)s_import_key_unique",
                violation_error_message=_("This row of the file has been imported before."),
            ),
        ]

    def save(self, *args: object, **kwargs: object) -> None:
        _require_operation(type(self))
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        _require_operation(type(self))
        return super().delete(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on

    def mark_of(self, column: str) -> str:
        """Say what is special about the value of a column; most say nothing."""
        del column
        return ""

    def told_before_deleting(self) -> list[str]:
        """Say what else changes when this record is deleted."""
        return []

    @classmethod
    def settle(cls, changes: "Sequence[Change[Self]]") -> list[str]:
        """Carry these changes to what is derived from the records, in the same transaction.

        Returns the sentences to confirm. Raises NegativeStock where a site refuses it. Most records have
        nothing derived from them.
        """
        del changes
        return []


class Departure(models.Model):
    """A record that left a site for another. Whoever follows the site's changes must see that it went."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, db_index=False, related_name="+")
    # The record's model, as `app.model`, and its id.
    model = models.CharField(max_length=80)
    record_id = models.BigIntegerField()
    change_number = models.BigIntegerField()

    class Meta:
        verbose_name = _("departure")
        verbose_name_plural = _("departures")
        constraints = [
            models.UniqueConstraint(fields=["site", "change_number"], name="records_departure_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.record_id}"


class Submission(models.Model):
    """An answered submission key: the same one again gets the first answer and does nothing."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    answer = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="records_submission_unique"),
        ]

    def __str__(self) -> str:
        return self.key
