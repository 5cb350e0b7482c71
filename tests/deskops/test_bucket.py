"""Files in a bucket, and what becomes of its errors."""

import io
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, NamedTuple, override

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


class Answer(NamedTuple):
    status: int = 200
    content: bytes = CONTENT
    headers: dict[str, str] = {}


class StandIn(BaseHTTPRequestHandler):
    """A server that gives the same answer to every request, right or wrong."""

    answer: ClassVar = Answer()

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.answer.status)
        headers = {"Content-Length": str(len(self.answer.content))} | self.answer.headers
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.answer.content)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Keep the tests' output short."""


for method in ("PUT", "POST", "HEAD", "DELETE"):
    setattr(StandIn, f"do_{method}", StandIn.do_GET)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    quick = Config(connect_timeout=2, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 1})
    monkeypatch.setattr(bucket, "LIMITS", quick)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with ThreadingHTTPServer(("127.0.0.1", 0), StandIn) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        url = f"s3://files?region=us-east-1&endpoint=http://127.0.0.1:{server.server_address[1]}"
        options = storage_at(url, folder=Path("nowhere"))["OPTIONS"]
        assert isinstance(options, dict)
        yield Bucket(**options)
        server.shutdown()


def error_xml(code: str) -> bytes:
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>No.</Message></Error>".encode()


class TestOtherServers:
    """What servers other than Amazon's, and proxies before them, answer."""

    @pytest.mark.parametrize(("first", "last"), [(700_000, 700_009), (700_000, None), (0, 9), (0, 2_000_000)])
    def test_that_ignore_ranges_give_the_part_that_is_wanted(
        self, stand_in: Bucket, first: int, last: int | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(StandIn, "answer", Answer())

        part = b"".join(stand_in.blocks_of("there.csv", first, last, size=len(CONTENT)))

        assert part == CONTENT[first : None if last is None else last + 1]

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(206, CONTENT[20:30], {"Content-Range": f"bytes 20-29/{len(CONTENT)}"}),
            Answer(206, CONTENT[10:20], {"Content-Range": "bytes 10-19/*"}),
            Answer(206, CONTENT[10:15], {"Content-Range": f"bytes 10-19/{len(CONTENT)}"}),
            Answer(
                206, CONTENT[10:15], {"Content-Range": f"bytes 10-19/{len(CONTENT)}", "Content-Length": "10"}
            ),
            Answer(200, CONTENT, {"Content-Length": ""}),
            Answer(200, b"<html>Sign in to the network</html>"),
            Answer(403, error_xml("AccessDenied")),
            Answer(403, error_xml("RequestTimeTooSkewed")),
            Answer(403, error_xml("ExpiredToken")),
            Answer(416, error_xml("InvalidRange")),
            Answer(503, error_xml("SlowDown")),
            Answer(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"}),
            Answer(500, b"\0\xff"),
            Answer(301, b"", {"Location": "http://127.0.0.1:1/"}),
        ],
    )
    def test_that_answer_wrongly_are_an_error_of_the_storage(
        self, stand_in: Bucket, answer: Answer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(StandIn, "answer", answer)

        with pytest.raises(StorageUnavailableError):
            b"".join(stand_in.blocks_of("there.csv", 10, 19, size=len(CONTENT)))

    @pytest.mark.parametrize("status", [200, 403, 500, 503])
    @pytest.mark.parametrize("content", [b"not XML", b"", b"<Other/>"])
    def test_that_answer_an_upload_wrongly_leave_no_other_error(
        self, stand_in: Bucket, status: int, content: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(StandIn, "answer", Answer(status, content))

        for size in (CONTENT, LARGE):
            with suppress(StorageUnavailableError):
                stand_in.save("there.csv", File(io.BytesIO(size)))
        with suppress(StorageUnavailableError):
            stand_in.exists("there.csv")
        with suppress(StorageUnavailableError):
            stand_in.delete("there.csv")


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
            lambda: storage(opened).exists("there.csv"),
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
