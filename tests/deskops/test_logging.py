import datetime as dt
import io
import json
import logging
from collections.abc import Callable, Iterator
from unittest import mock

import pytest
import structlog
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from deskops.monitoring.errors import scrub_report
from deskops.monitoring.logging import REMOVED, scrub, scrub_text
from deskops.urls import urlpatterns as real_urlpatterns
from tests.factories import make_user

MOMENT = dt.datetime(2026, 11, 22, 11, 16, 24, tzinfo=dt.UTC)

type Lines = Callable[[], list[dict[str, object]]]


@login_not_required
def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("could not write to ada@example.com from 192.0.2.7")


urlpatterns = [*real_urlpatterns, path("fail/", fail)]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Catch the log as it is written in production."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        next(
            ours.formatter
            for ours in logging.getLogger().handlers
            if isinstance(ours.formatter, structlog.stdlib.ProcessorFormatter)
        )
    )
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
class TestRequestLog:
    def test_answer_and_line_carry_the_same_id(self, client: Client, lines: Lines) -> None:
        first = client.get("/healthz")
        second = client.get("/healthz")

        ids = [line["request_id"] for line in lines() if line["event"] == "request_finished"]
        assert ids == [first["X-Request-ID"], second["X-Request-ID"]]
        assert ids[0] != ids[1]

    def test_lines_say_how_long_the_request_took(self, lines: Lines) -> None:
        with override_settings(ROOT_URLCONF="tests.deskops.test_logging"):
            client = Client(raise_request_exception=False)
            client.get("/livez")
            client.get("/fail/")

        took = {str(line["event"]): line["duration_ms"] for line in lines() if "duration_ms" in line}
        assert took.keys() >= {"request_finished", "request_failed"}
        assert all(isinstance(each, float) and 0 < each < 60_000 for each in took.values())

    def test_request_that_fails_before_its_line_begins_is_a_server_error(self, client: Client) -> None:
        client.raise_request_exception = False

        with mock.patch("whitenoise.middleware.WhiteNoiseMiddleware.__call__", side_effect=FileNotFoundError):
            response = client.get("/livez")

        assert response.status_code == 500

    def test_line_of_a_view_carries_the_id_of_its_request(self, client: Client, lines: Lines) -> None:
        with override_settings(ROOT_URLCONF="tests.deskops.test_logging"):
            client.raise_request_exception = False
            response = client.get("/fail/")

        [failed] = [line for line in lines() if line["event"] == "request_failed"]
        assert response.status_code == 500
        assert failed["request_id"] == response["X-Request-ID"]

    def test_names_people_by_number_only(self, client: Client, lines: Lines) -> None:
        user = make_user(email="alice@example.com", name="Alice")
        client.force_login(user)

        client.get("/admin/")

        text = json.dumps(lines())
        assert f'"user_id": {user.pk}' in text
        assert "alice" not in text.lower()

    def test_leaves_out_queries_addresses_cookies_and_agents(self, client: Client, lines: Lines) -> None:
        client.get(
            "/no-such-page/?q=secret-search",
            headers={"user-agent": "Some Browser", "cookie": "sessionid=tell-no-one"},
            REMOTE_ADDR="203.0.113.9",
        )

        [line] = [line for line in lines() if line["event"] == "request_finished"]
        assert line["request"] == "GET /no-such-page/"
        text = json.dumps(lines())
        assert not [
            word for word in ("secret-search", "Browser", "tell-no-one", "203.0.113.9") if word in text
        ]

    def test_leaves_out_a_password_that_was_wrong(self, client: Client, lines: Lines) -> None:
        client.post("/accounts/login/", {"login": "mona@example.com", "password": "open sesame 123"})

        text = json.dumps(lines())
        assert "mona@example.com" not in text
        assert "sesame" not in text

    def test_leaves_out_the_key_of_a_password_link(self, client: Client, lines: Lines) -> None:
        client.get("/accounts/password/reset/key/1-c0ffee-d00d/")

        [line] = [line for line in lines() if line["event"] == "request_finished"]
        assert line["request"] == f"GET /accounts/password/reset/key/{REMOVED}/"

    def test_scrubs_the_text_of_an_exception(self, client: Client, lines: Lines) -> None:
        with override_settings(ROOT_URLCONF="tests.deskops.test_logging"):
            client.raise_request_exception = False
            client.get("/fail/")

        [failed] = [line for line in lines() if line["event"] == "request_failed"]
        assert f"could not write to {REMOVED} from {REMOVED}" in str(failed["exception"])


class TestLinesOfOtherCode:
    def test_a_line_of_the_standard_library_is_scrubbed_too(self, lines: Lines) -> None:
        logging.getLogger("some.library").warning("mail to %s failed", "ada@example.com")

        assert [line["event"] for line in lines()] == [f"mail to {REMOVED} failed"]

    def test_keys_that_hold_secrets_lose_their_value(self, lines: Lines) -> None:
        structlog.get_logger("deskops").warning(
            "odd", password="p", email="e", ip="i", headers={"Cookie": "c", "X-Api-Key": "k"}, rows=3
        )

        [line] = lines()
        assert line["rows"] == 3
        assert line["headers"] == {"Cookie": REMOVED, "X-Api-Key": REMOVED}
        assert {line[key] for key in ("password", "email", "ip")} == {REMOVED}


class TestScrubText:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("from 2001:db8::7 now", f"from {REMOVED} now"),
            ("from 2001:db8:0:0:0:0:0:7 now", f"from {REMOVED} now"),
            ("at 11:16:24 in tests/test_a.py::test_b", "at 11:16:24 in tests/test_a.py::test_b"),
            ("GET /received/?q=karl&site=A next", f"GET /received/?{REMOVED} next"),
            ("postgres://deskops:hunter2@db/deskops", f"postgres://{REMOVED}@db/deskops"),
            ("GET /accounts/invitation/1a:2b/ ended", f"GET /accounts/invitation/{REMOVED}/ ended"),
            ("version 1.2.3 of 3 rows?", "version 1.2.3 of 3 rows?"),
            (
                "violates\nDETAIL:  Failing row contains (a note\nof two lines).\n\nThe above exception",
                f"violates\nDETAIL: {REMOVED}\n\nThe above exception",
            ),
        ],
    )
    def test_takes_out_what_names_a_person_and_leaves_the_rest(self, text: str, expected: str) -> None:
        assert scrub_text(text) == expected

    def test_scrub_reaches_into_lists_and_keeps_numbers(self) -> None:
        assert scrub({"rows": [1, 2.5, None, True, "a@b.example"]}) == {"rows": [1, 2.5, None, True, REMOVED]}


class TestErrorReports:
    def test_report_keeps_what_went_wrong_and_loses_whom(self) -> None:
        report = scrub_report(
            {
                "event_id": "0123456789abcdef0123456789abcdef",
                "timestamp": MOMENT,
                "transaction": "/production/{id}/edit/",
                "user": {"email": "ada@example.com", "ip_address": "192.0.2.7"},
                "request": {"method": "GET", "url": "https://x/?q=1", "cookies": {"sessionid": "s"}},
                "exception": {"values": [{"type": "ValueError", "value": "no ada@example.com"}]},
            },
            {},
        )

        assert report == {
            "event_id": "0123456789abcdef0123456789abcdef",
            "timestamp": MOMENT,
            "transaction": "/production/{id}/edit/",
            "request": {"method": "GET"},
            "exception": {"values": [{"type": "ValueError", "value": f"no {REMOVED}"}]},
        }
