"""`manage.py tick`: do all that is due, once; for a timer where no worker runs."""

from typing import override

from django.core.management.base import BaseCommand, CommandError

from deskops.tick import tick


class Command(BaseCommand):
    help = "Do all that is due: reminders, and clearing away what has had its time. Run it each minute."

    @override
    def handle(self, **options: object) -> None:
        if not tick():
            raise CommandError("Something that was due could not be done; the log says what.")
