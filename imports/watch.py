"""Watched places: a folder, a bucket or a mailbox whose files are imported without being uploaded.

A file whose headings are known at the site gets the settings of the last such import, and is imported where
there is no question. Any other file waits for a person, and the site's managers get an e-mail. The same
content is taken from a place only once.
"""

import datetime as dt
import hashlib
import imaplib
import re
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.utils import parseaddr
from functools import partial
from pathlib import PurePosixPath
from typing import NamedTuple

import structlog
from django.conf import settings
from django.core.files.storage import Storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.files import StorageUnavailableError
from imports import actions
from imports.errors import ImportRefused
from imports.models import UploadStatus, WatchedFile, WatchedKind, WatchedPlace
from imports.uploads import IMPORT_FILES, MAX_BYTES, MAX_NOT_IMPORTED, create_upload
from sites.accounts.mails import send_email
from sites.models import Membership, Role, User

logger = structlog.get_logger(__name__)

EXTENSIONS = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
STORAGES = {WatchedKind.FOLDER: "watched_folder", WatchedKind.BUCKET: "watched_bucket"}
# A file that changed later may still be being written.
SETTLED_AFTER = dt.timedelta(seconds=30)
# One machine looks at a place in this time.
LOOK_EVERY = dt.timedelta(seconds=50)
IMAP_TIMEOUT = 30
# A file that fails so often is set aside.
MAX_ATTEMPTS = 3
# An attachment is a third longer in a message.
MAX_MESSAGE = MAX_BYTES * 3 // 2


class FoundFile(NamedTuple):
    """A file of a place."""

    name: str
    content: bytes


def look() -> None:
    """Take the new files of every place, and notify managers of those that wait for a person."""
    now = timezone.now()
    due = Q(looked_at=None) | Q(looked_at__lt=now - LOOK_EVERY)
    for place in WatchedPlace.objects.filter(is_active=True).select_related("site", "owner"):
        if WatchedPlace.objects.filter(due, pk=place.pk).update(looked_at=now):
            _look_at(place)
    _notify()


def _look_at(place: WatchedPlace) -> None:
    error = ""
    try:
        (_take_mailed if place.kind == WatchedKind.MAILBOX else _take_stored)(place)
    except ImportRefused as refused:
        error = refused.message
    except Exception as failed:  # of a server or a disk; the other places are looked at
        error = str(failed) or type(failed).__name__
        if isinstance(failed, StorageUnavailableError):
            error = failed.message
        logger.warning("watched_place_failed", place=place.pk, error=type(failed).__name__)
    WatchedPlace.objects.filter(pk=place.pk).update(error=error, seen=place.seen)


def _is_done(place: WatchedPlace, *, name: str, key: str, read: Callable[[], Iterable[FoundFile]]) -> bool:
    """Take the files of one file or message of a place; return whether it need not be tried again.

    An unexpected error must not keep what follows from being taken: after some attempts the file is set
    aside with the error. `key` identifies it. Raises ImportRefused where too many files wait already, and
    StorageUnavailableError, which is no fault of the file: it is tried until it can be stored.
    """
    sha256 = hashlib.sha256(key.encode()).hexdigest()
    attempts = WatchedFile.objects.filter(place=place, sha256=sha256, upload=None)
    try:
        for found in read():
            _take(place, found)
    except (ImportRefused, StorageUnavailableError):
        raise
    except Exception as failed:
        logger.exception("watched_file_failed", place=place.pk)
        file, _created = WatchedFile.objects.get_or_create(
            place=place, sha256=sha256, defaults={"name": name[-255:]}
        )
        file.attempts += 1
        if file.attempts >= MAX_ATTEMPTS:
            file.error = _("It could not be taken in %(times)d attempts: %(error)s.") % {
                "times": file.attempts,
                "error": type(failed).__name__,
            }
        file.save(update_fields=["attempts", "error"])
        return bool(file.error)
    attempts.filter(error="").delete()
    return True


def _take(place: WatchedPlace, found: FoundFile) -> None:
    """Upload a file once, and set it up. Raises ImportRefused where too many files wait already."""
    sha256 = hashlib.sha256(found.content).hexdigest()
    if place.files.filter(sha256=sha256).exists():
        return
    if place.uploads.filter(batch=None).exclude(storage_name="").count() >= MAX_NOT_IMPORTED:
        raise ImportRefused(_("Too many files of this place wait for a person."))
    upload, error = None, ""
    try:
        upload = create_upload(
            file=SimpleUploadedFile(found.name, found.content), by=place.owner, place=place
        )
    except ImportRefused as refused:
        error = refused.message
    try:
        with transaction.atomic():
            WatchedFile.objects.create(
                place=place, sha256=sha256, name=found.name[-255:], upload=upload, error=error
            )
    except IntegrityError:
        # Another machine took it.
        if upload is not None:
            upload.delete()
            IMPORT_FILES.discard(upload.storage_name)
        return
    logger.info("watched_file_taken", place=place.pk, upload=upload and upload.pk)
    if upload is not None:
        actions.set_up(upload=upload, by=place.owner, module="", sites=[place.site])


def _take_stored(place: WatchedPlace) -> None:
    """Take the files of a folder or bucket that are new or were changed."""
    storage = storages[STORAGES[WatchedKind(place.kind)]]
    folder = place.path.strip("/")
    _folders, names = storage.listdir(folder)
    before, place.seen = place.seen, {}
    for name in sorted(names):
        path = f"{folder}/{name}" if folder else name
        if name.startswith((".", "~")) or PurePosixPath(name).suffix.lower() not in EXTENSIONS:
            continue
        changed_at, size = storage.get_modified_time(path), storage.size(path)
        if timezone.now() - changed_at < SETTLED_AFTER:
            continue
        stamp = f"{size} {changed_at.isoformat()}"
        read = partial(_stored_file, storage, path, name)
        if before.get(name) == stamp or _is_done(place, name=name, key=f"{name} {stamp}", read=read):
            place.seen[name] = stamp


def _stored_file(storage: Storage, path: str, name: str) -> list[FoundFile]:
    with storage.open(path) as file:
        return [FoundFile(name, file.read(MAX_BYTES + 1))]


def _take_mailed(place: WatchedPlace) -> None:
    """Take the attachments of new messages from the senders of a place."""
    with _mailbox(place) as (mailbox, validity):
        known, _space, last = str(place.seen.get("last", "")).partition(" ")
        is_known = known == validity
        first = int(last) + 1 if is_known else 1
        _type, found = mailbox.uid("SEARCH", f"UID {first}:*")
        # “5:*” gives the last message where there is none from 5 on.
        new = sorted(int(text) for text in (found[0] or b"").split() if int(text) >= first)
        again = [int(number) for number in place.seen.get("again", ())] if is_known else []
        for number in [*again, *new]:
            is_done = _is_done(
                place,
                name=_("message %(number)d") % {"number": number},
                key=f"{validity} {number}",
                read=partial(_attachments, place, mailbox, number),
            )
            again = [each for each in again if each != number] + [number] * (not is_done)
            last_number = max(number, first - 1)
            place.seen = {"last": f"{validity} {last_number}"} | ({"again": again} if again else {})


def _attachments(place: WatchedPlace, mailbox: imaplib.IMAP4, number: int) -> Iterator[FoundFile]:
    _type, sizes = mailbox.uid("FETCH", str(number), "(RFC822.SIZE)")
    size = int(bytes(sizes[0] or b"0").rpartition(b"RFC822.SIZE ")[2].split(b")")[0].split()[0])
    if size > MAX_MESSAGE:
        logger.warning("watched_message_too_large", place=place.pk, size=size)
        return
    _type, parts = mailbox.uid("FETCH", str(number), "(BODY.PEEK[])")
    content = next((part[1] for part in parts if isinstance(part, tuple)), b"")
    message = message_from_bytes(content, policy=policy.default)
    sender = parseaddr(str(message.get("From", "")))[1].lower()
    domain = sender.rpartition("@")[2]
    if not {sender, f"@{domain}"} & set(place.allowed_senders):
        logger.warning("watched_message_of_another_sender", place=place.pk)
        return
    results = [str(header) for header in message.get_all("Authentication-Results", ())]
    if settings.WATCH_AUTHSERV_ID and not is_authentic(results, domain):
        logger.warning("watched_message_not_authenticated", place=place.pk)
        return
    for part in message.iter_attachments():
        name, attached = part.get_filename() or "", part.get_payload(decode=True)
        if PurePosixPath(name).suffix.lower() in EXTENSIONS and isinstance(attached, bytes):
            yield FoundFile(name, attached)


def is_authentic(headers: Sequence[str], domain: str) -> bool:
    """Return whether the own mail server found that a message comes from the domain of its sender.

    `headers` are its Authentication-Results. The topmost of the server that the settings name counts: others
    may be forged. It says that DMARC passed, or that the message is signed by the domain (DKIM).
    """
    for header in headers:
        server, *results = re.sub(r"\([^()]*\)", " ", header.lower()).split(";")
        if server.split()[:1] != [settings.WATCH_AUTHSERV_ID.lower()]:
            continue
        return any(
            {"dmarc=pass", f"header.from={domain}"} <= set(result.split())
            or {"dkim=pass", f"header.d={domain}"} <= set(result.split())
            for result in results
        )
    return False


@contextmanager
def _mailbox(place: WatchedPlace) -> Iterator[tuple[imaplib.IMAP4, str]]:
    """Yield the open mailbox and what says whether its numbers are those of earlier. Raises ImportRefused."""
    password = settings.WATCH_PASSWORDS.get(place.secret.upper())
    if not password:
        raise ImportRefused(
            _("WATCH_PASSWORD_%(name)s is not in the environment.") % {"name": place.secret.upper()}
        )
    if place.host not in settings.WATCH_MAIL_SERVERS:
        # The password must not be sent to whatever server an admin enters.
        raise ImportRefused(_("%(host)s is not in WATCH_MAIL_SERVERS.") % {"host": place.host})
    if place.uses_tls:
        context = ssl.create_default_context()
        mailbox: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            place.host, place.port, ssl_context=context, timeout=IMAP_TIMEOUT
        )
    else:
        mailbox = imaplib.IMAP4(place.host, place.port, timeout=IMAP_TIMEOUT)
    with mailbox:
        mailbox.login(place.username, password)
        status, _count = mailbox.select(f'"{place.path or "INBOX"}"', readonly=True)
        if status != "OK":
            raise ImportRefused(_("The mailbox has no folder “%(name)s”.") % {"name": place.path or "INBOX"})
        _type, validity = mailbox.response("UIDVALIDITY")
        yield mailbox, bytes(validity[0] or b"").decode()


def _notify() -> None:
    """Send an e-mail about each file that waits for a person, once."""
    waiting = Q(upload=None) & ~Q(error="") | Q(
        upload__status__in=(UploadStatus.NEW, UploadStatus.CHECKED, UploadStatus.FAILED)
    )
    for file in WatchedFile.objects.filter(waiting, notified_at=None).select_related("place__site", "upload"):
        free = WatchedFile.objects.filter(pk=file.pk, notified_at=None)
        if free.update(notified_at=timezone.now()):
            for person in _managers(file.place):
                _send(file, person)


def _managers(place: WatchedPlace) -> list[User]:
    """Return the managers of the place's site; the user who imports where there are none."""
    managers = Membership.objects.filter(site=place.site, role=Role.MANAGER, user__is_active=True)
    return [member.user for member in managers.select_related("user")] or [place.owner]


def _send(file: WatchedFile, person: User) -> None:
    upload = file.upload
    link = reverse("imports:page", args=[upload.pk]) if upload is not None else reverse("imports:list")
    send_email(
        _("%(site)s: a file waits to be imported") % {"site": file.place.site.name},
        "imports/email/waiting.txt",
        to=person.email,
        context={
            "person": person,
            "file": file,
            "error": file.error or (upload.error if upload is not None else ""),
            "rejected": upload.rows_rejected if upload is not None else 0,
            "link": settings.PORTAL_URL + link,
        },
    )
