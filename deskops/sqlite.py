"""SQLite files that only their owner can read."""

import sqlite3
from pathlib import Path


class PrivateConnection(sqlite3.Connection):
    """A connection that creates a missing database file with mode 0600, whatever the umask is.

    SQLite gives the files of its journal the mode of the database.
    """

    def __init__(self, database: str, *args: object, **kwargs: object) -> None:
        name = str(database)
        if not name.startswith((":", "file:")):
            Path(name).touch(mode=0o600)
        super().__init__(database, *args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
