"""Who may call without a browser, and how much each caller has called."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sites.models import User

# What the name of a caller begins with in `Usage`.
TOKEN, SESSION = "token:", "session:"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def working(self, now: dt.datetime | Combinable) -> Self:
        """Keep the tokens that still open the API."""
        lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
        return self.filter(lasting, revoked_at__isnull=True)

    def with_use(self) -> Self:
        """Read with each token how often it called, and when last."""
        named = Concat(Value(TOKEN), Cast(OuterRef("pk"), models.CharField()))
        use = Usage.objects.filter(caller=named)
        return self.annotate(
            requests=Coalesce(Subquery(use.values("total")), 0),
            last_used_at=Subquery(use.values("last_at")),
        )


class ApiToken(models.Model):
    """What a program calls the API with, as its owner. The token itself is kept nowhere."""

    owner = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=100)
    # SHA-256 is enough: a token is 256 random bits, which nobody guesses from its hash.
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(_("begins with"), max_length=12, editable=False)
    is_read_only = models.BooleanField(_("reads only"), default=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
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

    # Set by `with_use()`.
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
                violation_error_message=_("Who revoked a token and when are kept together."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def caller(self) -> str:
        """Return under what its requests are counted."""
        return f"{TOKEN}{self.pk}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def is_working(self) -> bool:
        """Say whether it still opens the API."""
        return self.revoked_at is None and not self.is_expired


class Usage(models.Model):
    """How often a token or a session has called: in the minute that runs, and ever.

    One row for each caller, written by one statement for each request (`api/rate_limit.py`).
    """

    caller = models.CharField(max_length=80, primary_key=True)
    # When the minute began, in milliseconds since 1970.
    window_began = models.BigIntegerField()
    in_window = models.PositiveIntegerField()
    total = models.PositiveBigIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("use of the API")
        verbose_name_plural = _("use of the API")

    def __str__(self) -> str:
        return f"{self.caller}: {self.total}"
