"""A site's day in one file, requested from the dashboard."""

import datetime as dt

from core.jobs.runner import JobOutcome
from exports.models import ExportAudit, ExportJob
from tests.exports.jobs_case import runner
from tests.exports.pages_case import PagesCase
from tests.records.case import MONDAY


class TestDayReport(PagesCase):
    url = "/exports/day-report/"
    day = {"site": "YARD-NORTH", "date": "2026-03-02"}

    def test_can_be_requested_from_the_dashboard(self) -> None:
        page = self.as_(self.alice).get("/dashboard/?site=YARD-NORTH&date=2026-03-02").content.decode()

        assert f'action="{self.url}"' in page
        assert '<input type="hidden" name="date" value="2026-03-02">' in page

    def test_is_made_as_a_workbook_and_recorded(self) -> None:
        self.receive()

        answer = self.as_(self.victor).post(self.url, {**self.day, "format": "xlsx"})

        job = ExportJob.objects.get()
        assert answer.headers["Location"] == "/exports/"
        assert runner.run(job.pk) is JobOutcome.DONE
        audit = ExportAudit.objects.get()
        assert (audit.module, audit.site_codes) == ("day-report", "YARD-NORTH")
        assert audit.file_name == "day-report_YARD-NORTH_2026-03-02.xlsx"
        assert "Day report" in self.as_(self.victor).get("/exports/").content.decode()

    def test_of_an_invisible_site_or_an_invalid_date_is_not_found(self) -> None:
        client = self.as_(self.alice)

        for wrong in ({"site": "QUARRY-1"}, {"date": "yesterday"}, {"date": "0001-01-01"}, {"format": "csv"}):
            answer = client.post(self.url, {**self.day, "format": "pdf", **wrong})

            assert answer.status_code == 404
            assert "QUARRY-1" not in answer.content.decode()

    def test_rejects_a_sixth_export_in_progress_with_a_message(self) -> None:
        for days in range(5):
            self.request(last=MONDAY + dt.timedelta(days=days))

        page = self.as_(self.alice).post(self.url, {**self.day, "format": "pdf"}, follow=True)

        assert "5 exports in progress" in page.content.decode()
