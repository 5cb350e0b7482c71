"""A file on its way through the pages: brought, its dates asked about, mended, imported, taken back."""

import pytest
from playwright.sync_api import FilePayload, Page, expect

from core.jobs.runner import Outcome
from imports.models import Upload
from imports.worker import run
from received.models import ReceivedMaterial
from tests.browser.people import complaints_of, sign_in
from tests.factories import make_material, make_member, make_site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FILE = "Tag;Stoff;t\n02.03.2026;Debris;12,5\n03.03.2026;Debriss;9,25\n03.03.2026;Debris;-4\n"


def worker_takes_it(page: Page, doing: str) -> None:
    """Do what a worker would, once the page says that the file waits for it."""
    expect(page.get_by_text(doing)).to_be_visible()
    assert run(Upload.objects.latest("pk").pk) is Outcome.DONE


class TestFile:
    def test_is_brought_mended_imported_and_taken_back(self, page: Page, base_url: str) -> None:
        make_material(code="DEBRIS", name="Debris")
        sign_in(page.context, make_member(make_site(code="YARD-NORTH"), name="Alice"), base_url)
        complaints = complaints_of(page)

        page.goto("/imports/new/?module=received&site=YARD-NORTH")
        page.get_by_label("File").set_input_files(
            FilePayload(name="März.csv", mimeType="text/csv", buffer=FILE.encode())
        )
        page.get_by_role("button", name="Look into the file").click()
        page.wait_for_url(lambda address: "/new/" not in address)
        if "/table/" in page.url:
            page.get_by_role("button", name="On to the columns").click()

        # What the columns are is guessed from their values; what could be two things is asked.
        page.get_by_role("radio", name="day first").check()
        page.get_by_role("radio", name="a comma", exact=True).check()
        page.get_by_role("button", name="Check the rows").click()
        worker_takes_it(page, "Being checked")
        expect(page.get_by_text("1 new record", exact=True)).to_be_visible()

        page.get_by_label("Debriss").select_option("Debris")
        page.get_by_label("Leave line 4 out").check()
        page.get_by_role("button", name="Keep this and check again").click()
        worker_takes_it(page, "Being checked")
        expect(page.get_by_text("2 new records")).to_be_visible()

        page.get_by_role("button", name="Import 2 records").click()
        worker_takes_it(page, "Being imported")
        expect(page.get_by_text("2 records imported")).to_be_visible()
        assert sorted(str(load.qty_ton) for load in ReceivedMaterial.objects.all()) == ["12.500", "9.250"]

        page.get_by_role("link", name="Take back").click()
        page.get_by_role("button", name="Take it back").click()
        worker_takes_it(page, "Being taken back")
        expect(page.get_by_text("Taken back: none of its records is left.")).to_be_visible()
        assert not ReceivedMaterial.objects.exists()
        assert complaints == []
