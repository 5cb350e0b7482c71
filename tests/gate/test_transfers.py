"""Transfers on their way to a site, at its gate."""

from decimal import Decimal
from http import HTTPStatus

from django.http import HttpResponse

from core.db.fields import NO_TONS
from dispatch.models import Dispatch
from dispatch.module import DISPATCH
from gate.models import OpenLoad
from inventory.models import LoadState
from received.models import ReceivedMaterial
from records.choices import Source
from records.operations import delete
from sites.models import EntryMode, Material, Role, Site
from tests.factories import (
    make_member,
    make_site,
    make_vehicle,
)
from tests.gate.case import GATE, GateTestCase, confirmed_on
from transfers.actions import cancel_transfer, find_transfer, receive_transfer, send_transfer


class TestTransfers(GateTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.quarry = make_site(code="QUARRY", name="Quarry")
        make_member(self.quarry, user=self.alice, role=Role.OPERATOR)
        self.sent = self.send()

    def send(self, plate: str = "B-DO 17") -> Dispatch:
        values = {
            "date": self.site.today().isoformat(),
            "material": self.debris.pk,
            "operation": self.making.pk,
            "qty_ton": "24",
            "vehicle": make_vehicle(plate, tare="14").pk,
        }
        return send_transfer(
            site=self.quarry,
            destination=self.site,
            values=values,
            by=self.alice,
            source=Source.PAGE,
            confirmed=True,
        ).record

    def arrive(self, **changes: object) -> HttpResponse:
        return self.weigh_in(transfer=self.sent.pk, material=self.aggregate.pk, **changes)

    def test_are_listed_and_fill_in_the_form(self) -> None:
        page = self.client.get(GATE)
        form = self.client.get(f"{GATE}&transfer={self.sent.pk}")

        for text in ("On the way here", "B-DO 17", "from Quarry", "24.00 t"):
            self.assertContains(page, text)
        self.assertContains(page, "<strong data-from></strong>", html=True)
        self.assertContains(form, "<strong data-from>Quarry</strong>", html=True)
        self.assertContains(form, 'value="B-DO 17"')

    def test_are_received_by_the_second_weighing(self) -> None:
        self.arrive()
        self.assertNotContains(self.client.get(GATE), "from Quarry")
        self.arrive(plate="B-DO 18")
        assert OpenLoad.objects.count() == 1

        self.weigh_out(OpenLoad.objects.get())

        load = ReceivedMaterial.objects.get()
        assert (load.sent_id, load.material, load.source) == (self.sent.pk, self.debris, "Quarry")
        assert (load.qty_ton, load.ticket_no) == (Decimal("24.34"), "W1-000001")
        assert find_transfer(self.sent.pk, by=self.alice).difference_ton == Decimal("0.34")
        assert not OpenLoad.objects.exists()

    def test_are_received_by_one_weighing_with_the_stored_tare(self) -> None:
        self.arrive(with_stored_tare="1")

        load = ReceivedMaterial.objects.get()
        assert (load.sent_id, load.qty_ton) == (self.sent.pk, Decimal("24.46"))

    def test_are_received_from_the_outbox_once(self) -> None:
        self.arrive()
        load = OpenLoad.objects.get()
        values = {"module": "received", "load": load.pk, "second_ton": "14", "submission_key": "k"}
        answers = [self.client.post(f"/gate/sites/{self.site.pk}/out/", values) for _ in range(2)]

        assert answers[0].content == answers[1].content
        assert ReceivedMaterial.objects.get().sent_id == self.sent.pk

    def test_are_taken_in_as_sent_by_a_press(self) -> None:
        address = f"/gate/transfers/{self.sent.pk}/receive/"

        taken, again = (self.client.post(address, follow=True) for _ in range(2))

        self.assertContains(taken, "Taken in as sent: 24.00 t")
        self.assertContains(again, "received already")
        assert ReceivedMaterial.objects.get().qty_ton == Decimal(24)

    def test_are_weighed_in_with_a_material_that_is_inactive_by_now(self) -> None:
        Material.objects.filter(pk=self.debris.pk).update(is_active=False)

        page = self.client.get(f"{GATE}&transfer={self.sent.pk}")
        self.weigh_in(transfer=self.sent.pk)

        self.assertContains(page, f'<option value="{self.debris.pk}" selected data-code="DEBRIS">')
        assert OpenLoad.objects.get().material == self.debris
        self.weigh_out(OpenLoad.objects.get())
        assert find_transfer(self.sent.pk, by=self.alice).state == "received"

    def test_that_were_received_meanwhile_are_replaced_by_the_weighing_once_that_is_confirmed(self) -> None:
        self.arrive()
        load = OpenLoad.objects.get()
        receive_transfer(transfer_id=self.sent.pk, values={}, by=self.alice, source=Source.PAGE)

        answer = self.weigh_out(load)
        self.assertContains(
            answer, "24.00 t. This weighing replaces that.", status_code=HTTPStatus.UNPROCESSABLE_ENTITY
        )
        self.weigh_out(load, confirmed=confirmed_on(answer))

        first, weighed = ReceivedMaterial.objects.order_by("pk")
        assert (first.load_state, first.qty_ton) == (LoadState.CANCELLED, NO_TONS)
        assert (weighed.sent_id, weighed.qty_ton, weighed.ticket_no) == (
            self.sent.pk,
            Decimal("24.34"),
            "W1-000001",
        )
        assert find_transfer(self.sent.pk, by=self.alice).difference_ton == Decimal("0.34")

    def test_that_were_cancelled_meanwhile_are_received_as_any_other_load(self) -> None:
        for end in ("cancel", "delete"):
            sent = self.send(f"B-DO {end}")
            self.weigh_in(transfer=sent.pk, plate=f"B-DO {end}")
            if end == "cancel":
                cancel_transfer(transfer_id=sent.pk, reason="No", by=self.alice, source=Source.PAGE)
            else:
                delete(module=DISPATCH, record_id=sent.pk, by=self.alice, source=Source.PAGE, confirmed=True)
            values = {"module": "received", "load": OpenLoad.objects.get().pk, "second_ton": "14"}
            address = f"/gate/sites/{self.site.pk}/out/"

            answer = self.client.post(address, values | {"submission_key": "1"}).json()
            values["confirmed"] = answer["confirmation"]
            self.client.post(address, values | {"submission_key": f"2 {end}"})

            assert "Quarry cancelled or deleted this transfer" in answer["messages"][0]
            load = ReceivedMaterial.objects.latest("pk")
            assert (load.sent_id, load.source, load.qty_ton) == (None, "Quarry", Decimal("24.46"))
            assert not OpenLoad.objects.exists()

    def test_stay_in_transit_when_their_lorry_is_rejected(self) -> None:
        self.arrive()
        self.client.post(f"/gate/{OpenLoad.objects.get().pk}/reject/", {"reason": "Wrong material"})

        assert find_transfer(self.sent.pk, by=self.alice).state == "in_transit"
        self.assertContains(self.client.get(GATE), "from Quarry")

    def test_are_rejected_from_the_outbox_once_their_dispatch_was_deleted(self) -> None:
        self.arrive()
        values = {"module": "received", "load": OpenLoad.objects.get().pk, "reason": "Wrong material"}
        delete(module=DISPATCH, record_id=self.sent.pk, by=self.alice, source=Source.PAGE, confirmed=True)

        answer = self.client.post(f"/gate/sites/{self.site.pk}/out/", values | {"submission_key": "k"})

        assert answer.json()["state"] == "saved"
        assert not OpenLoad.objects.exists()

    def test_are_not_taken_in_as_sent_while_their_lorry_is_on_site(self) -> None:
        self.arrive()

        answer = self.client.post(f"/gate/transfers/{self.sent.pk}/receive/", follow=True)

        self.assertContains(answer, "The lorry of this transfer is on site")
        assert not ReceivedMaterial.objects.exists()

    def test_are_only_taken_in_as_sent_where_the_gate_weighs_what_goes_out_alone(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(received_as=EntryMode.LINES)

        for address in (GATE, f"{GATE}&transfer={self.sent.pk}"):
            page = self.client.get(address)
            self.assertContains(page, "Take in as sent")
            self.assertNotContains(page, f'data-transfer="{self.sent.pk}"')
            self.assertContains(page, 'value="dispatch" id="gate_module_0" checked')
            self.assertContains(page, '<input type="hidden" name="transfer" value="">', html=True)

    def test_keep_their_material_when_their_load_is_corrected(self) -> None:
        self.arrive()
        load = OpenLoad.objects.get()
        values = {"plate": "B-DO 17", "material": self.aggregate.pk, "notes": "wet", "version": load.version}

        page = self.client.get(f"/gate/{load.pk}/")
        self.client.post(f"/gate/{load.pk}/", values)

        self.assertContains(page, "A transfer keeps its material")
        load.refresh_from_db()
        assert (load.material, load.notes) == (self.debris, "wet")

    def test_of_other_sites_are_not_taken_in(self) -> None:
        self.client.force_login(self.victor)
        assert (
            self.client.post(f"/gate/transfers/{self.sent.pk}/receive/").status_code == HTTPStatus.FORBIDDEN
        )
        self.client.force_login(self.oscar)
        assert (
            self.client.post(f"/gate/transfers/{self.sent.pk}/receive/").status_code == HTTPStatus.NOT_FOUND
        )
        assert not ReceivedMaterial.objects.exists()
