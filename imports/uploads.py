"""Uploaded files: how they are checked, where they are stored, and how they are opened again.

They are in a Django storage under random names, and no URL leads to them.
"""

import datetime as dt
import hashlib
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.models import Upload, WatchedPlace
from imports.readers.base import Head
from imports.readers.detect import (
    delimiter_of,
    head_of_text,
    heads_of_workbook,
    is_workbook,
    table_of_html,
)
from imports.readers.encodings import encodings_of
from sites.models import User

MAX_BYTES = 50 * 1024 * 1024
MAX_NAME = 255
# Files of one user that were never imported.
MAX_NOT_IMPORTED = 50


def create_upload(*, file: "UploadedFile[bytes]", by: User, place: WatchedPlace | None = None) -> Upload:
    """Store an uploaded file and its first rows. Raises ImportRefused for what cannot be imported."""
    _require_size(file)
    waiting = Upload.objects.filter(owner=by, place=None, batch=None).exclude(storage_name="")
    if place is None and waiting.count() >= MAX_NOT_IMPORTED:
        raise ImportRefused(
            _("You have %(most)d files here that were never imported. Remove some of them first.")
            % {"most": MAX_NOT_IMPORTED}
        )
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        path = Path(folder) / "file"
        digest = hashlib.sha256()
        with path.open("wb") as copy:
            for chunk in file.chunks():
                digest.update(chunk)
                copy.write(chunk)
        upload = _detected(path)
        upload.place = place
        upload.owner, upload.file_name, upload.sha256 = by, _safe_name(file.name), digest.hexdigest()
        upload.size = path.stat().st_size
        upload.expires_at = timezone.now() + dt.timedelta(days=settings.IMPORT_DAYS)
        _store(upload, path)
    return upload


def reread_text(upload: Upload, path: Path, *, encoding: str, delimiter: str) -> None:
    """Read the first rows of a CSV file again, in another encoding or delimiter. Raises ImportRefused."""
    upload.heads = _as_json([head_of_text(path, encoding, delimiter)])
    upload.encoding, upload.delimiter = encoding, delimiter


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


def import_files() -> Storage:
    """Return the storage of the imports, as `settings.STORAGES` names it."""
    return storages["imports"]


def new_name(extension: str) -> str:
    """Return a random name for a stored file."""
    return f"{secrets.token_hex(32)}.{extension}"


def discard(name: str) -> None:
    """Delete a stored file, where there is one."""
    if name:
        import_files().delete(name)


@contextmanager
def local_copy(upload: Upload) -> Iterator[Path]:
    """Yield a path at which the file can be read: the storage may be on another machine."""
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        path = Path(folder) / ("file.xlsx" if upload.is_workbook else "file.csv")
        with import_files().open(upload.storage_name) as stored, path.open("wb") as copy:
            shutil.copyfileobj(stored, copy)
        yield path


def _require_size(file: "UploadedFile[bytes]") -> None:
    if not file.size:
        raise ImportRefused(_("The file is empty."))
    if file.size > MAX_BYTES:
        raise ImportRefused(
            _("The file is larger than %(most)d MB. Split it, or save the sheet as CSV.")
            % {"most": MAX_BYTES // 1024 // 1024}
        )


def _detected(path: Path) -> Upload:
    """Return an upload that knows what kind of file this is, whatever its name and type say.

    A web page with a table is replaced by this table as CSV.
    """
    if is_workbook(path):
        return Upload(is_workbook=True, heads=_as_json(heads_of_workbook(path)))
    if (as_csv := table_of_html(path, path.parent)) is not None:
        as_csv.replace(path)
    encodings = encodings_of(path)
    encoding, _sample = encodings[0]
    delimiter = delimiter_of(path, encoding)
    head = head_of_text(path, encoding, delimiter, encodings if len(encodings) > 1 else ())
    if not head.rows:
        raise ImportRefused(_("The file is empty."))
    return Upload(is_workbook=False, heads=_as_json([head]), encoding=encoding, delimiter=delimiter)


def _store(upload: Upload, path: Path) -> None:
    with path.open("rb") as file:
        name = new_name("xlsx" if upload.is_workbook else "csv")
        upload.storage_name = import_files().save(name, File(file))
    try:
        with transaction.atomic():
            upload.save()
    except BaseException:
        discard(upload.storage_name)
        raise


def _safe_name(name: str | None) -> str:
    """Return a file's name as it can be shown and be given to a file again."""
    return get_valid_filename(Path(name or "").name or "file")[-MAX_NAME:]


def _as_json(heads: Sequence[Head]) -> list[dict[str, object]]:
    return [vars(head) for head in heads]
