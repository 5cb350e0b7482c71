"""When a site works: its weekdays and its holidays."""

import datetime as dt
from collections.abc import Collection
from typing import Self

from django.db import models
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from sites.models.people import Site

EARLIER = "earlier_settings"


class HolidayQuerySet(models.QuerySet["Holiday"]):
    def at(self, sites: Collection[Site]) -> Self:
        """Keep the holidays of these sites."""
        return self.filter(site__in=[site.pk for site in sites])

    def between(self, first: dt.date, last: dt.date) -> Self:
        """Keep the holidays from the first to the last date, both included."""
        return self.filter(date__gte=first, date__lte=last)


class Holiday(models.Model):
    """A date on which a site does not work, whatever day of the week it is."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="holidays", verbose_name=_("site"))
    date = models.DateField(_("date"))
    name = models.CharField(_("name"), max_length=100)

    history = HistoricalRecords()

    objects = HolidayQuerySet.as_manager()

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ("date", "site")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "date"],
                name="sites_holiday_unique",
                violation_error_message=_("This date is a holiday of this site already."),
            ),
            models.CheckConstraint(
                condition=~models.Q(name=""),
                name="sites_holiday_named",
                violation_error_message=_("A holiday has a name."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date.isoformat()} · {self.name}"


def working_days(sites: Collection[Site], *, first: dt.date, last: dt.date) -> dict[int, frozenset[dt.date]]:
    """Return, by the id of each site, its working days from the first to the last date.

    One query, and one more where settings changed within the period or after it.
    """
    free: dict[int, set[dt.date]] = {}
    holidays = Holiday.objects.at(sites).between(first, last).order_by()
    for site_id, date in holidays.values_list("site_id", "date"):
        free.setdefault(site_id, set()).add(date)
    prefetch_related_objects([site for site in sites if site.valid_from and first < site.valid_from], EARLIER)
    return {site.pk: _on_weekdays(site, first, last) - free.get(site.pk, set()) for site in sites}


def _on_weekdays(site: Site, first: dt.date, last: dt.date) -> frozenset[dt.date]:
    """Return the dates of a period that fall on working weekdays."""
    return frozenset(
        date
        for start, end, settings in site.settings_between(first, last)
        for date in (start + dt.timedelta(days=number) for number in range((end - start).days + 1))
        if settings.includes_weekday_of(date)
    )
