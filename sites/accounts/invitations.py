"""Invitations: only an admin invites, and the link in the e-mail works once."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sites.accounts.mails import send_email
from sites.accounts.security import record_event
from sites.models import EventKind, Invitation, Membership, Role, User

VALID_FOR = dt.timedelta(days=7)


def hash_token(token: str) -> str:
    """Return what is kept of a link's secret; the secret itself is in the mail alone."""
    return hashlib.sha256(token.encode()).hexdigest()


def _give(invitation: Invitation, *, to: User) -> None:
    """Give what was offered. A role that the person has already is never lowered."""
    if invitation.site is None:
        if not to.is_superuser:
            to.is_superuser = True
            to.save(update_fields=["is_superuser"])
        return
    membership, is_new = Membership.objects.get_or_create(
        user=to, site=invitation.site, defaults={"role": invitation.role}
    )
    if not is_new and not Role(membership.role).covers(Role(invitation.role)):
        membership.role = invitation.role
        membership.save()


def _require_admin(person: User) -> None:
    if not (person.is_active and person.is_superuser):
        raise PermissionDenied(_("Only an admin may invite."))


def _in_short(invitation: Invitation) -> str:
    """Return what was offered, for a security event: the address stays on the invitation alone."""
    return _("invitation %(number)d: %(offer)s") % {"number": invitation.pk, "offer": invitation.offer}


def _renew(invitation: Invitation) -> str:
    token = secrets.token_urlsafe(32)
    invitation.token_hash = hash_token(token)
    invitation.expires_at = timezone.now() + VALID_FOR
    return token


@transaction.atomic
def invite(*, invitation: Invitation, by: User) -> str:
    """Keep a new invitation and return the secret of its link, empty where the person is here already.

    Somebody who is registered needs no link: what is offered is theirs at once. Raises PermissionDenied
    unless an admin invites, ValidationError for a person who may not sign in.
    """
    _require_admin(by)
    invitation.email = invitation.email.strip().lower()
    invitation.invited_by = by
    token = _renew(invitation)
    person = User.objects.filter(email=invitation.email).first()
    if person is not None:
        if not person.is_active:
            raise ValidationError(_("This person may not sign in. Allow it on their own page first."))
        _give(invitation, to=person)
        invitation.accepted_at, invitation.accepted_by = timezone.now(), person
    invitation.full_clean(exclude=["token_hash"])
    invitation.save()
    record_event(EventKind.INVITED, person=person, by=by, detail=_in_short(invitation))
    return "" if person is not None else token


@transaction.atomic
def renew(*, invitation: Invitation, by: User) -> str:
    """Give an open invitation a new link and a new term; the old link stops working. Return the secret."""
    _require_admin(by)
    locked = Invitation.objects.select_for_update(of=("self",)).open().get(pk=invitation.pk)
    token = _renew(locked)
    locked.save(update_fields=["token_hash", "expires_at"])
    record_event(EventKind.INVITED, by=by, detail=_in_short(locked))
    return token


@transaction.atomic
def revoke(*, invitations: Sequence[Invitation], by: User) -> int:
    """Withdraw what is still open and return how many that were."""
    _require_admin(by)
    still_open = list(
        Invitation.objects.select_for_update(of=("self",))
        .open()
        .filter(pk__in=[invitation.pk for invitation in invitations])
    )
    for invitation in still_open:
        invitation.revoked_at, invitation.revoked_by = timezone.now(), by
        invitation.save(update_fields=["revoked_at", "revoked_by"])
        record_event(EventKind.INVITATION_WITHDRAWN, by=by, detail=_in_short(invitation))
    return len(still_open)


def find(token: str) -> Invitation | None:
    """Return the invitation that a link can still accept."""
    return Invitation.objects.valid().select_related("site").filter(token_hash=hash_token(token)).first()


@transaction.atomic
def accept(*, token: str, name: str = "", password: str | None = None) -> User:
    """Make the invited person, or find them, and give all that is offered to their address.

    The link proves the mailbox, so the address is verified and every other open invitation to it is
    settled as well. Raises Invitation.DoesNotExist for a link that is used, withdrawn, run out or unknown.
    """
    invitation = Invitation.objects.select_for_update(of=("self",)).valid().get(token_hash=hash_token(token))
    person = User.objects.filter(email=invitation.email).first()
    if person is None:
        person = User.objects.create_user(invitation.email, password, name=name)
    if not person.is_active:
        raise Invitation.DoesNotExist
    for offer in Invitation.objects.select_for_update(of=("self",)).valid().filter(email=invitation.email):
        _give(offer, to=person)
        offer.accepted_at, offer.accepted_by = timezone.now(), person
        offer.save(update_fields=["accepted_at", "accepted_by"])
    return person


def send_invitation(invitation: Invitation, token: str) -> bool:
    """Send the link of an invitation, or word that the role is there; return whether it went out."""
    if token:
        link = settings.PORTAL_URL + reverse("invitation", args=[token])
        subject, template = _("You are invited to DeskOps"), "sites/email/invitation.txt"
    else:
        link = settings.PORTAL_URL + reverse("home")
        subject, template = _("You have a new role at DeskOps"), "sites/email/new_role.txt"
    context: dict[str, object] = {"invitation": invitation, "link": link}
    was_sent = send_email(subject, template, to=invitation.email, context=context)
    if was_sent:
        Invitation.objects.filter(pk=invitation.pk).update(sent_at=timezone.now())
    return was_sent
