"""Exports as programs ask for them: the table of the contract, row by row."""

import datetime as dt
import hashlib
import json
from http import HTTPStatus

from django.utils import timezone

from core.jobs.models import JobStatus
from exports import actions
from exports.models import ExportDownload, ExportJob
from exports.worker import ExportRunner
from tests.api.case import ApiCase, Content, content_of, items_of, part_of, refused_fields
from tests.files import FilesOfTheTest
from tests.records.case import pulse_at_rest

OK, CREATED, NO_CONTENT = HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT
PATH = "/api/exports"


class TestExports(FilesOfTheTest, ApiCase):
    storage = "exports"

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(pulse_at_rest())
        self.keep_files_apart()
        self.make("received", qtyTon=10, loads=None)

    def body(self, **changes: object) -> Content:
        wanted: Content = {
            "siteId": self.site.pk,
            "module": "received",
            "dateFrom": "2026-03-01",
            "dateTo": "2026-03-31",
            "format": "csv",
        }
        return {**wanted, **changes}

    def asked(self, **changes: object) -> Content:
        answer = self.alice.post(PATH, self.body(**changes))
        assert answer.status_code == CREATED, answer.content
        return part_of(answer, "exportJob")

    def test_a_job_is_told_with_every_key(self) -> None:
        job = self.asked()

        assert set(job) >= {
            "id", "siteId", "module", "dateFrom", "dateTo", "granularity", "format", "status", "progress",
            "fileSize", "fileHash", "recordCount", "errorMessage", "downloadUrl", "expiresAt", "createdAt",
        }  # fmt: skip
        assert (job["status"], job["progress"], job["granularity"]) == ("pending", 0, "daily")
        assert (job["siteId"], job["module"], job["dateFrom"]) == (self.site.pk, "received", "2026-03-01")

    def test_the_same_while_it_is_made_is_the_same_job(self) -> None:
        job = self.asked()

        again = self.alice.post(PATH, self.body())

        assert (again.status_code, part_of(again, "exportJob")["id"]) == (OK, job["id"])

    def test_every_module_can_be_asked_for(self) -> None:
        for module in ("production", "dispatch", "received", "equipment", "inventory"):
            assert self.asked(module=module)["module"] == module

    def test_every_granularity_and_format_can_be_asked_for(self) -> None:
        wanted = [("daily", "xlsx"), ("weekly", "csv"), ("monthly", "xlsx"), ("monthly", "pdf")]

        told = [self.asked(granularity=granularity, format=kind) for granularity, kind in wanted]

        assert [(job["granularity"], job["format"]) for job in told] == wanted

    def test_a_range_is_as_long_as_the_role_reaches(self) -> None:
        for person, days in ((self.people.alice, 90), (self.people.mona, 366), (self.people.victor, 366)):
            caller, last = self.caller(person), dt.date(2026, 3, 31)
            for longer, status in ((0, CREATED), (1, HTTPStatus.BAD_REQUEST)):
                first = last - dt.timedelta(days=days - 1 + longer)
                answer = caller.post(PATH, self.body(dateFrom=first.isoformat(), dateTo=last.isoformat()))

                assert answer.status_code == status, (person, longer)
            self.assert_refused(answer, HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR")
        ever = self.caller(self.people.ada).post(PATH, self.body(dateFrom="2010-01-01"))
        assert ever.status_code == CREATED

    def test_the_states_of_a_job_are_those_of_the_contract(self) -> None:
        assert set(JobStatus.values) == {
            "pending", "processing", "completed", "failed", "cancelled", "expired",
        }  # fmt: skip

    def test_the_newest_twenty_are_listed(self) -> None:
        job = self.asked()
        self.alice.delete(f"{PATH}/{job['id']}")
        numbers = [job["id"]]
        for _ in range(20):
            made = ExportJob.objects.get(pk=int(str(job["id"])))
            made.pk = None
            made.requested_at = timezone.now()
            made.save(force_insert=True)
            made.sites.add(self.site)
            numbers.append(made.pk)

        jobs_told = items_of(self.alice.get(PATH), "jobs")

        assert [told["id"] for told in jobs_told] == numbers[:0:-1]

    def test_what_failed_or_was_cancelled_has_no_file_and_can_be_made_again(self) -> None:
        for status in (JobStatus.FAILED, JobStatus.CANCELLED):
            path = f"{PATH}/{self.asked()['id']}"
            self.alice.delete(path)
            why = "The disk is full." if status == JobStatus.FAILED else ""
            ExportJob.objects.update(status=status, error=why)

            told = part_of(self.alice.get(path), "exportJob")
            fetched = self.alice.get(f"{path}/download")
            again = self.alice.post(f"{path}/retry", None)

            assert (told["status"], told["errorMessage"]) == (status, why or None)
            self.assert_refused(fetched, HTTPStatus.CONFLICT, "EXPORT_NOT_READY")
            assert (again.status_code, part_of(again, "exportJob")["status"]) == (OK, "pending")
            self.alice.delete(path)

    def test_a_sixth_that_is_under_way_is_too_much(self) -> None:
        for module in ("production", "dispatch", "received", "equipment", "inventory"):
            self.asked(module=module)

        answer = self.alice.post(PATH, self.body(module="manpower"))

        self.assert_refused(answer, HTTPStatus.TOO_MANY_REQUESTS, "RATE_LIMITED")
        assert int(answer["Retry-After"]) > 0

    def test_what_is_wrong_is_said_field_by_field(self) -> None:
        answer = self.alice.post(
            PATH, self.body(module="gold", format="doc", dateFrom="yesterday", siteId=True, colour="red")
        )

        self.assert_refused(answer, HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR")
        assert refused_fields(answer) == {"module", "format", "dateFrom", "siteId", "colour"}

    def test_a_range_that_the_role_does_not_reach_or_that_runs_backwards_is_refused(self) -> None:
        for dates in (
            {"dateFrom": "2025-01-01"},
            {"dateFrom": "2026-04-01"},
            {"dateFrom": "0001-01-01"},
        ):
            answer = self.alice.post(PATH, self.body(**dates))

            self.assert_refused(answer, HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR")

    def test_a_site_of_others_does_not_exist(self) -> None:
        for site in (self.other_site.pk, 987654, "YARD-NORTH"):
            answer = self.alice.post(PATH, self.body(siteId=site))

            self.assert_refused(answer, HTTPStatus.NOT_FOUND, "NOT_FOUND")

    def test_a_job_is_nobody_elses(self) -> None:
        job = self.asked()

        for person in (self.people.mona, self.people.ada, self.people.oscar):
            caller = self.caller(person)
            for method, path in (("GET", ""), ("GET", "/download"), ("POST", "/retry"), ("DELETE", "")):
                answer = caller.send(method, f"{PATH}/{job['id']}{path}")
                self.assert_refused(answer, HTTPStatus.NOT_FOUND, "NOT_FOUND")
            assert items_of(caller.get(PATH), "jobs") == []
        assert [told["id"] for told in items_of(self.alice.get(PATH), "jobs")] == [job["id"]]

    def test_a_file_is_fetched_once_it_is_made(self) -> None:
        job = self.asked()
        path = f"{PATH}/{job['id']}"
        early = self.alice.get(f"{path}/download")
        ExportRunner().run(int(str(job["id"])))

        told = part_of(self.alice.get(path), "exportJob")
        answer = self.alice.get(str(told["downloadUrl"]))
        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # it is a file
        part = self.alice.get(f"{path}/download", Range="bytes=0-3")

        self.assert_refused(early, HTTPStatus.CONFLICT, "EXPORT_NOT_READY")
        assert (told["status"], told["progress"], told["recordCount"]) == ("completed", 100, 1)
        assert (told["fileSize"], told["fileHash"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert answer["Content-Length"] == str(len(content))
        assert answer["Repr-Digest"].startswith("sha-256=")
        assert "attachment" in answer["Content-Disposition"]
        assert ".csv" in answer["Content-Disposition"]
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["X-Request-ID"]
        assert b"".join(part.streaming_content) == content[:4]  # type: ignore[attr-defined]  # the same
        assert part.status_code == HTTPStatus.PARTIAL_CONTENT
        beyond = self.alice.get(f"{path}/download", Range="bytes=999999-")
        self.assert_refused(beyond, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "RANGE_NOT_SATISFIABLE")
        assert beyond["Content-Range"] == f"bytes */{len(content)}"

    def test_a_file_past_its_time_is_gone_and_can_be_made_again(self) -> None:
        job = self.asked()
        path = f"{PATH}/{job['id']}"
        ExportRunner().run(int(str(job["id"])))
        ExportJob.objects.update(status="expired", storage_name="")

        gone = self.alice.get(f"{path}/download")
        again = self.alice.post(f"{path}/retry", None)

        self.assert_refused(gone, HTTPStatus.GONE, "EXPIRED")
        assert (again.status_code, part_of(again, "exportJob")["status"]) == (OK, "pending")

    def test_only_what_is_over_is_made_again(self) -> None:
        job = self.asked()

        answer = self.alice.post(f"{PATH}/{job['id']}/retry", None)

        self.assert_refused(answer, HTTPStatus.CONFLICT, "EXPORT_NOT_READY")

    def test_deleting_cancels_and_then_puts_away(self) -> None:
        path = f"{PATH}/{self.asked()['id']}"

        cancelled = self.alice.delete(path)
        told = part_of(self.alice.get(path), "exportJob")
        removed = self.alice.delete(path)

        assert (cancelled.status_code, removed.status_code) == (NO_CONTENT, NO_CONTENT)
        assert told["status"] == "cancelled"
        self.assert_refused(self.alice.get(path), HTTPStatus.NOT_FOUND, "NOT_FOUND")

    def test_what_is_not_there_is_said_before_that_a_token_only_reads(self) -> None:
        job = self.asked()
        reading = self.caller(self.people.alice, is_read_only=True)

        for method, path, body in (
            ("POST", "", self.body(siteId=self.other_site.pk)),
            ("POST", "/987654/retry", None),
            ("DELETE", "/987654", None),
        ):
            self.assert_refused(reading.send(method, PATH + path, body), HTTPStatus.NOT_FOUND, "NOT_FOUND")
        for method, path in (("POST", f"/{job['id']}/retry"), ("DELETE", f"/{job['id']}")):
            self.assert_refused(reading.send(method, PATH + path), HTTPStatus.FORBIDDEN, "FORBIDDEN")

    def test_a_range_that_is_backwards_everywhere_is_said_before_the_site(self) -> None:
        answer = self.alice.post(PATH, self.body(siteId=self.other_site.pk, dateTo="2026-02-01"))

        self.assert_refused(answer, HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR")
        assert refused_fields(answer) == {"dateTo"}

    def test_no_granularity_is_daily(self) -> None:
        assert self.asked(granularity=None)["granularity"] == "daily"

    def test_a_parameter_that_nobody_knows_is_refused(self) -> None:
        path = f"{PATH}/{self.asked()['id']}"

        for method, address in (("GET", PATH), ("GET", path), ("DELETE", path), ("POST", f"{path}/retry")):
            answer = self.alice.send(method, f"{address}?colour=red")

            self.assert_refused(answer, HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR")
            assert refused_fields(answer) == {"colour"}

    def test_asking_about_a_file_hands_nothing_out(self) -> None:
        path = f"{PATH}/{self.asked()['id']}"
        ExportRunner().run(int(path.rpartition("/")[2]))

        answer = self.alice.send("HEAD", f"{path}/download")

        assert answer.status_code == OK
        assert int(answer["Content-Length"]) > 0
        assert not ExportDownload.objects.exists()

    def test_a_token_that_reads_only_asks_for_nothing(self) -> None:
        reading = self.caller(self.people.alice, is_read_only=True)

        answer = reading.post(PATH, self.body())

        self.assert_refused(answer, HTTPStatus.FORBIDDEN, "FORBIDDEN")
        assert ExportJob.objects.count() == 0

    def test_jobs_of_the_page_are_told_by_their_own_name(self) -> None:
        job = self.asked(module="counts")

        assert job["module"] == "counts"
        assert json.loads(self.alice.get(f"{PATH}/{job['id']}").content)["exportJob"]["module"] == "counts"
        assert actions.MAX_ACTIVE == 5
        assert content_of(self.alice.get(PATH))["jobs"]
