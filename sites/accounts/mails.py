"""E-mails that the portal itself writes: their links, and notices about a person's access."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sites.models import User

logger = logging.getLogger(__name__)


def send_email(
    subject: str, template: str, *, to: str, context: dict[str, object], message_id: str = ""
) -> bool:
    """Send an e-mail and return whether it went out.

    With its own id, an e-mail that is sent twice can be recognised.
    """
    headers = {"Message-ID": message_id} if message_id else None
    message = EmailMessage(
        subject, render_to_string(template, context), settings.DEFAULT_FROM_EMAIL, [to], headers=headers
    )
    try:
        message.send()
    except (SMTPException, OSError):
        # The address is a person's own and stays out of the log.
        logger.exception("An e-mail could not be sent")
        return False
    return True


def send_notice(subject: str, sentence: str, *, to: str, by: User) -> None:
    """Send word of a change of somebody's access, once the change is committed."""
    context: dict[str, object] = {
        "sentence": sentence,
        "by": _("%(name)s (%(email)s)") % {"name": by.name, "email": by.email} if by.name else by.email,
        "timestamp": timezone.now(),
        "link": settings.PORTAL_URL + reverse("account"),
    }
    transaction.on_commit(
        lambda: send_email(subject, "sites/email/notice.txt", to=to, context=context) or None
    )
