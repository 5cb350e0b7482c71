"""A person's second factors. Recovery codes alone do not count: they only replace one."""

from allauth.mfa.models import Authenticator
from django.db import models

from sites.models import User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(person: User, *, ignoring: int | None = None) -> bool:
    """Return whether the person has an authenticator app or a passkey, optionally without one of them."""
    factors = Authenticator.objects.filter(user=person, type__in=FACTORS)
    return bool(factors.exclude(pk=ignoring).exists())


def second_factor_of(person: models.OuterRef) -> models.Exists:
    """Return whether a person has a second factor, for a query over people."""
    return models.Exists(Authenticator.objects.filter(user=person, type__in=FACTORS))


def remove_second_factor(person: User) -> int:
    """Take away everything but the password, for somebody who lost it all; return how many went."""
    removed, _ = Authenticator.objects.filter(user=person).delete()
    return int(removed)
