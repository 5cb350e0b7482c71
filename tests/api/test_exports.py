"""The routes of exports in the API."""

import datetime as dt
import hashlib
import json
from http import HTTPStatus

from django.utils import timezone

from core.jobs.models import JobStatus
from exports import actions
from exports.models import ExportDownload, ExportJob
from exports.worker import ExportRunner
from tests.api.case import ApiCase, Content, content_of, error_fields, items_of, part_of
from tests.files import FilesOfTheTest
from tests.records.case import heartbeat_at_rest

OK, CREATED, NO_CONTENT = HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT
PATH = "/api/exports"


class TestExports(FilesOfTheTest, ApiCase):
    storage = "exports"

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(heartbeat_at_rest())
        self.keep_files_apart()
        self.make("received", qtyTon=10, loads=None)

    def body(self, **changes: object) -> Content:
        choices: Content = {
            "siteId": self.site.pk,
            "module": "received",
            "dateFrom": "2026-03-01",
            "dateTo": "2026-03-31",
            "format": "csv",
        }
        return {**choices, **changes}

    def create_job(self, **changes: object) -> Content:
        response = self.alice.post(PATH, self.body(**changes))
        assert response.status_code == CREATED, response.content
        return part_of(response, "exportJob")

    def test_a_job_has_every_key(self) -> None:
        job = self.create_job()

        assert set(job) >= {
            "id", "siteId", "module", "dateFrom", "dateTo", "granularity", "format", "status", "progress",
            "fileSize", "fileHash", "recordCount", "errorMessage", "downloadUrl", "expiresAt", "createdAt",
        }  # fmt: skip
        assert (job["status"], job["progress"], job["granularity"]) == ("pending", 0, "daily")
        assert (job["siteId"], job["module"], job["dateFrom"]) == (self.site.pk, "received", "2026-03-01")

    def test_the_same_request_returns_the_active_job(self) -> None:
        job = self.create_job()

        again = self.alice.post(PATH, self.body())

        assert (again.status_code, part_of(again, "exportJob")["id"]) == (OK, job["id"])

    def test_every_module_can_be_exported(self) -> None:
        for module in ("production", "dispatch", "received", "equipment", "inventory"):
            assert self.create_job(module=module)["module"] == module

    def test_every_granularity_and_format_can_be_exported(self) -> None:
        choices = [("daily", "xlsx"), ("weekly", "csv"), ("monthly", "xlsx"), ("monthly", "pdf")]

        found = [self.create_job(granularity=granularity, format=kind) for granularity, kind in choices]

        assert [(job["granularity"], job["format"]) for job in found] == choices

    def test_the_role_limits_the_range(self) -> None:
        for person, days in ((self.people.alice, 90), (self.people.mona, 366), (self.people.victor, 366)):
            caller, last = self.caller(person), dt.date(2026, 3, 31)
            for longer, status in ((0, CREATED), (1, HTTPStatus.BAD_REQUEST)):
                first = last - dt.timedelta(days=days - 1 + longer)
                response = caller.post(PATH, self.body(dateFrom=first.isoformat(), dateTo=last.isoformat()))

                assert response.status_code == status, (person, longer)
            self.assert_error(response, HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR")
        ever = self.caller(self.people.ada).post(PATH, self.body(dateFrom="2010-01-01"))
        assert ever.status_code == CREATED

    def test_the_statuses_of_a_job_are_those_of_the_contract(self) -> None:
        assert set(JobStatus.values) == {
            "pending", "processing", "completed", "failed", "cancelled", "expired",
        }  # fmt: skip

    def test_the_newest_twenty_are_listed(self) -> None:
        job = self.create_job()
        self.alice.delete(f"{PATH}/{job['id']}")
        numbers = [job["id"]]
        for _ in range(20):
            made = ExportJob.objects.get(pk=int(str(job["id"])))
            made.pk = None
            made.requested_at = timezone.now()
            made.save(force_insert=True)
            made.sites.add(self.site)
            numbers.append(made.pk)

        jobs_shown = items_of(self.alice.get(PATH), "jobs")

        assert [found["id"] for found in jobs_shown] == numbers[:0:-1]

    def test_a_failed_or_cancelled_job_has_no_file_and_can_be_retried(self) -> None:
        for status in (JobStatus.FAILED, JobStatus.CANCELLED):
            path = f"{PATH}/{self.create_job()['id']}"
            self.alice.delete(path)
            why = "The disk is full." if status == JobStatus.FAILED else ""
            ExportJob.objects.update(status=status, error=why)

            found = part_of(self.alice.get(path), "exportJob")
            fetched = self.alice.get(f"{path}/download")
            again = self.alice.post(f"{path}/retry", None)

            assert (found["status"], found["errorMessage"]) == (status, why or None)
            self.assert_error(fetched, HTTPStatus.CONFLICT, "EXPORT_NOT_READY")
            assert (again.status_code, part_of(again, "exportJob")["status"]) == (OK, "pending")
            self.alice.delete(path)

    def test_rejects_a_sixth_active_job(self) -> None:
        for module in ("production", "dispatch", "received", "equipment", "inventory"):
            self.create_job(module=module)

        response = self.alice.post(PATH, self.body(module="manpower"))

        self.assert_error(response, HTTPStatus.TOO_MANY_REQUESTS, "RATE_LIMITED")
        assert int(response["Retry-After"]) > 0

    def test_errors_name_their_fields(self) -> None:
        response = self.alice.post(
            PATH, self.body(module="gold", format="doc", dateFrom="yesterday", siteId=True, colour="red")
        )

        self.assert_error(response, HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR")
        assert error_fields(response) == {"module", "format", "dateFrom", "siteId", "colour"}

    def test_rejects_a_range_that_is_too_long_or_reversed(self) -> None:
        for dates in (
            {"dateFrom": "2025-01-01"},
            {"dateFrom": "2026-04-01"},
            {"dateFrom": "0001-01-01"},
        ):
            response = self.alice.post(PATH, self.body(**dates))

            self.assert_error(response, HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR")

    def test_another_users_site_does_not_exist(self) -> None:
        for site in (self.other_site.pk, 987654, "YARD-NORTH"):
            response = self.alice.post(PATH, self.body(siteId=site))

            self.assert_error(response, HTTPStatus.NOT_FOUND, "NOT_FOUND")

    def test_another_users_job_does_not_exist(self) -> None:
        job = self.create_job()

        for person in (self.people.mona, self.people.ada, self.people.oscar):
            caller = self.caller(person)
            for method, path in (("GET", ""), ("GET", "/download"), ("POST", "/retry"), ("DELETE", "")):
                response = caller.send(method, f"{PATH}/{job['id']}{path}")
                self.assert_error(response, HTTPStatus.NOT_FOUND, "NOT_FOUND")
            assert items_of(caller.get(PATH), "jobs") == []
        assert [found["id"] for found in items_of(self.alice.get(PATH), "jobs")] == [job["id"]]

    def test_a_file_can_be_downloaded_once_it_is_complete(self) -> None:
        job = self.create_job()
        path = f"{PATH}/{job['id']}"
        early = self.alice.get(f"{path}/download")
        ExportRunner().run(int(str(job["id"])))

        found = part_of(self.alice.get(path), "exportJob")
        response = self.alice.get(str(found["downloadUrl"]))
        content = b"".join(response.streaming_content)  # type: ignore[attr-defined]  # it is a file
        part = self.alice.get(f"{path}/download", Range="bytes=0-3")

        self.assert_error(early, HTTPStatus.CONFLICT, "EXPORT_NOT_READY")
        assert (found["status"], found["progress"], found["recordCount"]) == ("completed", 100, 1)
        assert (found["fileSize"], found["fileHash"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert response["Content-Length"] == str(len(content))
        assert response["Repr-Digest"].startswith("sha-256=")
        assert "attachment" in response["Content-Disposition"]
        assert ".csv" in response["Content-Disposition"]
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response["X-Request-ID"]
        assert b"".join(part.streaming_content) == content[:4]  # type: ignore[attr-defined]  # the same
        assert part.status_code == HTTPStatus.PARTIAL_CONTENT
        beyond = self.alice.get(f"{path}/download", Range="bytes=999999-")
        self.assert_error(beyond, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "RANGE_NOT_SATISFIABLE")
        assert beyond["Content-Range"] == f"bytes */{len(content)}"

    def test_an_expired_file_is_gone_and_can_be_made_again(self) -> None:
        job = self.create_job()
        path = f"{PATH}/{job['id']}"
        ExportRunner().run(int(str(job["id"])))
        ExportJob.objects.update(status="expired", storage_name="")

        gone = self.alice.get(f"{path}/download")
        again = self.alice.post(f"{path}/retry", None)

        self.assert_error(gone, HTTPStatus.GONE, "EXPIRED")
        assert (again.status_code, part_of(again, "exportJob")["status"]) == (OK, "pending")

    def test_only_a_finished_job_can_be_retried(self) -> None:
        job = self.create_job()

        response = self.alice.post(f"{PATH}/{job['id']}/retry", None)

        self.assert_error(response, HTTPStatus.CONFLICT, "EXPORT_NOT_READY")

    def test_deleting_cancels_an_active_job_and_removes_a_finished_one(self) -> None:
        path = f"{PATH}/{self.create_job()['id']}"

        cancelled = self.alice.delete(path)
        found = part_of(self.alice.get(path), "exportJob")
        removed = self.alice.delete(path)

        assert (cancelled.status_code, removed.status_code) == (NO_CONTENT, NO_CONTENT)
        assert found["status"] == "cancelled"
        self.assert_error(self.alice.get(path), HTTPStatus.NOT_FOUND, "NOT_FOUND")

    def test_a_missing_job_comes_before_a_read_only_token(self) -> None:
        job = self.create_job()
        reading = self.caller(self.people.alice, is_read_only=True)

        for method, path, body in (
            ("POST", "", self.body(siteId=self.other_site.pk)),
            ("POST", "/987654/retry", None),
            ("DELETE", "/987654", None),
        ):
            self.assert_error(reading.send(method, PATH + path, body), HTTPStatus.NOT_FOUND, "NOT_FOUND")
        for method, path in (("POST", f"/{job['id']}/retry"), ("DELETE", f"/{job['id']}")):
            self.assert_error(reading.send(method, PATH + path), HTTPStatus.FORBIDDEN, "FORBIDDEN")

    def test_a_reversed_range_comes_before_the_site(self) -> None:
        response = self.alice.post(PATH, self.body(siteId=self.other_site.pk, dateTo="2026-02-01"))

        self.assert_error(response, HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR")
        assert error_fields(response) == {"dateTo"}

    def test_the_default_granularity_is_daily(self) -> None:
        assert self.create_job(granularity=None)["granularity"] == "daily"

    def test_rejects_an_unknown_parameter(self) -> None:
        path = f"{PATH}/{self.create_job()['id']}"

        for method, address in (("GET", PATH), ("GET", path), ("DELETE", path), ("POST", f"{path}/retry")):
            response = self.alice.send(method, f"{address}?colour=red")

            self.assert_error(response, HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR")
            assert error_fields(response) == {"colour"}

    def test_head_of_a_file_is_not_a_download(self) -> None:
        path = f"{PATH}/{self.create_job()['id']}"
        ExportRunner().run(int(path.rpartition("/")[2]))

        response = self.alice.send("HEAD", f"{path}/download")

        assert response.status_code == OK
        assert int(response["Content-Length"]) > 0
        assert not ExportDownload.objects.exists()

    def test_a_read_only_token_cannot_create_a_job(self) -> None:
        reading = self.caller(self.people.alice, is_read_only=True)

        response = reading.post(PATH, self.body())

        self.assert_error(response, HTTPStatus.FORBIDDEN, "FORBIDDEN")
        assert ExportJob.objects.count() == 0

    def test_jobs_of_the_page_have_their_own_names(self) -> None:
        job = self.create_job(module="counts")

        assert job["module"] == "counts"
        assert json.loads(self.alice.get(f"{PATH}/{job['id']}").content)["exportJob"]["module"] == "counts"
        assert actions.MAX_ACTIVE == 5
        assert content_of(self.alice.get(PATH))["jobs"]
