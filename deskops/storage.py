"""Where files are kept: the static ones, those of exports and imports, which several machines may share,
and a SQLite database, which only its owner can read.
"""

import sqlite3
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Static files named by what is in them, in the imports of our scripts too."""

    support_js_module_import_aggregation = True


def storage_at(url: str, *, folder: Path) -> dict[str, object]:
    """Return an entry of `STORAGES` for `s3://BUCKET/PREFIX?endpoint=URL&region=NAME`; a folder for no URL.

    The keys to the bucket are boto3's to find: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the machine's
    role. Raises ValueError for a URL of another kind.
    """
    if not url:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            # Nobody but the portal reads here.
            "OPTIONS": {
                "location": folder,
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.hostname:
        raise ValueError("STORAGE_URL is empty or like s3://bucket/prefix?region=eu-central-1.")
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "BACKEND": "deskops.bucket.Bucket",
        "OPTIONS": {
            "bucket_name": parts.hostname,
            "location": parts.path.strip("/"),
            "endpoint_url": options.get("endpoint"),
            "region_name": options.get("region"),
            "default_acl": None,
            # Names are random. A server that has every name would be asked about another for ever.
            "file_overwrite": True,
        },
    }


class PrivateConnection(sqlite3.Connection):
    """A connection that creates a missing database file with mode 0600, whatever the umask is.

    SQLite gives the files of its journal the mode of the database.
    """

    def __init__(self, database: str, *args: object, **kwargs: object) -> None:
        name = str(database)
        if not name.startswith((":", "file:")):
            Path(name).touch(mode=0o600)
        super().__init__(database, *args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
