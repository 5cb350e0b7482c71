"""People, sites, and who may do what where."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar, Self

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models, transaction
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from sites.models.relations import points_to
from sites.models.weekdays import WEEKDAYS_PATTERN, WEEKDAYS_REFUSAL, Weekday, WeekdaysField, as_weekdays


class Role(models.TextChoices):
    """What a membership lets a person do on a site, from least to most."""

    VIEWER = "viewer", _("Viewer")
    OPERATOR = "operator", _("Operator")
    MANAGER = "manager", _("Manager")

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    def covers(self, needed: "Role") -> bool:
        """Return whether this role may do what `needed` may do."""
        return self.rank >= needed.rank


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, *, name: str = "") -> "User":
        user = self.model(email=email, name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, *, name: str = "") -> "User":
        user = self.create_user(email, password, name=name)
        user.is_superuser = True
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail address is the login, in lower case."""

    email = models.EmailField(
        _("e-mail address"),
        unique=True,
        error_messages={"unique": _("A person with this e-mail address exists already.")},
    )
    name = models.CharField(_("name"), max_length=100, blank=True)
    is_active = models.BooleanField(
        _("may sign in"), default=True, help_text=_("Clear this instead of deleting a person.")
    )
    is_superuser = models.BooleanField(
        _("admin"), default=False, help_text=_("All sites, this administration, and invitations.")
    )
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    theme = models.CharField(_("appearance"), max_length=10, choices=Theme, default=Theme.SYSTEM)
    wants_reminders = models.BooleanField(
        _("reminders by e-mail"),
        default=True,
        db_default=True,
        help_text=_("An e-mail when a day of one of your sites was not submitted in time."),
    )
    last_site = models.ForeignKey(
        "sites.Site", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    history = HistoricalRecords(excluded_fields=["password", "last_login", "last_site"])

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("email",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="sites_user_email_lower_case",
                violation_error_message=_("An e-mail address is kept in lower case."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: object, **kwargs: object) -> None:
        self.email = self.email.strip().lower()
        fields = kwargs.get("update_fields")
        with transaction.atomic():
            super().save(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on
            if fields is None or (isinstance(fields, Iterable) and "email" in fields):
                self._keep_address()

    def _keep_address(self) -> None:
        """Let the sign-in know this address, and no earlier one, as the person's own.

        Nobody chooses an address alone: an admin, an invitation or a confirmed change is behind it.
        """
        addresses = apps.get_model("account", "EmailAddress")._default_manager.filter(user=self)
        if addresses.filter(email=self.email, verified=True, primary=True).exists():
            return
        addresses.exclude(email=self.email).delete()
        addresses.update_or_create(user=self, email=self.email, defaults={"verified": True, "primary": True})

    @property
    def is_staff(self) -> bool:
        """Return whether the Django admin lets this person in: admins, and nobody else."""
        return self.is_superuser


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


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Take one such as Europe/Berlin or Asia/Dubai."),
            params={"name": name},
            code="unknown_time_zone",
        )


validate_site_code = RegexValidator(
    r"^[A-Z0-9-]{3,20}\Z", _("A site's code has 3 to 20 capitals, digits or hyphens."), code="site_code"
)


WORKING_HOURS_REFUSAL = _("A working day has more than 0 and at most 24 hours.")
TOLERANCE_REFUSAL = _("A tolerance is between 0 and 100 percent.")
MOST_DAYS_BACK = 366
DAYS_BACK_REFUSAL = _("Enter a number of days between 0 and 366.")


class Site(models.Model):
    """A place where material is received, worked and dispatched."""

    code = models.CharField(_("code"), max_length=20, unique=True, validators=[validate_site_code])
    name = models.CharField(_("name"), max_length=100)
    location = models.CharField(_("location"), max_length=200, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    day_starts_at = models.TimeField(
        _("day starts at"),
        default=dt.time(0),
        help_text=_("A night shift that ends before this belongs to the day it began."),
    )
    cut_off = models.TimeField(
        _("day submitted by"),
        default=dt.time(20),
        db_default=dt.time(20),
        help_text=_("A day that is submitted later is late; its clerks are reminded then."),
    )
    cut_off_next_day = models.BooleanField(
        _("that time is on the next day"),
        default=False,
        db_default=False,
        help_text=_("A time before the day starts is always the next morning's."),
    )
    refuses_negative_stock = models.BooleanField(
        _("refuse negative stock"),
        default=False,
        help_text=_("Otherwise an entry that would make stock negative is warned about and can be saved."),
    )
    working_weekdays = WeekdaysField(_("working days"), default="123456", db_default="123456")
    working_hours = models.DecimalField(
        _("working hours a day"),
        max_digits=4,
        decimal_places=2,
        default=Decimal(8),
        db_default=Decimal(8),
        validators=[
            MinValueValidator(Decimal("0.01"), WORKING_HOURS_REFUSAL),
            MaxValueValidator(Decimal(24), WORKING_HOURS_REFUSAL),
        ],
        help_text=_("What a machine that is logged for the whole day could have run."),
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

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ("name", "code")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^[A-Z0-9-]{3,20}$"),
                name="sites_site_code_form",
                violation_error_message=_("A site's code has 3 to 20 capitals, digits or hyphens."),
            ),
            models.CheckConstraint(
                condition=models.Q(working_weekdays__regex=WEEKDAYS_PATTERN),
                name="sites_site_working_weekdays",
                violation_error_message=WEEKDAYS_REFUSAL,
            ),
            models.CheckConstraint(
                condition=models.Q(working_hours__gt=0, working_hours__lte=24),
                name="sites_site_working_hours",
                violation_error_message=WORKING_HOURS_REFUSAL,
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
        ]

    def save(self, *args: object, **kwargs: object) -> None:
        """Save what people edit; the change number of a stored site is counted on under its lock alone."""
        if not self._state.adding and not args and kwargs.get("update_fields") is None:
            kwargs["update_fields"] = [
                column.name
                for column in self._meta.concrete_fields
                if not column.primary_key and column.name != "change_number"
            ]
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)

    def operating_date(self, moment: dt.datetime) -> dt.date:
        """Return the date of the site's working day in which an aware moment lies."""
        local = moment.astimezone(self.zone)
        if local.time() < self.day_starts_at:
            return local.date() - dt.timedelta(days=1)
        return local.date()

    def today(self) -> dt.date:
        """Return the site's operating date now."""
        return self.operating_date(timezone.now())

    def cut_off_of(self, date: dt.date) -> dt.datetime:
        """Return the moment by which an operating date is to be submitted."""
        is_next_day = self.cut_off_next_day or self.cut_off <= self.day_starts_at
        day = date + dt.timedelta(days=1) if is_next_day else date
        return dt.datetime.combine(day, self.cut_off, tzinfo=self.zone)

    @property
    def weekdays(self) -> tuple[Weekday, ...]:
        """Return the days of the week on which the site works, Monday first."""
        return as_weekdays(self.working_weekdays)

    def works_on_weekday(self, date: dt.date) -> bool:
        """Return whether the site works on this day of the week, holidays aside."""
        return str(date.isoweekday()) in self.working_weekdays

    def is_working_day(self, date: dt.date) -> bool:
        """Return whether the site works on this date. At most one query; `working_days` asks about many."""
        return self.works_on_weekday(date) and not self.holidays.filter(date=date).exists()

    def has_records(self) -> bool:
        """Return whether anything protected points here: then the site is made inactive, never deleted."""
        return points_to(self, protected_only=True)


class Membership(models.Model):
    """A person's role on a site."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    site = models.ForeignKey(
        Site, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("site")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.VIEWER)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ("site", "user")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "site"],
                name="sites_membership_unique",
                violation_error_message=_("This person is a member of this site already."),
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values),
                name="sites_membership_role_known",
                violation_error_message=_("A role is viewer, operator or manager."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.site} · {self.get_role_display()}"
