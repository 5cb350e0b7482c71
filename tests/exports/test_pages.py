"""The pages: the list of one's exports, the form, the badge in the top bar, and the button on every list."""

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exports import asking, running
from exports.choices import JobStatus
from exports.models import ColumnChoice, ExportAudit, ExportJob
from exports.running import Outcome
from records import registry
from sites.models import Membership, User
from tests.exports.jobs_case import JobsCase
from tests.records.case import MONDAY

WEEK = {"from": "2026-03-02", "to": "2026-03-08"}
FORM = {
    "asked": "1",
    "module": "received",
    "site": "YARD-NORTH",
    "granularity": "daily",
    "format": "csv",
    **WEEK,
}


class PagesCase(JobsCase):
    def as_(self, person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    def made(self, *, by: User | None = None, **wanted: object) -> ExportJob:
        """Return a job whose file is there."""
        job = self.ask(by=by, **wanted)
        running.run(job.pk)
        job.refresh_from_db()
        return job


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
        running.run(job.pk)
        afterwards = client.get(
            self.url, headers={"HX-Request": "true", "HX-Target": "jobs"}
        ).content.decode()

        assert 'hx-trigger="every 1s"' in during
        assert "hx-trigger" not in afterwards
        assert afterwards.lstrip().startswith("<tbody")

    def test_shows_how_far_a_file_is(self) -> None:
        job = self.ask()
        running.claim(job.pk)
        ExportJob.objects.update(rows_counted=100_000, rows_written=12_000)

        page = self.as_(self.alice).get(self.url).content.decode()

        assert "12,000 of 100,000 rows" in page
        assert 'max="100000" value="12000"' in page

    def test_says_why_a_file_could_not_be_made_and_offers_it_again(self) -> None:
        job = self.ask()
        running.fail(running.claim(job.pk) or job, "The moon is in the wrong place.")

        page = self.as_(self.alice).get(self.url).content.decode()

        assert "The moon is in the wrong place." in page
        assert reverse("exports:retry", args=[job.pk]) in page

    def test_says_what_to_do_where_there_is_nothing(self) -> None:
        assert "You have not asked for a file yet." in self.as_(self.alice).get(self.url).content.decode()

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
        running.run(job.pk)
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

        assert "there is nothing to cancel" in page.content.decode()


class TestNew(PagesCase):
    url = "/exports/new/"

    def test_says_how_many_rows_the_file_will_hold(self) -> None:
        self.receive()
        self.receive()

        page = self.as_(self.alice).get(self.url, FORM).content.decode()

        assert "2 rows" in page

    def test_takes_the_filter_of_a_list_along(self) -> None:
        self.receive(notes="wet")
        self.receive(notes="dry")

        page = self.as_(self.alice).get(self.url, {**FORM, "q": "wet"}).content.decode()

        assert "1 row<" in page
        assert "<strong>Search</strong> wet" in page
        assert '<input type="hidden" name="q" value="wet">' in page

    def test_lets_the_filter_go(self) -> None:
        self.receive(notes="wet")
        self.receive(notes="dry")

        page = self.as_(self.alice).get(self.url, {**FORM, "q": "wet", "unfiltered": "1"}).content.decode()

        assert "2 rows" in page

    def test_asks_for_the_file_with_everything_that_was_chosen(self) -> None:
        values = {
            **FORM,
            "granularity": "weekly",
            "material": str(self.debris.pk),
            "columns_of": "received/weekly/csv",
            "columns": ["week", "material", "qty_ton"],
        }

        answer = self.as_(self.alice).post(self.url, values)

        job = ExportJob.objects.get()
        assert answer.headers["Location"] == "/exports/"
        assert (job.module, job.granularity, job.file_format) == ("received", "weekly", "csv")
        assert (job.first, job.last) == (MONDAY, MONDAY + dt.timedelta(days=6))
        assert job.columns == ["week", "material", "qty_ton"]
        assert job.filters == {"material": str(self.debris.pk)}

    def test_columns_of_other_rows_mean_nothing(self) -> None:
        values = {**FORM, "columns_of": "production/daily/csv", "columns": ["operation"]}

        self.as_(self.alice).post(self.url, values)

        assert ExportJob.objects.get().columns == []

    def test_a_range_beyond_the_role_is_refused_in_words_before_it_is_asked_for(self) -> None:
        client, values = self.as_(self.alice), {**FORM, "from": "2025-01-01"}

        page, refused = client.get(self.url, values), client.post(self.url, values)

        assert "as operator of North yard you may export 90 at once" in page.content.decode()
        assert "Make the file" not in page.content.decode()
        assert refused.status_code == 422

    def test_a_sixth_under_way_is_too_many_requests(self) -> None:
        for days in range(5):
            self.ask(last=MONDAY + dt.timedelta(days=days + 10))

        answer = self.as_(self.alice).post(self.url, FORM)

        assert answer.status_code == 429
        assert "5 exports under way" in answer.content.decode()

    def test_the_same_again_says_that_it_is_under_way(self) -> None:
        client = self.as_(self.alice)
        client.post(self.url, FORM)

        page = client.post(self.url, FORM, follow=True)

        assert "was asked for already" in page.content.decode()
        assert ExportJob.objects.count() == 1

    def test_a_site_of_others_is_not_found_and_not_named(self) -> None:
        client = self.as_(self.alice)

        for answer in (
            client.get(self.url, {**FORM, "site": "QUARRY-1"}),
            client.get(self.url, {**FORM, "site": ["QUARRY-1", "YARD-NORTH"]}),
            client.post(self.url, {**FORM, "site": ["YARD-NORTH", "QUARRY-1"]}),
        ):
            assert answer.status_code == 404
            assert "QUARRY-1" not in answer.content.decode()

    def test_a_module_that_is_not_there_is_not_found(self) -> None:
        assert self.as_(self.alice).get(self.url, {**FORM, "module": "nonsense"}).status_code == 404

    def test_without_a_site_says_what_is_missing(self) -> None:
        Membership.objects.create(user=self.alice, site=self.other_site, role="operator")

        answer = self.as_(self.alice).post(self.url, {**FORM, "site": []})

        assert answer.status_code == 422
        assert "Choose at least one site." in answer.content.decode()

    def test_several_sites_make_one_file(self) -> None:
        Membership.objects.create(user=self.alice, site=self.other_site, role="operator")

        self.as_(self.alice).post(self.url, {**FORM, "site": ["YARD-NORTH", "QUARRY-1"]})

        assert set(ExportJob.objects.get().sites.all()) == {self.site, self.other_site}

    def test_a_press_chooses_the_dates(self) -> None:
        values = {**FORM, "range": "2026-01-01/2026-01-31"}

        page = self.as_(self.alice).get(self.url, values).content.decode()

        assert 'name="from" value="2026-01-01"' in page
        assert 'name="to" value="2026-01-31"' in page

    def test_a_change_brings_what_depends_on_it_alone(self) -> None:
        client = self.as_(self.alice)

        for part in ("plan", "count"):
            got = client.get(self.url, FORM, headers={"HX-Request": "true", "HX-Target": part})
            assert got.content.decode().lstrip().startswith(f'<div id="{part}"')

    def test_a_viewer_may_export(self) -> None:
        assert self.as_(self.victor).post(self.url, FORM).status_code == 302

    def test_every_module_and_the_stock_ledger_are_offered(self) -> None:
        client = self.as_(self.alice)

        for slug in (*(module.slug for module in registry.modules()), "stock"):
            for granularity in ("daily", "weekly", "monthly"):
                page = client.get(self.url, {**FORM, "module": slug, "granularity": granularity})
                assert page.status_code == 200
                assert "0 rows" in page.content.decode()

    def test_a_pdf_of_too_many_rows_is_refused_before_it_is_asked_for(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(asking, "count_rows", lambda _selection: 20_001)
            page = self.as_(self.alice).get(self.url, {**FORM, "format": "pdf"}).content.decode()

        assert "A PDF has at most 20,000 rows, and these are 20,001." in page
        assert "Make the file" not in page


class TestDayReport(PagesCase):
    url = "/exports/day-report/"
    day = {"site": "YARD-NORTH", "date": "2026-03-02"}

    def test_is_one_press_away_from_the_dashboard(self) -> None:
        page = self.as_(self.alice).get("/dashboard/?site=YARD-NORTH&date=2026-03-02").content.decode()

        assert f'action="{self.url}"' in page
        assert '<input type="hidden" name="date" value="2026-03-02">' in page

    def test_is_made_as_a_workbook_and_put_on_record(self) -> None:
        self.receive()

        answer = self.as_(self.victor).post(self.url, {**self.day, "format": "xlsx"})

        job = ExportJob.objects.get()
        assert answer.headers["Location"] == "/exports/"
        assert running.run(job.pk) is Outcome.MADE
        audit = ExportAudit.objects.get()
        assert (audit.module, audit.site_codes) == ("day-report", "YARD-NORTH")
        assert audit.file_name == "day-report_YARD-NORTH_2026-03-02.xlsx"
        assert "Day report" in self.as_(self.victor).get("/exports/").content.decode()

    def test_of_a_site_of_others_or_of_no_day_is_not_found(self) -> None:
        client = self.as_(self.alice)

        for wrong in ({"site": "QUARRY-1"}, {"date": "yesterday"}, {"date": "0001-01-01"}, {"format": "csv"}):
            answer = client.post(self.url, {**self.day, "format": "pdf", **wrong})

            assert answer.status_code == 404
            assert "QUARRY-1" not in answer.content.decode()

    def test_a_sixth_under_way_is_refused_in_words(self) -> None:
        for days in range(5):
            self.ask(last=MONDAY + dt.timedelta(days=days))

        page = self.as_(self.alice).post(self.url, {**self.day, "format": "pdf"}, follow=True)

        assert "5 exports under way" in page.content.decode()


class TestColumns(PagesCase):
    def test_are_kept_under_a_name_and_chosen_by_a_press(self) -> None:
        client = self.as_(self.alice)
        chosen = {**FORM, "columns_of": "received/daily/csv", "columns": ["date", "qty_ton"], "name": "Short"}

        answer = client.post("/exports/columns/", chosen)
        page = client.get(answer.headers["Location"]).content.decode()

        kept = ColumnChoice.objects.get()
        assert (kept.owner, kept.name, kept.columns) == (self.alice, "Short", ["date", "qty_ton"])
        assert len(re.findall(r'name="columns" value="\w+" checked', page)) == 2
        assert f'value="{kept.pk}" aria-current="true">Short<' in page

    def test_under_the_same_name_are_replaced(self) -> None:
        client = self.as_(self.alice)
        for columns in (["date"], ["date", "notes"]):
            client.post(
                "/exports/columns/",
                {**FORM, "columns_of": "received/daily/csv", "columns": columns, "name": "Short"},
            )

        assert ColumnChoice.objects.get().columns == ["date", "notes"]

    def test_without_a_name_are_not_kept(self) -> None:
        page = self.as_(self.alice).post("/exports/columns/", FORM, follow=True)

        assert "give the choice a name" in page.content.decode()
        assert not ColumnChoice.objects.exists()

    def test_are_forgotten_by_their_owner_alone(self) -> None:
        kept = ColumnChoice.objects.create(
            owner=self.alice, module="received", granularity="daily", name="Short", columns=["date"]
        )
        url = reverse("exports:delete_columns", args=[kept.pk])

        assert self.as_(self.mona).post(url).status_code == 404
        assert self.as_(self.alice).post(url).status_code == 302
        assert not ColumnChoice.objects.exists()


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

        assert "export over" in before
        assert "hidden>" in after

    def test_tells_nothing_of_others(self) -> None:
        self.made()

        assert "is ready" not in self.as_(self.mona).get(self.url).content.decode()


class TestEveryList(PagesCase):
    def test_leads_to_its_export_with_its_filter(self) -> None:
        address = f"/received/?site=YARD-NORTH&from=2026-03-02&to=2026-03-08&material={self.debris.pk}"

        page = self.as_(self.victor).get(address).content.decode()

        link = re.search(r'href="(/exports/new/[^"]+)"', page)
        assert link is not None
        asked = link[1].replace("&amp;", "&")
        assert "module=received" in asked
        assert f"material={self.debris.pk}" in asked
        assert "from=2026-03-02&to=2026-03-08" in asked
        assert self.as_(self.victor).get(asked).status_code == 200


class TestVerify(PagesCase):
    url = "/exports/verify/"

    def _said(self, person: User, content: bytes) -> str:
        file = SimpleUploadedFile("some.csv", content)
        return self.as_(person).post(self.url, {"file": file}).content.decode()

    def test_knows_a_file_of_ours_again(self) -> None:
        self.receive()
        job = self.made()
        content = (self.folder / job.storage_name).read_bytes()

        page = self._said(self.victor, content)

        assert f"Made on {timezone.now():%-d %b %Y}" in page
        assert "by Alice: Received material of YARD-NORTH, Mon 2 Mar 2026 – Sun 8 Mar 2026, 1 row." in page
        assert "Unchanged." in page

    def test_does_not_know_it_with_a_sign_changed(self) -> None:
        job = self.made()
        content = (self.folder / job.storage_name).read_bytes()

        assert "not one of our files" in self._said(self.alice, content + b" ")

    def test_tells_strangers_to_the_site_that_it_is_genuine_and_no_more(self) -> None:
        job = self.made()
        content = (self.folder / job.storage_name).read_bytes()

        page = self._said(self.oscar, content)

        assert "This is a file of this portal, unchanged." in page
        assert "Alice" not in page
        assert "YARD-NORTH" not in page

    def test_takes_the_fingerprint_for_the_file(self) -> None:
        job = self.made()
        shouted = f" {job.sha256.upper()} "

        page = self.as_(self.alice).post(self.url, {"sha256": shouted}).content.decode()

        assert "Unchanged." in page

    def test_asks_for_a_file_where_there_is_none(self) -> None:
        answer = self.as_(self.alice).post(self.url, {"sha256": "nonsense"})

        assert answer.status_code == 422
        assert "Choose a file" in answer.content.decode()
