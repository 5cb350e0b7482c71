"""What the API promises of every record module; a module's own test names it and little else."""

import datetime as dt
import json
from http import HTTPStatus
from typing import cast

from django.test import Client

from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site
from tests.api.case import MONDAY, ApiCase, Content, content_of, part_of, refused_fields
from tests.factories import make_submitted_day

OK, CREATED, NO_CONTENT = HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT
BAD, MISSING, CONFLICT = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT


class ApiModuleContract(ApiCase):
    # The contract alone is about no module.
    __test__ = False

    module: RecordModule[DailyRecord]
    list_key: str
    item_key: str
    # A field that can be corrected, what to, and something that is wrong with it.
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

    # --- making

    def test_a_new_record_is_answered_with_its_place_and_every_field(self) -> None:
        answer = self.alice.post(self.path, self.body())

        item = part_of(answer, self.item_key)
        assert answer.status_code == CREATED
        assert answer["Location"] == f"{self.path}/{item['id']}"
        assert set(self.body()) | {"id", "createdAt", "updatedAt", "createdBy", "site"} <= set(item)
        assert item["createdBy"] == "Alice"
        assert item["site"] == {"code": "YARD-NORTH", "name": "North yard"}
        assert str(item["createdAt"]).endswith("Z")
        for key in self.nested:
            assert isinstance(item[key], dict)
        assert content_of(answer)["warnings"] == []

    def test_what_is_odd_is_saved_kept_and_answered(self) -> None:
        Site.objects.update(entry_days_back=7)

        answer = self.alice.post(self.path, self.body())

        kept = self.module.model._default_manager.latest("id")
        assert content_of(answer)["warnings"] == kept.confirmed_warnings
        assert len(kept.confirmed_warnings) == 1
        assert kept.confirmed_warnings[0].endswith("is more than 7 days back. Is that the date?")

    def test_a_date_to_come_is_refused(self) -> None:
        to_come = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)

        answer = self.alice.post(self.path, self.body() | {"date": to_come.isoformat()})

        self.assertContains(answer, "is in the future", status_code=BAD)

    def test_what_is_made_can_be_read_where_its_location_says(self) -> None:
        made = self.alice.post(self.path, self.body())

        answer = self.alice.get(made["Location"])

        assert answer.status_code == OK
        assert part_of(answer, self.item_key) == part_of(made, self.item_key)
        assert answer["ETag"] == made["ETag"]

    def test_the_same_key_and_body_make_one_record(self) -> None:
        first = self.alice.post(self.path, self.body(), Idempotency_Key="once")

        again = self.alice.post(self.path, self.body(), Idempotency_Key="once")

        assert (again.status_code, again.content) == (CREATED, first.content)
        assert again["Location"] == first["Location"]
        assert len(self.items()) == 1

    def test_a_key_with_another_body_is_refused(self) -> None:
        self.alice.post(self.path, self.body(), Idempotency_Key="once")

        answer = self.alice.post(self.path, self.body() | {"date": "2026-03-03"}, Idempotency_Key="once")

        self.assert_refused(answer, BAD, "VALIDATION_ERROR")
        assert refused_fields(answer) == {"Idempotency-Key"}

    def test_an_unknown_key_is_refused_beside_whatever_else_is_wrong(self) -> None:
        key, _value, wrong = self.corrected

        answer = self.alice.post(self.path, self.body() | {key: wrong, "date": "12/01/2026", "colour": "red"})

        self.assert_refused(answer, BAD, "VALIDATION_ERROR")
        assert refused_fields(answer) == {key, "date", "colour"}

    def test_a_body_without_a_site_is_refused(self) -> None:
        body = self.body()
        del body["siteId"]

        answer = self.alice.post(self.path, body)

        self.assert_refused(answer, BAD, "VALIDATION_ERROR")
        assert "siteId" in refused_fields(answer)

    def test_a_site_of_others_is_as_one_that_never_was(self) -> None:
        theirs = self.alice.post(self.path, self.body() | {"siteId": self.other_site.pk})

        nobodys = self.alice.post(self.path, self.body() | {"siteId": 987654})

        self.assert_refused(theirs, MISSING, "NOT_FOUND")
        assert theirs.content == nobodys.content

    def test_a_viewer_makes_changes_and_deletes_nothing(self) -> None:
        path = f"{self.path}/{self.made()['id']}"
        victor = self.caller(self.people.victor)

        for answer in (
            victor.post(self.path, self.body() | {"date": "2026-03-03"}),
            victor.patch(path, {"notes": "mine"}),
            victor.delete(path),
        ):
            self.assert_refused(answer, HTTPStatus.FORBIDDEN, "FORBIDDEN")
        assert len(self.items()) == 1

    def test_a_closed_day_takes_nothing(self) -> None:
        path = f"{self.path}/{self.made()['id']}"
        make_submitted_day(self.site, self.on_monday(), by=self.people.alice)

        for answer in (
            self.alice.post(self.path, self.body()),
            self.alice.patch(path, {"notes": "late"}),
            self.alice.delete(path),
        ):
            self.assert_refused(answer, CONFLICT, "DAY_CLOSED")

    def test_what_is_wrong_is_said_before_that_the_day_is_closed(self) -> None:
        make_submitted_day(self.site, self.on_monday(), by=self.people.alice)
        key, _value, wrong = self.corrected

        answer = self.alice.post(self.path, self.body() | {key: wrong})

        self.assert_refused(answer, BAD, "VALIDATION_ERROR")

    def test_a_moment_means_its_operating_date_at_the_site(self) -> None:
        answer = self.alice.post(self.path, self.body() | {"date": "2026-03-02T23:30:00-02:00"})

        assert part_of(answer, self.item_key)["date"] == "2026-03-03"
        assert content_of(answer)["warnings"] == [
            "Only the operating date 2026-03-03 was saved; the time 23:30 was not."
        ]

    def test_a_parameter_that_nobody_knows_is_refused(self) -> None:
        path = f"{self.path}/{self.made()['id']}"

        for method, at, body in (
            ("GET", path, None),
            ("PATCH", path, {"notes": "x"}),
            ("DELETE", path, None),
            ("POST", self.path, self.body()),
        ):
            answer = self.alice.send(method, f"{at}?colour=red", body)

            self.assert_refused(answer, BAD, "VALIDATION_ERROR")
            assert refused_fields(answer) == {"colour"}

    def test_what_can_be_read_can_be_asked_for_without_its_body(self) -> None:
        path = f"{self.path}/{self.made()['id']}"

        for at in (path, f"{self.path}?siteId={self.site.pk}"):
            whole, head = self.alice.get(at), self.alice.send("HEAD", at)

            assert (head.status_code, head.content) == (OK, b"")
            assert head["Content-Length"] == whole["Content-Length"]
        assert "HEAD" in self.alice.send("PUT", path)["Allow"]

    # --- changing

    def test_a_change_changes_what_is_sent_and_nothing_else(self) -> None:
        before = self.made()
        key, value, _wrong = self.corrected

        answer = self.alice.patch(f"{self.path}/{before['id']}", {key: value})

        after = part_of(answer, self.item_key)
        assert answer.status_code == OK
        assert after[key] == value
        unchanged = set(self.body()) - {key}
        assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}

    def test_a_change_of_another_state_than_the_one_that_is_meant_is_refused(self) -> None:
        made = self.alice.post(self.path, self.body())
        path, etag = made["Location"], made["ETag"]

        first = self.alice.patch(path, {"notes": "first"}, If_Match=f"W/{etag}")
        second = self.alice.patch(path, {"notes": "second"}, If_Match=etag)
        same = self.alice.patch(path, {"notes": "first"}, If_Match=etag)
        gone = self.alice.delete(path, If_Match=etag)

        assert first.status_code == OK
        for answer in (second, same, gone):
            self.assert_refused(answer, CONFLICT, "EDIT_CONFLICT")
        assert self.alice.delete(path, If_Match=first["ETag"]).status_code == NO_CONTENT

    def test_the_site_of_a_record_cannot_be_changed(self) -> None:
        made = self.made()

        answer = self.alice.patch(f"{self.path}/{made['id']}", {"siteId": self.other_site.pk})

        self.assert_refused(answer, BAD, "VALIDATION_ERROR")
        assert refused_fields(answer) == {"siteId"}

    def test_deleting_leaves_nothing_to_read(self) -> None:
        path = f"{self.path}/{self.made()['id']}"

        answer = self.alice.delete(path)

        assert (answer.status_code, answer.content) == (NO_CONTENT, b"")
        assert "Content-Type" not in answer
        for refused in (
            self.alice.get(path),
            self.alice.patch(path, {"notes": "x"}),
            self.alice.delete(path),
        ):
            self.assert_refused(refused, MISSING, "NOT_FOUND")

    def test_a_record_of_others_is_as_one_that_never_was(self) -> None:
        made = self.made()
        oscar = self.caller(self.people.oscar)

        for number in (made["id"], "987654", "nonsense", "1-2", "-1", "9" * 40):
            path = f"{self.path}/{number}"
            for answer in (oscar.get(path), oscar.patch(path, {"notes": "mine"}), oscar.delete(path)):
                self.assert_refused(answer, MISSING, "NOT_FOUND")
                assert b"YARD-NORTH" not in answer.content

    # --- listing

    def test_a_list_needs_a_site_of_the_callers(self) -> None:
        self.assert_refused(self.alice.get(self.path), BAD, "VALIDATION_ERROR")
        for site in (self.other_site.pk, 987654, "YARD-NORTH", "9" * 40):
            self.assert_refused(self.alice.get(f"{self.path}?siteId={site}"), MISSING, "NOT_FOUND")

    def test_pages_follow_one_another_although_records_come_between(self) -> None:
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

    def test_either_bound_of_the_dates_works_alone(self) -> None:
        for day in (1, 2, 3):
            self.made(date=f"2026-03-{day:02}")

        def dates(query: str) -> list[object]:
            return [item["date"] for item in self.items(query)]

        assert dates("&dateFrom=2026-03-02") == ["2026-03-03", "2026-03-02"]
        assert dates("&dateTo=2026-03-02") == ["2026-03-02", "2026-03-01"]
        assert dates("&dateFrom=2026-03-02T00:30:00%2B02:00&dateTo=2026-03-01") == ["2026-03-01"]

    def test_a_query_that_is_wrong_is_refused(self) -> None:
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
            answer = self.alice.get(f"{self.path}?siteId={self.site.pk}&{query}")

            self.assert_refused(answer, BAD, "VALIDATION_ERROR")
            assert refused_fields(answer) == {field}, query

    def test_a_cursor_of_another_list_is_refused(self) -> None:
        for day in (1, 2):
            self.made(date=f"2026-03-{day:02}")
        cursor = self.listed(self.module.slug, "&limit=1")["nextCursor"]
        admin = self.caller(self.people.ada)

        answer = admin.get(f"{self.path}?siteId={self.other_site.pk}&cursor={cursor}")

        self.assert_refused(answer, BAD, "VALIDATION_ERROR")

    def test_a_list_is_narrowed_by_what_its_records_name(self) -> None:
        made = self.made()

        for key in self.filters:
            nothing = self.alice.get(f"{self.path}?siteId={self.site.pk}&{key}=")
            self.assert_refused(nothing, BAD, "VALIDATION_ERROR")
            found, other = self.items(f"&{key}={made[key]}"), self.items(f"&{key}={self.other_value(key)}")

            assert [item["id"] for item in found] == [made["id"]], key
            assert other == [], key

    def other_value(self, key: str) -> object:
        return {"shift": "NIGHT", "status": "IDLE"}.get(key, 987654)

    def test_an_answer_that_is_known_is_not_sent_again(self) -> None:
        made = self.made()
        listed, item = f"{self.path}?siteId={self.site.pk}", f"{self.path}/{made['id']}"

        for path in (listed, item):
            first = self.alice.get(path)
            again = self.alice.get(path, If_None_Match=first["ETag"])

            assert again.status_code == HTTPStatus.NOT_MODIFIED
            assert again.content == b""
        self.made(date="2026-03-09")
        assert self.alice.get(listed, If_None_Match=first["ETag"]).status_code == OK

    # --- following what changes

    def test_what_changed_is_told_in_order_and_what_is_gone_too(self) -> None:
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
        told = cast("list[Content]", after[self.list_key])
        assert [item["id"] for item in told] == [kept["id"], gone["id"]]
        assert told[0]["notes"] == "later"
        assert told[1] == {"id": gone["id"], "deleted": True}
        assert at_the_end[self.list_key] == []

    def test_whoever_follows_in_small_steps_ends_with_what_is_there(self) -> None:
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

    def test_a_browser_may_do_it_with_its_proof_of_origin(self) -> None:
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
