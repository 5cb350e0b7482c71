"""The list of a person's exports, what they do there, and the badge that tells of it on every page."""

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

    def test_shows_a_persons_own_and_nobody_elses(self) -> None:
        mine, others = self.made(), self.made(by=self.mona)

        page = self.as_(self.alice).get(self.url).content.decode()

        assert reverse("exports:download", args=[mine.pk]) in page
        assert reverse("exports:download", args=[others.pk]) not in page

    def test_leaves_out_what_is_of_a_site_that_is_no_longer_theirs(self) -> None:
        job = self.made()
        Membership.objects.filter(user=self.alice).delete()

        page = self.as_(self.alice).get(self.url).content.decode()

        assert reverse("exports:download", args=[job.pk]) not in page
        assert "YARD-NORTH" not in page

    def test_asks_for_itself_only_while_something_is_under_way(self) -> None:
        client = self.as_(self.alice)
        job = self.ask()

        during = client.get(self.url).content.decode()
        runner.run(job.pk)
        afterwards = client.get(
            self.url, headers={"HX-Request": "true", "HX-Target": "jobs"}
        ).content.decode()

        assert 'hx-trigger="every 1s"' in during
        assert "hx-trigger" not in afterwards
        assert afterwards.lstrip().startswith("<tbody")

    def test_tells_moments_on_the_clocks_of_its_sites_or_names_utc(self) -> None:
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

    def test_shows_how_far_a_file_is(self) -> None:
        job = self.ask()
        runner.claim(job.pk)
        ExportJob.objects.update(rows_total=100_000, rows_done=12_000)

        page = self.as_(self.alice).get(self.url).content.decode()

        assert "12,000 of 100,000 rows" in page
        assert 'max="100000" value="12000"' in page

    def test_says_why_a_file_could_not_be_made_and_offers_it_again(self) -> None:
        job = self.ask()
        runner.fail(runner.claim(job.pk) or job, "The moon is in the wrong place.")

        page = self.as_(self.alice).get(self.url).content.decode()

        assert "The moon is in the wrong place." in page
        assert reverse("exports:retry", args=[job.pk]) in page

    def test_says_what_to_do_where_there_is_nothing(self) -> None:
        assert "You have not requested a file yet." in self.as_(self.alice).get(self.url).content.decode()

    def test_costs_the_same_for_one_job_and_for_many(self) -> None:
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


class TestActs(PagesCase):
    def test_cancel_retry_and_remove_come_back_to_the_list(self) -> None:
        client, job = self.as_(self.alice), self.ask()

        for act, status in (("cancel", JobStatus.CANCELLED), ("retry", JobStatus.PENDING)):
            answer = client.post(reverse(f"exports:{act}", args=[job.pk]))

            job.refresh_from_db()
            assert answer.headers["Location"] == "/exports/"
            assert job.status == status
        runner.run(job.pk)
        client.post(reverse("exports:remove", args=[job.pk]))

        assert not ExportJob.objects.exists()

    def test_on_somebody_elses_job_are_not_found(self) -> None:
        job = self.ask()

        for person in (self.oscar, self.mona, self.ada):
            for act in ("cancel", "retry", "remove"):
                assert self.as_(person).post(reverse(f"exports:{act}", args=[job.pk])).status_code == 404

        job.refresh_from_db()
        assert job.status == JobStatus.PENDING

    def test_a_refusal_is_said_in_words(self) -> None:
        job = self.made()

        page = self.as_(self.alice).post(reverse("exports:cancel", args=[job.pk]), follow=True)

        assert "it cannot be cancelled" in page.content.decode()


class TestBadge(PagesCase):
    url = "/exports/badge/"

    def test_asks_again_only_while_something_is_under_way(self) -> None:
        client = self.as_(self.alice)

        assert "hx-trigger" not in client.get("/shortcuts/").content.decode()
        self.ask()
        assert 'hx-trigger="every 2s"' in client.get("/shortcuts/").content.decode()

    def test_tells_once_that_a_file_is_ready(self) -> None:
        client, job = self.as_(self.alice), self.made()

        first, second = client.get(self.url).content.decode(), client.get(self.url).content.decode()

        assert "The file of Received material is ready." in first
        assert reverse("exports:download", args=[job.pk]) in first
        assert "is ready" not in second

    def test_counts_what_is_over_until_the_list_was_looked_at(self) -> None:
        client = self.as_(self.alice)
        self.made()
        client.get(self.url)

        before = client.get(self.url).content.decode()
        client.get("/exports/")
        after = client.get(self.url).content.decode()

        assert "export ended" in before
        assert "hidden>" in after

    def test_tells_nothing_of_others(self) -> None:
        self.made()

        assert "is ready" not in self.as_(self.mona).get(self.url).content.decode()
