"""One person with many requests leaves threads to everybody else."""

import io
import re
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from unittest import mock

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.test import RequestFactory, override_settings

from deskops.web import middleware
from deskops.web.middleware import FairShareMiddleware

# Of ten threads, eight at once; two of the reads are worked on.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_ten_threads")]
MEGABYTE = 1024 * 1024


@pytest.fixture
def _ten_threads() -> Iterator[None]:
    with override_settings(WEB_THREADS=10):
        yield


def a_request(method: str = "GET", *, path: str = "/", session: str = "a", size: int = 0) -> HttpRequest:
    request = RequestFactory().generic(method, path)
    request.META |= {"CONTENT_LENGTH": str(size), "wsgi.input": io.BytesIO()}
    request.COOKIES["sessionid"] = session
    return request


class SlowView:
    """A view that answers when it may."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.began = threading.Semaphore(0)
        self.running = 0
        self.most_running = 0
        self._lock = threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with self._lock:
            self.running += 1
            self.most_running = max(self.most_running, self.running)
        self.began.release()
        self.may_answer.wait(10)
        with self._lock:
            self.running -= 1
        return HttpResponse()


@contextmanager
def calls_in_flight(
    number: int, *, method: str, began: int, size: int = 0
) -> Iterator[tuple[FairShareMiddleware, SlowView, list[Future[HttpResponseBase]]]]:
    """Send requests of one session, wait until so many are worked on, and answer them at the end."""
    view = SlowView()
    share = FairShareMiddleware(view)
    with ThreadPoolExecutor(number) as pool:
        calls = [pool.submit(share, a_request(method, size=size)) for _ in range(number)]
        for _ in range(began):
            assert view.began.acquire(timeout=10)
        try:
            yield share, view, calls
        finally:
            view.may_answer.set()


class TestFairShare:
    def test_refuses_the_ninth_request_of_a_session_with_a_time_to_retry(self) -> None:
        with calls_in_flight(8, method="POST", began=8) as (share, view, calls):
            refused = share(a_request("POST"))
            refused_of_api = share(a_request("POST", path="/api/received"))
            view.may_answer.set()
            answered = share(a_request(session="b"))

        assert refused.status_code == refused_of_api.status_code == 429
        assert refused.headers["Retry-After"] == refused_of_api.headers["Retry-After"] == "5"
        assert isinstance(refused, HttpResponse)
        assert "Too many of your requests are still being answered." in refused.text
        assert answered.status_code == 200
        assert {call.result().status_code for call in calls} == {200}

    @pytest.mark.parametrize("threads", [1, 2, 4])
    def test_refuses_no_request_of_a_page_where_there_are_few_threads(self, threads: int) -> None:
        with (
            override_settings(WEB_THREADS=threads),
            calls_in_flight(8, method="POST", began=8) as (_share, _view, calls),
        ):
            pass

        assert {call.result().status_code for call in calls} == {200}

    def test_refuses_a_form_with_a_token_that_lets_it_be_sent_again(self) -> None:
        cookie = get_token(RequestFactory().get("/"))
        with calls_in_flight(8, method="POST", began=8) as (share, _view, _calls):
            request = a_request("POST")
            request.COOKIES[settings.CSRF_COOKIE_NAME] = cookie
            refused = share(request)

        assert isinstance(refused, HttpResponse)
        token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', refused.text)
        assert token is not None
        again = RequestFactory().post("/", {"csrfmiddlewaretoken": token[1]})
        again.COOKIES[settings.CSRF_COOKIE_NAME] = cookie
        csrf = CsrfViewMiddleware(lambda _request: HttpResponse())
        csrf.process_request(again)
        assert csrf.process_view(again, lambda _request: HttpResponse(), (), {}) is None

    def test_takes_requests_again_once_others_have_ended(self) -> None:
        with calls_in_flight(8, method="POST", began=8) as (share, _view, _calls):
            pass

        assert share(a_request("POST")).status_code == 200

    def test_works_on_a_quarter_of_the_threads_for_reads_and_answers_the_rest_later(self) -> None:
        with calls_in_flight(8, method="GET", began=2) as (_share, view, calls):
            assert not view.began.acquire(timeout=0.2)

        assert view.most_running == 2
        assert {call.result().status_code for call in calls} == {200}

    def test_refuses_a_read_that_waited_too_long(self) -> None:
        with (
            calls_in_flight(2, method="GET", began=2) as (share, _view, _calls),
            mock.patch.object(middleware, "SHARE_WAIT_SECONDS", 0.01),
        ):
            refused = share(a_request())

        assert refused.status_code == 429

    def test_receives_one_upload_of_a_session_at_a_time(self) -> None:
        with calls_in_flight(1, method="POST", began=1, size=2 * MEGABYTE) as (share, view, _calls):
            second = share(a_request("POST", size=2 * MEGABYTE))
            view.may_answer.set()
            of_another, small = (
                share(a_request("POST", session="b", size=2 * MEGABYTE)),
                share(a_request("POST")),
            )

        assert second.status_code == 429
        assert isinstance(second, HttpResponse)
        assert "Another file of yours is still being uploaded." in second.text
        assert (of_another.status_code, small.status_code) == (200, 200)

    def test_counts_a_download_until_it_is_closed(self) -> None:
        share = FairShareMiddleware(lambda _request: StreamingHttpResponse([b"a"]))
        downloads = [share(a_request("POST")) for _ in range(8)]

        assert share(a_request("POST")).status_code == 429
        downloads[0].close()

        assert share(a_request("POST")).status_code == 200

    def test_forgets_a_download_that_nobody_closed(self) -> None:
        share = FairShareMiddleware(lambda _request: StreamingHttpResponse([b"a"]))
        downloads = [share(a_request("POST")) for _ in range(8)]

        downloads.clear()

        assert share(a_request("POST")).status_code == 200

    def test_leaves_strangers_alone(self) -> None:
        share = FairShareMiddleware(lambda _request: HttpResponse())
        request = a_request()
        request.COOKIES.clear()

        assert share(request).status_code == 200
