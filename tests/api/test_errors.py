"""The contract's table of errors, and the order of several errors."""

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
from deskops.monitoring.health import worker_seen
from tests.api.case import MONDAY, ApiCase, Caller, Content, content_of, error_fields
from tests.factories import make_user

UNAUTHORIZED, FORBIDDEN = HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN
BAD, MISSING = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND
TOO_LARGE, NOT_JSON = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE
MEBIBYTE = 1024 * 1024


class TestUnauthenticatedCaller(ApiCase):
    def test_gets_401_as_json_and_never_a_redirect(self) -> None:
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
                response = Caller("desk_nobody").send(method, path)

                self.assert_error(response, UNAUTHORIZED, "UNAUTHORIZED")
                assert response["WWW-Authenticate"] == "Bearer"

    def test_has_no_credentials(self) -> None:
        response = Client().get("/api/sites")

        assert (response.status_code, response.json()["code"]) == (UNAUTHORIZED, "UNAUTHORIZED")

    def test_has_a_revoked_or_expired_token_or_one_of_an_inactive_user(self) -> None:
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
            self.assert_error(Caller(text).get("/api/sites"), UNAUTHORIZED, "UNAUTHORIZED")

    def test_has_a_bad_token_although_there_is_a_session(self) -> None:
        client = Client()
        client.force_login(self.people.alice)

        response = client.get("/api/sites", headers={"Authorization": "Bearer wrong"})

        assert response.status_code == UNAUTHORIZED


class TestOrder(ApiCase):
    """The order of errors."""

    def test_unknown_paths_come_first_after_authentication(self) -> None:
        response = self.alice.send("POST", "/api/nothing", "x" * (MEBIBYTE + 1))

        self.assert_error(response, MISSING, "NOT_FOUND")

    def test_a_wrong_method_names_the_allowed_ones(self) -> None:
        response = self.alice.send("PUT", "/api/production", "x" * (MEBIBYTE + 1))

        self.assert_error(response, HTTPStatus.METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED")
        assert set(response["Allow"].split(", ")) == {"GET", "HEAD", "POST"}

    def test_a_large_body_comes_before_its_content_type(self) -> None:
        response = self.alice.send(
            "POST", "/api/production", "x" * (MEBIBYTE + 1), headers={"Content-Type": "text/plain"}
        )

        self.assert_error(response, TOO_LARGE, "PAYLOAD_TOO_LARGE")

    def test_a_body_of_one_mebibyte_is_not_too_large(self) -> None:
        response = self.alice.send("POST", "/api/production", "x" * MEBIBYTE)

        self.assert_error(response, BAD, "VALIDATION_ERROR")

    def test_unknown_paths_are_neither_redirected_nor_answered_with_a_page(self) -> None:
        for path in ("/api", "/api/", "/api/sites/", "/api/docs/", "/api/production/1/", "/api/no/such"):
            for method in ("GET", "POST", "DELETE"):
                self.assert_error(self.alice.send(method, path), MISSING, "NOT_FOUND")

    def test_a_body_of_many_megabytes_is_too_large(self) -> None:
        response = self.alice.send("POST", "/api/production", b"x" * (21 * MEBIBYTE))

        self.assert_error(response, TOO_LARGE, "PAYLOAD_TOO_LARGE")

    def test_the_content_type_comes_before_the_content(self) -> None:
        client = Client(
            headers={"Authorization": f"Bearer {make_token(owner=self.people.alice, name='t')[1]}"}
        )

        for kind in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "",
        ):
            response = client.generic("POST", "/api/production", "{", content_type=kind)

            assert (response.status_code, response.json()["code"]) == (NOT_JSON, "UNSUPPORTED_MEDIA_TYPE")

    def test_an_invalid_body_comes_before_its_site(self) -> None:
        body = {"siteId": self.other_site.pk, "colour": "red"}

        for sent in ("", "{", "[]", "null", '"text"', "NaN", b"\xff\xfe", '{"a":1,"a":2}', body):
            response = self.alice.post("/api/production", sent)

            self.assert_error(response, BAD, "VALIDATION_ERROR")

    def test_another_users_site_comes_before_a_read_only_token(self) -> None:
        reading = self.caller(self.people.alice, is_read_only=True)
        body = self.bodies()["production"]

        theirs = reading.post("/api/production", body | {"siteId": self.other_site.pk})
        own = reading.post("/api/production", body)

        self.assert_error(theirs, MISSING, "NOT_FOUND")
        self.assert_error(own, FORBIDDEN, "FORBIDDEN")

    def test_a_missing_value_comes_before_the_site_and_the_role(self) -> None:
        for key in ("siteId", "date", "materialId", "operation", "qtyTon"):
            for left_out in (False, True):
                body = {**self.bodies()["production"], "siteId": self.other_site.pk, key: None}
                if left_out:
                    del body[key]

                for caller in (self.alice, self.caller(self.people.alice, is_read_only=True)):
                    response = caller.post("/api/production", body)

                    self.assert_error(response, BAD, "VALIDATION_ERROR")
                    assert error_fields(response) == {key}
        sites = self.alice.post("/api/sites", {"code": "NEW-SITE"})
        self.assert_error(sites, BAD, "VALIDATION_ERROR")

    def test_an_invalid_query_comes_before_the_site(self) -> None:
        for query in ("dateFrom=2026-03-02&dateTo=2026-03-01", "cursor=mine", "limit=0", "colour=red"):
            response = self.alice.get(f"/api/production?siteId={self.other_site.pk}&{query}")

            self.assert_error(response, BAD, "VALIDATION_ERROR")

    def test_a_missing_role_comes_before_the_errors_of_the_record(self) -> None:
        body = self.bodies()["production"] | {"qtyTon": -1}

        response = self.caller(self.people.victor).post("/api/production", body)

        self.assert_error(response, FORBIDDEN, "FORBIDDEN")

    def test_an_inactive_site_accepts_no_records(self) -> None:
        self.site.is_active = False
        self.site.save()

        response = self.alice.post("/api/production", self.bodies()["production"])

        self.assert_error(response, FORBIDDEN, "FORBIDDEN")


class TestValues(ApiCase):
    def test_accepts_a_number_as_text(self) -> None:
        assert self.make("production", qtyTon="12.125")["qtyTon"] == 12.125

    def test_trailing_zeros_are_not_decimals(self) -> None:
        sent = json.dumps(self.bodies()["production"]).replace("12.5", "12.50000")

        response = self.alice.post("/api/production", sent)

        assert response.status_code == HTTPStatus.CREATED

    def test_rejects_what_is_not_a_quantity(self) -> None:
        body = json.dumps(self.bodies()["production"])
        for wrong in (
            "true", "NaN", "Infinity", "-Infinity", '"NaN"', "1.2345", '"1.2345"', "0", "-1", "1000000",
            "1e999999999", "1e-999999999", "[]", "{}", '"12,5"', '""', '" 12 "', '"\\u0662"', "null",
            "9" * 4000,
        ):  # fmt: skip
            response = self.alice.post("/api/production", body.replace("12.5", wrong))

            self.assert_error(response, BAD, "VALIDATION_ERROR")
            assert error_fields(response) == {"qtyTon"}, wrong

    def test_rejects_what_is_not_a_whole_number(self) -> None:
        for wrong in (1.5, "many", True, -1, 501, "1e2", [4], 10**30):
            response = self.alice.post("/api/manpower", self.bodies()["manpower"] | {"headcount": wrong})

            self.assert_error(response, BAD, "VALIDATION_ERROR")
            assert error_fields(response) == {"headcount"}, wrong

    def test_rejects_what_is_not_a_date(self) -> None:
        for wrong in (
            "12/01/2026", "2026-02-30", "20260302", "2026-W10-1", "2026-03-02T", "1899-12-31",
            "0001-01-01T00:00Z",
            "9999-12-31T23:59:59-23:00", "2026-03-02T23:59:60Z", 20260302, None, "",
            "2026-03-02T25:00:00Z", " 2026-03-02",
        ):  # fmt: skip
            response = self.alice.post("/api/production", self.bodies()["production"] | {"date": wrong})

            self.assert_error(response, BAD, "VALIDATION_ERROR")
            assert error_fields(response) == {"date"}, wrong

    def test_choices_are_codes_in_capitals(self) -> None:
        assert self.make("equipment", shift="NIGHT", status="IDLE", hours=0)["status"] == "IDLE"
        for wrong in ({"shift": "night"}, {"shift": ""}, {"shift": "DAWN"}, {"shift": 1}, {"status": "idle"}):
            response = self.alice.post("/api/equipment", self.bodies()["equipment"] | wrong)

            self.assert_error(response, BAD, "VALIDATION_ERROR")
            assert error_fields(response) == set(wrong)

    def test_a_time_without_a_zone_is_in_the_zone_of_the_site(self) -> None:
        self.site.timezone = "Asia/Dubai"
        self.site.day_starts_at = dt.time(6)
        self.site.save()

        assert self.make("production", date="2026-03-03T05:59:00")["date"] == MONDAY
        assert self.make("production", date="2026-03-03t02:00:00z")["date"] == "2026-03-03"

    def test_rejects_an_unknown_reference(self) -> None:
        body = self.bodies()["production"]
        for wrong in (987654, "NO-SUCH", True, None, "", 1.5, "\0", "9" * 40):
            response = self.alice.post("/api/production", body | {"materialId": wrong})

            self.assert_error(response, BAD, "VALIDATION_ERROR")
            assert error_fields(response) == {"materialId"}, wrong

    def test_rejects_long_texts_and_invalid_characters(self) -> None:
        body = self.bodies()["dispatch"]
        for key, wrong in (
            ("notes", "n" * 2001),
            ("owner", "o" * 101),
            ("reference", "r" * 51),
            ("notes", "zero \0"),
            ("notes", 5),
        ):
            response = self.alice.post("/api/dispatch", body | {key: wrong})

            self.assert_error(response, BAD, "VALIDATION_ERROR")
            assert error_fields(response) == {key}
        half = self.alice.post(
            "/api/dispatch", json.dumps(body | {"notes": "HALF"}).replace("HALF", "\\ud800")
        )
        self.assert_error(half, BAD, "VALIDATION_ERROR")


class TestInternalErrors(ApiCase):
    def test_name_the_database_and_no_internals(self) -> None:
        with patch("api.records.views.visible_site", side_effect=OperationalError("secret host")):
            response = self.alice.get("/api/production?siteId=1")

        self.assert_error(response, HTTPStatus.INTERNAL_SERVER_ERROR, "DATABASE_ERROR")
        assert b"secret" not in response.content
        assert content_of(response)["requestId"] == response["X-Request-ID"]

    def test_are_logged_with_the_request_id(self) -> None:
        with (
            patch("api.records.views.visible_site", side_effect=RuntimeError("secret")),
            self.assertLogs("django_structlog.middlewares.request", "ERROR") as logs,
        ):
            response = self.alice.get("/api/production?siteId=1")

        assert [cast("Content", line.msg)["request_id"] for line in logs.records] == [
            response["X-Request-ID"]
        ]

    def test_also_occur_when_the_token_is_looked_up(self) -> None:
        with patch("api.auth.find_token", side_effect=OperationalError("secret host")):
            response = self.alice.get("/api/production?siteId=1")

        self.assert_error(response, HTTPStatus.INTERNAL_SERVER_ERROR, "DATABASE_ERROR")

    def test_also_occur_when_the_session_is_looked_up(self) -> None:
        browser = Client(raise_request_exception=False)
        browser.force_login(self.people.alice)

        with patch("django.contrib.auth.middleware.get_user", side_effect=OperationalError("secret host")):
            response = browser.get("/api/production")

        self.assert_error(cast("HttpResponse", response), HTTPStatus.INTERNAL_SERVER_ERROR, "DATABASE_ERROR")

    def test_of_other_kinds_are_internal_errors(self) -> None:
        with patch("api.records.views.visible_site", side_effect=RuntimeError("secret")):
            response = self.alice.get("/api/production?siteId=1")

        self.assert_error(response, HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL_ERROR")
        assert b"secret" not in response.content


class TestBusyDatabase(ApiCase):
    def failing(self, error: Exception, cause: Exception) -> HttpResponse:
        error.__cause__ = cause
        with patch("api.records.views.operations.create", side_effect=error):
            return self.alice.post("/api/production", self.bodies()["production"])

    def test_answers_503_with_a_time_to_wait(self) -> None:
        locked = sqlite3.OperationalError("database is locked")
        locked.sqlite_errorname = "SQLITE_BUSY"

        for cause in (locked, psycopg.errors.LockNotAvailable(), psycopg.OperationalError("no connection")):
            response = self.failing(OperationalError("secret host"), cause)

            self.assert_error(response, HTTPStatus.SERVICE_UNAVAILABLE, "BUSY")
            assert int(response["Retry-After"]) >= 1
            assert b"secret" not in response.content

    def test_is_read_only_during_maintenance(self) -> None:
        response = self.failing(InternalError("read-only"), psycopg.errors.ReadOnlySqlTransaction())

        self.assert_error(response, HTTPStatus.SERVICE_UNAVAILABLE, "BUSY")

    def test_is_not_confused_with_a_mistake_in_a_statement(self) -> None:
        response = self.failing(ProgrammingError("no such column"), psycopg.errors.UndefinedColumn())

        self.assert_error(response, HTTPStatus.INTERNAL_SERVER_ERROR, "DATABASE_ERROR")


class TestAdmins(ApiCase):
    @override_settings(REQUIRE_ADMIN_MFA=True)
    def test_need_a_second_factor_where_it_is_required(self) -> None:
        response = self.caller(self.people.ada).get("/api/sites")

        self.assert_error(response, FORBIDDEN, "FORBIDDEN")


class TestDjangosOwnErrors(ApiCase):
    def test_is_answered_in_json(self) -> None:
        many = "&".join(f"key{number}=1" for number in range(1001))

        for path, headers in (
            ("/api/sites", {"Host": "evil.example"}),
            ("/api/health", {"Host": "evil.example"}),
            (f"/api/production?{many}", {}),
        ):
            response = self.alice.send("GET", path, headers=headers)

            self.assert_error(response, BAD, "VALIDATION_ERROR")

    def test_an_invalid_cookie_is_not_a_session(self) -> None:
        for cookie in ("sessionid=\x7f", "sessionid=" + "x" * 5000, ";=;;", "sessionid=%00"):
            response = Client().get("/api/sites", headers={"Cookie": cookie})

            assert (response.status_code, response.json()["code"]) == (UNAUTHORIZED, "UNAUTHORIZED")


@override_settings(SECURE_SSL_REDIRECT=True)
class TestUnencryptedRequest(ApiCase):
    def test_is_rejected_and_not_redirected(self) -> None:
        body = self.bodies()["production"]

        self.assert_error(self.alice.post("/api/production", body), FORBIDDEN, "FORBIDDEN")
        self.assert_error(Caller("desk_nobody").get("/api/sites"), UNAUTHORIZED, "UNAUTHORIZED")
        assert self.alice.get("/api").status_code == FORBIDDEN

    def test_may_ask_for_the_health_of_the_portal(self) -> None:
        worker_seen()

        assert Client().get("/api/health").status_code == HTTPStatus.OK

    def test_is_accepted_over_https(self) -> None:
        text = make_token(owner=self.people.alice, name="t")[1]

        response = Client().get("/api/sites", secure=True, headers={"Authorization": f"Bearer {text}"})

        assert response.status_code == HTTPStatus.OK
