"""What is due now and then, each piece of work by itself: one that fails keeps none from being done."""

import structlog
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.module_loading import import_string

logger = structlog.get_logger(__name__)


def tick() -> bool:
    """Do all that is due, and say whether all of it could be done."""
    all_done = True
    for path in settings.DUE_WORK:
        try:
            import_string(path)()
        except Exception:
            logger.exception("due_work_failed", work=path)
            all_done = False
    return all_done


def end_expired_sessions() -> None:
    """Delete the sessions that have run out."""
    # Checked first, since on SQLite even a deletion without rows blocks other writers.
    if Session.objects.filter(expire_date__lt=timezone.now()).exists():
        SessionStore.clear_expired()
