"""`manage.py setup_demo`: prepare everything that `make run` serves; a second call skips what is there."""

import argparse
import hashlib
import secrets
from pathlib import Path
from typing import override

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand

from deskops.management.commands.serve import only_portal_on_this_database, refuse_taken_port
from deskops.monitoring.health import migrations_are_applied


class Command(BaseCommand):
    help = "Bring database, static files, master data and demo data up to date; what was entered stays."

    # They load every page of the portal, and run when it is served.
    requires_system_checks = []

    @override
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--serve", action="store_true", help="serve the portal afterwards")

    @override
    def handle(self, *, serve: bool, **_options: object) -> None:
        if serve:
            # Before anything is changed that a portal which runs already is using.
            refuse_taken_port(settings.HOST, settings.PORT)
            with only_portal_on_this_database():
                self.prepare()
            # In this process: another one would load all of Django again.
            call_command("serve", stdout=self.stdout)
        else:
            self.prepare()

    def prepare(self) -> None:
        if not migrations_are_applied():
            call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        collect_static_files(stamp=settings.VAR_DIR / "static.stamp")
        password = settings.DEMO_PASSWORD or kept_password(settings.VAR_DIR / "demo-password")
        encoded = kept_hash(settings.VAR_DIR / "demo-password.hash", password)
        call_command("load_demo", password=password, encoded=encoded, stdout=self.stdout)


def collect_static_files(*, stamp: Path) -> None:
    """Collect and compress the static files unless none changed since the last time: it takes seconds."""
    now = fingerprint_of_static_files()
    if settings.STATIC_ROOT.is_dir() and stamp.is_file() and stamp.read_text(encoding="utf-8") == now:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(now, encoding="utf-8")


def fingerprint_of_static_files() -> str:
    """Return a text that differs as soon as a static file comes, goes or is written."""
    found = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            found.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return found.hexdigest()


def kept_password(path: Path) -> str:
    """Return the password in the file, made up on the first call and readable by its owner alone."""
    if path.exists() and (password := path.read_text(encoding="utf-8").strip()):
        return password
    password = secrets.token_urlsafe(12)
    path.touch(mode=0o600)
    path.write_text(f"{password}\n", encoding="utf-8")
    return password


def kept_hash(path: Path, password: str) -> str:
    """Return a hash of the password, kept in the file with it: computing one is slow on purpose."""
    if path.exists():
        kept, _, encoded = path.read_text(encoding="utf-8").strip().partition("\n")
        if kept == password and encoded:
            return encoded
    encoded = make_password(password)
    path.touch(mode=0o600)
    path.write_text(f"{password}\n{encoded}\n", encoding="utf-8")
    return encoded
