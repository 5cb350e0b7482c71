"""Making, finding and revoking tokens."""

import datetime as dt
import hashlib
import secrets

from django.db.models import CharField, DateTimeField
from django.utils import timezone

from api.models import ApiToken
from records.prepared import Asked, Question
from sites.models import User

# Told apart from other secrets by eye, and by programs that look for leaked ones.
MARK = "desk_"
SHOWN = 9
# What a call asks about the person behind it; their password's hash least of all.
OF_OWNER = ("email", "name", "is_active", "is_superuser")

_working = Question(
    lambda: (
        ApiToken.objects.working(Asked("now", DateTimeField()))
        .filter(token_hash=Asked("hash", CharField()), owner__is_active=True)
        .select_related("owner")
        .only("is_read_only", *(f"owner__{name}" for name in OF_OWNER))
        .order_by()
    )
)


def make_token(
    *, owner: User, name: str, is_read_only: bool = False, expires_at: dt.datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a token; return it with the text that opens the API, which is never seen again."""
    text = MARK + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        owner=owner,
        name=name,
        token_hash=_hash(text),
        prefix=text[:SHOWN],
        is_read_only=is_read_only,
        expires_at=expires_at,
    )
    return token, text


def find_token(text: str) -> ApiToken | None:
    """Return the working token of this text, its owner with it."""
    return _working.first(hash=_hash(text), now=timezone.now())


def revoke_token(token: ApiToken, *, by: User) -> None:
    """Let a token open nothing any more, from this moment on."""
    unrevoked = ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True)
    unrevoked.update(revoked_at=timezone.now(), revoked_by=by)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
