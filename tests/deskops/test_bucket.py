"""Files in a bucket, and what becomes of its errors."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.config import Config
from django.core.files import File

from core.files import FileElsewhereError, StorageUnavailableError
from deskops import bucket
from deskops.bucket import Bucket
from deskops.storage import storage_at
from tests.bucket import OpenBucket, open_bucket

# A connection that breaks is closed when it is collected.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
CONTENT = bytes(range(256)) * 4096  # a megabyte
# As many as the client sends in parts.
LARGE = CONTENT * 12


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenBucket]:
    quick = Config(connect_timeout=2, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 1})
    monkeypatch.setattr(bucket, "LIMITS", quick)
    with open_bucket() as opened:
        yield opened


def storage(opened: OpenBucket) -> Bucket:
    options = storage_at(opened.url, folder=Path("nowhere"))["OPTIONS"]
    assert isinstance(options, dict)
    return Bucket(**options)


def read(opened: OpenBucket, name: str, first: int = 0, last: int | None = None) -> bytes:
    return b"".join(storage(opened).blocks_of(name, first, last))


class TestBlocks:
    def test_are_those_of_the_part_that_is_wanted_and_no_others(self, opened: OpenBucket) -> None:
        opened.put("there.csv", CONTENT)

        part = read(opened, "there.csv", 700_000, 700_009)

        assert part == CONTENT[700_000:700_010]
        assert opened.wire.bytes_down < 10_000

    @pytest.mark.parametrize("content", [CONTENT, b""])
    def test_are_the_whole_file(self, opened: OpenBucket, content: bytes) -> None:
        opened.put("there.csv", content)

        assert read(opened, "there.csv") == content

    def test_of_a_missing_file_are_elsewhere(self, opened: OpenBucket) -> None:
        with pytest.raises(FileElsewhereError):
            storage(opened).blocks_of("gone.csv")

    def test_of_a_file_with_another_size_are_not_given_out(self, opened: OpenBucket) -> None:
        opened.put("there.csv", CONTENT)

        with pytest.raises(FileElsewhereError):
            storage(opened).blocks_of("there.csv", 0, 9, size=len(CONTENT) + 1)

    def test_end_with_an_error_where_the_server_is_gone_in_between(self, opened: OpenBucket) -> None:
        opened.put("there.csv", LARGE)
        opened.wire.down_left = 2_000_000
        received = io.BytesIO()

        with pytest.raises(StorageUnavailableError):
            received.writelines(storage(opened).blocks_of("there.csv", 0, len(LARGE) - 1))

        assert 0 < received.tell() < len(LARGE)


class TestFaults:
    def test_of_a_server_that_is_away(self, opened: OpenBucket) -> None:
        opened.wire.cut()

        for fails in (
            lambda: storage(opened).check(),
            lambda: storage(opened).exists("there.csv"),
            lambda: storage(opened).delete("there.csv"),
            lambda: read(opened, "there.csv"),
            lambda: storage(opened).save("there.csv", File(io.BytesIO(CONTENT))),
        ):
            with pytest.raises(StorageUnavailableError) as caught:
                fails()
            assert not isinstance(caught.value, FileElsewhereError)

    @pytest.mark.parametrize("content", [CONTENT, LARGE])
    def test_of_an_upload_that_breaks_off_leave_no_file(self, opened: OpenBucket, content: bytes) -> None:
        opened.wire.up_left = len(content) // 2

        with pytest.raises(StorageUnavailableError):
            storage(opened).save("there.csv", File(io.BytesIO(content)))

        assert opened.files == {}

    def test_of_a_server_that_is_too_slow(self, opened: OpenBucket) -> None:
        opened.put("there.csv", CONTENT)
        opened.wire.delay_seconds = 2.2

        with pytest.raises(StorageUnavailableError):
            read(opened, "there.csv")

    def test_of_a_missing_bucket_are_not_those_of_a_missing_file(self, opened: OpenBucket) -> None:
        opened.remove()

        for fails in (
            lambda: storage(opened).check(),
            lambda: read(opened, "there.csv"),
            lambda: storage(opened).save("there.csv", File(io.BytesIO(CONTENT))),
        ):
            with pytest.raises(StorageUnavailableError) as caught:
                fails()
            assert not isinstance(caught.value, FileElsewhereError)

    def test_of_a_refused_access(self, opened: OpenBucket) -> None:
        opened.put("there.csv", CONTENT)
        opened.deny("s3:*")

        for fails in (
            lambda: read(opened, "there.csv"),
            lambda: storage(opened).save("other.csv", File(io.BytesIO(CONTENT))),
        ):
            with pytest.raises(StorageUnavailableError) as caught:
                fails()
            assert not isinstance(caught.value, FileElsewhereError)

    def test_of_a_slow_server_that_answers_in_time_are_none(self, opened: OpenBucket) -> None:
        opened.wire.delay_seconds = 0.05

        stored = storage(opened).save("there.csv", File(io.BytesIO(CONTENT)))

        assert read(opened, stored) == CONTENT
