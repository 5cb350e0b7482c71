"""API tokens, and the number of requests of each caller."""

import datetime as dt
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from parties.models import Weighbridge
from sites.models import User

# The prefixes of callers in `Usage`.
TOKEN, SESSION = "token:", "session:"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def active(self, now: dt.datetime | Combinable) -> Self:
        """Keep the tokens that are neither revoked nor expired, and no older than their owner's access."""
        unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
        accessible = Q(owner__access_valid_from__isnull=True) | Q(
            created_at__gte=F("owner__access_valid_from")
        )
        return self.filter(unexpired, accessible, revoked_at__isnull=True)

    def with_usage(self) -> Self:
        """Add the number of requests of each token, and the time of the last one."""
        caller = Concat(Value(TOKEN), Cast(OuterRef("pk"), models.CharField()))
        usage = Usage.objects.filter(caller=caller)
        return self.annotate(
            requests=Coalesce(Subquery(usage.values("total")), 0),
            last_used_at=Subquery(usage.values("last_at")),
        )


class ApiToken(models.Model):
    """A secret by which a program calls the API as its owner; only its hash is stored."""

    owner = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=100)
    # SHA-256 is enough: 256 random bits cannot be guessed from their hash.
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(_("prefix"), max_length=12, editable=False)
    is_read_only = models.BooleanField(_("read only"), default=False)
    # A token of the program beside a weighbridge sends that weighbridge's weights and does nothing else.
    weighbridge = models.ForeignKey(
        Weighbridge,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("weighbridge"),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("revoked by"),
    )

    objects = ApiTokenQuerySet.as_manager()

    # Set by `with_usage()`.
    requests: int
    last_used_at: dt.datetime | None

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ("-created_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="api_token_revoked_paired",
                violation_error_message=_("A revoked token has both a time and a user of the revocation."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def clean(self) -> None:
        """Reject the name of another active token of its owner.

        So a page with a new token that is loaded again, which sends its form again, makes no second one.
        """
        of_owner = ApiToken.objects.active(timezone.now()).filter(owner_id=self.owner_id)
        if of_owner.filter(name=self.name).exclude(pk=self.pk).exists():
            message = _("There is an active token with this name. Choose another name, or revoke that token.")
            raise ValidationError({"name": message})

    @property
    def caller(self) -> str:
        """Return the name under which its requests are counted."""
        return f"{TOKEN}{self.pk}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def is_ended(self) -> bool:
        """Return whether it is older than its owner's access: a new password or a deactivation ended it."""
        began = self.owner.access_valid_from
        return began is not None and self.created_at < began

    @property
    def is_active(self) -> bool:
        """Return whether it is neither revoked nor expired nor ended."""
        return self.revoked_at is None and not self.is_expired and not self.is_ended


class Usage(models.Model):
    """The number of requests of a token or a session: in the current minute, and in total.

    One row for each caller, written by one statement for each request (`api/auth.py`).
    """

    caller = models.CharField(max_length=80, primary_key=True)
    # The beginning of the current minute, in milliseconds since 1970.
    window_began = models.BigIntegerField()
    in_window = models.PositiveIntegerField()
    total = models.PositiveBigIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("API usage")
        verbose_name_plural = _("API usage")

    def __str__(self) -> str:
        return f"{self.caller}: {self.total}"
