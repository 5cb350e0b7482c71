"""People, their roles on sites, and how they are invited."""

from collections.abc import Iterable
from typing import ClassVar, Self

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as __
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
    device_resets = models.PositiveIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text=_("A browser that has seen fewer removes what it keeps for this person."),
    )
    has_unread_alerts = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Lets most pages do without a query for the bell; the app of alerts keeps it."),
    )
    last_site = models.ForeignKey(
        "sites.Site", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    history = HistoricalRecords(
        excluded_fields=[
            "password",
            "last_login",
            "last_site",
            "access_valid_from",
            "device_resets",
            "has_unread_alerts",
        ]
    )

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


class Membership(models.Model):
    """A person's role on a site."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    site = models.ForeignKey(
        "sites.Site", on_delete=models.CASCADE, related_name="memberships", verbose_name=_("site")
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


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> Self:
        """Keep what was neither accepted nor withdrawn, whether or not its time has run out."""
        return self.filter(accepted_at=None, revoked_at=None)

    def valid(self) -> Self:
        """Keep what can still be accepted."""
        return self.open().filter(expires_at__gt=timezone.now())


class Invitation(models.Model):
    """An offer to an e-mail address: a role on a site, or to be an admin."""

    email = models.EmailField(_("e-mail address"))
    site = models.ForeignKey(
        "sites.Site",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="invitations",
        verbose_name=_("site"),
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, blank=True)
    as_admin = models.BooleanField(
        _("as an admin"), default=False, help_text=_("Every site, this administration, and who may come in.")
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(_("invited"), default=timezone.now, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    expires_at = models.DateTimeField(_("open until"), editable=False)
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    accepted_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("accepted by"),
    )
    revoked_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)
    revoked_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("withdrawn by"),
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-created_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(as_admin=True, site=None, role="")
                | models.Q(as_admin=False, site__isnull=False, role__in=Role.values),
                name="sites_invitation_site_with_role_or_admin",
                violation_error_message=_("Invite to a site with a role, or as an admin with neither."),
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, accepted_by=None)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="sites_invitation_accepted_at_by",
                violation_error_message=_("What was accepted was accepted by somebody."),
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at=None, revoked_by=None)
                | models.Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="sites_invitation_revoked_at_by",
                violation_error_message=_("A withdrawn invitation was withdrawn by somebody."),
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(revoked_at=None),
                name="sites_invitation_accepted_or_revoked",
                violation_error_message=_("An accepted invitation cannot be withdrawn."),
            ),
            models.UniqueConstraint(
                fields=["email", "site"],
                condition=models.Q(accepted_at=None, revoked_at=None, as_admin=False),
                name="sites_invitation_open_once_per_site",
                violation_error_message=_(
                    "This address is invited to this site already. Send it again instead."
                ),
            ),
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(accepted_at=None, revoked_at=None, as_admin=True),
                name="sites_invitation_open_once_as_admin",
                violation_error_message=_(
                    "This address is invited as an admin already. Send it again instead."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.offer}"

    @property
    def offer(self) -> str:
        """Return in words what accepting gives."""
        if self.site is None:
            return __("admin of every site")
        return __("%(role)s of %(site)s") % {"role": self.get_role_display().lower(), "site": self.site}

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def state(self) -> str:
        """Return in a word what has become of it."""
        if self.accepted_at:
            return __("accepted")
        if self.revoked_at:
            return __("withdrawn")
        return __("expired") if self.is_expired else __("open")
