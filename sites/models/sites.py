"""Sites, the days on which they work, and the decimal mark of a new one."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from string import ascii_uppercase, digits
from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import prefetch_related_objects
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.db.constraints import has_only
from core.db.prepared import Parameter, ParameterList, PreparedQuery
from core.numbers import COMMA, POINT
from sites.models.master_data import points_to
from sites.models.operating_settings import ONE_DAY, EarlierSettings, OperatingSettings
from sites.models.people import Membership, Role, User

EARLIER = "earlier_settings"

# What the prepared queries of figures are given: the ids of sites, and the first and the last date.
SITES = ParameterList("sites", models.BigIntegerField())
FIRST = Parameter("first", models.DateField())
LAST = Parameter("last", models.DateField())

# Europe writes a comma, except in these zones.
POINT_IN_EUROPE = frozenset(
    {
        "Europe/Belfast",
        "Europe/Dublin",
        "Europe/Gibraltar",
        "Europe/Guernsey",
        "Europe/Isle_of_Man",
        "Europe/Jersey",
        "Europe/London",
        "Europe/Malta",
        "Europe/Vaduz",
        "Europe/Zurich",
    }
)
COMMA_ELSEWHERE = frozenset(
    {
        "Africa/Algiers",
        "Africa/Casablanca",
        "Africa/Luanda",
        "Africa/Maputo",
        "Africa/Tunis",
        "America/Asuncion",
        "America/Bahia",
        "America/Bogota",
        "America/Caracas",
        "America/Fortaleza",
        "America/Guayaquil",
        "America/La_Paz",
        "America/Manaus",
        "America/Montevideo",
        "America/Recife",
        "America/Santiago",
        "America/Sao_Paulo",
        "Asia/Almaty",
        "Asia/Baku",
        "Asia/Ho_Chi_Minh",
        "Asia/Jakarta",
        "Asia/Novosibirsk",
        "Asia/Tashkent",
        "Asia/Tbilisi",
        "Asia/Vladivostok",
        "Asia/Yekaterinburg",
        "Asia/Yerevan",
        "Atlantic/Azores",
        "Atlantic/Canary",
        "Atlantic/Faroe",
        "Atlantic/Madeira",
        "Atlantic/Reykjavik",
    }
)


def usual_decimal_mark(time_zone: str) -> str:
    """Return the decimal mark of a time zone; a point where several are usual or none is known."""
    in_europe = time_zone.startswith("Europe/") and time_zone not in POINT_IN_EUROPE
    in_argentina = time_zone.startswith("America/Argentina/")
    return COMMA if in_europe or in_argentina or time_zone in COMMA_ELSEWHERE else POINT


class SiteQuerySet(models.QuerySet["Site"]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        """Keep the sites this person may see: their own, or every one for an admin."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        return self.of_member(user.pk)

    def of_member(self, user_id: int | Combinable) -> Self:
        """Keep the sites that this person is a member of."""
        memberships = Membership.objects.filter(site=models.OuterRef("pk"), user_id=user_id)
        return self.filter(models.Exists(memberships))

    def active(self) -> Self:
        return self.filter(is_active=True)

    def with_role(self, user: User) -> Self:
        """Annotate `role`: the person's role on the site, manager for an admin, null for nobody's."""
        return self.with_role_of_admin() if user.is_superuser else self.with_role_of_member(user.pk)

    def with_role_of_admin(self) -> Self:
        return self.annotate(role=models.Value(Role.MANAGER.value, output_field=models.CharField()))

    def with_role_of_member(self, user_id: int | Combinable) -> Self:
        memberships = Membership.objects.filter(site=models.OuterRef("pk"), user_id=user_id)
        return self.annotate(role=models.Subquery(memberships.values("role")[:1]))


class OfSiteQuerySet[M: models.Model](models.QuerySet[M]):
    """Rows that belong to a site."""

    def for_user(self, user: User | AnonymousUser) -> Self:
        """Filter by the sites that this user may see."""
        if user.is_authenticated and user.is_active and user.is_superuser:
            return self
        return self.filter(("site__in", Site.objects.for_user(user)))


CODE_CHARACTERS = f"{ascii_uppercase}{digits}-"
validate_site_code = RegexValidator(
    r"^[A-Z0-9-]{3,20}\Z", _("A site's code has 3 to 20 capitals, digits or hyphens."), code="site_code"
)


TOLERANCE_REFUSAL = _("A tolerance is between 0 and 100 percent.")
MOST_DAYS_BACK = 366
DAYS_BACK_REFUSAL = _("Enter a number of days between 0 and 366.")


class EntryMode(models.TextChoices):
    """What a site enters in a module of lorries."""

    BOTH = "both", _("Daily lines and loads")
    LINES = "lines", _("Daily lines only")
    LOADS = "loads", _("Loads only")


class Site(OperatingSettings):
    """A place where material is received, worked and dispatched.

    The settings that it inherits are those that hold since `valid_from`; `settings_on()` knows earlier ones.
    """

    code = models.CharField(_("code"), max_length=20, unique=True, validators=[validate_site_code])
    name = models.CharField(_("name"), max_length=100)
    location = models.CharField(_("location"), max_length=200, blank=True)
    refuses_negative_stock = models.BooleanField(
        _("refuse negative stock"),
        default=False,
        help_text=_("Otherwise an entry that would make stock negative is warned about and can be saved."),
    )
    count_tolerance_percent = models.DecimalField(
        _("tolerance of stock counts, %"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(5),
        db_default=Decimal(5),
        validators=[
            MinValueValidator(Decimal(0), TOLERANCE_REFUSAL),
            MaxValueValidator(Decimal(100), TOLERANCE_REFUSAL),
        ],
        help_text=_("A stock count that differs from the books by more than this needs a reason."),
    )
    decimal_mark = models.CharField(
        _("decimal mark"),
        max_length=1,
        choices={POINT: _("Point: 12.5"), COMMA: _("Comma: 12,5")},
        blank=True,
        default="",
        db_default=POINT,
        help_text=_("How people of the site write numbers. Left empty, as is usual in its time zone."),
    )
    received_as = models.CharField(
        _("received material is entered as"),
        max_length=10,
        choices=EntryMode,
        default=EntryMode.BOTH,
        db_default=EntryMode.BOTH.value,
    )
    dispatch_as = models.CharField(
        _("dispatch is entered as"),
        max_length=10,
        choices=EntryMode,
        default=EntryMode.BOTH,
        db_default=EntryMode.BOTH.value,
    )
    refuses_over_gross = models.BooleanField(
        _("refuse overweight lorries"),
        default=False,
        db_default=False,
        help_text=_("Otherwise a gross above the vehicle's largest is warned about and can be saved."),
    )
    issues_notes = models.BooleanField(
        _("number delivery notes at once"),
        default=True,
        db_default=True,
        help_text=_("Each dispatched load gets its delivery note once it is complete. Otherwise on demand."),
    )
    entry_days_back = models.PositiveSmallIntegerField(
        _("days back that an entry may be"),
        null=True,
        blank=True,
        default=7,
        db_default=7,
        validators=[MaxValueValidator(MOST_DAYS_BACK, DAYS_BACK_REFUSAL)],
        help_text=_("Older entries need a confirmation. Leave empty to allow any date."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    change_number = models.BigIntegerField(
        default=0,
        editable=False,
        help_text=_("Goes up by one with every change of a record; the cursor of incremental readers."),
    )

    history = HistoricalRecords(excluded_fields=["change_number"])

    objects = SiteQuerySet.as_manager()

    # Set by `with_role()`.
    role: str | None

    class Meta(OperatingSettings.Meta):
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ("name", "code")
        constraints = [
            *OperatingSettings.Meta.constraints,
            models.CheckConstraint(
                condition=has_only("code", CODE_CHARACTERS, least=3, most=20),
                name="sites_site_code_form",
                violation_error_message=_("A site's code has 3 to 20 capitals, digits or hyphens."),
            ),
            models.CheckConstraint(
                condition=models.Q(count_tolerance_percent__gte=0, count_tolerance_percent__lte=100),
                name="sites_site_count_tolerance",
                violation_error_message=TOLERANCE_REFUSAL,
            ),
            models.CheckConstraint(
                condition=models.Q(entry_days_back__isnull=True)
                | models.Q(entry_days_back__gte=0, entry_days_back__lte=MOST_DAYS_BACK),
                name="sites_site_entry_days_back",
                violation_error_message=DAYS_BACK_REFUSAL,
            ),
            models.CheckConstraint(
                condition=models.Q(decimal_mark__in=(POINT, COMMA)),
                name="sites_site_decimal_mark",
                violation_error_message=_("The decimal mark is a point or a comma."),
            ),
        ]

    def clean(self) -> None:
        super().clean()
        self.decimal_mark = self.decimal_mark or usual_decimal_mark(self.timezone)

    def save(self, *args: object, **kwargs: object) -> None:
        """Save what people edit; the change number of a stored site is counted on under its lock alone."""
        self.decimal_mark = self.decimal_mark or usual_decimal_mark(self.timezone)
        if not self._state.adding and not args and kwargs.get("update_fields") is None:
            kwargs["update_fields"] = [
                column.name
                for column in self._meta.concrete_fields
                if not column.primary_key and column.name != "change_number"
            ]
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"

    def settings_on(self, date: dt.date) -> OperatingSettings:
        """Return the settings that hold on an operating date: the site's own, or earlier ones.

        At most one query for each site, and none where the date is not before `valid_from`.
        """
        if self.valid_from is None or date >= self.valid_from:
            return self
        for earlier in self._earlier:
            if earlier.valid_from is None or earlier.valid_from <= date:
                return earlier
        return self

    @cached_property
    def _earlier(self) -> list[EarlierSettings]:
        """Return the earlier settings, the latest first. They may be prefetched."""
        return sorted(
            self.earlier_settings.all(),
            key=lambda earlier: earlier.valid_from or dt.date.min,
            reverse=True,
        )

    def settings_between(
        self, first: dt.date, last: dt.date
    ) -> list[tuple[dt.date, dt.date, OperatingSettings]]:
        """Return each part of a period with the settings that hold in it, oldest first."""
        if last < first:
            return []
        begins = (period.valid_from for period in (self, *(self._earlier if self.valid_from else ())))
        starts = sorted({first, *(begin for begin in begins if begin is not None and first < begin <= last)})
        ends = [*(start - ONE_DAY for start in starts[1:]), last]
        return [(start, end, self.settings_on(start)) for start, end in zip(starts, ends, strict=True)]

    def operating_date(self, moment: dt.datetime) -> dt.date:
        """Return the operating date in which an aware moment lies. It never runs backwards.

        A date lasts from its own start to the start of the next one, each by the settings that hold on it.
        """
        # No zone is further ahead of UTC than 14 hours, now or before.
        date = moment.astimezone(dt.UTC).date() + ONE_DAY
        while self.settings_on(date).day_start(date) > moment:
            date -= ONE_DAY
        return date

    def today(self) -> dt.date:
        """Return the site's operating date now."""
        return self.operating_date(timezone.now())

    def cut_off_of(self, date: dt.date) -> dt.datetime:
        """Return the moment, in the site's zone, by which an operating date is to be submitted."""
        return self.settings_on(date).cut_off_at(date)

    def works_on_weekday(self, date: dt.date) -> bool:
        """Return whether the site works on this day of the week, holidays aside."""
        return self.settings_on(date).includes_weekday_of(date)

    def is_working_day(self, date: dt.date) -> bool:
        """Return whether the site works on this date. At most one query; `working_days` asks about many."""
        return self.works_on_weekday(date) and not _holidays.all(sites=[self.pk], first=date, last=date)

    def has_records(self) -> bool:
        """Return whether anything protected points here: then the site is made inactive, never deleted."""
        return points_to(self, protected_only=True)


class HolidayQuerySet(models.QuerySet["Holiday"]):
    def at(self, sites: Collection[Site]) -> Self:
        """Keep the holidays of these sites."""
        return self.filter(site__in=[site.pk for site in sites])

    def between(self, first: dt.date | Combinable, last: dt.date | Combinable) -> Self:
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


_holidays = PreparedQuery(
    lambda: (
        Holiday.objects.filter(site__in=SITES).between(FIRST, LAST).order_by().values_list("site_id", "date")
    )
)


def working_days(sites: Collection[Site], *, first: dt.date, last: dt.date) -> dict[int, frozenset[dt.date]]:
    """Return, by the id of each site, its working days from the first to the last date.

    One query, and one more where settings changed within the period or after it.
    """
    free: dict[int, set[dt.date]] = {}
    for site_id, date in _holidays.all(sites=[site.pk for site in sites], first=first, last=last):
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
