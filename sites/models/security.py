"""Security events: what happened to the access of people."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sites.models.people import User


class EventKind(models.TextChoices):
    """What happened."""

    SIGNED_IN = "signed_in", _("signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("sign-in failed")
    LOCKED_OUT = "locked_out", _("locked out after too many tries")
    CODE_USED = "code_used", _("recovery code used")
    CODES_MADE = "codes_made", _("recovery codes made")
    FACTOR_ADDED = "factor_added", _("second factor added")
    FACTOR_REMOVED = "factor_removed", _("second factor removed")
    PASSWORD_CHANGED = "password_changed", _("password changed")
    LINK_SENT = "link_sent", _("link to set a password sent")
    ADDRESS_CHANGED = "address_changed", _("e-mail address changed")
    SESSIONS_ENDED = "sessions_ended", _("sessions ended")
    INVITED = "invited", _("invited")
    INVITATION_WITHDRAWN = "withdrawn", _("invitation withdrawn")
    WATCHED_PLACE = "watched_place", _("watched place changed")
    WEBHOOK = "webhook", _("webhook changed")
    TELEMATICS_FEED = "telematics_feed", _("telematics feed changed")
    TOKEN_MADE = "token_made", _("API token made")
    TOKEN_REVOKED = "token_revoked", _("API token revoked")
    ROLE_CHANGED = "role_changed", _("role changed")
    ACCESS_CHANGED = "access_changed", _("may sign in changed")
    EXPORTED = "exported", _("export requested")
    DEVICES_RESET = "devices_reset", _("devices reset")
    DATA_EXPORTED = "data_exported", _("own data exported")
    ANONYMISED = "anonymised", _("anonymised")
    IMPERSONATION = "impersonation", _("tried to act as somebody else")


class SecurityEvent(models.Model):
    """Something that happened to a person's access. Rows are added, and deleted when they are old."""

    # What the histories of people and memberships show already, and what is too frequent for a history.
    NOT_IN_HISTORIES: ClassVar = frozenset(
        {
            EventKind.SIGNED_IN,
            EventKind.SIGN_IN_FAILED,
            EventKind.LOCKED_OUT,
            EventKind.ADDRESS_CHANGED,
            EventKind.ROLE_CHANGED,
            EventKind.ACCESS_CHANGED,
            EventKind.EXPORTED,
        }
    )

    at = models.DateTimeField(_("when"), default=timezone.now)
    kind = models.CharField(_("what"), max_length=20, choices=EventKind)
    # Empty where an unknown e-mail address was tried.
    person = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        related_name="security_events",
        verbose_name=_("person"),
    )
    by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("done by")
    )
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    address_hash = models.CharField(
        _("network address"),
        max_length=32,
        blank=True,
        help_text=_("A keyed hash: equal for the same address, which cannot be read from it."),
    )

    class Meta:
        verbose_name = _("security event")
        verbose_name_plural = _("security events")
        ordering = ("-id",)
        indexes: ClassVar = [models.Index(fields=["at"], name="sites_security_event_at")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.person or '–'}"
