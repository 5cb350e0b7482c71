"""What the administration says of the portal's own operation."""

import datetime as dt

from django import template
from django.conf import settings
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from deskops.doctor import BACKUP_MAX_AGE
from deskops.models import BackupRun

register = template.Library()


@register.simple_tag
def last_backup() -> dict[str, object]:
    """Return the sentence about the last backup, and whether an admin should do something."""
    last = BackupRun.objects.latest_finished()
    if last is None:
        sentence = _("No backup yet.")
    elif last.age < dt.timedelta(minutes=1):
        sentence = _("Last backup just now.")
    else:
        sentence = _("Last backup %(time)s ago.") % {"time": timesince(last.started_at, depth=1)}
    is_late = last is None or last.age > BACKUP_MAX_AGE
    if is_late and not settings.BACKUP_DIR:
        sentence = f"{sentence} {_('Set BACKUP_DIR on the server to make one each day.')}"
    return {"sentence": sentence, "is_late": is_late}
