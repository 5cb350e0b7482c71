"""What a person may ask for, and what becomes of it when they change their mind."""

import datetime as dt
import re
from http import HTTPStatus

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from core.jobs import housekeeping
from core.jobs.models import JobStatus
from core.jobs.runner import Outcome
from exports import actions, worker
from exports.datasets.selection import FileFormat
from exports.errors import ExportRefused, RangeTooLong, TooManyActive, WrongStatus
from exports.models import ExportAudit, ExportJob
from records.errors import NotVisible
from sites.models import Membership, Role
from tests.exports.jobs_case import JobsCase, SharedJobsCase, request_for, runner
from tests.inventory.threads import all_at_once
from tests.records.case import MONDAY


class TestAsk(JobsCase):
    def test_writes_down_what_is_wanted_and_queues_it(self) -> None:
        with self.captureOnCommitCallbacks() as queued:
            job = self.ask(filters={"material": str(self.debris.pk)}, columns=("date", "qty_ton"))

        assert job.status == JobStatus.PENDING
        assert list(job.sites.all()) == [self.site]
        assert job.filters == {"material": str(self.debris.pk)}
        assert len(queued) == 1

    def test_the_same_again_while_the_first_is_under_way_offers_the_first(self) -> None:
        first = self.ask()

        again = actions.request_export(request=request_for(self.site), by=self.alice)

        assert again.is_repeat
        assert again.job == first

    def test_the_same_by_somebody_else_is_another_job(self) -> None:
        assert self.ask(by=self.alice) != self.ask(by=self.mona)

    def test_the_same_again_once_the_first_is_over_is_another_job(self) -> None:
        first = self.ask()
        runner.run(first.pk)

        assert self.ask() != first

    def test_a_sixth_under_way_is_refused_in_words(self) -> None:
        for days in range(5):
            self.ask(last=MONDAY + dt.timedelta(days=days))

        with pytest.raises(TooManyActive, match="5 exports in progress"):
            self.ask(last=MONDAY + dt.timedelta(days=5))

    def test_a_site_of_others_does_not_exist(self) -> None:
        with pytest.raises(NotVisible):
            actions.request_export(request=request_for(self.site, self.other_site), by=self.alice)

    def test_nothing_that_can_be_seen_to_fail_is_queued(self) -> None:
        with pytest.raises(ExportRefused, match="no column"):
            self.ask(columns=("nonsense",))
        with pytest.raises(ExportRefused, match="Material"):
            self.ask(filters={"material": "0"})

        assert not ExportJob.objects.exists()


class TestLongestRange(JobsCase):
    def _takes(self, days: int, *, role: Role | None = None) -> bool:
        by = self.ada
        if role is not None:
            by = self.alice
            Membership.objects.filter(user=by).update(role=role)
        try:
            self.ask(by=by, last=MONDAY + dt.timedelta(days=days - 1))
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

    def test_of_an_admin_has_no_end(self) -> None:
        assert self._takes(5000)

    def test_over_several_sites_is_that_of_the_least(self) -> None:
        Membership.objects.create(user=self.mona, site=self.other_site, role=Role.OPERATOR)

        with pytest.raises(RangeTooLong, match="as operator of Quarry one you may export 90 at once"):
            actions.request_export(
                request=request_for(self.site, self.other_site, last=MONDAY + dt.timedelta(days=99)),
                by=self.mona,
            )


class TestRun(JobsCase):
    def test_makes_one_file_and_puts_it_on_record(self) -> None:
        self.receive(qty_ton="12.5")
        job = self.ask()

        outcome = runner.run(job.pk)

        job.refresh_from_db()
        assert outcome is Outcome.DONE
        assert job.status == JobStatus.COMPLETED
        assert (job.rows_done, job.rows_total) == (1, 1)
        assert self.files == [job.storage_name]
        assert (self.folder / job.storage_name).stat().st_size == job.size
        audit = ExportAudit.objects.get()
        assert (audit.job_number, audit.by, audit.rows, audit.sha256) == (job.pk, self.alice, 1, job.sha256)
        assert audit.site_codes == "YARD-NORTH"
        assert audit.file_name == "received_YARD-NORTH_2026-03-02_2026-03-08.csv"

    def test_gives_the_file_a_name_that_nobody_guesses_and_no_address(self) -> None:
        names = set()
        for columns in (("date",), ("qty_ton",)):
            job = self.ask(columns=columns)
            runner.run(job.pk)
            job.refresh_from_db()
            names.add(job.storage_name)

        assert len(names) == 2
        for name in names:
            assert re.fullmatch(r"[0-9a-f]{64}\.csv", name)
            client = Client()
            client.force_login(self.ada)
            assert client.get(f"/{name}").status_code == HTTPStatus.NOT_FOUND

    def test_an_empty_result_is_a_file_as_well(self) -> None:
        job = self.ask()

        runner.run(job.pk)

        job.refresh_from_db()
        assert job.status == JobStatus.COMPLETED
        assert job.rows_done == 0
        assert "No rows were found" in (self.folder / job.storage_name).read_text("utf-8-sig")

    def test_asks_for_the_rights_again(self) -> None:
        job = self.ask()
        Membership.objects.filter(user=self.alice).delete()

        runner.run(job.pk)

        job.refresh_from_db()
        assert job.status == JobStatus.FAILED
        assert job.error.startswith("You may no longer see one of the sites")
        assert self.files == []

    def test_asks_again_how_far_the_role_reaches(self) -> None:
        job = self.ask(by=self.mona, last=MONDAY + dt.timedelta(days=99))
        Membership.objects.filter(user=self.mona).update(role=Role.OPERATOR)

        runner.run(job.pk)

        job.refresh_from_db()
        assert job.error.startswith("These are 100 days; as operator of North yard")

    def test_makes_nothing_for_somebody_who_may_no_longer_come_in(self) -> None:
        job = self.ask()
        self.alice.is_active = False
        self.alice.save()

        runner.run(job.pk)

        job.refresh_from_db()
        assert job.status == JobStatus.FAILED

    def test_what_nobody_foresaw_is_told_with_the_number_and_logged_with_its_trace(self) -> None:
        job = self.ask()

        with (
            pytest.MonkeyPatch.context() as patch,
            self.assertLogs("core.jobs.runner", level="ERROR") as logged,
        ):
            patch.setattr(worker, "write_file", _break)
            outcome = runner.run(job.pk)

        job.refresh_from_db()
        assert outcome is Outcome.FAILED
        assert job.error.endswith(f"give an admin the number {job.pk}.")
        assert "the disk is on fire" in logged.output[0]
        assert f"'job': 'exports.exportjob {job.pk}'" in logged.output[0]
        assert self.files == []

    def test_a_job_that_is_over_is_not_made_again(self) -> None:
        job = self.ask()
        runner.run(job.pk)

        assert runner.run(job.pk) is Outcome.SKIPPED
        assert ExportAudit.objects.count() == 1

    def test_a_job_that_is_gone_is_nobodys(self) -> None:
        assert runner.run(987654) is Outcome.SKIPPED


def _break(*_args: object, **_kwargs: object) -> None:
    raise OSError("the disk is on fire")


class TestCancel(JobsCase):
    def test_ends_a_waiting_job_which_is_then_not_made(self) -> None:
        job = self.ask()

        actions.cancel(job_id=job.pk, by=self.alice)

        assert runner.run(job.pk) is Outcome.SKIPPED
        assert self.files == []

    def test_of_a_job_that_is_over_is_refused_in_words(self) -> None:
        job = self.ask()
        runner.run(job.pk)

        with pytest.raises(WrongStatus, match="has ended"):
            actions.cancel(job_id=job.pk, by=self.alice)

    def test_of_somebody_elses_job_is_not_found_not_even_by_an_admin(self) -> None:
        job = self.ask()

        for person in (self.mona, self.oscar, self.ada):
            with pytest.raises(NotVisible):
                actions.cancel(job_id=job.pk, by=person)


class TestRetry(JobsCase):
    def test_makes_what_failed_anew(self) -> None:
        self.receive()
        job = self.ask()
        runner.fail(runner.claim(job.pk) or job, "No.")

        actions.retry(job_id=job.pk, by=self.alice)

        assert runner.run(job.pk) is Outcome.DONE
        job.refresh_from_db()
        assert (job.status, job.error, job.attempts) == (JobStatus.COMPLETED, "", 1)

    def test_of_a_file_that_is_there_is_refused(self) -> None:
        job = self.ask()
        runner.run(job.pk)

        with pytest.raises(WrongStatus):
            actions.retry(job_id=job.pk, by=self.alice)

    def test_counts_among_those_under_way(self) -> None:
        job = self.ask()
        actions.cancel(job_id=job.pk, by=self.alice)
        for days in range(5):
            self.ask(last=MONDAY + dt.timedelta(days=days))

        with pytest.raises(TooManyActive):
            actions.retry(job_id=job.pk, by=self.alice)

    def test_while_the_same_is_under_way_is_refused(self) -> None:
        job = self.ask()
        actions.cancel(job_id=job.pk, by=self.alice)
        self.ask()

        with pytest.raises(WrongStatus, match="already in progress"):
            actions.retry(job_id=job.pk, by=self.alice)


class TestRemove(JobsCase):
    def test_puts_job_and_file_away_and_keeps_the_record_of_it(self) -> None:
        job = self.ask()
        runner.run(job.pk)

        actions.remove(job_id=job.pk, by=self.alice)

        assert not ExportJob.objects.exists()
        assert self.files == []
        assert ExportAudit.objects.count() == 1

    def test_of_a_job_under_way_is_refused(self) -> None:
        job = self.ask()

        with pytest.raises(WrongStatus, match="Cancel it first"):
            actions.remove(job_id=job.pk, by=self.alice)


class TestExpire(JobsCase):
    @override_settings(EXPORT_HOURS=24)
    def test_takes_the_file_after_its_time_and_leaves_the_record_of_it(self) -> None:
        kept, old = self.ask(), self.ask(file_format=FileFormat.CSV, columns=("date",))
        for job in (kept, old):
            runner.run(job.pk)
        ExportJob.objects.filter(pk=old.pk).update(expires_at=timezone.now())

        housekeeping.do_housekeeping()

        kept.refresh_from_db()
        old.refresh_from_db()
        assert (kept.status, old.status) == (JobStatus.COMPLETED, JobStatus.EXPIRED)
        assert self.files == [kept.storage_name]
        assert ExportAudit.objects.count() == 2

    def test_what_has_expired_can_be_made_again(self) -> None:
        job = self.ask()
        runner.run(job.pk)
        ExportJob.objects.update(expires_at=timezone.now())
        housekeeping.do_housekeeping()

        actions.retry(job_id=job.pk, by=self.alice)

        assert runner.run(job.pk) is Outcome.DONE

    def test_takes_the_job_too_after_a_month_and_leaves_the_record_of_it(self) -> None:
        job = self.ask()
        runner.run(job.pk)
        ExportJob.objects.update(
            expires_at=timezone.now(), finished_at=timezone.now() - dt.timedelta(days=31)
        )

        housekeeping.do_housekeeping()

        assert not ExportJob.objects.exists()
        assert ExportAudit.objects.count() == 1


class TestAtOnce(SharedJobsCase):
    def test_of_six_requests_at_once_five_are_taken(self) -> None:
        def ask(days: int) -> str:
            try:
                self.ask(last=MONDAY + dt.timedelta(days=days))
            except TooManyActive:
                return "refused"
            return "taken"

        answers = all_at_once(*[lambda days=days: ask(days) for days in range(6)])

        assert sorted(answers) == ["refused", *["taken"] * 5]

    def test_the_same_request_sent_at_once_makes_one_job(self) -> None:
        answers = all_at_once(*[lambda: self.ask().pk for _ in range(4)])

        assert len(set(answers)) == 1
        assert ExportJob.objects.count() == 1

    def test_of_four_workers_one_makes_the_file(self) -> None:
        self.receive()
        job = self.ask()

        outcomes = all_at_once(*[lambda: runner.run(job.pk).value for _ in range(4)])

        job.refresh_from_db()
        assert sorted(outcomes) == ["done", *["skipped"] * 3]
        assert self.files == [job.storage_name]
        assert job.attempts == 1
