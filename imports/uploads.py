"""Uploaded files: how they are checked, where they are stored, and how they are opened again."""

import datetime as dt
import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from core.files import PrivateFiles, StorageUnavailableError, random_name
from imports.errors import ImportRefused
from imports.models import Upload, UploadStatus, WatchedPlace
from imports.readers.base import Head
from imports.readers.detect import (
    delimiter_of,
    has_columns_of_spaces,
    head_of_text,
    heads_of_workbook,
    is_workbook,
    table_of_html,
)
from imports.readers.encodings import encodings_of
from imports.readers.workbook_process import is_too_large
from sites.models import User

IMPORT_FILES = PrivateFiles("imports")
MAX_BYTES = 50 * 1024 * 1024
MAX_NAME = 255
# Files of one user that were never imported.
MAX_NOT_IMPORTED = 50
# Larger files are read by a worker: so much text, or of an unpacked workbook, takes about half a second.
READ_AT_ONCE = 4 * 1024 * 1024

# Called with the bytes that are read and how many there are. Whatever it raises ends the work.
type Progress = Callable[[int, int], None]


def create_upload(*, file: "UploadedFile[bytes]", by: User, place: WatchedPlace | None = None) -> Upload:
    """Store an uploaded file; read it at once where it is small.

    A larger one is left to a worker, to which `imports.actions.set_up` gives it. Raises ImportRefused,
    StorageUnavailableError.
    """
    _require_size(file)
    waiting = Upload.objects.filter(owner=by, place=None, batch=None).exclude(storage_name="")
    if place is None and waiting.count() >= MAX_NOT_IMPORTED:
        raise ImportRefused(
            _("You have %(most)d files here that were never imported. Remove some of them first.")
            % {"most": MAX_NOT_IMPORTED}
        )
    upload = Upload(owner=by, place=place, file_name=_safe_name(file.name))
    upload.expires_at = timezone.now() + dt.timedelta(days=settings.IMPORT_DAYS)
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        path = Path(folder) / "file"
        digest = hashlib.sha256()
        with path.open("wb") as copy:
            for chunk in file.chunks():
                digest.update(chunk)
                copy.write(chunk)
        upload.sha256, upload.is_workbook = digest.hexdigest(), is_workbook(path)
        if _is_read_at_once(path):
            read_file(upload, path)
        else:
            upload.status = UploadStatus.READING
        upload.size = path.stat().st_size
        store(upload, path)
        try:
            with transaction.atomic():
                upload.save()
        except BaseException:
            IMPORT_FILES.discard(upload.storage_name)
            raise
    return upload


def read_file(upload: Upload, path: Path, progress: Progress = lambda _done, _total: None) -> bool:
    """Read the first rows of a file and what is in all of them, whatever its name and type say.

    A web page with a table is replaced by this table as CSV; return whether it was. Raises ImportRefused.
    """
    if upload.is_workbook:
        upload.heads = _as_json(heads_of_workbook(path))
        return False
    as_csv = table_of_html(path, path.parent)
    if as_csv is not None:
        as_csv.replace(path)
    encodings = encodings_of(path)
    encoding, _sample = encodings[0]
    delimiter = delimiter_of(path, encoding)
    candidates = encodings if len(encodings) > 1 else ()
    head = head_of_text(path, encoding, delimiter, candidates, progress=progress)
    if not head.rows:
        raise ImportRefused(_("The file is empty."))
    if has_columns_of_spaces(head):
        raise ImportRefused(
            _(
                "Only spaces separate the columns of this text. Open it in a spreadsheet, which asks where"
                " the columns begin, and save it as XLSX."
            )
        )
    upload.heads, upload.encoding, upload.delimiter = _as_json([head]), encoding, delimiter
    return as_csv is not None


def read_text_again(upload: Upload, path: Path, progress: Progress = lambda _done, _total: None) -> None:
    """Read a CSV file again, in the upload's encoding and with its delimiter. Raises ImportRefused."""
    head = head_of_text(path, upload.encoding, upload.delimiter, progress=progress)
    upload.heads = _as_json([head])


def is_large(upload: Upload) -> bool:
    """Return whether a text is read by a worker, as it takes long."""
    return upload.size > READ_AT_ONCE


def heads_of(upload: Upload) -> list[Head]:
    """Return the first rows of each table of a file."""
    return [
        Head(**{**head, "template": tuple(head["template"]) if head["template"] else None})
        for head in upload.heads
    ]


def set_headings_depth(upload: Upload, depth: int) -> None:
    """Set how many lines the headings of the chosen sheet take."""
    upload.heads = [
        head | {"headings_depth": depth} if head["sheet"] == upload.sheet else head for head in upload.heads
    ]


@contextmanager
def local_copy(upload: Upload) -> Iterator[Path]:
    """Yield a path at which the file can be read: the storage may be on another machine.

    Raises StorageUnavailableError.
    """
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        path = Path(folder) / ("file.xlsx" if upload.is_workbook else "file.csv")
        with path.open("wb") as copy:
            IMPORT_FILES.read_into(upload.storage_name, copy)
        yield path


def store(upload: Upload, path: Path) -> None:
    """Store the content of a file under a new name; the caller saves the upload.

    Raises StorageUnavailableError.
    """
    name = random_name("xlsx" if upload.is_workbook else "csv")
    try:
        with path.open("rb") as file:
            upload.storage_name = IMPORT_FILES.save(name, File(file))
    except StorageUnavailableError:
        # On a full disk, the beginning of the file.
        IMPORT_FILES.discard(name)
        raise


def _require_size(file: "UploadedFile[bytes]") -> None:
    if not file.size:
        raise ImportRefused(_("The file is empty."))
    if file.size > MAX_BYTES:
        raise ImportRefused(
            _("The file is larger than %(most)d MB. Split it, or save the sheet as CSV.")
            % {"most": MAX_BYTES // 1024 // 1024}
        )


def _is_read_at_once(path: Path) -> bool:
    """Return whether a file is so small that its user can wait, or is refused before it is read."""
    size = path.stat().st_size
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as parts:
                size = sum(part.file_size for part in parts.infolist())
        except zipfile.BadZipFile:
            return True
        if is_too_large(path):
            return True
    return size <= READ_AT_ONCE


def _safe_name(name: str | None) -> str:
    """Return a file's name as it can be shown and be given to a file again."""
    return get_valid_filename(Path(name or "").name or "file")[-MAX_NAME:]


def _as_json(heads: Sequence[Head]) -> list[dict[str, object]]:
    return [vars(head) for head in heads]
