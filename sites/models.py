"""People, sites, who may do what where, and the master data that all sites share."""

import datetime as dt
import zoneinfo
from decimal import Decimal
from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Role(models.TextChoices):
    """What a membership lets a person do on a site, from least to most."""

    VIEWER = "viewer", _("Viewer")
    OPERATOR = "operator", _("Operator")
    MANAGER = "manager", _("Manager")

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    def covers(self, needed: "Role") -> bool:
        """Say whether this role may do what `needed` may do."""
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
        error_messages={"unique": _("Somebody with this e-mail address is here already.")},
    )
    name = models.CharField(_("name"), max_length=100, blank=True)
    is_active = models.BooleanField(
        _("may sign in"), default=True, help_text=_("Take this away instead of deleting a person.")
    )
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    theme = models.CharField(_("appearance"), max_length=10, choices=Theme, default=Theme.SYSTEM)
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
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on

    @property
    def is_staff(self) -> bool:
        """Say whether the Django admin lets this person in: admins, and nobody else."""
        return self.is_superuser


class SiteQuerySet(models.QuerySet["Site"]):
    def for_user(self, user: User | AnonymousUser) -> Self:
        """Keep the sites this person may see: their own, or every one for an admin."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(models.Exists(Membership.objects.filter(site=models.OuterRef("pk"), user=user)))

    def active(self) -> Self:
        return self.filter(is_active=True)

    def with_role(self, user: User) -> Self:
        """Annotate `role`: the person's role on the site, manager for an admin, null for nobody's."""
        if user.is_superuser:
            return self.annotate(role=models.Value(Role.MANAGER.value, output_field=models.CharField()))
        memberships = Membership.objects.filter(site=models.OuterRef("pk"), user=user)
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
validate_code = RegexValidator(
    r"^(?!\d+\Z)\S(.*\S)?\Z",
    _("A code must not be a number alone, nor begin or end with a space."),
    code="code",
)


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
    refuses_negative_stock = models.BooleanField(
        _("refuse negative stock"),
        default=False,
        help_text=_("Otherwise an entry that would make stock negative is warned about and can be saved."),
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
        ]

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


class MasterDataQuerySet[M: models.Model](models.QuerySet[M]):
    def active(self) -> Self:
        return self.filter(is_active=True)


class MasterData(models.Model):
    """A list that admins keep and records point to; never deleted once used, made inactive."""

    code = models.CharField(_("code"), max_length=50, unique=True, validators=[validate_code])
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveIntegerField(_("position"), default=0, db_index=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        abstract = True
        ordering = ("position", "code")

    def __str__(self) -> str:
        return self.name

    def is_used(self) -> bool:
        """Say whether anything points here, so that it may be made inactive but not deleted."""
        return any(
            relation.related_model._default_manager.filter(**{relation.field.name: self}).exists()
            for relation in self._meta.related_objects
            if isinstance(relation, models.ManyToOneRel) and relation.field.concrete
        )


class Category(models.TextChoices):
    AGGREGATES = "aggregates", _("Aggregates")
    PROCESSED_BASE = "processed_base", _("Processed base")
    FINE = "fine", _("Fine")
    SPECIALTY = "specialty", _("Specialty")
    RAW_FEED = "raw_feed", _("Raw feed")
    RESIDUE = "residue", _("Residue")


class UnitOfMeasure(models.TextChoices):
    TON = "ton", _("Ton")
    LOAD = "load", _("Load")


class Material(MasterData):
    """What is received, made, moved and counted."""

    category = models.CharField(_("category"), max_length=20, choices=Category)
    uom = models.CharField(
        _("unit of measure"), max_length=10, choices=UnitOfMeasure, default=UnitOfMeasure.TON
    )
    is_final = models.BooleanField(_("product that can be sold"), default=False)
    tons_per_load = models.DecimalField(
        _("tons per load"),
        max_digits=9,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.001"))],
        help_text=_("Loads are turned into tons by this. A change of it rewrites nothing entered before."),
    )
    notes = models.TextField(_("notes"), max_length=2000, blank=True)

    history = HistoricalRecords()

    objects = MasterDataQuerySet["Material"].as_manager()

    class Meta(MasterData.Meta):
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tons_per_load__isnull=True) | models.Q(tons_per_load__gt=0),
                name="sites_material_tons_per_load_positive",
                violation_error_message=_("Tons per load must be more than 0, or left empty."),
            ),
        ]


class StockEffect(models.TextChoices):
    ADDS = "adds", _("Adds to stock")
    REMOVES = "removes", _("Removes from stock")
    NONE = "none", _("Leaves stock alone")


class Purpose(models.TextChoices):
    PRODUCT = "product", _("Product")
    FEED = "feed", _("Feed used")
    RESIDUE = "residue", _("Residue")
    OTHER = "other", _("Other")


class Operation(MasterData):
    """What was being done: its effect on the stock of the material it names, and what it means."""

    stock_effect = models.CharField(_("effect on stock"), max_length=10, choices=StockEffect)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)

    history = HistoricalRecords()

    objects = MasterDataQuerySet["Operation"].as_manager()

    class Meta(MasterData.Meta):
        verbose_name = _("operation")
        verbose_name_plural = _("operations")

    def clean(self) -> None:
        super().clean()
        if self._state.adding:
            return
        before = Operation.objects.get(pk=self.pk)
        changed = {
            name: _("It has been used: its effect and purpose stay. Make a new operation instead.")
            for name in ("stock_effect", "purpose")
            if getattr(before, name) != getattr(self, name)
        }
        if changed and self.is_used():
            raise ValidationError(changed)
