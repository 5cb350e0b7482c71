"""What every daily record has, and the tables around it: site-days, batches, submissions, reminders."""

import datetime as dt
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.db.prepared import StoredModel
from records.choices import BatchStatus, DayStatus, Reminded, Source
from sites.models import OfSiteQuerySet, Site, User

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence


_inside_operation: ContextVar[bool] = ContextVar("inside_operation", default=False)


class WrittenOutsideOperationError(RuntimeError):
    """A record was written without an operation of `records/operations/`: a mistake in our code."""

    def __init__(self, model: type["DailyRecord"]) -> None:
        super().__init__(f"{model.__name__} is written through records/operations/ only.")


@contextmanager
def operation_writes() -> "Iterator[None]":
    """Allow records to be written. Only `records/operations/` calls this."""
    token = _inside_operation.set(True)
    try:
        yield
    finally:
        _inside_operation.reset(token)


def _require_operation(model: type["DailyRecord"]) -> None:
    if not _inside_operation.get():
        raise WrittenOutsideOperationError(model)


class IndexedHistory(HistoricalRecords):  # type: ignore[misc]  # simple-history has no types
    """The history of a record module: read by record, and its deletions by site.

    An index for each foreign key would only cost writes. Deleted records are listed by date, and read by
    change number by programs that follow a site.
    """

    def copy_fields(self, model: type[models.Model]) -> dict[str, models.Field[object, object]]:
        fields: dict[str, models.Field[object, object]] = super().copy_fields(model)
        for copied in fields.values():
            if isinstance(copied, models.ForeignKey):
                copied.db_index = False  # type: ignore[attr-defined]  # not in the stubs
        return fields

    def get_meta_options(self, model: type[models.Model]) -> dict[str, object]:
        deleted = models.Q(history_type="-")
        app = model._meta.app_label
        indexes = [
            models.Index(fields=["site", "date"], condition=deleted, name=f"{app}_deleted"),
            models.Index(fields=["site", "change_number"], condition=deleted, name=f"{app}_deletions"),
        ]
        return {**super().get_meta_options(model), "indexes": indexes}


class Change[R: "DailyRecord"](NamedTuple):
    """A record before and after an operation; None before it is created and after it is deleted."""

    before: R | None
    after: R | None


class RecordQuerySet[R: "DailyRecord"](OfSiteQuerySet[R]):
    """Queries in domain words. Every way of writing raises outside an operation."""

    def on(self, date: dt.date) -> Self:
        return self.filter(date=date)

    def between(self, first: dt.date, last: dt.date) -> Self:
        """Filter by operating dates, both included."""
        return self.filter(date__gte=first, date__lte=last)

    def newest_first(self) -> Self:
        """Order by date, then by entry; `id` grows with entry since a site's changes have one order."""
        return self.order_by("-date", "-id")

    def with_derived(self) -> Self:
        """Add the derived values that a list shows; most modules have none."""
        return self

    def update(self, **kwargs: object) -> int:
        _require_operation(self.model)
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        _require_operation(self.model)
        return super().delete()

    def bulk_create(self, objs: "Sequence[R]", *args: object, **kwargs: object) -> list[R]:  # type: ignore[override]
        _require_operation(self.model)
        return super().bulk_create(objs, *args, **kwargs)  # type: ignore[arg-type]  # Django's own signature

    def bulk_update(self, objs: "Sequence[R]", *args: object, **kwargs: object) -> int:  # type: ignore[override]
        _require_operation(self.model)
        return super().bulk_update(objs, *args, **kwargs)  # type: ignore[arg-type]  # Django's own signature


class Batch(models.Model):
    """Records that were written together and can be undone together."""

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


class DailyRecord(StoredModel):
    """One record of a site's day. Written through `records/operations/` only."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_index=False, verbose_name=_("site"))
    date = models.DateField(_("date"))
    notes = models.TextField(_("notes"), max_length=2000, blank=True, validators=[MaxLengthValidator(2000)])

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    change_number = models.BigIntegerField(_("change number"), editable=False)
    # Not `source`: received material has a field of that name.
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

    history = IndexedHistory(inherit=True)

    # The fields that make a second record a duplicate, as in the unique constraint.
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
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        _require_operation(type(self))
        return super().delete(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature

    @classmethod
    def with_columns(cls, columns: "Mapping[str, object]") -> Self:
        """Return an unsaved record with these values by column name, in a third of the time of keywords."""
        return cls(
            *[
                columns[name] if name in columns else default() if callable(default) else default
                for name, default in _column_defaults(cls)
            ]
        )

    def mark_of(self, column: str) -> str:
        """Return a remark about the value of a column, such as that it is estimated; empty for none."""
        del column
        return ""

    @property
    def shows_details(self) -> bool:
        """Return whether pages show the detail fields of its module too."""
        return False

    @property
    def fixed_fields(self) -> "Collection[str]":
        """Return the fields whose values follow from others, so that nobody types them."""
        return ()

    @classmethod
    def takes_lines(cls, site: Site) -> bool:
        """Return whether a site enters records of this model by hand, line by line."""
        del site
        return True

    @classmethod
    def takes_details(cls, site: Site) -> bool:
        """Return whether a site enters records of this model with the detail fields of its module."""
        del site
        return False

    # The field of that number.
    outside_number_field: ClassVar[str] = ""

    @property
    def outside_number(self) -> tuple[object, ...]:
        """Return what identifies the record in the system that it comes from; empty for nothing."""
        return ()

    @classmethod
    def find_entered(cls, records: "Sequence[Self]") -> "dict[int, str]":
        """Return by their places the new records whose number was entered before, and what differs.

        The text is empty where the content is the same.
        """
        del records
        return {}

    @classmethod
    def texts_of_references(cls) -> "Mapping[str, str]":
        """Return the text fields that say the same as a reference, by the reference's name."""
        return {}

    @classmethod
    def complete_new(cls, records: "Sequence[Self]") -> None:
        """Give new records what only the transaction that stores them knows, such as their numbers."""
        del records

    def deletion_refusal(self) -> str:
        """Return why this record is not deleted, in a sentence; empty where it may be."""
        return ""

    def deletion_effects(self) -> list[str]:
        """Return sentences about what else changes when this record is deleted."""
        return []

    @classmethod
    def settle(cls, changes: "Sequence[Change[Self]]") -> list[str]:
        """Update what is derived from the records, in the same transaction; most have nothing.

        Returns the warnings to confirm. Raises NegativeStock where a site does not allow it.
        """
        del changes
        return []


@cache
def _column_defaults(model: type[DailyRecord]) -> "list[tuple[str, object]]":
    """Return name and default of each column of a model, in order; a mutable default is a callable."""
    blank = model()
    return [
        (
            column.attname,
            column.default
            if column.has_default() and callable(column.default)
            else getattr(blank, column.attname),
        )
        for column in model._meta.concrete_fields
    ]


class Departure(models.Model):
    """A record that was moved to another site, for programs that read the changes of the site it left."""

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
    """A submission key with its answer: the same key again gets that answer and changes nothing."""

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


REASON_LENGTH = 500


class SiteDayQuerySet(OfSiteQuerySet["SiteDay"]):
    def closed(self) -> Self:
        """Filter by days that accept no changes."""
        return self.filter(status__in=(DayStatus.SUBMITTED, DayStatus.APPROVED))


class SiteDay(models.Model):
    """A site on a date: open, submitted, approved or reopened. A day without a row is open."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_index=False, verbose_name=_("site"))
    date = models.DateField(_("date"))
    status = models.CharField(_("status"), max_length=10, choices=DayStatus, default=DayStatus.OPEN)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    reopened_at = models.DateTimeField(_("reopened"), null=True, blank=True)
    reopened_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    reopen_reason = models.CharField(_("reason for reopening"), max_length=REASON_LENGTH, blank=True)
    # Of the first submission: submitting a corrected day again later is not late.
    is_late = models.BooleanField(_("submitted late"), default=False, db_default=False)
    # The figures of the last approval, as `records/closing/figures.py` stores them.
    approved_figures = models.JSONField(_("figures as approved"), null=True, blank=True, editable=False)
    # Which version of which record was there when the day was approved last, or else submitted first.
    kept_versions = models.JSONField(_("records as closed"), null=True, blank=True, editable=False)

    history = HistoricalRecords(excluded_fields=["kept_versions"])

    objects = SiteDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("site-day")
        verbose_name_plural = _("site-days")
        ordering = ("-date", "site_id")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "date"],
                name="records_siteday_unique",
                violation_error_message=_("This site has this day already."),
            ),
            *(
                models.CheckConstraint(
                    condition=models.Q(**{f"{act}_at__isnull": True, f"{act}_by__isnull": True})
                    | models.Q(**{f"{act}_at__isnull": False, f"{act}_by__isnull": False}),
                    name=f"records_siteday_{act}_paired",
                    violation_error_message=_("Who did it and when are kept together."),
                )
                for act in ("submitted", "approved", "reopened")
            ),
            models.CheckConstraint(
                condition=~models.Q(status=DayStatus.SUBMITTED) | models.Q(submitted_at__isnull=False),
                name="records_siteday_submitted_by_somebody",
                violation_error_message=_("A submitted day says who submitted it."),
            ),
            models.CheckConstraint(
                condition=~models.Q(status=DayStatus.APPROVED)
                | models.Q(submitted_at__isnull=False, approved_at__isnull=False),
                name="records_siteday_approved_after_submission",
                violation_error_message=_("An approved day says who submitted and who approved it."),
            ),
            models.CheckConstraint(
                condition=~models.Q(status=DayStatus.REOPENED)
                | (models.Q(reopened_at__isnull=False) & ~models.Q(reopen_reason="")),
                name="records_siteday_reopened_with_reason",
                violation_error_message=_("A reopened day says who reopened it and why."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.date:%Y-%m-%d} · {self.get_status_display()}"

    @property
    def is_closed(self) -> bool:
        return self.status in (DayStatus.SUBMITTED, DayStatus.APPROVED)


class NothingToday(models.Model):
    """A statement that a module had nothing on a site's day, and why. Records of the day overrule it."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_index=False, verbose_name=_("site"))
    date = models.DateField(_("date"))
    module = models.CharField(_("module"), max_length=40)
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH)
    noted_at = models.DateTimeField(_("noted"), db_column="said_at")
    noted_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_column="said_by_id",
        verbose_name=_("noted by"),
    )

    history = HistoricalRecords()

    objects = OfSiteQuerySet["NothingToday"].as_manager()

    class Meta:
        verbose_name = _("nothing today")
        verbose_name_plural = _("nothing today")
        ordering = ("-date", "site_id", "module")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "date", "module"],
                name="records_nothingtoday_unique",
                violation_error_message=_("This has been noted for this day already."),
            ),
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="records_nothingtoday_reasoned",
                violation_error_message=_("Enter why there was nothing."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.date:%Y-%m-%d} {self.module}: {self.reason}"


class Reminder(models.Model):
    """A user's reminder of a day that is not submitted: claimed by one process, then sent."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=10, choices=Reminded)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "date", "kind", "person"],
                name="records_reminder_unique",
                violation_error_message=_("This person has this reminder already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.date:%Y-%m-%d} {self.kind} {self.person_id}"


class LineTemplate(models.Model):
    """Lines of a module that a person keeps under a name, to enter them again on other days of a site."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    module = models.CharField(_("module"), max_length=30)
    name = models.CharField(_("name"), max_length=60)
    # What is typed into each line, by the names of the form's fields.
    lines = models.JSONField(_("lines"), default=list)

    class Meta:
        verbose_name = _("line template")
        verbose_name_plural = _("line templates")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                fields=["person", "site", "module", "name"],
                name="records_linetemplate_unique",
                violation_error_message=_("You have a template with this name already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.module} {self.name}"
