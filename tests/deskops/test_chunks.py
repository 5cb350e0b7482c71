"""Bodies that come without their length reach the API whole, and no further than they may."""

from io import BytesIO
from typing import override
from wsgiref.types import StartResponse, WSGIEnvironment

from deskops.wsgi import with_bodies

MEBIBYTE = 1024 * 1024


class Trickle(BytesIO):
    """What comes over a slow line: never as much as was requested."""

    @override
    def read(self, size: int | None = None, /) -> bytes:
        return super().read(1000 if size is None else min(size, 1000))


def received(body: bytes, **environ: str) -> bytes:
    """Return what an application reads of a body."""

    def application(environ: WSGIEnvironment, _start_response: StartResponse) -> list[bytes]:
        return [environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))]

    request: WSGIEnvironment = {"wsgi.input": Trickle(body), "PATH_INFO": "/api/received", **environ}
    return b"".join(with_bodies(application)(request, lambda *_args: lambda _content: None))


class TestChunks:
    def test_are_put_together(self) -> None:
        assert received(b"x" * 3000, HTTP_TRANSFER_ENCODING="chunked") == b"x" * 3000

    def test_are_read_just_so_far_that_they_are_too_many(self) -> None:
        sent = b"x" * (3 * MEBIBYTE)

        assert len(received(sent, HTTP_TRANSFER_ENCODING="chunked")) == MEBIBYTE + 1

    def test_of_pages_are_no_concern_of_the_api(self) -> None:
        assert received(b"xyz", HTTP_TRANSFER_ENCODING="chunked", PATH_INFO="/production/new/") == b""

    def test_a_body_of_known_length_is_read_to_its_end(self) -> None:
        assert received(b"xyz", CONTENT_LENGTH="2") == b"xy"

    def test_a_file_is_left_to_the_page_that_takes_it(self) -> None:
        sent = b"x" * (2 * MEBIBYTE)

        assert received(sent, CONTENT_LENGTH=str(len(sent))) == b"x" * 1000

    def test_a_body_that_breaks_off_is_rejected(self) -> None:
        assert received(b"qty_ton=12", CONTENT_LENGTH="11") == b"Bad Request"
