"""Invitations: how a person comes in."""

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from sites.models.people import Role, Site, User


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> Self:
        """Keep what was neither accepted nor taken back, whether or not its time has run out."""
        return self.filter(accepted_at=None, revoked_at=None)

    def valid(self) -> Self:
        """Keep what can still be accepted."""
        return self.open().filter(expires_at__gt=timezone.now())


class Invitation(models.Model):
    """An offer to an e-mail address: a role on a site, or to be an admin."""

    email = models.EmailField(_("e-mail address"))
    site = models.ForeignKey(
        Site,
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
    revoked_at = models.DateTimeField(_("taken back"), null=True, editable=False)
    revoked_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("taken back by"),
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
                violation_error_message=_("What was taken back was taken back by somebody."),
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(revoked_at=None),
                name="sites_invitation_accepted_or_revoked",
                violation_error_message=_("An accepted invitation cannot be taken back."),
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
            return __("taken back")
        return __("expired") if self.is_expired else __("open")
