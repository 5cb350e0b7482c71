"""`manage.py upgrade`: bring the database up to this version, also while the last one still runs."""

from typing import override

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Apply migrations, create the cache table and the shipped master data where they are missing."

    @override
    def handle(self, **_options: object) -> None:
        call_command("migrate", interactive=False)
        call_command("createcachetable", verbosity=0)
        call_command("load_master_data", stdout=self.stdout)
        self.stdout.write(f"The database is ready for DeskOps {settings.VERSION}.")
