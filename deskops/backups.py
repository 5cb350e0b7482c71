"""Backups of this portal: by hand and daily, and what is known of the last one."""

import datetime as dt
import socket
from pathlib import Path

import structlog
from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.backup.archive import Manifest
from core.backup.create import create_backup
from core.backup.encryption import BackupError, read_key
from deskops.models import BackupRun

logger = structlog.get_logger(__name__)

STORED = ("exports", "imports", "loads")
NAME = "deskops-%Y%m%d-%H%M%S.backup"
# A daily backup is missing when the newest is older.
BACKUP_MAX_AGE = dt.timedelta(hours=30)
# A claim so old belongs to a machine that died, or whose backup failed.
CLAIM_HOLDS = dt.timedelta(hours=1)


def stored_files() -> dict[str, Storage]:
    """Return the storages whose files belong to a backup."""
    return {alias: storages[alias] for alias in STORED}


def key_from(path: str) -> bytes | None:
    """Return the key of a file; None for no path. Raises BackupError."""
    return read_key(Path(path)) if path else None


def back_up(path: Path, *, key: bytes | None) -> Manifest:
    """Make a backup by hand and keep that it was made. Raises BackupError."""
    return _make(BackupRun(machine=socket.gethostname(), path=str(path)), key=key)


def back_up_daily() -> None:
    """Make the backup of the day, if it is due and no machine has made it; delete those that are too old.

    Raises BackupError.
    """
    if not settings.BACKUP_DIR:
        return
    run = _claim(timezone.now())
    if run is None:
        return
    folder = Path(settings.BACKUP_DIR)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BackupError(f"BACKUP_DIR {folder} cannot be created: {error.strerror}.") from error
    manifest = _make(run, key=key_from(settings.BACKUP_KEY_FILE))
    logger.info("backup_made", rows=manifest.rows, files=len(manifest.files), size=run.size)
    _delete_old(run)


def _make(run: BackupRun, *, key: bytes | None) -> Manifest:
    path = Path(run.path)
    manifest = create_backup(path, version=settings.VERSION, storages=stored_files(), key=key)
    run.size, run.rows, run.finished_at = path.stat().st_size, manifest.rows, timezone.now()
    run.save()
    return manifest


def last_due(now: dt.datetime) -> dt.datetime:
    """Return the last moment at which a backup was due."""
    today = now.astimezone(dt.UTC).replace(hour=settings.BACKUP_HOUR, minute=0, second=0, microsecond=0)
    return today if today <= now else today - dt.timedelta(days=1)


def _claim(now: dt.datetime) -> BackupRun | None:
    """Return the backup that this machine is to make; None if there is none to make, or another makes it."""
    due_at = last_due(now)
    path = str(Path(settings.BACKUP_DIR) / now.strftime(NAME))
    claim = {"started_at": now, "machine": socket.gethostname(), "path": path}
    # Looked for first: it is done on all minutes of the day but one.
    found = BackupRun.objects.filter(due_at=due_at).first()
    if found is None:
        try:
            with transaction.atomic():
                return BackupRun.objects.create(due_at=due_at, **claim)
        except IntegrityError:
            return None
    if found.finished_at is not None or found.started_at > now - CLAIM_HOLDS:
        return None
    held = BackupRun.objects.filter(pk=found.pk, started_at=found.started_at, finished_at=None)
    return BackupRun.objects.get(pk=found.pk) if held.update(**claim) else None


def _delete_old(newest: BackupRun) -> None:
    """Delete daily backups older than `BACKUP_KEEP_DAYS`, and files that a machine left incomplete."""
    oldest = newest.started_at - dt.timedelta(days=settings.BACKUP_KEEP_DAYS)
    for path in Path(settings.BACKUP_DIR).glob("deskops-*.backup*"):
        try:
            made_at = dt.datetime.strptime(path.name.removesuffix(".part"), NAME).replace(tzinfo=dt.UTC)
        except ValueError:
            # Somebody else's file.
            continue
        is_left_over = path.suffix == ".part" and made_at < newest.started_at - CLAIM_HOLDS
        if is_left_over or made_at < oldest:
            path.unlink(missing_ok=True)
    BackupRun.objects.filter(started_at__lt=oldest).delete()
