"""Request, run, cancel, retry, remove and expire export jobs."""

import datetime as dt
import re
from http import HTTPStatus

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from core.jobs.models import JobStatus
from core.jobs.runner import JobOutcome, do_housekeeping
from exports import actions, worker
from exports.datasets.selection import FileFormat
from exports.errors import ExportRefused, RangeTooLong, TooManyActive, WrongStatus
from exports.models import ExportAudit, ExportJob
from records.errors import NotVisible
from sites.models import Membership, Role
from tests.exports.jobs_case import JobsCase, SharedJobsCase, request_for, runner
from tests.inventory.threads import all_at_once
from tests.records.case import MONDAY


class TestRequest(JobsCase):
    def test_saves_and_queues_a_job(self) -> None:
        with self.captureOnCommitCallbacks() as queued:
            job = self.request(filters={"material": str(self.debris.pk)}, columns=("date", "qty_ton"))

        assert job.status == JobStatus.PENDING
        assert list(job.sites.all()) == [self.site]
        assert job.filters == {"material": str(self.debris.pk)}
        assert len(queued) == 1

    def test_repeated_request_returns_the_job_in_progress(self) -> None:
        first = self.request()

        again = actions.request_export(request=request_for(self.site), by=self.alice)

        assert again.is_repeat
        assert again.job == first

    def test_same_request_of_another_user_is_another_job(self) -> None:
        assert self.request(by=self.alice) != self.request(by=self.mona)

    def test_same_request_after_the_first_has_ended_is_another_job(self) -> None:
        first = self.request()
        runner.run(first.pk)

        assert self.request() != first

    def test_rejects_a_sixth_export_in_progress_with_a_message(self) -> None:
        for days in range(5):
            self.request(last=MONDAY + dt.timedelta(days=days))

        with pytest.raises(TooManyActive, match="5 exports in progress"):
            self.request(last=MONDAY + dt.timedelta(days=5))

    def test_invisible_site_is_not_found(self) -> None:
        with pytest.raises(NotVisible):
            actions.request_export(request=request_for(self.site, self.other_site), by=self.alice)

    def test_invalid_columns_and_filters_are_not_queued(self) -> None:
        with pytest.raises(ExportRefused, match="no column"):
            self.request(columns=("nonsense",))
        with pytest.raises(ExportRefused, match="Material"):
            self.request(filters={"material": "0"})

        assert not ExportJob.objects.exists()


class TestMaxRange(JobsCase):
    def _takes(self, days: int, *, role: Role | None = None) -> bool:
        by = self.ada
        if role is not None:
            by = self.alice
            Membership.objects.filter(user=by).update(role=role)
        try:
            self.request(by=by, last=MONDAY + dt.timedelta(days=days - 1))
        except RangeTooLong:
            return False
        return True

    def test_of_a_viewer_is_a_year(self) -> None:
        assert self._takes(366, role=Role.VIEWER)
        assert not self._takes(367, role=Role.VIEWER)

    def test_of_an_operator_is_a_quarter(self) -> None:
        assert self._takes(90, role=Role.OPERATOR)
        assert not self._takes(91, role=Role.OPERATOR)

    def test_of_a_manager_is_a_year(self) -> None:
        assert self._takes(366, role=Role.MANAGER)
        assert not self._takes(367, role=Role.MANAGER)

    def test_of_an_admin_is_unlimited(self) -> None:
        assert self._takes(5000)

    def test_over_several_sites_is_the_shortest(self) -> None:
        Membership.objects.create(user=self.mona, site=self.other_site, role=Role.OPERATOR)

        with pytest.raises(RangeTooLong, match="as operator of Quarry one you may export 90 at once"):
            actions.request_export(
                request=request_for(self.site, self.other_site, last=MONDAY + dt.timedelta(days=99)),
                by=self.mona,
            )


class TestRun(JobsCase):
    def test_makes_one_file_and_records_it(self) -> None:
        self.receive(qty_ton="12.5")
        job = self.request()

        outcome = runner.run(job.pk)

        job.refresh_from_db()
        assert outcome is JobOutcome.DONE
        assert job.status == JobStatus.COMPLETED
        assert (job.rows_done, job.rows_total) == (1, 1)
        assert self.files == [job.storage_name]
        assert (self.folder / job.storage_name).stat().st_size == job.size
        audit = ExportAudit.objects.get()
        assert (audit.job_number, audit.by, audit.rows, audit.sha256) == (job.pk, self.alice, 1, job.sha256)
        assert audit.site_codes == "YARD-NORTH"
        assert audit.file_name == "received_YARD-NORTH_2026-03-02_2026-03-08.csv"

    def test_stores_the_file_under_a_random_name_without_a_url(self) -> None:
        names = set()
        for columns in (("date",), ("qty_ton",)):
            job = self.request(columns=columns)
            runner.run(job.pk)
            job.refresh_from_db()
            names.add(job.storage_name)

        assert len(names) == 2
        for name in names:
            assert re.fullmatch(r"[0-9a-f]{64}\.csv", name)
            client = Client()
            client.force_login(self.ada)
            assert client.get(f"/{name}").status_code == HTTPStatus.NOT_FOUND

    def test_makes_a_file_of_no_rows(self) -> None:
        job = self.request()

        runner.run(job.pk)

        job.refresh_from_db()
        assert job.status == JobStatus.COMPLETED
        assert job.rows_done == 0
        assert "No rows were found" in (self.folder / job.storage_name).read_text("utf-8-sig")

    def test_checks_the_permissions_again(self) -> None:
        job = self.request()
        Membership.objects.filter(user=self.alice).delete()

        runner.run(job.pk)

        job.refresh_from_db()
        assert job.status == JobStatus.FAILED
        assert job.error.startswith("You may no longer see one of the sites")
        assert self.files == []

    def test_checks_the_range_of_the_role_again(self) -> None:
        job = self.request(by=self.mona, last=MONDAY + dt.timedelta(days=99))
        Membership.objects.filter(user=self.mona).update(role=Role.OPERATOR)

        runner.run(job.pk)

        job.refresh_from_db()
        assert job.error.startswith("These are 100 days; as operator of North yard")

    def test_fails_for_a_deactivated_owner(self) -> None:
        job = self.request()
        self.alice.is_active = False
        self.alice.save()

        runner.run(job.pk)

        job.refresh_from_db()
        assert job.status == JobStatus.FAILED

    def test_unexpected_error_is_logged_and_shown_with_the_job_number(self) -> None:
        job = self.request()

        with (
            pytest.MonkeyPatch.context() as patch,
            self.assertLogs("core.jobs.runner", level="ERROR") as logged,
        ):
            patch.setattr(worker, "write_request", _break)
            outcome = runner.run(job.pk)

        job.refresh_from_db()
        assert outcome is JobOutcome.FAILED
        assert job.error.endswith(f"give an admin the number {job.pk}.")
        assert "the disk is on fire" in logged.output[0]
        assert f"'job': 'exports.exportjob {job.pk}'" in logged.output[0]
        assert self.files == []

    def test_skips_a_job_that_has_ended(self) -> None:
        job = self.request()
        runner.run(job.pk)

        assert runner.run(job.pk) is JobOutcome.SKIPPED
        assert ExportAudit.objects.count() == 1

    def test_skips_a_job_that_does_not_exist(self) -> None:
        assert runner.run(987654) is JobOutcome.SKIPPED


def _break(*_args: object, **_kwargs: object) -> None:
    raise OSError("the disk is on fire")


class TestCancel(JobsCase):
    def test_of_a_waiting_job_makes_no_file(self) -> None:
        job = self.request()

        actions.cancel(job_id=job.pk, by=self.alice)

        assert runner.run(job.pk) is JobOutcome.SKIPPED
        assert self.files == []

    def test_of_a_job_that_has_ended_is_rejected_with_a_message(self) -> None:
        job = self.request()
        runner.run(job.pk)

        with pytest.raises(WrongStatus, match="has ended"):
            actions.cancel(job_id=job.pk, by=self.alice)

    def test_of_another_users_job_is_not_found_even_by_an_admin(self) -> None:
        job = self.request()

        for person in (self.mona, self.oscar, self.ada):
            with pytest.raises(NotVisible):
                actions.cancel(job_id=job.pk, by=person)


class TestRetry(JobsCase):
    def test_of_a_failed_job_makes_the_file(self) -> None:
        self.receive()
        job = self.request()
        runner.fail(runner.claim(job.pk) or job, "No.")

        actions.retry(job_id=job.pk, by=self.alice)

        assert runner.run(job.pk) is JobOutcome.DONE
        job.refresh_from_db()
        assert (job.status, job.error, job.attempts) == (JobStatus.COMPLETED, "", 1)

    def test_of_a_completed_job_is_rejected(self) -> None:
        job = self.request()
        runner.run(job.pk)

        with pytest.raises(WrongStatus):
            actions.retry(job_id=job.pk, by=self.alice)

    def test_counts_as_a_job_in_progress(self) -> None:
        job = self.request()
        actions.cancel(job_id=job.pk, by=self.alice)
        for days in range(5):
            self.request(last=MONDAY + dt.timedelta(days=days))

        with pytest.raises(TooManyActive):
            actions.retry(job_id=job.pk, by=self.alice)

    def test_while_the_same_is_in_progress_is_rejected(self) -> None:
        job = self.request()
        actions.cancel(job_id=job.pk, by=self.alice)
        self.request()

        with pytest.raises(WrongStatus, match="already in progress"):
            actions.retry(job_id=job.pk, by=self.alice)


class TestRemove(JobsCase):
    def test_deletes_job_and_file_and_keeps_the_audit_record(self) -> None:
        job = self.request()
        runner.run(job.pk)

        actions.remove(job_id=job.pk, by=self.alice)

        assert not ExportJob.objects.exists()
        assert self.files == []
        assert ExportAudit.objects.count() == 1

    def test_of_a_job_in_progress_is_rejected(self) -> None:
        job = self.request()

        with pytest.raises(WrongStatus, match="Cancel it first"):
            actions.remove(job_id=job.pk, by=self.alice)


class TestExpire(JobsCase):
    @override_settings(EXPORT_HOURS=24)
    def test_deletes_the_file_and_keeps_the_audit_record(self) -> None:
        kept, old = self.request(), self.request(file_format=FileFormat.CSV, columns=("date",))
        for job in (kept, old):
            runner.run(job.pk)
        ExportJob.objects.filter(pk=old.pk).update(expires_at=timezone.now())

        do_housekeeping()

        kept.refresh_from_db()
        old.refresh_from_db()
        assert (kept.status, old.status) == (JobStatus.COMPLETED, JobStatus.EXPIRED)
        assert self.files == [kept.storage_name]
        assert ExportAudit.objects.count() == 2

    def test_expired_file_can_be_requested_again(self) -> None:
        job = self.request()
        runner.run(job.pk)
        ExportJob.objects.update(expires_at=timezone.now())
        do_housekeeping()

        actions.retry(job_id=job.pk, by=self.alice)

        assert runner.run(job.pk) is JobOutcome.DONE

    def test_deletes_the_job_after_a_month_and_keeps_the_audit_record(self) -> None:
        job = self.request()
        runner.run(job.pk)
        ExportJob.objects.update(
            expires_at=timezone.now(), finished_at=timezone.now() - dt.timedelta(days=31)
        )

        do_housekeeping()

        assert not ExportJob.objects.exists()
        assert ExportAudit.objects.count() == 1


class TestConcurrency(SharedJobsCase):
    def test_accepts_five_of_six_concurrent_requests(self) -> None:
        def ask(days: int) -> str:
            try:
                self.request(last=MONDAY + dt.timedelta(days=days))
            except TooManyActive:
                return "refused"
            return "taken"

        answers = all_at_once(*[lambda days=days: ask(days) for days in range(6)])

        assert sorted(answers) == ["refused", *["taken"] * 5]

    def test_same_concurrent_requests_make_one_job(self) -> None:
        answers = all_at_once(*[lambda: self.request().pk for _ in range(4)])

        assert len(set(answers)) == 1
        assert ExportJob.objects.count() == 1

    def test_one_of_four_workers_makes_the_file(self) -> None:
        self.receive()
        job = self.request()

        outcomes = all_at_once(*[lambda: runner.run(job.pk).value for _ in range(4)])

        job.refresh_from_db()
        assert sorted(outcomes) == ["done", *["skipped"] * 3]
        assert self.files == [job.storage_name]
        assert job.attempts == 1
