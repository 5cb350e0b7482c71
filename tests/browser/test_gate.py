"""The gate in a browser: weighings are kept without a connection, and each is saved once."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from gate.actions import complete_load, open_load
from gate.models import OpenLoad
from parties.models import Weighbridge
from received.models import ReceivedMaterial
from records.choices import Source
from sites.models import Material, Operation
from tests.browser.people import complaints_of
from tests.browser.test_day_sheet_kept import wait_for_copies
from tests.browser.yards import Yard
from tests.factories import make_member, make_site, make_vehicle, make_weighbridge
from transfers.actions import send_transfer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GATE = "/gate/?site=YARD-NORTH"


@pytest.fixture
def bridge(yard: Yard) -> Weighbridge:
    """Give the yard a weighbridge."""
    return make_weighbridge(yard.site)


def open_gate(page: Page) -> None:
    page.goto(GATE)
    expect(page.locator("#gate[data-ready]")).to_be_visible()


def weigh_in(page: Page, plate: str, tons: str) -> None:
    form = page.locator("#gate-first")
    form.get_by_label("Plate").fill(plate)
    form.get_by_label("Weight, t").fill(tons)
    form.get_by_label("Material").select_option(label="Concrete debris", timeout=5000)
    form.get_by_role("button", name="Weigh in").click()


def set_offline(page: Page, *, is_offline: bool) -> None:
    page.context.set_offline(is_offline)
    if not is_offline:
        page.evaluate("window.dispatchEvent(new Event('online'))")


@pytest.mark.usefixtures("bridge")
class TestConnected:
    def test_weighs_in_and_out_and_shows_the_ticket(self, clerk: Page) -> None:
        complaints = complaints_of(clerk)
        open_gate(clerk)

        weigh_in(clerk, "b-do 17", "38.46")
        lorry = clerk.get_by_role("article", name="B-DO 17")
        expect(lorry).to_be_visible()
        expect(clerk.locator("#gate-first").get_by_label("Plate")).to_have_value("")
        lorry.get_by_label("Second weighing, t").fill("14.12")
        lorry.get_by_role("button", name="Weigh out").click()

        expect(clerk.get_by_role("heading", name="Ticket W1-000001")).to_be_visible()
        assert ReceivedMaterial.objects.get().qty_ton == Decimal("24.34")
        assert not complaints

    def test_a_wrong_weight_stays_in_its_form_with_the_reason(self, clerk: Page) -> None:
        open_gate(clerk)

        weigh_in(clerk, "B-DO 17", "heavy")

        expect(clerk.locator("#gate-first").get_by_role("alert")).to_contain_text("Weight, t")
        expect(clerk.locator("#gate-first").get_by_label("Plate")).to_have_value("B-DO 17")
        expect(clerk.locator("#gate-unsent")).to_be_hidden()

    def test_a_warning_is_confirmed_by_the_same_button(self, clerk: Page) -> None:
        make_vehicle("B-DO 17", largest_gross="38")
        open_gate(clerk)

        weigh_in(clerk, "B-DO 17", "38.46")
        expect(clerk.locator("#gate-first").get_by_role("alert")).to_contain_text("38.00 t at most")
        clerk.get_by_role("button", name="Weigh in").click()

        expect(clerk.get_by_role("article", name="B-DO 17")).to_be_visible()

    def test_a_transfer_on_its_way_fills_in_the_form_and_is_received(self, clerk: Page, yard: Yard) -> None:
        quarry = make_site(code="QUARRY", name="Quarry")
        make_member(quarry, user=yard.alice)
        make_vehicle("B-DO 17")
        values = {
            "date": quarry.today().isoformat(),
            "material": Material.objects.get(code="RAW-CONCRETE").pk,
            "operation": Operation.objects.earliest("pk").pk,
            "qty_ton": "24",
            "vehicle": "BDO17",
        }
        send_transfer(
            site=quarry,
            destination=yard.site,
            values=values,
            by=yard.alice,
            source=Source.PAGE,
            confirmed=True,
        )
        open_gate(clerk)
        transfers = clerk.locator("#gate-in-transit")
        form = clerk.locator("#gate-first")

        transfers.get_by_role("link", name="Weigh in").click()
        expect(form.get_by_label("Plate")).to_have_value("B-DO 17")
        expect(form).to_contain_text("Arrival of the transfer from Quarry")
        form.get_by_label("Weight, t").fill("38.46")
        form.get_by_role("button", name="Weigh in").click()

        lorry = clerk.get_by_role("article", name="B-DO 17")
        expect(transfers).to_be_hidden()
        expect(form.locator("[data-transfer]")).to_be_hidden()
        lorry.get_by_label("Second weighing, t").fill("14.12")
        lorry.get_by_role("button", name="Weigh out").click()
        expect(clerk.get_by_role("heading", name="Ticket W1-000001")).to_be_visible()
        assert ReceivedMaterial.objects.get().sent_id is not None


class TestWithoutAConnection:
    def test_a_lorry_goes_in_and_out_and_gets_its_ticket_once_the_portal_answers(
        self, clerk: Page, bridge: Weighbridge
    ) -> None:
        open_gate(clerk)
        wait_for_copies(clerk, 1)
        set_offline(clerk, is_offline=True)

        weigh_in(clerk, "B-DO 17", "38.46")
        unsent = clerk.locator("#gate-unsent")
        expect(unsent).to_contain_text("Not sent yet")
        expect(unsent).to_contain_text("Kept on this machine")
        clerk.reload()
        expect(clerk.locator("#copy-notice")).to_contain_text("This is the gate as it was at")
        expect(unsent).to_contain_text("B-DO 17")
        unsent.get_by_label("Second weighing, t").fill("14.12")
        unsent.get_by_role("button", name="Weigh out").click()
        expect(unsent).to_contain_text("The ticket is printed once the portal has given its number.")
        expect(unsent).to_contain_text("(2)")
        assert bridge.code not in unsent.inner_text()
        assert not OpenLoad.objects.exists()
        set_offline(clerk, is_offline=False)

        link = unsent.get_by_role("link", name=re.compile("W1-000001"))
        expect(link).to_be_visible()
        load = ReceivedMaterial.objects.get()
        assert (load.qty_ton, load.ticket_no) == (Decimal("24.34"), "W1-000001")
        assert not OpenLoad.objects.exists()
        link.click()
        expect(clerk.get_by_role("heading", name="Ticket W1-000001")).to_be_visible()

    def test_a_lorry_on_site_is_weighed_out_and_cannot_be_weighed_out_again_meanwhile(
        self, clerk: Page, yard: Yard, bridge: Weighbridge
    ) -> None:
        open_load(load=_load(yard, bridge), plate="B-DO 17", by=yard.alice)
        open_gate(clerk)
        set_offline(clerk, is_offline=True)

        lorry = clerk.get_by_role("article", name="B-DO 17")
        lorry.get_by_label("Second weighing, t").fill("14.12")
        lorry.get_by_role("button", name="Weigh out").click()

        expect(clerk.locator("#gate-unsent")).to_contain_text("B-DO 17")
        expect(lorry.get_by_role("button", name="Weigh out")).to_be_hidden()
        set_offline(clerk, is_offline=False)
        expect(clerk.get_by_role("link", name=re.compile("W1-000001")).first).to_be_visible()
        expect(lorry).to_have_count(0)

    def test_plates_are_completed_and_their_stored_tare_is_shown(
        self, clerk: Page, yard: Yard, bridge: Weighbridge
    ) -> None:
        make_vehicle("B-DO 17", tare="14.12")
        complete_load(
            load=open_load(load=_load(yard, bridge), plate="B-DO 18", by=yard.alice),
            second_ton=Decimal(12),
            by=yard.alice,
            confirmed=True,
        )
        open_gate(clerk)
        _wait_for_plates(clerk)
        set_offline(clerk, is_offline=True)
        for is_reloaded in (False, True):
            if is_reloaded:
                clerk.reload()
            plate = clerk.locator("#gate-first").get_by_label("Plate")

            plate.fill("bdo")
            expect(clerk.locator("#gate_plates option")).to_have_count(2)
            plate.fill("b do 17")
            plate.blur()
            expect(clerk.locator(".gate__vehicle")).to_contain_text("stored tare 14.12 t")
            plate.fill("B-DO 18")
            plate.blur()

            expect(clerk.locator(".gate__vehicle")).to_contain_text("Concrete debris")

    def test_a_lorry_is_rejected_and_stays_as_a_load_without_tons(
        self, clerk: Page, yard: Yard, bridge: Weighbridge
    ) -> None:
        open_load(load=_load(yard, bridge), plate="B-DO 17", by=yard.alice)
        open_gate(clerk)
        set_offline(clerk, is_offline=True)
        weigh_in(clerk, "B-DO 18", "30")
        unsent = clerk.locator("#gate-unsent")
        expect(unsent).to_contain_text("B-DO 18")

        for place in (clerk.get_by_role("article", name="B-DO 17"), unsent):
            place.locator("summary").filter(visible=True).click()
            place.get_by_label("Why it is rejected").filter(visible=True).fill("Asbestos")
            place.get_by_role("button", name="Reject the load").filter(visible=True).click()

        expect(unsent).to_contain_text("Rejected: Asbestos")
        expect(unsent).to_contain_text("(3)")
        assert not ReceivedMaterial.objects.exists()
        set_offline(clerk, is_offline=False)
        expect(unsent.get_by_role("link")).to_have_count(2)
        loads = ReceivedMaterial.objects.values_list("load_state", "load_reason", "qty_ton")
        assert set(loads) == {("rejected", "Asbestos", Decimal(0))}
        assert not OpenLoad.objects.exists()

    def test_a_weighing_whose_answer_was_lost_is_saved_once(
        self, clerk: Page, yard: Yard, bridge: Weighbridge
    ) -> None:
        open_load(load=_load(yard, bridge), plate="B-DO 17", by=yard.alice)
        open_gate(clerk)
        lost: list[APIResponse] = []

        def lose(route: Route) -> None:
            if lost:
                route.continue_()
                return
            lost.append(route.fetch())
            route.abort()

        clerk.route("**/out/", lose)
        lorry = clerk.get_by_role("article", name="B-DO 17")
        lorry.get_by_label("Second weighing, t").fill("14.12")
        lorry.get_by_role("button", name="Weigh out").click()

        expect(clerk.get_by_role("link", name=re.compile("W1-000001")).first).to_be_visible()
        bridge.refresh_from_db()
        assert (len(lost), ReceivedMaterial.objects.count(), bridge.last_number) == (1, 1, 1)

    def test_keeps_the_time_of_the_weighing(self, clerk: Page, bridge: Weighbridge) -> None:
        del bridge
        open_gate(clerk)
        set_offline(clerk, is_offline=True)
        weigh_in(clerk, "B-DO 17", "38.46")
        expect(clerk.locator("#gate-unsent")).to_contain_text("B-DO 17")
        # The clock of this machine is wrong by years, and half an hour goes by.
        clerk.evaluate(
            """() => {
              const key = Object.keys(localStorage).find((name) => name.startsWith("deskops:line:"));
              const kept = JSON.parse(localStorage.getItem(key));
              kept.values.weighed_at = new Date(Date.now() - 30 * 60_000).toISOString();
              localStorage.setItem(key, JSON.stringify({ ...kept, request: undefined }));
            }"""
        )

        set_offline(clerk, is_offline=False)

        expect(clerk.get_by_role("article", name="B-DO 17")).to_contain_text("30 minutes on site")
        load = OpenLoad.objects.get()
        assert dt.timedelta(minutes=29) < dt.datetime.now(dt.UTC) - load.time_in < dt.timedelta(minutes=32)

    def test_what_the_portal_rejects_later_is_corrected_and_sent(
        self, clerk: Page, bridge: Weighbridge
    ) -> None:
        del bridge
        open_gate(clerk)
        set_offline(clerk, is_offline=True)
        weigh_in(clerk, "B-DO 17", "heavy")
        unsent = clerk.locator("#gate-unsent")
        expect(unsent).to_contain_text("B-DO 17")
        set_offline(clerk, is_offline=False)
        expect(unsent).to_contain_text("Weight, t")

        unsent.get_by_role("button", name="Correct").click()
        clerk.locator("#gate-first").get_by_label("Weight, t").fill("38.46")
        clerk.get_by_role("button", name="Weigh in").click()

        expect(clerk.get_by_role("article", name="B-DO 17")).to_be_visible()
        expect(unsent).to_be_hidden()


def _wait_for_plates(page: Page) -> None:
    """Wait until the copy of the gate in the browser has the plates."""
    has_plates = """async () => {
      const pages = await caches.open("deskops-pages");
      const textOf = async (key) => (await pages.match(key)).text();
      const copies = await Promise.all((await pages.keys()).map(textOf));
      return copies.some((text) => text.includes('id="gate-known"'));
    }"""
    # A promise that `wait_for_function` gets counts as true at once.
    for _ in range(300):
        if page.evaluate(has_plates):
            return
        page.wait_for_timeout(100)
    pytest.fail("No copy of the gate has the plates.")


def _load(yard: Yard, bridge: Weighbridge) -> OpenLoad:
    return OpenLoad(
        site=yard.site,
        module="received",
        first_ton=Decimal("38.46"),
        weighbridge=bridge,
        material=Material.objects.get(code="RAW-CONCRETE"),
    )
