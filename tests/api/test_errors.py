"""Every row of the contract's table of errors, and what is said first where several things are wrong."""

import datetime as dt
import json
import sqlite3
from http import HTTPStatus
from typing import cast
from unittest.mock import patch

import psycopg
from django.db import InternalError, OperationalError, ProgrammingError
from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils import timezone

from api.auth import make_token, revoke_token
from deskops.health import worker_seen
from tests.api.case import MONDAY, ApiCase, Caller, Content, content_of, refused_fields
from tests.factories import make_user

UNAUTHORIZED, FORBIDDEN = HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN
BAD, MISSING = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND
TOO_LARGE, NOT_JSON = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE
MEBIBYTE = 1024 * 1024


class TestNobody(ApiCase):
    def test_is_told_so_in_json_and_never_led_elsewhere(self) -> None:
        for path in (
            "/api/sites",
            "/api/production",
            "/api/nothing",
            "/api/",
            "/api",
            "/api/docs",
            "/api/sites/",
        ):
            for method in ("GET", "POST", "PUT"):
                answer = Caller("desk_nobody").send(method, path)

                self.assert_refused(answer, UNAUTHORIZED, "UNAUTHORIZED")
                assert answer["WWW-Authenticate"] == "Bearer"

    def test_is_whoever_sends_no_credentials_at_all(self) -> None:
        answer = Client().get("/api/sites")

        assert (answer.status_code, answer.json()["code"]) == (UNAUTHORIZED, "UNAUTHORIZED")

    def test_is_a_token_that_was_revoked_or_is_expired_or_whose_owner_may_not_sign_in(self) -> None:
        owner = make_user()
        revoked, revoked_text = make_token(owner=owner, name="revoked")
        _token, expired_text = make_token(
            owner=owner, name="expired", expires_at=timezone.now() - dt.timedelta(seconds=1)
        )
        _token, gone_text = make_token(owner=make_user(is_active=False), name="gone")
        revoke_token(revoked, by=owner)

        for text in (
            revoked_text,
            expired_text,
            gone_text,
            "",
            "desk_x",
            "a b c",
            "\udcff".encode(errors="replace").decode(),
        ):
            self.assert_refused(Caller(text).get("/api/sites"), UNAUTHORIZED, "UNAUTHORIZED")

    def test_is_a_bad_token_even_beside_a_good_session(self) -> None:
        client = Client()
        client.force_login(self.people.alice)

        answer = client.get("/api/sites", headers={"Authorization": "Bearer wrong"})

        assert answer.status_code == UNAUTHORIZED


class TestOrder(ApiCase):
    """What is wrong first is said first."""

    def test_an_unknown_path_before_all_but_the_caller(self) -> None:
        answer = self.alice.send("POST", "/api/nothing", "x" * (MEBIBYTE + 1))

        self.assert_refused(answer, MISSING, "NOT_FOUND")

    def test_a_method_that_is_not_taken_names_those_that_are(self) -> None:
        answer = self.alice.send("PUT", "/api/production", "x" * (MEBIBYTE + 1))

        self.assert_refused(answer, HTTPStatus.METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED")
        assert set(answer["Allow"].split(", ")) == {"GET", "HEAD", "POST"}

    def test_a_body_that_is_too_large_before_its_kind(self) -> None:
        answer = self.alice.send(
            "POST", "/api/production", "x" * (MEBIBYTE + 1), headers={"Content-Type": "text/plain"}
        )

        self.assert_refused(answer, TOO_LARGE, "PAYLOAD_TOO_LARGE")

    def test_a_body_of_one_mebibyte_is_not_too_large(self) -> None:
        answer = self.alice.send("POST", "/api/production", "x" * MEBIBYTE)

        self.assert_refused(answer, BAD, "VALIDATION_ERROR")

    def test_no_unknown_path_is_led_elsewhere_or_told_as_a_page(self) -> None:
        for path in ("/api", "/api/", "/api/sites/", "/api/docs/", "/api/production/1/", "/api/no/such"):
            for method in ("GET", "POST", "DELETE"):
                self.assert_refused(self.alice.send(method, path), MISSING, "NOT_FOUND")

    def test_a_body_far_too_large_too(self) -> None:
        answer = self.alice.send("POST", "/api/production", b"x" * (21 * MEBIBYTE))

        self.assert_refused(answer, TOO_LARGE, "PAYLOAD_TOO_LARGE")

    def test_a_body_of_another_kind_before_what_it_says(self) -> None:
        client = Client(
            headers={"Authorization": f"Bearer {make_token(owner=self.people.alice, name='t')[1]}"}
        )

        for kind in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "",
        ):
            answer = client.generic("POST", "/api/production", "{", content_type=kind)

            assert (answer.status_code, answer.json()["code"]) == (NOT_JSON, "UNSUPPORTED_MEDIA_TYPE")

    def test_a_body_that_is_no_object_before_the_site_that_it_names(self) -> None:
        body = {"siteId": self.other_site.pk, "colour": "red"}

        for sent in ("", "{", "[]", "null", '"text"', "NaN", b"\xff\xfe", '{"a":1,"a":2}', body):
            answer = self.alice.post("/api/production", sent)

            self.assert_refused(answer, BAD, "VALIDATION_ERROR")

    def test_a_site_of_others_before_that_the_token_only_reads(self) -> None:
        reading = self.caller(self.people.alice, is_read_only=True)
        body = self.bodies()["production"]

        theirs = reading.post("/api/production", body | {"siteId": self.other_site.pk})
        own = reading.post("/api/production", body)

        self.assert_refused(theirs, MISSING, "NOT_FOUND")
        self.assert_refused(own, FORBIDDEN, "FORBIDDEN")

    def test_a_value_that_is_missing_before_the_site_and_the_role(self) -> None:
        for key in ("siteId", "date", "materialId", "operation", "qtyTon"):
            for left_out in (False, True):
                body = {**self.bodies()["production"], "siteId": self.other_site.pk, key: None}
                if left_out:
                    del body[key]

                for caller in (self.alice, self.caller(self.people.alice, is_read_only=True)):
                    answer = caller.post("/api/production", body)

                    self.assert_refused(answer, BAD, "VALIDATION_ERROR")
                    assert refused_fields(answer) == {key}
        sites = self.alice.post("/api/sites", {"code": "NEW-SITE"})
        self.assert_refused(sites, BAD, "VALIDATION_ERROR")

    def test_a_query_that_no_site_could_make_right_before_the_site(self) -> None:
        for query in ("dateFrom=2026-03-02&dateTo=2026-03-01", "cursor=mine", "limit=0", "colour=red"):
            answer = self.alice.get(f"/api/production?siteId={self.other_site.pk}&{query}")

            self.assert_refused(answer, BAD, "VALIDATION_ERROR")

    def test_a_role_that_is_too_low_before_what_is_wrong_with_the_record(self) -> None:
        body = self.bodies()["production"] | {"qtyTon": -1}

        answer = self.caller(self.people.victor).post("/api/production", body)

        self.assert_refused(answer, FORBIDDEN, "FORBIDDEN")

    def test_a_site_that_is_no_longer_active_takes_nothing(self) -> None:
        self.site.is_active = False
        self.site.save()

        answer = self.alice.post("/api/production", self.bodies()["production"])

        self.assert_refused(answer, FORBIDDEN, "FORBIDDEN")


class TestValues(ApiCase):
    def test_a_numeric_text_is_a_number(self) -> None:
        assert self.make("production", qtyTon="12.125")["qtyTon"] == 12.125

    def test_zeros_at_the_end_are_no_decimals(self) -> None:
        sent = json.dumps(self.bodies()["production"]).replace("12.5", "12.50000")

        answer = self.alice.post("/api/production", sent)

        assert answer.status_code == HTTPStatus.CREATED

    def test_what_is_no_quantity_is_refused(self) -> None:
        body = json.dumps(self.bodies()["production"])
        for wrong in (
            "true", "NaN", "Infinity", "-Infinity", '"NaN"', "1.2345", '"1.2345"', "0", "-1", "1000000",
            "1e999999999", "1e-999999999", "[]", "{}", '"12,5"', '""', '" 12 "', '"\\u0662"', "null",
            "9" * 4000,
        ):  # fmt: skip
            answer = self.alice.post("/api/production", body.replace("12.5", wrong))

            self.assert_refused(answer, BAD, "VALIDATION_ERROR")
            assert refused_fields(answer) == {"qtyTon"}, wrong

    def test_what_is_no_whole_number_is_refused(self) -> None:
        for wrong in (1.5, "many", True, -1, 501, "1e2", [4], 10**30):
            answer = self.alice.post("/api/manpower", self.bodies()["manpower"] | {"headcount": wrong})

            self.assert_refused(answer, BAD, "VALIDATION_ERROR")
            assert refused_fields(answer) == {"headcount"}, wrong

    def test_what_is_no_date_is_refused(self) -> None:
        for wrong in (
            "12/01/2026", "2026-02-30", "20260302", "2026-W10-1", "2026-03-02T", "1899-12-31",
            "0001-01-01T00:00Z",
            "9999-12-31T23:59:59-23:00", "2026-03-02T23:59:60Z", 20260302, None, "",
            "2026-03-02T25:00:00Z", " 2026-03-02",
        ):  # fmt: skip
            answer = self.alice.post("/api/production", self.bodies()["production"] | {"date": wrong})

            self.assert_refused(answer, BAD, "VALIDATION_ERROR")
            assert refused_fields(answer) == {"date"}, wrong

    def test_choices_are_codes_in_capitals(self) -> None:
        assert self.make("equipment", shift="NIGHT", status="IDLE", hours=0)["status"] == "IDLE"
        for wrong in ({"shift": "night"}, {"shift": ""}, {"shift": "DAWN"}, {"shift": 1}, {"status": "idle"}):
            answer = self.alice.post("/api/equipment", self.bodies()["equipment"] | wrong)

            self.assert_refused(answer, BAD, "VALIDATION_ERROR")
            assert refused_fields(answer) == set(wrong)

    def test_a_moment_without_a_zone_is_the_sites_own(self) -> None:
        self.site.timezone = "Asia/Dubai"
        self.site.day_starts_at = dt.time(6)
        self.site.save()

        assert self.make("production", date="2026-03-03T05:59:00")["date"] == MONDAY
        assert self.make("production", date="2026-03-03t02:00:00z")["date"] == "2026-03-03"

    def test_a_reference_to_nothing_is_refused(self) -> None:
        body = self.bodies()["production"]
        for wrong in (987654, "NO-SUCH", True, None, "", 1.5, "\0", "9" * 40):
            answer = self.alice.post("/api/production", body | {"materialId": wrong})

            self.assert_refused(answer, BAD, "VALIDATION_ERROR")
            assert refused_fields(answer) == {"materialId"}, wrong

    def test_texts_have_their_lengths_and_no_signs_that_are_none(self) -> None:
        body = self.bodies()["dispatch"]
        for key, wrong in (
            ("notes", "n" * 2001),
            ("owner", "o" * 101),
            ("reference", "r" * 51),
            ("notes", "zero \0"),
            ("notes", 5),
        ):
            answer = self.alice.post("/api/dispatch", body | {key: wrong})

            self.assert_refused(answer, BAD, "VALIDATION_ERROR")
            assert refused_fields(answer) == {key}
        half = self.alice.post(
            "/api/dispatch", json.dumps(body | {"notes": "HALF"}).replace("HALF", "\\ud800")
        )
        self.assert_refused(half, BAD, "VALIDATION_ERROR")


class TestMistakesOfOurs(ApiCase):
    def test_the_database_is_named_and_nothing_of_the_inside(self) -> None:
        with patch("api.records.views.visible_site", side_effect=OperationalError("secret host")):
            answer = self.alice.get("/api/production?siteId=1")

        self.assert_refused(answer, HTTPStatus.INTERNAL_SERVER_ERROR, "DATABASE_ERROR")
        assert b"secret" not in answer.content
        assert content_of(answer)["requestId"] == answer["X-Request-ID"]

    def test_are_logged_under_the_id_of_the_answer(self) -> None:
        with (
            patch("api.records.views.visible_site", side_effect=RuntimeError("secret")),
            self.assertLogs("django_structlog.middlewares.request", "ERROR") as logs,
        ):
            answer = self.alice.get("/api/production?siteId=1")

        assert [cast("Content", line.msg)["request_id"] for line in logs.records] == [answer["X-Request-ID"]]

    def test_so_it_is_where_the_caller_is_looked_up(self) -> None:
        with patch("api.auth.find_token", side_effect=OperationalError("secret host")):
            answer = self.alice.get("/api/production?siteId=1")

        self.assert_refused(answer, HTTPStatus.INTERNAL_SERVER_ERROR, "DATABASE_ERROR")

    def test_so_it_is_where_the_session_is_looked_up(self) -> None:
        browser = Client(raise_request_exception=False)
        browser.force_login(self.people.alice)

        with patch("django.contrib.auth.middleware.get_user", side_effect=OperationalError("secret host")):
            answer = browser.get("/api/production")

        self.assert_refused(cast("HttpResponse", answer), HTTPStatus.INTERNAL_SERVER_ERROR, "DATABASE_ERROR")

    def test_any_other_is_an_error_of_ours(self) -> None:
        with patch("api.records.views.visible_site", side_effect=RuntimeError("secret")):
            answer = self.alice.get("/api/production?siteId=1")

        self.assert_refused(answer, HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL_ERROR")
        assert b"secret" not in answer.content


class TestBusyDatabase(ApiCase):
    def failing(self, error: Exception, cause: Exception) -> HttpResponse:
        error.__cause__ = cause
        with patch("api.records.views.operations.create", side_effect=error):
            return self.alice.post("/api/production", self.bodies()["production"])

    def test_answers_503_with_a_time_to_wait(self) -> None:
        locked = sqlite3.OperationalError("database is locked")
        locked.sqlite_errorname = "SQLITE_BUSY"

        for cause in (locked, psycopg.errors.LockNotAvailable(), psycopg.OperationalError("no connection")):
            answer = self.failing(OperationalError("secret host"), cause)

            self.assert_refused(answer, HTTPStatus.SERVICE_UNAVAILABLE, "BUSY")
            assert int(answer["Retry-After"]) >= 1
            assert b"secret" not in answer.content

    def test_is_read_only_during_maintenance(self) -> None:
        answer = self.failing(InternalError("read-only"), psycopg.errors.ReadOnlySqlTransaction())

        self.assert_refused(answer, HTTPStatus.SERVICE_UNAVAILABLE, "BUSY")

    def test_is_not_confused_with_a_mistake_in_a_statement(self) -> None:
        answer = self.failing(ProgrammingError("no such column"), psycopg.errors.UndefinedColumn())

        self.assert_refused(answer, HTTPStatus.INTERNAL_SERVER_ERROR, "DATABASE_ERROR")


class TestAdmins(ApiCase):
    @override_settings(REQUIRE_ADMIN_MFA=True)
    def test_are_refused_without_a_second_factor_where_one_is_asked_for(self) -> None:
        answer = self.caller(self.people.ada).get("/api/sites")

        self.assert_refused(answer, FORBIDDEN, "FORBIDDEN")


class TestWhatDjangoRefuses(ApiCase):
    def test_is_told_in_json(self) -> None:
        many = "&".join(f"key{number}=1" for number in range(1001))

        for path, headers in (
            ("/api/sites", {"Host": "evil.example"}),
            ("/api/health", {"Host": "evil.example"}),
            (f"/api/production?{many}", {}),
        ):
            answer = self.alice.send("GET", path, headers=headers)

            self.assert_refused(answer, BAD, "VALIDATION_ERROR")

    def test_a_cookie_that_is_none_is_no_session(self) -> None:
        for cookie in ("sessionid=\x7f", "sessionid=" + "x" * 5000, ";=;;", "sessionid=%00"):
            answer = Client().get("/api/sites", headers={"Cookie": cookie})

            assert (answer.status_code, answer.json()["code"]) == (UNAUTHORIZED, "UNAUTHORIZED")


@override_settings(SECURE_SSL_REDIRECT=True)
class TestACallInTheClear(ApiCase):
    def test_is_refused_and_led_nowhere(self) -> None:
        body = self.bodies()["production"]

        self.assert_refused(self.alice.post("/api/production", body), FORBIDDEN, "FORBIDDEN")
        self.assert_refused(Caller("desk_nobody").get("/api/sites"), UNAUTHORIZED, "UNAUTHORIZED")
        assert self.alice.get("/api").status_code == FORBIDDEN

    def test_asks_for_the_health_of_the_portal(self) -> None:
        worker_seen()

        assert Client().get("/api/health").status_code == HTTPStatus.OK

    def test_is_none_over_https(self) -> None:
        text = make_token(owner=self.people.alice, name="t")[1]

        answer = Client().get("/api/sites", secure=True, headers={"Authorization": f"Bearer {text}"})

        assert answer.status_code == HTTPStatus.OK
