"""The page of an analysis: links to the records of each figure, saved analyses, files."""

import html
import re
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.test import Client
from openpyxl import load_workbook

from analysis.models import SavedAnalysis
from analysis.reports import pinned_analyses
from core.jobs.runner import JobOutcome
from exports.models import ExportAudit, ExportJob
from exports.worker import ExportRunner
from sites.models import User
from sites.scope import Scope
from tests.analysis.case import MONDAY, AnalysisCase
from tests.factories import (
    make_dispatch,
    make_downtime,
    make_downtime_reason,
    make_machine,
    make_member,
    make_party,
    make_received,
    make_site,
    make_target,
)
from tests.files import FilesOfTheTest
from tests.records.case import heartbeat_at_rest

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


class PageTests(AnalysisCase):
    def test_leads_to_the_records_of_each_figure(self) -> None:
        other = make_site(code="YARD-SOUTH")
        make_member(other, user=self.alice)
        make_received(other, self.debris, by=self.alice, date=MONDAY, tons="7")
        make_dispatch(
            self.site,
            self.aggregate,
            self.making,
            by=self.alice,
            date=MONDAY,
            tons="12.25",
            owner="Smith & Sons",
            party=make_party("Smith & Sons").pk,
        )
        belt = make_downtime_reason(code="BELT")
        crusher = make_machine(self.site, tons_per_hour="120")
        make_downtime(crusher, belt, by=self.alice, date=MONDAY, minutes=45)
        requested = [
            ("received", "material", "site"),
            ("received", "category", "month"),
            ("received", "source", "weekday"),
            ("received", "vehicle", "quarter"),
            ("dispatched", "owner", "week"),
            ("dispatched", "operation", "year"),
            ("output", "shift", "day"),
            ("feed", "material", "weekday"),
            ("dispatched", "customer", "carrier"),
            ("received", "registered-vehicle", "supplier"),
            ("downtime", "reason", "machine"),
            ("downtime", "reasons", "shift"),
            ("tons-lost", "time", "weekday"),
        ]
        for measure, rows, columns in requested:
            with self.subTest(measure=measure, rows=rows, columns=columns):
                page = self.get(site="all", measure=measure, rows=rows, columns=columns).text
                cells = re.findall(r'<a href="(/[a-z]+/\?[^"]+)">([\d.,]+)</a>', page)
                assert cells
                client = Client()
                client.force_login(self.alice)
                for href, figure in cells:
                    totals = client.get(f"{html.unescape(href)}&totals=1").text
                    assert figure in totals.partition('id="totals"')[2], href

    def test_narrows_by_the_filters_of_the_lists(self) -> None:
        page = self.get(measure="received", rows="day", material=str(self.aggregate.pk)).text

        assert "20.00" in page
        assert "100.00" not in page

    def test_replaces_a_division_that_the_figure_does_not_have(self) -> None:
        page = self.get(measure="labour-hours", rows="material", columns="owner")

        assert page.status_code == HTTPStatus.OK
        assert '<option value="month" selected>Month</option>' in page.text

    def test_draws_the_same_figures(self) -> None:
        for rows, columns in (("material", ""), ("month", "material"), ("material", "weekday"), ("day", "")):
            with self.subTest(rows=rows, columns=columns):
                page = self.get(measure="received", view="chart", rows=rows, columns=columns)
                assert "<svg" in page.text
                assert "100.00" in page.text

    def test_shows_nothing_of_another_site(self) -> None:
        page = self.get(self.people.oscar, site="all", measure="received", rows="material")

        assert "100.00" not in page.text
        assert self.get(self.people.oscar).status_code == HTTPStatus.NOT_FOUND

    def test_takes_a_number_of_queries_that_does_not_grow(self) -> None:
        client = Client()
        client.force_login(self.alice)
        client.get("/analysis/?site=YARD-NORTH")
        with self.assertNumQueries(7):
            client.get("/analysis/?site=YARD-NORTH&measure=recovery&rows=month&from=2026-03-01&to=2026-03-31")


class SavedAnalysisTests(AnalysisCase):
    def save(self, person: User, *, site: str = "YARD-NORTH", **data: str) -> "Response":
        client = Client()
        client.force_login(person)
        query = urlencode({"site": site, "measure": "received", "rows": "week", "period": "30"})
        return client.post(f"/analysis/save/?{query}", data)

    def test_with_filters_that_are_too_long_is_not_saved(self) -> None:
        client = Client()
        client.force_login(self.alice)
        query = urlencode({"site": "YARD-NORTH", "measure": "dispatched", "owner": "x" * 3000})

        response = client.post(f"/analysis/save/?{query}", {"name": "Long"})

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert not SavedAnalysis.objects.exists()

    def test_keeps_the_analysis_with_its_moving_dates(self) -> None:
        response = self.save(self.alice, name="Weekly intake")

        saved = SavedAnalysis.objects.get()
        assert response.status_code == HTTPStatus.FOUND
        assert "period=30" in saved.query
        assert "rows=week" in saved.query
        assert "Weekly intake" in self.get().text

    def test_replaces_the_one_of_the_same_name(self) -> None:
        self.save(self.alice, name="Weekly intake")
        self.save(self.alice, name="Weekly intake", is_shared="on")

        assert SavedAnalysis.objects.get().shared_with == self.site

    def test_is_seen_by_others_of_the_site_only_where_it_is_shared(self) -> None:
        self.save(self.alice, name="Mine")
        self.save(self.alice, name="Ours", is_shared="on")

        page = self.get(self.people.mona).text

        assert "Ours" in page
        assert "Mine" not in page
        assert "Ours" not in self.get(self.people.oscar, site="all").text

    def test_is_shared_with_one_site(self) -> None:
        response = self.save(self.alice, site="all", name="Ours", is_shared="on")

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "Choose one site first" in response.text
        assert not SavedAnalysis.objects.exists()

    def test_is_not_shared_by_a_viewer(self) -> None:
        response = self.save(self.people.victor, name="Ours", is_shared="on")

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert not SavedAnalysis.objects.exists()
        assert self.save(self.people.victor, name="Mine").status_code == HTTPStatus.FOUND

    def test_is_removed_by_its_owner_alone(self) -> None:
        self.save(self.alice, name="Ours", is_shared="on")
        saved = SavedAnalysis.objects.get()
        statuses = []
        for person in (self.people.oscar, self.people.mona, self.alice):
            client = Client()
            client.force_login(person)
            statuses.append(client.post(f"/analysis/saved/{saved.pk}/remove/").status_code)

        assert statuses == [HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN, HTTPStatus.FOUND]
        assert not SavedAnalysis.objects.exists()

    def test_is_put_on_the_dashboard_of_its_site(self) -> None:
        self.save(self.alice, name="Weekly intake", is_shared="on")
        saved = SavedAnalysis.objects.get()
        mona, oscar = Client(), Client()
        mona.force_login(self.people.mona)
        oscar.force_login(self.people.oscar)

        answers = [
            client.post(f"/analysis/saved/{saved.pk}/pin/", {"pinned": "1"}) for client in (mona, oscar)
        ]

        assert [each.status_code for each in answers] == [HTTPStatus.FOUND, HTTPStatus.NOT_FOUND]
        assert "/analysis/cards/?site=YARD-NORTH" in mona.get("/dashboard/?site=YARD-NORTH").text
        card = mona.get("/analysis/cards/?site=YARD-NORTH", headers={"HX-Request": "true"}).text
        assert "Weekly intake" in card
        assert "<html" not in card
        assert "Weekly intake" not in mona.get("/analysis/cards/?site=all").text
        mona.post(f"/analysis/saved/{saved.pk}/pin/")
        card = mona.get("/analysis/cards/?site=YARD-NORTH", headers={"HX-Request": "true"}).text
        assert "Weekly intake" not in card

    def test_is_no_card_of_a_site_that_was_taken_away(self) -> None:
        self.save(self.alice, name="Weekly intake")
        SavedAnalysis.objects.get().pinned_by.add(self.alice)
        self.site.memberships.filter(user=self.alice).delete()

        assert not pinned_analyses(self.alice, Scope(site=self.site, choices=(self.site,)))


class FileTests(FilesOfTheTest, AnalysisCase):
    storage = "exports"

    def setUp(self) -> None:
        self.enterContext(heartbeat_at_rest())
        self.keep_files_apart()

    def made(self, file_format: str, **query: str) -> bytes:
        """Request a file as the page does, make it, and return it."""
        client = Client()
        client.force_login(self.people.victor)
        dates = {"from": "2025-01-01", "to": "2026-12-31"}
        address = urlencode({"site": "YARD-NORTH", **dates, **query})
        answer = client.post(f"/exports/reports/analysis/?{address}", {"format": file_format})
        assert answer.status_code == HTTPStatus.FOUND
        job = ExportJob.objects.latest("pk")
        assert ExportRunner().run(job.pk) is JobOutcome.DONE
        job.refresh_from_db()
        return b"".join(client.get(f"/exports/{job.pk}/file/").streaming_content)  # type: ignore[attr-defined]  # a file

    def test_has_the_figures_of_the_page_and_is_recorded(self) -> None:
        text = self.made("csv", measure="received", rows="material", columns="month").decode("utf-8-sig")

        assert text.splitlines() == [
            "Material,Mar 2026 (t),All (t)",
            "Concrete debris,100.001,100.001",
            "Aggregate,20.000,20.000",
            "Total,120.001,120.001",
        ]
        audit = ExportAudit.objects.get()
        assert (audit.module, audit.site_codes, audit.rows) == ("analysis", "YARD-NORTH", 3)
        assert audit.filters == {"Figure": "Received", "By": "Material", "And by": "Month"}

    def test_has_what_the_figures_are_compared_with(self) -> None:
        make_target(self.site, "50", since=MONDAY)

        text = self.made(
            "csv",
            **{"from": "2026-03-02", "to": "2026-03-02"},
            measure="output",
            rows="day",
            compare="target",
        )

        assert text.decode("utf-8-sig").splitlines()[1] == "Mon 2 Mar 2026,70.500,50.000,141.0000"

    def test_is_narrowed_by_the_filters_of_the_page(self) -> None:
        text = self.made("csv", measure="received", rows="day", material=str(self.aggregate.pk))

        assert text.decode("utf-8-sig").splitlines()[-1] == "Total,20.000"
        assert ExportAudit.objects.get().filters["Material"] == "Aggregate"

    def test_does_not_run_a_heading_as_a_formula(self) -> None:
        self.debris.name = "=1+1"
        self.debris.save()

        text = self.made("csv", measure="received", rows="month", columns="material").decode("utf-8-sig")

        assert text.splitlines()[0] == "Month,'=1+1 (t),Aggregate (t),All (t)"

    def test_is_a_workbook_or_a_pdf(self) -> None:
        workbook = self.made("xlsx", measure="recovery", rows="month", compare="before")
        pdf = self.made("pdf", measure="recovery", rows="material", columns="weekday")

        sheet = load_workbook(BytesIO(workbook))["Recovery rate"]
        assert [cell.value for cell in sheet[1]] == ["Month", "Recovery rate", "Before", "Change"]
        assert round(sheet["B3"].value, 1) == 92.2
        assert pdf.startswith(b"%PDF")

    def test_of_another_site_or_an_unknown_report_is_not_found(self) -> None:
        client = Client()
        client.force_login(self.people.oscar)

        for address in ("analysis/?site=YARD-NORTH", "balances/?site=all"):
            answer = client.post(f"/exports/reports/{address}", {"format": "csv"})
            assert answer.status_code == HTTPStatus.NOT_FOUND


class ListTests(AnalysisCase):
    def test_shows_a_filter_of_an_analysis_only_while_it_is_in_use(self) -> None:
        client = Client()
        client.force_login(self.alice)
        shown_by = {
            query: 'name="weekday"' in client.get(f"/received/?site=YARD-NORTH&{query}").text
            for query in ("filters=1", "weekday=1")
        }

        assert shown_by == {"filters=1": False, "weekday=1": True}
