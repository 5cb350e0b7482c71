"""The gate: first weighing opens, second closes, and nothing is weighed out twice."""

import datetime as dt
from decimal import Decimal
from http import HTTPStatus

import pytest
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils import timezone

from dispatch.models import Dispatch
from gate.actions import complete_load, edit_load, explain_load, unexplained_loads
from gate.models import DeliveryNote, OpenLoad
from inventory.models import InventorySnapshot
from parties.models import Container, Party, Vehicle, Weighbridge, merge_parties
from received.models import ReceivedMaterial
from sites.models import EntryMode, Material, Site
from tests.factories import (
    make_container,
    make_party,
    make_submitted_day,
    make_vehicle,
    make_weighbridge,
)
from tests.gate.case import GATE, GateTestCase, confirmed_on


class TestWeighing(GateTestCase):
    def test_the_second_weighing_makes_a_record_with_a_ticket(self) -> None:
        self.weigh_in()
        assert not InventorySnapshot.objects.exists()

        answer = self.weigh_out(OpenLoad.objects.get())

        load = ReceivedMaterial.objects.get()
        assert answer.headers["Location"].startswith(f"/gate/tickets/received/{load.pk}/")
        assert (load.qty_ton, load.gross_ton, load.tare_ton) == (
            Decimal("24.34"),
            Decimal("38.46"),
            Decimal("14.12"),
        )
        assert (load.ticket_no, load.vehicle_ref, load.date) == ("W1-000001", "B-DO 17", self.site.today())
        assert load.time_in is not None
        assert load.time is not None
        assert load.time_in <= load.time
        assert not OpenLoad.objects.exists()

    def test_what_goes_out_is_weighed_empty_first(self) -> None:
        self.weigh_in(
            module="dispatch", material=self.aggregate.pk, operation=self.making.pk, first_ton="14.12"
        )

        self.weigh_out(OpenLoad.objects.get(), "38.46", confirmed="")
        answer = self.weigh_out(OpenLoad.objects.get(), "38.46")
        self.assertContains(answer, "below zero", status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
        confirmation = confirmed_on(answer)
        self.weigh_out(OpenLoad.objects.get(), "38.46", confirmed=confirmation)

        load = Dispatch.objects.get()
        assert (load.qty_ton, load.tare_ton, load.ticket_no) == (
            Decimal("24.34"),
            Decimal("14.12"),
            "W1-000001",
        )

    def test_what_goes_out_has_a_delivery_note_at_once_and_what_comes_in_has_none(self) -> None:
        self.weigh_in()
        self.weigh_out(OpenLoad.objects.get())
        assert not DeliveryNote.objects.exists()

        for _number in range(2):
            self.weigh_in(
                module="dispatch", material=self.aggregate.pk, operation=self.making.pk, first_ton="14.12"
            )
            load = OpenLoad.objects.select_related("site", "vehicle").get()
            record = complete_load(
                load=load, second_ton=Decimal("38.46"), by=self.alice, confirmed=True
            ).record

        notes = DeliveryNote.objects.order_by("number")
        assert [note.number for note in notes] == [1, 2]
        self.assertContains(self.client.get(f"/gate/tickets/dispatch/{record.pk}/"), "Delivery note 2")

    def test_what_goes_out_needs_an_operation(self) -> None:
        answer = self.weigh_in(module="dispatch", material=self.aggregate.pk)

        self.assertContains(answer, "Choose the operation", status_code=HTTPStatus.UNPROCESSABLE_ENTITY)

    def test_a_lorry_is_on_site_once(self) -> None:
        self.weigh_in()

        answer = self.weigh_in(plate="B DO 17")

        self.assertContains(answer, "on site already", status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
        assert (OpenLoad.objects.count(), Vehicle.objects.count()) == (1, 1)

    def test_a_lorry_is_weighed_out_once_and_takes_one_number(self) -> None:
        self.weigh_in()
        load = OpenLoad.objects.select_related("site", "vehicle").get()
        complete_load(load=load, second_ton=Decimal("14.12"), by=self.alice, confirmed=True)

        with pytest.raises(ValidationError, match="no longer on site"):
            complete_load(load=load, second_ton=Decimal("14.12"), by=self.alice, confirmed=True)
        self.assertRedirects(self.weigh_out(load), "/gate/", fetch_redirect_response=False)

        self.bridge.refresh_from_db()
        assert (ReceivedMaterial.objects.count(), self.bridge.last_number) == (1, 1)

    def test_a_stored_tare_completes_the_load_at_once(self) -> None:
        make_vehicle("B-DO 17", tare="14.12", until=timezone.localdate() + dt.timedelta(days=1))

        self.weigh_in(with_stored_tare="1")

        load = ReceivedMaterial.objects.get()
        assert (load.qty_ton, load.tare_source, load.time_in) == (Decimal("24.34"), "stored", None)
        assert not OpenLoad.objects.exists()

    def test_the_stored_tare_of_the_container_is_added(self) -> None:
        make_vehicle("B-DO 17", tare="12")

        self.weigh_in(with_stored_tare="1", container=make_container(tare="2.12").pk)

        assert ReceivedMaterial.objects.get().tare_ton == Decimal("14.12")

    def test_a_stored_tare_that_has_expired_is_refused(self) -> None:
        make_vehicle("B-DO 17", tare="14.12", until=self.site.today() - dt.timedelta(days=1))

        answer = self.weigh_in(with_stored_tare="1")

        self.assertContains(answer, "stored tare is valid", status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
        known = self.client.get("/gate/vehicle/?site=YARD-NORTH&plate=B-DO%2017")
        self.assertNotContains(known, "14.12")

    def test_a_load_of_the_night_is_of_the_day_that_began_before(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(day_starts_at=dt.time(6))
        self.weigh_in()
        load = OpenLoad.objects.select_related("site", "vehicle").get()
        # Weighed in before the day ended at six, and out after it.
        night = dt.datetime.combine(load.site.today(), dt.time(5, 50), load.site.zone)
        OpenLoad.objects.update(time_in=night)
        load.refresh_from_db()

        before = complete_load(
            load=load,
            second_ton=Decimal(14),
            by=self.alice,
            at=night + dt.timedelta(minutes=9),
            confirmed=True,
        ).record

        assert before.date == night.date() - dt.timedelta(days=1)
        self.weigh_in()
        load = OpenLoad.objects.select_related("site", "vehicle").get()
        after = complete_load(
            load=load,
            second_ton=Decimal(14),
            by=self.alice,
            at=night + dt.timedelta(minutes=10),
            confirmed=True,
        ).record
        assert after.date == night.date()

    def test_without_a_stored_tare_it_takes_two_weighings(self) -> None:
        answer = self.weigh_in(with_stored_tare="1")

        self.assertContains(answer, "stored tare is valid", status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
        assert not Vehicle.objects.exists()

    def test_a_wrong_second_weight_is_kept_on_the_page(self) -> None:
        self.weigh_in()
        load = OpenLoad.objects.get()

        for typed in ("40", "heavy", ""):
            answer = self.weigh_out(load, typed)
            self.assertContains(answer, f'value="{typed}"', status_code=HTTPStatus.UNPROCESSABLE_ENTITY)

        assert OpenLoad.objects.exists()

    def test_too_heavy_a_lorry_is_refused_where_the_site_says_so(self) -> None:
        make_vehicle("B-DO 17", largest_gross="38")
        Site.objects.filter(pk=self.site.pk).update(refuses_over_gross=True)

        answer = self.weigh_in()

        self.assertContains(answer, "38.00 t at most", status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
        assert not OpenLoad.objects.exists()

    def test_too_heavy_a_lorry_is_let_in_once_that_is_confirmed(self) -> None:
        make_vehicle("B-DO 17", largest_gross="38")

        answer = self.weigh_in()
        self.assertContains(answer, "38.00 t at most", status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
        confirmation = confirmed_on(answer)
        self.weigh_in(confirmed=confirmation)

        # It was confirmed, so the second weighing does not ask again.
        self.weigh_out(OpenLoad.objects.get())
        assert ReceivedMaterial.objects.get().gross_ton == Decimal("38.46")

    def test_an_empty_lorry_is_not_too_heavy(self) -> None:
        make_vehicle("B-DO 17", largest_gross="12")
        Site.objects.filter(pk=self.site.pk).update(refuses_over_gross=True)

        self.weigh_in(
            module="dispatch", material=self.aggregate.pk, operation=self.making.pk, first_ton="14.12"
        )

        assert OpenLoad.objects.exists()

    def test_a_lorry_is_weighed_out_after_the_site_began_to_refuse_its_weight(self) -> None:
        self.weigh_in()
        Vehicle.objects.update(largest_gross_ton="38")
        Site.objects.filter(pk=self.site.pk).update(refuses_over_gross=True)

        self.weigh_out(OpenLoad.objects.get())

        assert ReceivedMaterial.objects.exists()

    def test_a_lorry_is_weighed_out_or_rejected_where_the_site_enters_daily_lines_by_now(self) -> None:
        self.weigh_in()
        self.weigh_in(plate="B-DO 18")
        Site.objects.filter(pk=self.site.pk).update(received_as=EntryMode.LINES, dispatch_as=EntryMode.LINES)
        weighed, rejected = OpenLoad.objects.order_by("pk")

        self.assertContains(self.client.get(GATE), "B-DO 17")
        self.weigh_out(weighed)
        self.client.post(f"/gate/{rejected.pk}/reject/", {"reason": "Wet"})

        states = ReceivedMaterial.objects.order_by("pk").values_list("load_state", flat=True)
        assert list(states) == ["complete", "rejected"]
        self.assertContains(self.client.get(GATE), "enters daily lines only")

    def test_what_became_inactive_meanwhile_is_weighed_out(self) -> None:
        party, container = make_party("City works"), make_container()
        self.weigh_in(party=party.pk, container=container.pk)
        for model in (Material, Party, Container, Vehicle, Weighbridge):
            model.objects.update(is_active=False)

        self.weigh_out(OpenLoad.objects.get())

        load = ReceivedMaterial.objects.get()
        assert (load.party, load.material, load.container) == (party, self.debris, container)

    def test_what_became_inactive_meanwhile_is_rejected(self) -> None:
        self.weigh_in(party=make_party("City works").pk)
        Party.objects.update(is_active=False)

        self.client.post(f"/gate/{OpenLoad.objects.get().pk}/reject/", {"reason": "Asbestos"})

        assert ReceivedMaterial.objects.get().load_state == "rejected"

    def test_a_lorry_whose_carrier_another_site_uses_is_weighed_out(self) -> None:
        carrier = make_party("Fast Haulage", is_carrier=True)
        carrier.sites.add(self.other_site)
        make_vehicle("B-DO 17", carrier=carrier)
        self.weigh_in()

        self.weigh_out(OpenLoad.objects.get())

        assert ReceivedMaterial.objects.get().carrier == carrier

    def test_a_lorry_whose_party_is_merged_meanwhile_is_weighed_out_for_the_party_that_stays(self) -> None:
        merged, kept = make_party("City works"), make_party("City")
        self.weigh_in(party=merged.pk)
        merge_parties(parties=[merged], into=kept, by=self.ada)

        self.weigh_out(OpenLoad.objects.get())

        assert ReceivedMaterial.objects.get().party == kept

    def test_a_weighbridge_with_numbers_of_another_system_is_no_choice(self) -> None:
        other = make_weighbridge(self.site, code="W9", gives_numbers=False)

        for key in (other.pk, other.code):
            answer = self.weigh_in(weighbridge=key)
            self.assertContains(answer, "does not belong", status_code=HTTPStatus.UNPROCESSABLE_ENTITY)

        self.assertNotContains(self.client.get(GATE), "Bridge W9")
        assert not OpenLoad.objects.exists()

    def test_a_lorry_that_was_weighed_out_meanwhile_is_not_explained(self) -> None:
        self.weigh_in()
        load = OpenLoad.objects.get()
        OpenLoad.objects.all().delete()

        with pytest.raises(ValidationError, match="no longer on site"):
            explain_load(load=load, explanation="Broken axle", by=self.alice)

    def test_a_rejected_lorry_leaves_a_load_without_tons(self) -> None:
        self.weigh_in()
        load = OpenLoad.objects.get()

        self.client.post(f"/gate/{load.pk}/reject/", {"reason": "Asbestos"})

        rejected = ReceivedMaterial.objects.get()
        assert (rejected.qty_ton, rejected.gross_ton, rejected.load_reason) == (
            Decimal(0),
            Decimal("38.46"),
            "Asbestos",
        )
        assert not OpenLoad.objects.exists()


class TestEdit(GateTestCase):
    def edit(self, **changes: object) -> HttpResponse:
        load = OpenLoad.objects.select_related("vehicle").get()
        values = {
            "plate": load.vehicle.name,
            "material": load.material_id,
            "party": load.party_id or "",
            "carrier": load.carrier_id or "",
            "version": load.version,
            **changes,
        }
        return self.client.post(f"/gate/{load.pk}/", values)  # type: ignore[return-value]

    def test_corrects_the_plate_and_what_the_lorry_carries(self) -> None:
        self.weigh_in()
        party, project = make_party("City works"), make_party("Old mill", is_project=True)

        self.edit(
            plate="KA-52-17",
            party=party.pk,
            project=project.pk,
            material=self.aggregate.pk,
            order_reference="4711",
            notes="wet",
        )

        load = OpenLoad.objects.get()
        assert (load.vehicle.name, load.material, load.party, load.project) == (
            "KA-52-17",
            self.aggregate,
            party,
            project,
        )
        assert (load.order_reference, load.notes, load.first_ton) == ("4711", "wet", Decimal("38.46"))

    def test_keeps_choices_that_are_inactive_or_of_another_kind_by_now(self) -> None:
        party, carrier = make_party("City works"), make_party("Fast Haulage", is_carrier=True)
        self.weigh_in(party=party.pk, carrier=carrier.pk)
        Party.objects.update(is_active=False, is_carrier=False)
        Material.objects.update(is_active=False)
        Vehicle.objects.update(is_active=False)
        load = OpenLoad.objects.get()

        page = self.client.get(f"/gate/{load.pk}/")
        for choice in (party, carrier, self.debris):
            self.assertContains(page, f'<option value="{choice.pk}" selected')
        self.edit(notes="wet")

        load.refresh_from_db()
        assert (load.party, load.carrier, load.notes) == (party, carrier, "wet")

    def test_refuses_the_plate_of_another_lorry_on_site_and_keeps_the_input(self) -> None:
        self.weigh_in(plate="KA-52-17")
        OpenLoad.objects.update(key="first")
        self.weigh_in()
        load = OpenLoad.objects.get(key="")

        values = {"plate": "KA 52 17", "material": self.debris.pk, "version": 1}
        answer = self.client.post(f"/gate/{load.pk}/", values)

        self.assertContains(answer, "on site already", status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
        self.assertContains(answer, 'value="KA 52 17"', status_code=HTTPStatus.UNPROCESSABLE_ENTITY)

    def test_rejects_the_second_of_two_people_who_edit_at_once(self) -> None:
        self.weigh_in()
        before = OpenLoad.objects.select_related("site", "vehicle").get()
        self.edit(notes="wet")

        answer = self.edit(notes="dry", version=1)

        self.assertContains(answer, "changed this load", status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
        assert OpenLoad.objects.get().notes == "wet"
        with pytest.raises(ValidationError, match="changed this load"):
            complete_load(load=before, second_ton=Decimal(14), by=self.alice, confirmed=True)

    def test_keeps_an_explanation_that_is_stored_at_the_same_moment(self) -> None:
        self.weigh_in()
        read = OpenLoad.objects.select_related("vehicle").get()
        explain_load(load=read, explanation="Broken axle", by=self.alice)

        edit_load(load=read, plate="B-DO 18", by=self.alice, version=read.version)

        stored = OpenLoad.objects.get()
        assert (stored.explanation, stored.vehicle.name) == ("Broken axle", "B-DO 18")

    def test_checks_the_weight_of_another_lorry(self) -> None:
        make_vehicle("KA-52-17", largest_gross="38")
        self.weigh_in()

        answer = self.edit(plate="KA-52-17")

        self.assertContains(answer, "38.00 t at most", status_code=HTTPStatus.UNPROCESSABLE_ENTITY)

    def test_is_for_operators_of_the_site(self) -> None:
        self.weigh_in()
        address = f"/gate/{OpenLoad.objects.get().pk}/"
        for person, status in ((self.victor, 403), (self.oscar, 302)):
            self.client.force_login(person)
            assert self.client.get(address).status_code == status
            assert self.client.post(address, {}).status_code == status

    def test_of_a_lorry_that_left_goes_back_to_the_gate(self) -> None:
        self.assertRedirects(self.client.get("/gate/1/"), "/gate/", fetch_redirect_response=False)


class TestClosing(GateTestCase):
    def test_a_day_with_an_open_load_is_submitted_once_it_is_explained(self) -> None:
        site = self.site
        self.weigh_in()
        load = OpenLoad.objects.get()

        with pytest.raises(ValidationError, match="Still on site"):
            make_submitted_day(site, site.today(), by=self.alice)
        assert unexplained_loads(site, site.today() - dt.timedelta(days=1)) == ""
        self.client.post(f"/gate/{load.pk}/explain/", {"explanation": "Broken axle"})

        assert make_submitted_day(site, site.today(), by=self.alice).is_closed

    def test_a_load_is_not_weighed_out_into_a_closed_day(self) -> None:
        make_submitted_day(self.site, self.site.today(), by=self.alice)
        self.weigh_in()

        answer = self.weigh_out(OpenLoad.objects.get())

        assert answer.status_code == HTTPStatus.CONFLICT
        assert OpenLoad.objects.exists()
