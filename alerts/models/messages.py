"""What is sent to whom: webhooks and their deliveries, the e-mails that people chose, and each one sent."""

import datetime as dt
import zoneinfo
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from alerts.models.alerts import Alert
from alerts.sending import Sending
from analysis.models import SavedAnalysis
from core.outgoing import OutgoingError, checked_url
from sites.models import Site, User
from sites.models.operating_settings import validate_time_zone

# --- Webhooks


class Webhook(models.Model):
    """An address of a program to which alerts are sent, of one site or of all."""

    url = models.CharField(_("address"), max_length=500)
    site = models.ForeignKey(
        Site,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("site"),
        help_text=_("Empty for all sites."),
    )
    description = models.CharField(_("description"), max_length=100, blank=True)
    # Encrypted, as secrets of second factors are.
    secret = models.TextField(_("secret"), editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    # An address may hold a secret, which a history would keep after the webhook is deleted.
    history = HistoricalRecords(excluded_fields=["secret", "url"], no_db_index=["site"])

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering: ClassVar = ("url", "id")

    def __str__(self) -> str:
        return self.url

    @property
    def place(self) -> str:
        return self.site.name if self.site is not None else _now("All sites")

    def clean(self) -> None:
        try:
            checked_url(self.url)
        except OutgoingError as error:
            raise ValidationError({"url": error.message}) from error


class WebhookEvent(models.TextChoices):
    BEGAN = "alert.began", _("Alert began")
    ENDED = "alert.ended", _("Alert ended")
    TEST = "webhook.test", _("Test")


class Delivery(Sending):
    """An event for one webhook: what is sent, and how far that is."""

    webhook = models.ForeignKey(
        Webhook, models.CASCADE, related_name="deliveries", db_index=False, verbose_name=_("webhook")
    )
    alert = models.ForeignKey(Alert, models.CASCADE, null=True, related_name="+", verbose_name=_("alert"))
    event = models.CharField(_("event"), max_length=20, choices=WebhookEvent)
    message_id = models.CharField(max_length=40, unique=True, editable=False)
    body = models.TextField(_("body"))
    response_status = models.PositiveSmallIntegerField(_("status of the answer"), null=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta(Sending.Meta):
        abstract = False
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering: ClassVar = ("-id",)
        indexes: ClassVar[list[models.Index]] = [
            *Sending.Meta.indexes,
            models.Index(fields=["webhook", "-id"], name="alerts_delivery_of_webhook"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Sending.Meta.constraints,
            models.UniqueConstraint(
                fields=["webhook", "alert", "event"],
                condition=Q(alert__isnull=False),
                name="alerts_delivery_once",
                violation_error_message=_("This event has been sent to this webhook already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.message_id}"


# --- E-mails


class AlertsByEmail(models.TextChoices):
    """How a person gets the alerts of a site by e-mail. Who wants none has no row."""

    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("In the daily e-mail")


class EmailChoice(models.Model):
    """How a person wants the alerts of a site by e-mail."""

    person = models.ForeignKey(
        User, models.CASCADE, related_name="+", db_index=False, verbose_name=_("person")
    )
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", verbose_name=_("site"))
    alerts = models.CharField(_("alerts by e-mail"), max_length=10, choices=AlertsByEmail)

    class Meta:
        verbose_name = _("choice of e-mails")
        verbose_name_plural = _("choices of e-mails")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "site"],
                name="alerts_emailchoice_once",
                violation_error_message=_("There is a choice for this site already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} · {self.site_id} · {self.alerts}"


class Frequency(models.TextChoices):
    DAILY = "daily", _("Each day")
    WEEKLY = "weekly", _("Each Monday")
    MONTHLY = "monthly", _("On the first of each month")


class Attachment(models.TextChoices):
    NONE = "", _("No file")
    PDF = "pdf", _("PDF")
    XLSX = "xlsx", _("Excel workbook")


class ScheduledEmailQuerySet(models.QuerySet["ScheduledEmail"]):
    def of_today(self) -> Self:
        """Keep the e-mails of Today; the others are of analyses."""
        return self.filter(analysis=None)

    def for_user(self, user: User) -> Self:
        """Filter by the user's own, without those of analyses that are not shared with them now.

        These send nothing; they are back once the analysis is shared again.
        """
        visible = SavedAnalysis.objects.for_user(user)
        return self.filter(Q(analysis=None) | Q(analysis__in=visible.values("pk")), person=user)


class ScheduledEmail(models.Model):
    """An e-mail that a person wants: of Today at one site or all of theirs, or of a saved analysis."""

    person = models.ForeignKey(
        User, models.CASCADE, related_name="+", db_index=False, verbose_name=_("person")
    )
    site = models.ForeignKey(
        Site, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("site")
    )
    analysis = models.ForeignKey(
        SavedAnalysis, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("analysis")
    )
    frequency = models.CharField(_("how often"), max_length=10, choices=Frequency, default=Frequency.DAILY)
    hour = models.TimeField(_("at"), default=dt.time(7))
    time_zone = models.CharField(_("by the clock of"), max_length=50, validators=[validate_time_zone])
    attachment = models.CharField(
        _("file"), max_length=10, choices=Attachment, blank=True, default=Attachment.PDF
    )
    next_at = models.DateTimeField(editable=False)

    objects = ScheduledEmailQuerySet.as_manager()

    class Meta:
        # Its first name was that of an e-mail of Today.
        db_table = "alerts_todayemail"
        verbose_name = _("scheduled e-mail")
        verbose_name_plural = _("scheduled e-mails")
        ordering: ClassVar = ("analysis__name", "site", "frequency", "id")
        indexes: ClassVar = [models.Index(fields=["next_at"], name="alerts_todayemail_next")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "site", "frequency"],
                condition=Q(site__isnull=False),
                name="alerts_todayemail_site_once",
                violation_error_message=_("You get this e-mail already: remove that one first."),
            ),
            models.UniqueConstraint(
                fields=["person", "frequency"],
                condition=Q(site__isnull=True, analysis__isnull=True),
                name="alerts_todayemail_all_once",
                violation_error_message=_("You get this e-mail already: remove that one first."),
            ),
            models.UniqueConstraint(
                fields=["person", "analysis", "frequency"],
                condition=Q(analysis__isnull=False),
                name="alerts_todayemail_analysis_once",
                violation_error_message=_("You get this e-mail already: remove that one first."),
            ),
            models.CheckConstraint(
                condition=Q(site__isnull=True) | Q(analysis__isnull=True),
                name="alerts_todayemail_one_subject",
                violation_error_message=_("An e-mail is of Today or of an analysis."),
            ),
            models.CheckConstraint(
                condition=Q(frequency__in=Frequency.values),
                name="alerts_todayemail_frequency",
                violation_error_message=_("An e-mail comes each day, each Monday or each month."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place}, {self.get_frequency_display()}, {time_format(self.hour, 'H:i')}"

    @property
    def place(self) -> str:
        if self.analysis is not None:
            return self.analysis.name
        return self.site.name if self.site is not None else _now("All my sites")

    def due_after(self, moment: dt.datetime) -> dt.datetime:
        """Return when it is due for the first time after a moment."""
        zone = zoneinfo.ZoneInfo(self.time_zone)
        date = moment.astimezone(zone).date()
        while not self._is_due_on(date) or dt.datetime.combine(date, self.hour, zone) <= moment:
            date += dt.timedelta(days=1)
        return dt.datetime.combine(date, self.hour, zone)

    def _is_due_on(self, date: dt.date) -> bool:
        match self.frequency:
            case Frequency.WEEKLY:
                return date.isoweekday() == 1
            case Frequency.MONTHLY:
                return date.day == 1
        return True


class Email(Sending):
    """An e-mail to a person: one that is scheduled, or one about alerts that began."""

    person = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("person"))
    # Without it, it is about its notices.
    scheduled = models.ForeignKey(
        ScheduledEmail,
        models.CASCADE,
        null=True,
        related_name="emails",
        db_column="today_id",
        verbose_name=_("scheduled e-mail"),
    )
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    # Set before it is given to the mail server: a worker that finds it set cannot know if the server took it.
    handed_over_at = models.DateTimeField(null=True)

    class Meta(Sending.Meta):
        abstract = False
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        ordering: ClassVar = ("-id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Sending.Meta.constraints,
            models.UniqueConstraint(
                fields=["scheduled", "due_at"],
                condition=Q(scheduled__isnull=False),
                name="alerts_email_once",
                violation_error_message=_("This e-mail has been made already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} · {self.due_at:%Y-%m-%d %H:%M}"
