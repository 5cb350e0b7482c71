"""Where the files are: a storage of Django's, under names that nobody guesses and no address leads to."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.storage import Storage, storages

from imports.models import Upload


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
