"""People, sites, and who may do what where."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar, Self

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models, transaction
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.numbers import COMMA, POINT
from sites.decimal_marks import usual_decimal_mark
from sites.models.operating_settings import ONE_DAY, EarlierSettings, OperatingSettings
from sites.models.relations import points_to


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
    access_valid_from = models.DateTimeField(
        _("access valid from"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Sessions and API tokens from before this time are no longer valid."),
    )
    last_site = models.ForeignKey(
        "sites.Site", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    history = HistoricalRecords(excluded_fields=["password", "last_login", "last_site", "access_valid_from"])

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
        if not self.is_active and User.objects.filter(pk=self.pk, is_active=True).exists():
            # A reactivation brings no session and no token back.
            self.end_access()
            if isinstance(fields, Iterable):
                kwargs["update_fields"] = {*fields, "access_valid_from"}
        with transaction.atomic():
            super().save(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on
            if fields is None or (isinstance(fields, Iterable) and "email" in fields):
                self._keep_address()

    def end_access(self) -> None:
        """End every session and API token from before now. The caller saves the user."""
        self.access_valid_from = timezone.now()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what a session must match: a hash of the password and of `access_valid_from`."""
        password_hash: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]  # not in the stubs
        if self.access_valid_from is None:
            return password_hash
        return salted_hmac(
            "sites.models.User.access_valid_from",
            f"{password_hash}{self.access_valid_from.isoformat()}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

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


validate_site_code = RegexValidator(
    r"^[A-Z0-9-]{3,20}\Z", _("A site's code has 3 to 20 capitals, digits or hyphens."), code="site_code"
)


TOLERANCE_REFUSAL = _("A tolerance is between 0 and 100 percent.")
MOST_DAYS_BACK = 366
DAYS_BACK_REFUSAL = _("Enter a number of days between 0 and 366.")


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
                condition=models.Q(code__regex=r"^[A-Z0-9-]{3,20}$"),
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
