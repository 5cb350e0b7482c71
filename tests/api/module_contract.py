"""The contract of the API for every record module, inherited by each module's test."""

import datetime as dt
import json
from http import HTTPStatus
from typing import cast
from unittest import mock

from django.test import Client

from api.responses import to_json
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site
from tests.api.case import MONDAY, ApiCase, Content, content_of, error_fields, part_of
from tests.factories import make_submitted_day

OK, CREATED, NO_CONTENT = HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT
BAD, MISSING, CONFLICT = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT


class ApiModuleContract(ApiCase):
    # The contract itself has no module.
    __test__ = False

    module: RecordModule[DailyRecord]
    list_key: str
    item_key: str
    # A field, a new value for it, and a wrong one.
    corrected: tuple[str, object, object]
    nested: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.__test__ = True

    @property
    def path(self) -> str:
        return f"/api/{self.module.slug}"

    def body(self) -> Content:
        return self.bodies()[self.module.slug]

    def made(self, **changes: object) -> Content:
        return self.make(self.module.slug, **changes)

    def items(self, query: str = "") -> list[Content]:
        return cast("list[Content]", self.listed(self.module.slug, query)[self.list_key])

    # --- creating

    def test_creating_returns_every_field_and_the_location(self) -> None:
        response = self.alice.post(self.path, self.body())

        item = part_of(response, self.item_key)
        assert response.status_code == CREATED
        assert response["Location"] == f"{self.path}/{item['id']}"
        assert set(self.body()) | {"id", "createdAt", "updatedAt", "createdBy", "site"} <= set(item)
        assert item["createdBy"] == "Alice"
        assert item["site"] == {"code": "YARD-NORTH", "name": "North yard"}
        assert str(item["createdAt"]).endswith("Z")
        for key in self.nested:
            assert isinstance(item[key], dict)
        assert content_of(response)["warnings"] == []

    def test_saves_unusual_values_and_returns_warnings(self) -> None:
        Site.objects.update(entry_days_back=7)

        response = self.alice.post(self.path, self.body())

        kept = self.module.model._default_manager.latest("id")
        assert content_of(response)["warnings"] == kept.confirmed_warnings
        assert len(kept.confirmed_warnings) == 1
        assert kept.confirmed_warnings[0].endswith("is more than 7 days back. Is that the date?")

    def test_rejects_a_date_in_the_future(self) -> None:
        to_come = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)

        response = self.alice.post(self.path, self.body() | {"date": to_come.isoformat()})

        self.assertContains(response, "is in the future", status_code=BAD)

    def test_rejects_a_number_that_no_column_holds(self) -> None:
        body = self.body()
        for name, value in body.items():
            if isinstance(value, (int, float)) and not name.endswith("Id"):
                response = self.alice.post(self.path, body | {name: 10**30})

                self.assert_error(response, BAD, "VALIDATION_ERROR")
                assert name in error_fields(response)

    def test_the_location_of_a_new_record_can_be_read(self) -> None:
        made = self.alice.post(self.path, self.body())

        response = self.alice.get(made["Location"])

        assert response.status_code == OK
        assert part_of(response, self.item_key) == part_of(made, self.item_key)
        assert response["ETag"] == made["ETag"]

    def test_the_same_key_and_body_create_one_record(self) -> None:
        first = self.alice.post(self.path, self.body(), Idempotency_Key="once")

        again = self.alice.post(self.path, self.body(), Idempotency_Key="once")

        assert (again.status_code, again.content) == (CREATED, first.content)
        assert again["Location"] == first["Location"]
        assert len(self.items()) == 1

    def test_rejects_a_used_key_with_another_body(self) -> None:
        self.alice.post(self.path, self.body(), Idempotency_Key="once")

        response = self.alice.post(self.path, self.body() | {"date": "2026-03-03"}, Idempotency_Key="once")

        self.assert_error(response, BAD, "VALIDATION_ERROR")
        assert error_fields(response) == {"Idempotency-Key"}

    def test_rejects_an_unknown_key_together_with_other_errors(self) -> None:
        key, _value, wrong = self.corrected

        response = self.alice.post(
            self.path, self.body() | {key: wrong, "date": "12/01/2026", "colour": "red"}
        )

        self.assert_error(response, BAD, "VALIDATION_ERROR")
        assert error_fields(response) == {key, "date", "colour"}

    def test_rejects_a_body_without_a_site(self) -> None:
        body = self.body()
        del body["siteId"]

        response = self.alice.post(self.path, body)

        self.assert_error(response, BAD, "VALIDATION_ERROR")
        assert "siteId" in error_fields(response)

    def test_another_users_site_does_not_exist(self) -> None:
        theirs = self.alice.post(self.path, self.body() | {"siteId": self.other_site.pk})

        missing = self.alice.post(self.path, self.body() | {"siteId": 987654})

        self.assert_error(theirs, MISSING, "NOT_FOUND")
        assert theirs.content == missing.content

    def test_a_viewer_can_write_nothing(self) -> None:
        path = f"{self.path}/{self.made()['id']}"
        victor = self.caller(self.people.victor)

        for response in (
            victor.post(self.path, self.body() | {"date": "2026-03-03"}),
            victor.patch(path, {"notes": "mine"}),
            victor.delete(path),
        ):
            self.assert_error(response, HTTPStatus.FORBIDDEN, "FORBIDDEN")
        assert len(self.items()) == 1

    def test_a_closed_day_accepts_no_changes(self) -> None:
        path = f"{self.path}/{self.made()['id']}"
        make_submitted_day(self.site, self.on_monday(), by=self.people.alice)

        for response in (
            self.alice.post(self.path, self.body()),
            self.alice.patch(path, {"notes": "late"}),
            self.alice.delete(path),
        ):
            self.assert_error(response, CONFLICT, "DAY_CLOSED")

    def test_validation_errors_come_before_a_closed_day(self) -> None:
        make_submitted_day(self.site, self.on_monday(), by=self.people.alice)
        key, _value, wrong = self.corrected

        response = self.alice.post(self.path, self.body() | {key: wrong})

        self.assert_error(response, BAD, "VALIDATION_ERROR")

    def test_a_time_is_saved_as_its_operating_date_with_a_warning(self) -> None:
        response = self.alice.post(self.path, self.body() | {"date": "2026-03-02T23:30:00-02:00"})

        assert part_of(response, self.item_key)["date"] == "2026-03-03"
        assert content_of(response)["warnings"] == [
            "Only the operating date 2026-03-03 was saved; the time 23:30 was not."
        ]

    def test_rejects_an_unknown_parameter(self) -> None:
        path = f"{self.path}/{self.made()['id']}"

        for method, at, body in (
            ("GET", path, None),
            ("PATCH", path, {"notes": "x"}),
            ("DELETE", path, None),
            ("POST", self.path, self.body()),
        ):
            response = self.alice.send(method, f"{at}?colour=red", body)

            self.assert_error(response, BAD, "VALIDATION_ERROR")
            assert error_fields(response) == {"colour"}

    def test_head_returns_the_headers_of_get(self) -> None:
        path = f"{self.path}/{self.made()['id']}"

        for at in (path, f"{self.path}?siteId={self.site.pk}"):
            whole, head = self.alice.get(at), self.alice.send("HEAD", at)

            assert (head.status_code, head.content) == (OK, b"")
            assert head["Content-Length"] == whole["Content-Length"]
        assert "HEAD" in self.alice.send("PUT", path)["Allow"]

    # --- updating

    def test_an_update_changes_only_the_fields_that_are_sent(self) -> None:
        before = self.made()
        key, value, _wrong = self.corrected

        response = self.alice.patch(f"{self.path}/{before['id']}", {key: value})

        after = part_of(response, self.item_key)
        assert response.status_code == OK
        assert after[key] == value
        unchanged = set(self.body()) - {key}
        assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}

    def test_rejects_an_update_with_an_outdated_etag(self) -> None:
        made = self.alice.post(self.path, self.body())
        path, etag = made["Location"], made["ETag"]

        first = self.alice.patch(path, {"notes": "first"}, If_Match=f"W/{etag}")
        second = self.alice.patch(path, {"notes": "second"}, If_Match=etag)
        same = self.alice.patch(path, {"notes": "first"}, If_Match=etag)
        gone = self.alice.delete(path, If_Match=etag)

        assert first.status_code == OK
        for response in (second, same, gone):
            self.assert_error(response, CONFLICT, "EDIT_CONFLICT")
        assert self.alice.delete(path, If_Match=first["ETag"]).status_code == NO_CONTENT

    def test_the_site_of_a_record_cannot_be_changed(self) -> None:
        made = self.made()

        response = self.alice.patch(f"{self.path}/{made['id']}", {"siteId": self.other_site.pk})

        self.assert_error(response, BAD, "VALIDATION_ERROR")
        assert error_fields(response) == {"siteId"}

    def test_a_deleted_record_does_not_exist(self) -> None:
        path = f"{self.path}/{self.made()['id']}"

        response = self.alice.delete(path)

        assert (response.status_code, response.content) == (NO_CONTENT, b"")
        assert "Content-Type" not in response
        for refused in (
            self.alice.get(path),
            self.alice.patch(path, {"notes": "x"}),
            self.alice.delete(path),
        ):
            self.assert_error(refused, MISSING, "NOT_FOUND")

    def test_another_users_record_does_not_exist(self) -> None:
        made = self.made()
        oscar = self.caller(self.people.oscar)

        for number in (made["id"], "987654", "nonsense", "1-2", "-1", "9" * 40):
            path = f"{self.path}/{number}"
            for response in (oscar.get(path), oscar.patch(path, {"notes": "mine"}), oscar.delete(path)):
                self.assert_error(response, MISSING, "NOT_FOUND")
                assert b"YARD-NORTH" not in response.content

    # --- listing

    def test_a_list_requires_a_site_of_the_caller(self) -> None:
        self.assert_error(self.alice.get(self.path), BAD, "VALIDATION_ERROR")
        for site in (self.other_site.pk, 987654, "YARD-NORTH", "9" * 40):
            self.assert_error(self.alice.get(f"{self.path}?siteId={site}"), MISSING, "NOT_FOUND")

    def test_pages_are_not_shifted_by_new_records(self) -> None:
        dates = [f"2026-03-{day:02}" for day in range(1, 8)]
        for date in dates:
            self.made(date=date)
        seen: list[object] = []
        query = "&limit=3"

        while query:
            page = self.listed(self.module.slug, query)
            seen += [item["date"] for item in cast("list[Content]", page[self.list_key])]
            query = f"&limit=3&cursor={page['nextCursor']}" if page["nextCursor"] else ""
            if len(seen) == 3:
                self.made(date="2026-03-20")

        assert seen == dates[::-1]

    def test_each_date_limit_works_alone(self) -> None:
        for day in (1, 2, 3):
            self.made(date=f"2026-03-{day:02}")

        def dates(query: str) -> list[object]:
            return [item["date"] for item in self.items(query)]

        assert dates("&dateFrom=2026-03-02") == ["2026-03-03", "2026-03-02"]
        assert dates("&dateTo=2026-03-02") == ["2026-03-02", "2026-03-01"]
        assert dates("&dateFrom=2026-03-02T00:30:00%2B02:00&dateTo=2026-03-01") == ["2026-03-01"]

    def test_rejects_an_invalid_query(self) -> None:
        for query, field in (
            ("limit=0", "limit"),
            ("limit=1001", "limit"),
            ("limit=ten", "limit"),
            ("dateFrom=yesterday", "dateFrom"),
            ("dateFrom=2026-03-02&dateTo=2026-03-01", "dateTo"),
            ("cursor=mine", "cursor"),
            ("cursor=", "cursor"),
            ("colour=red", "colour"),
            ("changedSince=soon", "changedSince"),
            ("changedSince=-1", "changedSince"),
            ("changedSince=0&dateFrom=2026-03-01", "dateFrom"),
        ):
            response = self.alice.get(f"{self.path}?siteId={self.site.pk}&{query}")

            self.assert_error(response, BAD, "VALIDATION_ERROR")
            assert error_fields(response) == {field}, query

    def test_rejects_a_cursor_of_another_site(self) -> None:
        for day in (1, 2):
            self.made(date=f"2026-03-{day:02}")
        cursor = self.listed(self.module.slug, "&limit=1")["nextCursor"]
        admin = self.caller(self.people.ada)

        response = admin.get(f"{self.path}?siteId={self.other_site.pk}&cursor={cursor}")

        self.assert_error(response, BAD, "VALIDATION_ERROR")

    def test_a_list_can_be_filtered_by_references_and_choices(self) -> None:
        made = self.made()

        for key in self.filters:
            nothing = self.alice.get(f"{self.path}?siteId={self.site.pk}&{key}=")
            self.assert_error(nothing, BAD, "VALIDATION_ERROR")
            found, other = self.items(f"&{key}={made[key]}"), self.items(f"&{key}={self.other_value(key)}")

            assert [item["id"] for item in found] == [made["id"]], key
            assert other == [], key

    def other_value(self, key: str) -> object:
        return {"shift": "NIGHT", "status": "IDLE", "event": "NONE"}.get(key, 987654)

    def test_an_unchanged_response_is_not_sent_again(self) -> None:
        made = self.made()
        listed, item = f"{self.path}?siteId={self.site.pk}", f"{self.path}/{made['id']}"

        for path in (listed, item):
            first = self.alice.get(path)
            again = self.alice.get(path, If_None_Match=first["ETag"])

            assert again.status_code == HTTPStatus.NOT_MODIFIED
            assert again.content == b""
        self.made(date="2026-03-09")
        assert self.alice.get(listed, If_None_Match=first["ETag"]).status_code == OK

    def test_a_list_is_sent_again_where_another_release_shows_more(self) -> None:
        self.made()
        path = f"{self.path}?siteId={self.site.pk}"
        etag = self.alice.get(path)["ETag"]

        with mock.patch("api.responses.to_json", lambda content: to_json({**content, "added": 1})):
            assert self.alice.get(path, If_None_Match=etag).status_code == OK

    # --- following changes

    def test_changes_are_in_order_and_include_deletions(self) -> None:
        kept, gone = self.made(date="2026-03-03"), self.made(date="2026-03-04")
        begun = self.listed(self.module.slug, "&changedSince=0")
        until = begun["changedUntil"]
        self.alice.patch(f"{self.path}/{kept['id']}", {"notes": "later"})
        self.alice.delete(f"{self.path}/{gone['id']}")

        after = self.listed(self.module.slug, f"&changedSince={until}")
        at_the_end = self.listed(self.module.slug, f"&changedSince={after['changedUntil']}")

        assert [item["id"] for item in cast("list[Content]", begun[self.list_key])] == [
            kept["id"],
            gone["id"],
        ]
        found = cast("list[Content]", after[self.list_key])
        assert [item["id"] for item in found] == [kept["id"], gone["id"]]
        assert found[0]["notes"] == "later"
        assert found[1] == {"id": gone["id"], "deleted": True}
        assert at_the_end[self.list_key] == []

    def test_following_changes_in_small_steps_gives_the_current_records(self) -> None:
        made = [self.made(date=f"2026-03-{day:02}") for day in range(1, 6)]
        self.alice.delete(f"{self.path}/{made[1]['id']}")
        held: dict[object, Content] = {}
        since, has_more = 0, True

        while has_more:
            page = self.listed(self.module.slug, f"&limit=1&changedSince={since}")
            for item in cast("list[Content]", page[self.list_key]):
                if "deleted" in item:
                    held.pop(item["id"], None)
                else:
                    held[item["id"]] = item
            assert cast("int", page["changedUntil"]) > since
            since, has_more = cast("int", page["changedUntil"]), cast("bool", page["hasMore"])

        assert held == {item["id"]: item for item in self.items()}

    def test_a_browser_needs_its_csrf_token(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.people.alice)
        client.get("/account/tokens/")
        body = json.dumps(self.body())

        without = client.post(self.path, body, content_type="application/json")
        token = client.cookies["csrftoken"].value
        given = client.post(self.path, body, content_type="application/json", headers={"X-CSRFToken": token})

        assert without.status_code == HTTPStatus.FORBIDDEN
        assert json.loads(without.content)["code"] == "FORBIDDEN"
        assert given.status_code == CREATED

    def on_monday(self) -> dt.date:
        return dt.date.fromisoformat(MONDAY)
