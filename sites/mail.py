"""The letters the house itself writes: invitations, word of a new role, and what other rooms have to say."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sites.models import Invitation

logger = logging.getLogger(__name__)


def send_letter(
    subject: str, template: str, *, to: str, context: dict[str, object], message_id: str = ""
) -> bool:
    """Send a letter and say whether it went out.

    With its own id, an e-mail that is sent twice can be recognised.
    """
    headers = {"Message-ID": message_id} if message_id else None
    letter = EmailMessage(
        subject, render_to_string(template, context), settings.DEFAULT_FROM_EMAIL, [to], headers=headers
    )
    try:
        letter.send()
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
    context: dict[str, object] = {"invitation": invitation, "link": link}
    was_sent = send_letter(subject, template, to=invitation.email, context=context)
    if was_sent:
        Invitation.objects.filter(pk=invitation.pk).update(sent_at=timezone.now())
    return was_sent
