"""Taking a file in: what it is is looked at, whatever its name and type say."""

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
from imports.models import Upload
from imports.readers.detect import (
    OLD_OFFICE,
    PACKED,
    Head,
    delimiter_of,
    encoding_of,
    head_of_text,
    heads_of_workbook,
)
from sites.models import User

MOST_BYTES = 50 * 1024 * 1024
LONGEST_NAME = 255
# Of one person: what was brought and never imported.
MOST_WAITING = 50


def take_in(*, file: "UploadedFile[bytes]", by: User) -> Upload:
    """Keep a file that a person brings, and how its tables begin. Raises ImportRefused."""
    _require_size(file)
    if Upload.objects.filter(owner=by, batch=None).exclude(storage_name="").count() >= MOST_WAITING:
        raise ImportRefused(
            _("You have %(most)d files here that were never imported. Remove some of them first.")
            % {"most": MOST_WAITING}
        )
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        path = Path(folder) / "file"
        digest = hashlib.sha256()
        with path.open("wb") as copy:
            for chunk in file.chunks():
                digest.update(chunk)
                copy.write(chunk)
        upload = _looked_at(path)
        upload.owner, upload.file_name, upload.sha256 = by, _shown_name(file.name), digest.hexdigest()
        upload.size = path.stat().st_size
        upload.expires_at = timezone.now() + dt.timedelta(days=settings.IMPORT_DAYS)
        _keep(upload, path)
    return upload


def read_again(upload: Upload, path: Path, *, encoding: str, delimiter: str) -> None:
    """Look anew at how a CSV file begins, read in another way. Raises ImportRefused."""
    upload.heads = _as_json([head_of_text(path, encoding, delimiter)])
    upload.encoding, upload.delimiter = encoding, delimiter


def heads_of(upload: Upload) -> list[Head]:
    """Return how the tables of a file begin."""
    return [
        Head(str(head["sheet"]), head["rows"], tuple(head["template"]) if head["template"] else None)
        for head in upload.heads
    ]


def _require_size(file: "UploadedFile[bytes]") -> None:
    if not file.size:
        raise ImportRefused(_("The file is empty."))
    if file.size > MOST_BYTES:
        raise ImportRefused(
            _("The file has more than %(most)d MB. Part it, or save the sheet as CSV.")
            % {"most": MOST_BYTES // 1024 // 1024}
        )


def _looked_at(path: Path) -> Upload:
    with path.open("rb") as file:
        begins = file.read(4)
    if begins == OLD_OFFICE:
        raise ImportRefused(
            _("This is an old or an encrypted workbook. Save it as an .xlsx without a password.")
        )
    if begins == PACKED:
        return Upload(is_workbook=True, heads=_as_json(heads_of_workbook(path)))
    encoding = encoding_of(path)
    delimiter = delimiter_of(path, encoding)
    head = head_of_text(path, encoding, delimiter)
    if not head.rows:
        raise ImportRefused(_("The file is empty."))
    return Upload(is_workbook=False, heads=_as_json([head]), encoding=encoding, delimiter=delimiter)


def _keep(upload: Upload, path: Path) -> None:
    with path.open("rb") as kept:
        name = new_name("xlsx" if upload.is_workbook else "csv")
        upload.storage_name = import_files().save(name, File(kept))
    try:
        with transaction.atomic():
            upload.save()
    except BaseException:
        discard(upload.storage_name)
        raise


def _shown_name(name: str | None) -> str:
    """Return a file's name as it may be shown and be given to a file again."""
    return get_valid_filename(Path(name or "").name or "file")[-LONGEST_NAME:]


def _as_json(heads: Sequence[Head]) -> list[dict[str, object]]:
    return [{"sheet": head.sheet, "rows": head.rows, "template": head.template} for head in heads]


def import_files() -> Storage:
    """Return the storage of the imports, as `settings.STORAGES` names it."""
    return storages["imports"]


def new_name(extension: str) -> str:
    """Return a name that was never there before."""
    return f"{secrets.token_hex(32)}.{extension}"


def discard(name: str) -> None:
    """Delete a file, where there is one."""
    if name:
        import_files().delete(name)


@contextmanager
def local_copy(upload: Upload) -> Iterator[Path]:
    """Yield a path at which the file can be read: the storage may be on another machine."""
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        path = Path(folder) / ("file.xlsx" if upload.is_workbook else "file.csv")
        with import_files().open(upload.storage_name) as kept, path.open("wb") as copy:
            shutil.copyfileobj(kept, copy)
        yield path
