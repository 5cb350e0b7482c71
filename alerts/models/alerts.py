"""Rules of the sites, the alerts that they gave, and who has read which alert."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import ClassVar, Self
from urllib.parse import urlencode

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.db.fields import LEAST_TONS, MOST_TONS, TonsField
from core.db.prepared import Parameter, PreparedQuery
from dashboard.addresses import day_address, page_address, records_address
from records.pages.dates import shown_date
from records.templatetags.figures import percent, tons
from sites.models import Material, OfSiteQuerySet, Site, User
from sites.scope import PARAMETER

LEVEL_RANGE = _("A level is more than 0 and at most 999,999.999 tons.")
MOST_HOURS = 14 * 24
HOURS_RANGE = _("Hours are between 1 and 336, which are 14 days.")
MOST_PERCENT = 200
PERCENT_RANGE = _("A percentage is between 1 and 200.")
# The bell shows this many at most.
MOST_SHOWN = 99


class Kind(models.TextChoices):
    """What a rule watches."""

    STOCK_BELOW = "stock_below", _("Stock below a level")
    STOCK_ABOVE = "stock_above", _("Stock above a level")
    STOCK_OVER_PERMIT = "stock_permit", _("Stock above the permitted maximum")
    NOTHING_ENTERED = "nothing", _("Nothing entered by a time")
    TARGET = "target", _("Target of the month out of reach")
    BREAKDOWN = "breakdown", _("Breakdown that lasts")
    COUNT = "count", _("Difference of a stock count")
    UNUSUAL = "unusual", _("Record far from usual")


OF_STOCK = (Kind.STOCK_BELOW, Kind.STOCK_ABOVE, Kind.STOCK_OVER_PERMIT)
# The fields of a rule besides its site and its kind.
SETTINGS: dict[Kind, tuple[str, ...]] = {
    **dict.fromkeys(OF_STOCK, ("material", "level_ton")),
    Kind.NOTHING_ENTERED: ("time",),
    Kind.TARGET: ("percent",),
    Kind.BREAKDOWN: ("hours",),
    Kind.COUNT: ("percent",),
    Kind.UNUSUAL: (),
}


def _complete() -> Q:
    """Return the condition that a rule has the settings of its kind and no others."""
    names = sorted({name for settings in SETTINGS.values() for name in settings})
    whole = Q()
    for kind, settings in SETTINGS.items():
        whole |= Q(kind=kind, **{f"{name}__isnull": name not in settings for name in names})
    return whole


class Rule(models.Model):
    """What a site is watched for."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False, verbose_name=_("site"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    material = models.ForeignKey(
        Material, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("material")
    )
    level_ton = TonsField(
        _("level, tons"),
        null=True,
        blank=True,
        db_column="level_kg",
        validators=[
            MinValueValidator(LEAST_TONS, message=LEVEL_RANGE),
            MaxValueValidator(MOST_TONS, message=LEVEL_RANGE),
        ],
    )
    time = models.TimeField(_("by"), null=True, blank=True)
    percent = models.PositiveSmallIntegerField(
        _("percent"),
        null=True,
        blank=True,
        validators=[
            MinValueValidator(1, message=PERCENT_RANGE),
            MaxValueValidator(MOST_PERCENT, message=PERCENT_RANGE),
        ],
    )
    hours = models.PositiveSmallIntegerField(
        _("longer than, hours"),
        null=True,
        blank=True,
        validators=[
            MinValueValidator(1, message=HOURS_RANGE),
            MaxValueValidator(MOST_HOURS, message=HOURS_RANGE),
        ],
    )
    # Up to which change of the site records were compared with the usual.
    checked_change = models.BigIntegerField(default=0, editable=False)

    history = HistoricalRecords(excluded_fields=["checked_change"], no_db_index=["site", "material"])

    objects = OfSiteQuerySet["Rule"].as_manager()

    class Meta:
        verbose_name = _("alert rule")
        verbose_name_plural = _("alert rules")
        ordering = ("site", "kind", "material", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["site", "kind", "material"],
                condition=Q(material__isnull=False),
                name="alerts_rule_material_once",
                violation_error_message=_(
                    "This site has this rule for this material already: edit that one."
                ),
            ),
            models.UniqueConstraint(
                fields=["site", "kind"],
                condition=Q(material__isnull=True),
                name="alerts_rule_once",
                violation_error_message=_("This site has this rule already: edit that one."),
            ),
            models.CheckConstraint(
                condition=_complete(),
                name="alerts_rule_complete",
                violation_error_message=_("A rule has what its kind needs, and nothing else."),
            ),
            models.CheckConstraint(
                condition=Q(level_ton__isnull=True) | Q(level_ton__gte=LEAST_TONS, level_ton__lte=MOST_TONS),
                name="alerts_rule_level_range",
                violation_error_message=LEVEL_RANGE,
            ),
            models.CheckConstraint(
                condition=Q(hours__isnull=True) | Q(hours__gte=1, hours__lte=MOST_HOURS),
                name="alerts_rule_hours_range",
                violation_error_message=HOURS_RANGE,
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__gte=1, percent__lte=MOST_PERCENT),
                name="alerts_rule_percent_range",
                violation_error_message=PERCENT_RANGE,
            ),
        ]

    def __str__(self) -> str:
        shown = {
            "material": self.material.name if self.material is not None else "",
            "level": tons(self.level_ton),
            "time": time_format(self.time, "H:i") if self.time is not None else "",
            "percent": self.percent,
            "hours": self.hours,
        }
        return self.sentence % shown

    @property
    def sentence(self) -> str:
        """Return what the rule watches, with places for its settings."""
        match self.kind:
            case Kind.STOCK_BELOW:
                return _now("Stock of %(material)s below %(level)s t")
            case Kind.STOCK_ABOVE:
                return _now("Stock of %(material)s above %(level)s t")
            case Kind.STOCK_OVER_PERMIT:
                return _now("Stock of %(material)s above the permitted maximum of %(level)s t")
            case Kind.NOTHING_ENTERED:
                return _now("Nothing entered by %(time)s on a working day")
            case Kind.TARGET:
                return _now("The month is projected to end below %(percent)s %% of its target")
            case Kind.BREAKDOWN:
                return _now("A machine is down for more than %(hours)s h")
            case Kind.COUNT:
                return _now("A stock count differs from the book stock by more than %(percent)s %%")
        return _now("A record is far from what is usual")


class AlertQuerySet(OfSiteQuerySet["Alert"]):
    def open(self) -> Self:
        return self.filter(ended_at=None)


class Alert(models.Model):
    """Something that a rule found, from when it began to when it ended."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="+", db_index=False, verbose_name=_("site"))
    # Empty once the rule was deleted.
    rule = models.ForeignKey(
        Rule, models.SET_NULL, null=True, related_name="alerts", db_index=False, verbose_name=_("rule")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    # Which of the things that the rule watches: a machine, a day, a record.
    subject = models.CharField(_("subject"), max_length=80)
    # Names and figures as they were when it began; its sentence is made of them.
    facts = models.JSONField(_("facts"), default=dict)
    began_at = models.DateTimeField(_("began"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ("-began_at", "-id")
        indexes: ClassVar = [
            models.Index(fields=["site", "-began_at"], name="alerts_alert_of_site"),
            models.Index(fields=["rule"], name="alerts_alert_of_rule"),
            models.Index(fields=["ended_at"], name="alerts_alert_ended"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule", "subject"],
                condition=Q(ended_at=None),
                name="alerts_alert_open_once",
                violation_error_message=_("This alert is open already."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=models.F("began_at")),
                name="alerts_alert_ends_after_it_began",
                violation_error_message=_("An alert ends after it began."),
            ),
        ]

    def __str__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        """Return what was found, as a person reads it."""
        facts: dict[str, str] = dict(self.facts)
        shown = facts | {name: tons(Decimal(facts[name])) for name in ("tons", "level") if name in facts}
        if "percent" in facts:
            shown["percent"] = percent(Decimal(facts["percent"]))
        if "date" in facts:
            shown["date"] = shown_date(self._date, "D j M")
        match self.kind:
            case Kind.STOCK_BELOW:
                return _now("%(material)s: %(tons)s t in stock, below %(level)s t.") % shown
            case Kind.STOCK_ABOVE:
                return _now("%(material)s: %(tons)s t in stock, above %(level)s t.") % shown
            case Kind.STOCK_OVER_PERMIT:
                return (
                    _now("%(material)s: %(tons)s t in stock, above the permitted maximum of %(level)s t.")
                    % shown
                )
            case Kind.NOTHING_ENTERED:
                return _now("Nothing was entered for %(date)s by %(time)s.") % shown
            case Kind.TARGET:
                month = shown_date(self._date, "F Y")
                words = shown | {"month": month}
                return _now("At this pace %(month)s ends at %(percent)s of its target.") % words
            case Kind.BREAKDOWN:
                return _now("%(machine)s: down for more than %(hours)s h, from %(date)s on.") % shown
            case Kind.COUNT:
                return (
                    _now("%(material)s: the count of %(date)s differs from the book stock by %(percent)s.")
                    % shown
                )
        return _now("%(module)s of %(date)s: %(warning)s") % shown

    @property
    def _date(self) -> dt.date:
        return dt.date.fromisoformat(self.facts["date"])

    @property
    def href(self) -> str:
        """Return the page where something can be done about it."""
        code, facts = self.site.code, self.facts
        site = urlencode({PARAMETER: code})
        match self.kind:
            case Kind.NOTHING_ENTERED:
                return page_address("day:page", code, self._date)
            case Kind.TARGET:
                return day_address("production:targets", code, self._date)
            case Kind.BREAKDOWN:
                return f"{page_address('equipment:machine', facts['machine_id'])}?{site}"
            case Kind.COUNT | Kind.UNUSUAL:
                of_material = ("material", facts["material_id"])
                return records_address(facts["list"], code, of_material, first=self._date, last=self._date)
        return f"{page_address('inventory:material', facts['material_id'])}?{site}"

    @property
    def icon(self) -> str:
        if self.ended_at is not None:
            return "check"
        return {Kind.NOTHING_ENTERED: "calendar", Kind.TARGET: "targets", Kind.BREAKDOWN: "equipment"}.get(
            Kind(self.kind), "warning"
        )


class NoticeQuerySet(models.QuerySet["Notice"]):
    def unread(self) -> Self:
        return self.filter(read_at=None)


class Notice(models.Model):
    """An alert for one person, read or unread."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="notices", verbose_name=_("alert"))
    person = models.ForeignKey(
        User, models.CASCADE, related_name="+", db_index=False, verbose_name=_("person")
    )
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    # The e-mail that tells the person at once.
    email = models.ForeignKey(
        "Email", models.SET_NULL, null=True, blank=True, related_name="notices", verbose_name=_("e-mail")
    )

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice of an alert")
        verbose_name_plural = _("notices of alerts")
        indexes: ClassVar = [
            models.Index(fields=["person"], condition=Q(read_at=None), name="alerts_notice_unread")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "alert"],
                name="alerts_notice_once",
                violation_error_message=_("This person has been notified of this alert already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} · {self.alert_id}"


# Read on every page of a person with unread alerts.
_unread = PreparedQuery[Notice, tuple[int]](
    lambda: (
        Notice.objects.unread()
        .filter(person=Parameter("person", models.BigIntegerField()))
        .order_by()
        .values_list("alert__site_id")[: MOST_SHOWN + 1]
    )
)


def unread_count(user: User, site_ids: Collection[int]) -> int:
    """Return how many alerts of these sites a person has not read; at most one more than the bell shows.

    No query where the person has none at all.
    """
    if not user.has_unread_alerts:
        return 0
    return sum(site_id in site_ids for (site_id,) in _unread.all(person=user.pk))


@transaction.atomic
def mark_read(user: User, alert_id: int | None = None) -> None:
    """Mark an alert as read by a person, or all of their alerts."""
    unread = Notice.objects.unread().filter(person=user)
    if alert_id is not None:
        unread = unread.filter(alert=alert_id)
    # The person's row first, as where alerts begin: whichever comes second sees the other's notices.
    User.objects.select_for_update(no_key=True).order_by().get(pk=user.pk)
    unread.update(read_at=timezone.now())
    if not Notice.objects.unread().filter(person=user).exists():
        User.objects.filter(pk=user.pk).update(has_unread_alerts=False)
