"""A machine without the libraries of PDF files: reported before a job is made, in the form and by the API."""

import re
from unittest.mock import patch

import pytest
from django.core.checks import run_checks

from core import pango
from exports.datasets.selection import FileFormat
from exports.errors import PdfUnavailable
from exports.models import ExportJob
from tests.exports.pages_case import PagesCase


class TestWithoutPango(PagesCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(patch.object(pango, "_can_be_loaded", return_value=False))
        pango.missing_pdf_libraries.cache_clear()
        self.addCleanup(pango.missing_pdf_libraries.cache_clear)

    def test_the_form_disables_pdf_and_says_why(self) -> None:
        page = self.as_(self.alice).get("/exports/new/").content.decode()

        (choice,) = re.findall(r'<input[^>]*value="pdf"[^>]*>', page)
        assert " disabled" in choice
        assert "This machine cannot make PDF files" in page

    def test_a_request_is_refused_before_a_job_is_made(self) -> None:
        with pytest.raises(PdfUnavailable, match="apt-get install libpango"):
            self.request(file_format=FileFormat.PDF)

        assert not ExportJob.objects.exists()

    def test_other_files_are_made(self) -> None:
        assert self.request(file_format=FileFormat.CSV).pk

    def test_the_api_answers_400_with_the_sentence(self) -> None:
        wanted = {
            "module": "received",
            "format": "pdf",
            "siteId": self.site.pk,
            "dateFrom": "2026-03-02",
            "dateTo": "2026-03-02",
        }

        answer = self.as_(self.alice).post("/api/exports", wanted, content_type="application/json")

        assert answer.status_code == 400
        assert "This machine cannot make PDF files" in str(answer.json())

    def test_the_start_warns(self) -> None:
        warnings = [message for message in run_checks() if message.id == "deskops.W006"]

        assert "Pango" in warnings[0].msg
        assert "apt-get install" in str(warnings[0].hint)
