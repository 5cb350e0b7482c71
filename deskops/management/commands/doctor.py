"""`manage.py doctor`: what is wrong with this portal, and what to do about it."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, override

from django.conf import settings
from django.core.cache import cache
from django.core.checks import run_checks
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand
from django.db import connection
from django.template.defaultfilters import filesizeformat
from django.utils.timesince import timesince

from deskops.backups import BACKUP_MAX_AGE, stored_files
from deskops.hosts import hosts_alive, what_is_not_shared
from deskops.models import BackupRun
from deskops.monitoring.health import migrations_are_applied, worker_is_alive

LEAST_FREE_BYTES = 1024**3
READABLE_BY_OTHERS = 0o077


class Finding(NamedTuple):
    """The result of one check."""

    name: str
    is_ok: bool
    # What was found and, if it is wrong, what to do.
    sentence: str


def examine() -> Iterator[Finding]:
    """Yield the findings of all checks; a check that cannot be made is a wrong one."""
    for name, check in CHECKS:
        try:
            yield from check(name)
        except Exception as error:  # whatever it raises is what the operator must know
            yield Finding(name, is_ok=False, sentence=f"{type(error).__name__}: {error}")


def _database(name: str) -> Iterator[Finding]:
    connection.ensure_connection()
    version = ".".join(map(str, connection.get_database_version()))
    yield Finding(name, is_ok=True, sentence=f"{connection.display_name} {version} answers.")
    if migrations_are_applied():
        yield Finding("migrations", is_ok=True, sentence="All are applied.")
    else:
        yield Finding("migrations", is_ok=False, sentence="Some are not applied. Run: manage.py migrate")


def _cache(name: str) -> Iterator[Finding]:
    value = secrets.token_hex(8)
    cache.set("doctor", value, timeout=60)
    is_ok = cache.get("doctor") == value
    cache.delete("doctor")
    kept = "It keeps what it is given." if is_ok else "It forgets. Check the server that CACHE_URL names."
    yield Finding(name, is_ok=is_ok, sentence=kept)


def _storage(name: str) -> Iterator[Finding]:
    for alias, storage in stored_files().items():
        stored = storage.save(f"doctor-{secrets.token_hex(8)}", ContentFile(b"doctor"))
        storage.delete(stored)
        yield Finding(f"{name} of {alias}", is_ok=True, sentence="Files can be written and deleted.")


def _machines(name: str) -> Iterator[Finding]:
    machines = hosts_alive()
    if sentence := what_is_not_shared(machines):
        yield Finding(name, is_ok=False, sentence=sentence)
        return
    names = ", ".join(sorted({machine.name for machine in machines})) or "none yet"
    yield Finding(name, is_ok=True, sentence=f"Seen in the last minutes: {names}.")


def _worker(name: str) -> Iterator[Finding]:
    is_ok = worker_is_alive()
    yield Finding(
        name,
        is_ok=is_ok,
        sentence="It runs."
        if is_ok
        else f"None has been seen for {settings.WORKER_SILENCE_SECONDS // 60} minutes: exports, imports and"
        " reminders wait. Start: manage.py work",
    )


def _backup(name: str) -> Iterator[Finding]:
    last = BackupRun.objects.latest_finished()
    if last is None:
        found = "There is none yet."
    else:
        found = f"The last is {timesince(last.started_at)} old ({last.path} on {last.machine})."
    is_ok = last is not None and last.age <= BACKUP_MAX_AGE
    todo = (
        "The worker's log says why under `due_work_failed`."
        if settings.BACKUP_DIR
        else "Set BACKUP_DIR to make one each day."
    )
    yield Finding(name, is_ok=is_ok, sentence=found if is_ok else f"{found} {todo}")


def _settings(name: str) -> Iterator[Finding]:
    messages = run_checks(include_deployment_checks=True)
    wrong = [message for message in messages if not message.is_silenced()]
    for message in wrong:
        hint = f" {message.hint}" if message.hint else ""
        yield Finding(name, is_ok=False, sentence=f"{message.msg}{hint}")
    if not wrong:
        yield Finding(name, is_ok=True, sentence="HTTPS, hosts, secret, e-mail and PDF libraries are set up.")


def _disk(name: str) -> Iterator[Finding]:
    places = {_existing(Path(place)) for place in (settings.VAR_DIR, settings.BACKUP_DIR) if place}
    for place in sorted(places):
        free = shutil.disk_usage(place).free
        is_ok = free >= LEAST_FREE_BYTES
        todo = "" if is_ok else f" Free some: less than {filesizeformat(LEAST_FREE_BYTES)} is too little."
        yield Finding(f"{name} at {place}", is_ok=is_ok, sentence=f"{filesizeformat(free)} are free.{todo}")


def _existing(place: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    return next(folder for folder in (place.absolute(), *place.absolute().parents) if folder.exists())


def _modes(name: str) -> Iterator[Finding]:
    open_to_others = [path for path in _secret_files() if path.stat().st_mode & READABLE_BY_OTHERS]
    for path in open_to_others:
        mode = "700" if path.is_dir() else "600"
        yield Finding(
            name, is_ok=False, sentence=f"Others on this machine can read {path}. Run: chmod {mode} {path}"
        )
    if not open_to_others:
        yield Finding(name, is_ok=True, sentence="Secrets and data are closed to others on this machine.")


def _secret_files() -> Iterator[Path]:
    """Yield the files and folders that the portal's user alone may read, where they are."""
    paths = [settings.ENV_FILE, settings.BACKUP_KEY_FILE, settings.BACKUP_DIR]
    if connection.vendor == "sqlite":
        paths.append(str(connection.settings_dict["NAME"]))
    if not settings.STORAGE_URL:
        paths += [str(settings.VAR_DIR / alias) for alias in stored_files()]
    for path in paths:
        # ENV_FILE=/dev/null says that there is none.
        if path and path != os.devnull and Path(path).exists():
            yield Path(path)


CHECKS: list[tuple[str, Callable[[str], Iterator[Finding]]]] = [
    ("database", _database),
    ("cache", _cache),
    ("storage", _storage),
    ("machines", _machines),
    ("worker", _worker),
    ("backup", _backup),
    ("settings", _settings),
    ("disk", _disk),
    ("file modes", _modes),
]


class Command(BaseCommand):
    help = "Check everything that the portal needs. Exits with 1 if something is wrong."
    # It prints them itself, as lines of its own.
    requires_system_checks: list[str] = []  # as Django declares it

    @override
    def handle(self, **options: object) -> None:
        wrong = 0
        for finding in examine():
            wrong += not finding.is_ok
            mark = self.style.SUCCESS("ok   ") if finding.is_ok else self.style.ERROR("WRONG")
            self.stdout.write(f"{mark} {finding.name}: {finding.sentence}")
        if wrong:
            raise SystemExit(1)
