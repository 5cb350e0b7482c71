"""The page on which a file is requested, saved columns, and the button on every list."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from exports import request_page
from exports.models import ColumnChoice, ExportJob
from records import registry
from sites.models import Membership
from tests.exports.pages_case import FORM, PagesCase
from tests.records.case import MONDAY


class TestNew(PagesCase):
    url = "/exports/new/"

    def test_shows_how_many_rows_the_file_will_have(self) -> None:
        self.receive()
        self.receive()

        page = self.as_(self.alice).get(self.url, FORM).content.decode()

        assert "2 rows" in page

    def test_keeps_the_filter_of_a_list(self) -> None:
        self.receive(notes="wet")
        self.receive(notes="dry")

        page = self.as_(self.alice).get(self.url, {**FORM, "q": "wet"}).content.decode()

        assert "1 row" in page
        assert "<strong>Search</strong> wet" in page
        assert '<input type="hidden" name="q" value="wet">' in page

    def test_can_remove_the_filter(self) -> None:
        self.receive(notes="wet")
        self.receive(notes="dry")

        page = self.as_(self.alice).get(self.url, {**FORM, "q": "wet", "unfiltered": "1"}).content.decode()

        assert "2 rows" in page

    def test_requests_the_file_as_chosen(self) -> None:
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

    def test_ignores_columns_of_other_datasets(self) -> None:
        values = {**FORM, "columns_of": "production/daily/csv", "columns": ["operation"]}

        self.as_(self.alice).post(self.url, values)

        assert ExportJob.objects.get().columns == []

    def test_rejects_a_range_beyond_the_role_before_the_request(self) -> None:
        client, values = self.as_(self.alice), {**FORM, "from": "2025-01-01"}

        page, refused = client.get(self.url, values), client.post(self.url, values)

        assert "as operator of North yard you may export 90 at once" in page.content.decode()
        assert "Make the file" not in page.content.decode()
        assert refused.status_code == 422

    def test_sixth_export_in_progress_is_too_many_requests(self) -> None:
        for days in range(5):
            self.request(last=MONDAY + dt.timedelta(days=days + 10))

        answer = self.as_(self.alice).post(self.url, FORM)

        assert answer.status_code == 429
        assert "5 exports in progress" in answer.content.decode()
        # To be pressed again, once one of the five is over.
        assert "Make the file" in answer.content.decode()

    def test_repeated_request_says_that_it_is_in_progress(self) -> None:
        client = self.as_(self.alice)
        client.post(self.url, FORM)

        page = client.post(self.url, FORM, follow=True)

        assert "is already in progress" in page.content.decode()
        assert ExportJob.objects.count() == 1

    def test_invisible_site_is_not_found_and_not_named(self) -> None:
        client = self.as_(self.alice)

        for answer in (
            client.get(self.url, {**FORM, "site": "QUARRY-1"}),
            client.get(self.url, {**FORM, "site": ["QUARRY-1", "YARD-NORTH"]}),
            client.post(self.url, {**FORM, "site": ["YARD-NORTH", "QUARRY-1"]}),
        ):
            assert answer.status_code == 404
            assert "QUARRY-1" not in answer.content.decode()

    def test_unknown_module_is_not_found(self) -> None:
        assert self.as_(self.alice).get(self.url, {**FORM, "module": "nonsense"}).status_code == 404

    def test_without_a_site_shows_an_error(self) -> None:
        Membership.objects.create(user=self.alice, site=self.other_site, role="operator")

        answer = self.as_(self.alice).post(self.url, {**FORM, "site": []})

        assert answer.status_code == 422
        assert "Choose at least one site." in answer.content.decode()

    def test_several_sites_make_one_file(self) -> None:
        Membership.objects.create(user=self.alice, site=self.other_site, role="operator")

        self.as_(self.alice).post(self.url, {**FORM, "site": ["YARD-NORTH", "QUARRY-1"]})

        assert set(ExportJob.objects.get().sites.all()) == {self.site, self.other_site}

    def test_a_button_chooses_the_dates(self) -> None:
        values = {**FORM, "range": "2026-01-01/2026-01-31"}

        page = self.as_(self.alice).get(self.url, values).content.decode()

        assert 'name="from" value="2026-01-01"' in page
        assert 'name="to" value="2026-01-31"' in page

    def test_a_change_returns_only_the_affected_fragment(self) -> None:
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

    def test_rejects_a_pdf_of_too_many_rows_before_the_request(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(request_page, "count_rows", lambda _selection: 20_001)
            page = self.as_(self.alice).get(self.url, {**FORM, "format": "pdf"}).content.decode()

        assert "A PDF has at most 20,000 rows, and these are 20,001." in page
        assert "Make the file" not in page


class TestColumns(PagesCase):
    def test_are_saved_under_a_name_and_chosen_by_a_button(self) -> None:
        client = self.as_(self.alice)
        chosen = {**FORM, "columns_of": "received/daily/csv", "columns": ["date", "qty_ton"], "name": "Short"}

        answer = client.post("/exports/columns/", chosen)
        page = " ".join(client.get(answer.headers["Location"]).content.decode().split())

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

    def test_without_a_name_are_not_saved(self) -> None:
        page = self.as_(self.alice).post("/exports/columns/", FORM, follow=True)

        assert "enter a name" in page.content.decode()
        assert not ColumnChoice.objects.exists()

    def test_are_deleted_only_by_their_owner(self) -> None:
        kept = ColumnChoice.objects.create(
            owner=self.alice, module="received", granularity="daily", name="Short", columns=["date"]
        )
        url = reverse("exports:delete_columns", args=[kept.pk])

        assert self.as_(self.mona).post(url).status_code == 404
        assert self.as_(self.alice).post(url).status_code == 302
        assert not ColumnChoice.objects.exists()


class TestEveryList(PagesCase):
    def test_links_to_its_export_with_its_filter(self) -> None:
        address = f"/received/?site=YARD-NORTH&from=2026-03-02&to=2026-03-08&material={self.debris.pk}"

        page = self.as_(self.victor).get(address).content.decode()

        link = re.search(r'href="(/exports/new/[^"]+)"', page)
        assert link is not None
        url = link[1].replace("&amp;", "&")
        assert "module=received" in url
        assert f"material={self.debris.pk}" in url
        assert "from=2026-03-02&to=2026-03-08" in url
        assert self.as_(self.victor).get(url).status_code == 200
