"""Which machines run the portal now, and whether they share the files of exports and imports."""

import datetime as dt
import secrets
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import structlog
from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage
from django.db import connections
from django.utils import timezone

from core.files import RemoteStorage
from deskops.backups import stored_files
from deskops.models import Host

logger = structlog.get_logger(__name__)

ANNOUNCE_SECONDS = 60
# The name of a folder that names the folder which it is in. Backups and the portal look at files only.
MARK = ".folder-"


def announce() -> None:
    """Record this machine's sign of life; log an error while other machines do not see its files."""
    files_at = " ".join(_place_of(storage) for storage in stored_files().values())
    now = timezone.now()
    Host.objects.update_or_create(name=socket.gethostname(), files_at=files_at, defaults={"seen_at": now})
    Host.objects.filter(seen_at__lt=now - dt.timedelta(days=1)).delete()
    if sentence := what_is_not_shared(hosts_alive()):
        logger.error("files_not_shared", problem=sentence)


def announce_from_a_thread() -> None:
    """Record this machine's sign of life each minute, for as long as this process runs."""
    threading.Thread(target=_announce_for_ever, name="signs-of-life", daemon=True).start()


def _announce_for_ever() -> None:
    while True:
        try:
            announce()
        except Exception:
            # A database or a disk that is away comes back.
            logger.warning("announcing_failed", exc_info=True)
        finally:
            connections.close_all()
        time.sleep(ANNOUNCE_SECONDS)


def hosts_alive() -> list[Host]:
    """Return the machines that gave a sign of life in the last `WORKER_SILENCE_SECONDS`, by any clock."""
    silence = dt.timedelta(seconds=settings.WORKER_SILENCE_SECONDS)
    now = timezone.now()
    return list(Host.objects.filter(seen_at__range=(now - silence, now + silence)).order_by("name"))


def what_is_not_shared(hosts: Sequence[Host]) -> str:
    """Return the sentence about machines that keep their files apart; an empty text where there are none."""
    if len({host.files_at for host in hosts}) <= 1:
        return ""
    names = ", ".join(host.name for host in hosts)
    return (
        f"These machines run the portal and do not share its files: {names}. Exports and imports of one fail"
        " on the others. Set the same STORAGE_URL on all of them, or mount one folder as VAR_DIR."
    )


def _place_of(storage: Storage) -> str:
    """Return what identifies a bucket, or a folder, whichever name it is mounted under."""
    if isinstance(storage, RemoteStorage):
        return storage.place
    assert isinstance(storage, FileSystemStorage)
    folder = Path(storage.location)
    if not (marks := sorted(folder.glob(f"{MARK}*"))):
        # As the storage makes it: what it holds is not for others on the machine.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / f"{MARK}{secrets.token_hex(8)}").mkdir(mode=0o700)
        # Another process may have made one at the same time: the first is the one that counts.
        marks = sorted(folder.glob(f"{MARK}*"))
    return marks[0].name.removeprefix(MARK)
