"""Bodies without a length reach the API whole; one that does not arrive is answered as any error is."""

from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from typing import override
from wsgiref.types import StartResponse, WSGIEnvironment

from django.test import Client, override_settings

from deskops.web.bodies import NOT_RECEIVED, with_bodies

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

    return b"".join(with_bodies(application)(request_of(Trickle(body), **environ), _start))


def status_for(body: bytes, **environ: str) -> object:
    """Return the status with which an application has to answer a body; None for one that it can read."""
    found: list[object] = []

    def application(environ: WSGIEnvironment, _start_response: StartResponse) -> list[bytes]:
        found.append(environ.get(NOT_RECEIVED))
        return []

    b"".join(with_bodies(application)(request_of(Trickle(body), **environ), _start))
    return found[0]


def request_of(stream: BytesIO, **environ: str) -> WSGIEnvironment:
    return {"wsgi.input": stream, "PATH_INFO": "/api/received", **environ}


def _start(*_args: object) -> Callable[[bytes], object]:
    return lambda _content: None


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

    def test_a_body_that_breaks_off_is_answered_with_400(self) -> None:
        assert received(b"qty_ton=12", CONTENT_LENGTH="11") == b""
        assert status_for(b"qty_ton=12", CONTENT_LENGTH="11") == HTTPStatus.BAD_REQUEST

    def test_a_whole_body_is_left_to_the_application(self) -> None:
        assert status_for(b"qty_ton=12", CONTENT_LENGTH="10") is None

    @override_settings(WEB_THREADS=2)
    def test_a_body_that_waits_for_another_one_is_answered_with_503(self) -> None:
        found: list[object] = []

        class Unfinished(BytesIO):
            """Ends only when another body was sent meanwhile."""

            @override
            def read(self, _size: int | None = None, /) -> bytes:
                if not found:
                    found.append(None)
                    b"".join(application(request_of(BytesIO(b"x"), CONTENT_LENGTH="1"), _start))
                return b""

        def note(environ: WSGIEnvironment, _start_response: StartResponse) -> list[bytes]:
            found.append(environ.get(NOT_RECEIVED))
            return []

        application = with_bodies(note)
        b"".join(application(request_of(Unfinished(), CONTENT_LENGTH="1"), _start))

        assert found == [None, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.BAD_REQUEST]


class TestNotReceived:
    def test_the_api_answers_in_its_own_shape(self, client: Client) -> None:
        busy = client.post("/api/received", **{NOT_RECEIVED: HTTPStatus.SERVICE_UNAVAILABLE})  # type: ignore[arg-type]  # a value of the environment
        broken = client.post("/api/received", **{NOT_RECEIVED: HTTPStatus.BAD_REQUEST})  # type: ignore[arg-type]  # a value of the environment

        assert (busy.status_code, busy.json()["code"], busy.headers["Retry-After"]) == (503, "BUSY", "5")
        assert (broken.status_code, broken.json()["code"]) == (400, "VALIDATION_ERROR")

    def test_a_page_says_that_nothing_was_saved(self, client: Client) -> None:
        answer = client.post("/received/new/", **{NOT_RECEIVED: HTTPStatus.SERVICE_UNAVAILABLE})  # type: ignore[arg-type]  # a value of the environment

        assert answer.status_code == 503
        assert "Nothing was saved." in answer.content.decode()
        assert "Send again" not in answer.content.decode()

    def test_a_page_whose_form_broke_off_says_so_too(self, client: Client) -> None:
        answer = client.post("/received/new/", **{NOT_RECEIVED: HTTPStatus.BAD_REQUEST})  # type: ignore[arg-type]  # a value of the environment

        assert answer.status_code == 400
        assert "Nothing was saved." in answer.content.decode()
