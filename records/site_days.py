"""A site's day beside its records: how far it is, what there was nothing of, and who was reminded of it."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from records.choices import DayStatus, Reminded
from sites.models import Site, User

REASON_LENGTH = 500


class SiteDayQuerySet(models.QuerySet["SiteDay"]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        return self.filter(site__in=Site.objects.for_user(user))

    def closed(self) -> Self:
        """Keep the days that take no changes."""
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
    # Of the first submission: that a corrected day is submitted again later is no lateness.
    is_late = models.BooleanField(_("submitted late"), default=False, db_default=False)
    # The figures as they were approved last, as `records/closing/figures.py` keeps them.
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


class NothingTodayQuerySet(models.QuerySet["NothingToday"]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        return self.filter(site__in=Site.objects.for_user(user))


class NothingToday(models.Model):
    """Of a module there was nothing on a site's day, and why. Where there are records, they are right."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_index=False, verbose_name=_("site"))
    date = models.DateField(_("date"))
    module = models.CharField(_("module"), max_length=40)
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH)
    said_at = models.DateTimeField(_("said"))
    said_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("said by")
    )

    history = HistoricalRecords()

    objects = NothingTodayQuerySet.as_manager()

    class Meta:
        verbose_name = _("nothing today")
        verbose_name_plural = _("nothing today")
        ordering = ("-date", "site_id", "module")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "date", "module"],
                name="records_nothingtoday_unique",
                violation_error_message=_("This has been said of this day already."),
            ),
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="records_nothingtoday_reasoned",
                violation_error_message=_("Say why there was nothing."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.date:%Y-%m-%d} {self.module}: {self.reason}"


class Reminder(models.Model):
    """A person's reminder of a day that is not submitted: claimed by one machine, then sent."""

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
