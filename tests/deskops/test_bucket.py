"""A part of a file in a bucket: fetched by itself. The bucket is a few lines of HTTP on this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deskops.storage import storage_at
from tests.bucket import Shelf, open_shelf

pytest.importorskip("storages", reason="django-storages is not installed")

CONTENT = bytes(range(256)) * 4096  # a megabyte


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with open_shelf() as shelf:
        shelf.files["/files/portal/there.csv"] = CONTENT
        yield shelf


def blocks_of(shelf: Shelf, name: str, first: int, last: int) -> Iterator[bytes]:
    from deskops.bucket import Bucket

    options = storage_at(shelf.url, folder=Path("nowhere"))["OPTIONS"]
    assert isinstance(options, dict)
    return Bucket(**options).blocks_of(name, first, last)


class TestBucket:
    def test_fetches_the_part_that_is_wanted_and_nothing_else(self, shelf: Shelf) -> None:
        part = b"".join(blocks_of(shelf, "there.csv", 700_000, 700_009))

        assert part == CONTENT[700_000:700_010]
        assert shelf.requests == [("GET", "/files/portal/there.csv", "bytes=700000-700009")]

    def test_brings_the_whole_in_blocks(self, shelf: Shelf) -> None:
        blocks = list(blocks_of(shelf, "there.csv", 0, len(CONTENT) - 1))

        assert b"".join(blocks) == CONTENT
        assert len(blocks) == 4

    def test_says_at_once_that_there_is_no_such_file(self, shelf: Shelf) -> None:
        with pytest.raises(FileNotFoundError, match=r"gone\.csv"):
            blocks_of(shelf, "gone.csv", 0, 1)
