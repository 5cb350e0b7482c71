"""A file through the pages: uploaded, its dates chosen, corrected, imported, undone."""

import datetime as dt

import pytest
from playwright.sync_api import FilePayload, Page, expect

from core.jobs.runner import JobOutcome
from imports.models import Upload
from imports.worker import ImportRunner
from received.models import ReceivedMaterial
from tests.browser.accessibility import assert_fits, assert_is_valid, assert_nobody_is_kept_out, give_axe
from tests.browser.people import complaints_of, sign_in
from tests.factories import make_material, make_member, make_party, make_site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WEIGHBRIDGE = """Date,Ticket No,Time in,Time out,Material,Gross,Tare,Net,Carrier
2026-03-03,1017,07:12,07:31,Debris,38460,14120,24340,HAUL
2026-03-04,1018,01:50,02:10,Debris,37980,14120,23860,Haulers
"""
FILE = "Tag;Stoff;t\n02.03.2026;Debris;12,5\n03.03.2026;Debriss;9,25\n03.03.2026;Debris;-4\n"


def run_worker(page: Page, status: str) -> None:
    """Do what a worker does, once the page shows this status."""
    expect(page.get_by_text(status)).to_be_visible()
    assert ImportRunner().run(Upload.objects.latest("pk").pk) is JobOutcome.DONE


class TestFile:
    def test_is_uploaded_corrected_imported_and_undone(self, page: Page, base_url: str) -> None:
        make_material(code="DEBRIS", name="Debris")
        sign_in(page.context, make_member(make_site(code="YARD-NORTH"), name="Alice"), base_url)
        complaints = complaints_of(page)

        page.goto("/imports/new/?module=received&site=YARD-NORTH")
        page.locator("input[type=file]").set_input_files(
            FilePayload(name="März.csv", mimeType="text/csv", buffer=FILE.encode())
        )
        page.get_by_role("button", name="Upload").click()
        page.wait_for_url(lambda address: "/new/" not in address)
        if "/table/" in page.url:
            page.get_by_role("button", name="Continue to the columns").click()

        # The columns are guessed from their values; what is ambiguous is asked.
        page.get_by_role("radio", name="day first").check()
        page.get_by_role("radio", name="a comma", exact=True).check()
        page.get_by_role("button", name="Check the rows").click()
        run_worker(page, "Being checked")
        expect(page.get_by_text("1 new record", exact=True)).to_be_visible()

        page.get_by_label("Debriss Stoff").select_option("Debris")
        page.get_by_label("Skip line 4").check()
        page.get_by_role("button", name="Save and check again").click()
        run_worker(page, "Being checked")
        expect(page.get_by_text("2 new records")).to_be_visible()

        page.get_by_role("button", name="Import 2 records").click()
        run_worker(page, "Being imported")
        expect(page.get_by_text("2 records imported")).to_be_visible()
        assert sorted(str(load.qty_ton) for load in ReceivedMaterial.objects.all()) == ["12.500", "9.250"]

        page.get_by_role("link", name="Undo").click()
        page.get_by_role("button", name="Undo the import").click()
        run_worker(page, "Being undone")
        expect(page.get_by_text("Undone: its records are deleted.")).to_be_visible()
        assert not ReceivedMaterial.objects.exists()
        assert complaints == []

    def test_of_a_weighbridge_asks_for_units_dates_and_names(self, page: Page, base_url: str) -> None:
        make_material(code="DEBRIS", name="Debris")
        make_party("Haul & Co", code="HAUL", is_carrier=True)
        site = make_site(code="YARD-NORTH", day_starts_at=dt.time(6))
        sign_in(page.context, make_member(site, name="Alice"), base_url)
        complaints = complaints_of(page)

        page.goto("/imports/new/?module=received&site=YARD-NORTH")
        page.locator("input[type=file]").set_input_files(
            FilePayload(name="bridge.csv", mimeType="text/csv", buffer=WEIGHBRIDGE.encode())
        )
        page.get_by_role("button", name="Upload").click()
        page.wait_for_url(lambda address: "/columns/" in address)
        give_axe(page)
        assert_nobody_is_kept_out(page)
        assert_is_valid(page)

        for field in ("Tons", "Gross", "Tare"):
            page.get_by_role("group", name=field).get_by_label("Unit").select_option("kg")
        page.get_by_role("radio", name="calendar days").check()
        page.get_by_role("button", name="Check the rows").click()
        run_worker(page, "Being checked")
        expect(page.get_by_text("There is no carrier “Haulers”.").first).to_be_visible()
        page.get_by_label("Haulers Carrier").select_option("Haul & Co")
        page.get_by_role("button", name="Save and check again").click()
        run_worker(page, "Being checked")

        expect(page.get_by_text("2 new records")).to_be_visible()
        assert_fits(page)
        assert complaints == []
