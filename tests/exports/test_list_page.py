"""The list of a user's exports, its actions, and the badge on every page."""

import datetime as dt

from django.urls import reverse

from core.jobs.models import JobStatus
from exports import actions
from exports.models import ExportJob
from sites.models import Membership, Site
from tests.exports.jobs_case import request_for, runner
from tests.exports.pages_case import PagesCase
from tests.factories import make_member, make_site
from tests.records.case import MONDAY


class TestList(PagesCase):
    url = "/exports/"

    def test_shows_only_the_users_own_exports(self) -> None:
        mine, others = self.made(), self.made(by=self.mona)

        page = self.as_(self.alice).get(self.url).content.decode()

        assert reverse("exports:download", args=[mine.pk]) in page
        assert reverse("exports:download", args=[others.pk]) not in page

    def test_hides_exports_of_a_site_that_the_user_has_lost(self) -> None:
        job = self.made()
        Membership.objects.filter(user=self.alice).delete()

        page = self.as_(self.alice).get(self.url).content.decode()

        assert reverse("exports:download", args=[job.pk]) not in page
        assert "YARD-NORTH" not in page

    def test_refreshes_itself_only_while_a_job_is_in_progress(self) -> None:
        client = self.as_(self.alice)
        job = self.request()

        during = client.get(self.url).content.decode()
        runner.run(job.pk)
        afterwards = client.get(
            self.url, headers={"HX-Request": "true", "HX-Target": "jobs"}
        ).content.decode()

        assert 'hx-trigger="every 1s"' in during
        assert "hx-trigger" not in afterwards
        assert afterwards.lstrip().startswith("<tbody")

    def test_shows_times_in_the_zone_of_the_sites_or_in_utc(self) -> None:
        made: list[Site] = []
        for zone in ("Asia/Tokyo", "Asia/Tokyo", "Europe/Berlin"):
            site = make_site(code=f"SITE-{len(made)}", name=f"Site {len(made)}", timezone=zone)
            make_member(site, user=self.mona)
            made.append(site)
        for pair in (made[:2], made[1:]):
            job = actions.request_export(request=request_for(*pair), by=self.mona).job
            ExportJob.objects.filter(pk=job.pk).update(
                requested_at=dt.datetime(2026, 3, 2, 10, 15, tzinfo=dt.UTC)
            )

        page = " ".join(self.as_(self.mona).get("/exports/").content.decode().split())

        assert page.count(">2 Mar, 19:15</time> </td>") == 1
        assert page.count('>2 Mar, 10:15</time> <span class="small muted">UTC</span>') == 1

    def test_shows_the_progress(self) -> None:
        job = self.request()
        runner.claim(job.pk)
        ExportJob.objects.update(rows_total=100_000, rows_done=12_000)

        page = self.as_(self.alice).get(self.url).content.decode()

        assert "12,000 of 100,000 rows" in page
        assert 'max="100000" value="12000"' in page

    def test_shows_the_error_and_offers_another_try(self) -> None:
        job = self.request()
        runner.fail(runner.claim(job.pk) or job, "The moon is in the wrong place.")

        page = self.as_(self.alice).get(self.url).content.decode()

        assert "The moon is in the wrong place." in page
        assert reverse("exports:retry", args=[job.pk]) in page

    def test_explains_an_empty_list(self) -> None:
        assert "You have not requested a file yet." in self.as_(self.alice).get(self.url).content.decode()

    def test_needs_as_many_queries_for_one_job_as_for_many(self) -> None:
        client = self.as_(self.alice)
        self.made(filters={"material": str(self.debris.pk)})
        client.get(self.url)
        # Session, person, jobs and their sites, the badge, and the sites of the menu.
        with self.assertNumQueries(6):
            client.get(self.url)
        for days in range(4):
            self.made(last=MONDAY + dt.timedelta(days=days))
        client.get(self.url)

        with self.assertNumQueries(6):
            client.get(self.url)


class TestActions(PagesCase):
    def test_cancel_retry_and_remove_lead_to_the_list(self) -> None:
        client, job = self.as_(self.alice), self.request()

        for act, status in (("cancel", JobStatus.CANCELLED), ("retry", JobStatus.PENDING)):
            answer = client.post(reverse(f"exports:{act}", args=[job.pk]))

            job.refresh_from_db()
            assert answer.headers["Location"] == "/exports/"
            assert job.status == status
        runner.run(job.pk)
        client.post(reverse("exports:remove", args=[job.pk]))

        assert not ExportJob.objects.exists()

    def test_on_another_users_job_are_not_found(self) -> None:
        job = self.request()

        for person in (self.oscar, self.mona, self.ada):
            for act in ("cancel", "retry", "remove"):
                assert self.as_(person).post(reverse(f"exports:{act}", args=[job.pk])).status_code == 404

        job.refresh_from_db()
        assert job.status == JobStatus.PENDING

    def test_a_refusal_is_shown_as_a_message(self) -> None:
        job = self.made()

        page = self.as_(self.alice).post(reverse("exports:cancel", args=[job.pk]), follow=True)

        assert "it cannot be cancelled" in page.content.decode()


class TestBadge(PagesCase):
    url = "/exports/badge/"

    def test_refreshes_itself_only_while_a_job_is_in_progress(self) -> None:
        client = self.as_(self.alice)

        assert "hx-trigger" not in client.get("/shortcuts/").content.decode()
        self.request()
        assert 'hx-trigger="every 2s"' in client.get("/shortcuts/").content.decode()

    def test_shows_one_message_that_a_file_is_ready(self) -> None:
        client, job = self.as_(self.alice), self.made()

        first, second = client.get(self.url).content.decode(), client.get(self.url).content.decode()

        assert "The file of Received material is ready." in first
        assert reverse("exports:download", args=[job.pk]) in first
        assert "is ready" not in second

    def test_counts_ended_jobs_until_the_list_was_seen(self) -> None:
        client = self.as_(self.alice)
        self.made()
        client.get(self.url)

        before = client.get(self.url).content.decode()
        client.get("/exports/")
        after = client.get(self.url).content.decode()

        assert "export ended" in before
        assert "hidden>" in after

    def test_ignores_jobs_of_other_users(self) -> None:
        self.made()

        assert "is ready" not in self.as_(self.mona).get(self.url).content.decode()
