"""The letters the house itself writes: invitations, and word of a new role."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sites.models import Invitation

logger = logging.getLogger(__name__)


def _send(subject: str, template: str, to: str, context: dict[str, object]) -> bool:
    text = render_to_string(template, context)
    try:
        send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [to])
    except (SMTPException, OSError):
        # The address is a person's own and stays out of the log.
        logger.exception("A letter could not be sent")
        return False
    return True


def send_invitation(request: HttpRequest, invitation: Invitation, token: str) -> bool:
    """Send the link of an invitation, or word that the role is there; say whether it went out."""
    if token:
        link = request.build_absolute_uri(reverse("invitation", args=[token]))
        subject, template = _("You are invited to DeskOps"), "sites/email/invitation.txt"
    else:
        link = request.build_absolute_uri(reverse("home"))
        subject, template = _("You have a new role at DeskOps"), "sites/email/new_role.txt"
    was_sent = _send(subject, template, invitation.email, {"invitation": invitation, "link": link})
    if was_sent:
        Invitation.objects.filter(pk=invitation.pk).update(sent_at=timezone.now())
    return was_sent
