"""Opening a file for import: what it is is looked at, not believed."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from imports.csv_files import open_csv
from imports.errors import ImportRefused
from imports.tables import Reading, Table
from imports.workbooks import open_workbook

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
PACKED = b"PK\x03\x04"
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
MAX_BYTES = 500 * 1024 * 1024


@contextmanager
def open_table(path: Path, reading: Reading) -> Iterator[Table]:
    """Open a CSV file or an XLSX workbook. Raises ImportRefused, then and while its rows are read."""
    try:
        is_workbook = _is_workbook(path)
        with open_workbook(path, reading) if is_workbook else open_csv(path, reading) as table:
            yield table
    except OSError as error:
        raise ImportRefused(
            _("%(file)s cannot be read: %(reason)s.") % {"file": path.name, "reason": error.strerror or error}
        ) from error


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file, by which the same file is known again."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ImportRefused(
            _("%(file)s cannot be read: %(reason)s.") % {"file": path.name, "reason": error.strerror or error}
        ) from error


def _is_workbook(path: Path) -> bool:
    if not path.is_file() and path.exists():
        raise ImportRefused(_("%(file)s is not a file.") % {"file": path.name})
    suffix = path.suffix.lower()
    if suffix not in (*TEXT_SUFFIXES, ".xlsx"):
        raise ImportRefused(
            _("%(file)s is neither .csv nor .xlsx. Save it as one of them.") % {"file": path.name}
        )
    if path.stat().st_size > MAX_BYTES:
        raise ImportRefused(
            _("%(file)s has more than %(most)d MB. Import it in pieces.")
            % {"file": path.name, "most": MAX_BYTES // 1024 // 1024}
        )
    with path.open("rb") as file:
        begins = file.read(4)
    if begins == OLD_OFFICE:
        raise ImportRefused(
            _("%(file)s is an old or an encrypted workbook. Save it as an .xlsx without a password.")
            % {"file": path.name}
        )
    is_packed = begins == PACKED
    if is_packed != (suffix == ".xlsx"):
        raise ImportRefused(
            (_("%(file)s is a packed file, not text: is it a workbook with another ending?"))
            % {"file": path.name}
            if is_packed
            else _("%(file)s is not a workbook, whatever its ending says.") % {"file": path.name}
        )
    return is_packed
