"""`manage.py tick`: do all that is due, once; for a timer where no worker runs."""

from typing import override

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

logger = structlog.get_logger(__name__)


def tick() -> bool:
    """Do all that is due and return whether all of it could be done.

    Each piece of work by itself: one that fails keeps none from being done.
    """
    all_done = True
    for path in settings.DUE_WORK:
        try:
            import_string(path)()
        except Exception:
            logger.exception("due_work_failed", work=path)
            all_done = False
    return all_done


class Command(BaseCommand):
    help = "Do all that is due: reminders, and clearing away what has had its time. Run it each minute."

    @override
    def handle(self, **options: object) -> None:
        if not tick():
            raise CommandError("Something that was due could not be done; the log says what.")
