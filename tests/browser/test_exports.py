"""An export from the request to the check of its file, in a browser."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.jobs.models import JobStatus
from core.jobs.runner import JobOutcome
from exports.models import ExportJob
from tests.browser.people import complaints_of, sign_in
from tests.browser.yards import Yard, make_yard
from tests.exports.jobs_case import runner
from tests.files import kept_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def yard() -> Yard:
    yard = make_yard()
    yard.enter("received", material="AGG-G1", qty_ton="12.5")
    return yard


@pytest.fixture
def clerk(page: Page, yard: Yard, base_url: str) -> Page:
    sign_in(page.context, yard.alice, base_url)
    return page


@pytest.fixture(autouse=True)
def _files_apart() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder, kept_in(folder, storage="exports"):
        yield


def ask(page: Page) -> ExportJob:
    """Request the file of a list with its button."""
    page.goto("/received/")
    page.get_by_role("link", name="Export", exact=True).click()
    page.get_by_label("CSV").check()
    expect(page.locator("#count")).to_contain_text("1 row")
    page.get_by_role("button", name="Make the file").click()
    page.wait_for_url("**/exports/")
    return ExportJob.objects.get()


class TestExport:
    def test_is_followed_on_other_pages_until_it_is_ready(self, clerk: Page, tmp_path: Path) -> None:
        complaints = complaints_of(clerk)
        job = ask(clerk)
        held = runner.claim(job.pk)
        assert held is not None
        ExportJob.objects.filter(pk=job.pk).update(rows_total=4000, rows_done=1000)

        # The list asks for itself how far it is.
        expect(clerk.get_by_text("1,000 of 4,000 rows")).to_be_visible()
        clerk.goto("/shortcuts/")
        expect(clerk.locator("#exports-badge")).to_contain_text("1 export in progress")
        ExportJob.objects.filter(pk=job.pk).update(
            status=JobStatus.PENDING, worker="", lease_until=None, attempts=0
        )
        runner.run(job.pk)
        # The message comes by itself, on whatever page.
        toast = clerk.locator("#messages .toast", has_text="The file of Received material is ready.")
        expect(toast).to_be_visible()
        with clerk.expect_download() as download:
            toast.get_by_role("link", name="Download").click()
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)

        clerk.goto("/exports/verify/")
        clerk.set_input_files("#file", file)
        clerk.get_by_role("button", name="Check", exact=True).click()
        expect(clerk.locator(".notice--success")).to_contain_text("1 row. Unchanged.")
        file.write_bytes(file.read_bytes() + b" ")
        clerk.set_input_files("#file", file)
        clerk.get_by_role("button", name="Check", exact=True).click()
        expect(clerk.locator(".notice--danger")).to_contain_text("not made by this portal, or it was changed")
        assert complaints == []

    def test_is_cancelled_and_requested_again(self, clerk: Page) -> None:
        job = ask(clerk)
        runner.claim(job.pk)

        clerk.get_by_role("button", name="Cancel").click()
        expect(clerk.get_by_text("The export was cancelled.")).to_be_visible()
        assert runner.run(job.pk) is JobOutcome.SKIPPED
        clerk.get_by_role("button", name="Try again").click()
        expect(clerk.locator("#jobs .badge", has_text="Waiting")).to_be_visible()
        runner.run(job.pk)

        # Without the page being asked for again.
        expect(clerk.get_by_role("link", name="Download", exact=False).first).to_be_visible()
        expect(clerk.locator("#jobs")).not_to_have_attribute("hx-trigger", "every 1s")
