"""Files that a test has for itself."""

import tempfile
import unittest
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.test import override_settings


def kept_in(folder: str, *, storage: str) -> override_settings:
    """Let the portal keep the files of a storage in a folder."""
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    return override_settings(STORAGES={**settings.STORAGES, storage: place})


class FilesOfTheTest(unittest.TestCase):
    """Gives a test an empty storage."""

    storage: ClassVar[str]

    def keep_files_apart(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix=f"{self.storage}-"))
        self.enterContext(kept_in(folder, storage=self.storage))

    @property
    def folder(self) -> Path:
        storage = storages[self.storage]
        assert isinstance(storage, FileSystemStorage)
        return Path(storage.location)

    @property
    def files(self) -> list[str]:
        """Return the names of all files there are."""
        return sorted(path.name for path in self.folder.iterdir())
