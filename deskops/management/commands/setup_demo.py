"""`manage.py setup_demo`: everything that `make run` needs before it serves, as often as one likes."""

import secrets
from pathlib import Path
from typing import override

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Bring database, static files, master data and demo data up to date; what was entered stays."

    @override
    def handle(self, **options: object) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("load_master_data", verbosity=0)
        password = settings.DEMO_PASSWORD or kept_password(settings.VAR_DIR / "demo-password")
        call_command("load_demo", password=password, stdout=self.stdout)


def kept_password(path: Path) -> str:
    """Return the password in the file, made up on the first call and readable by its owner alone."""
    if path.exists() and (password := path.read_text(encoding="utf-8").strip()):
        return password
    password = secrets.token_urlsafe(12)
    path.touch(mode=0o600)
    path.write_text(password + "\n", encoding="utf-8")
    return password
