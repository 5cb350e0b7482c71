"""Loads: records with a ticket and two weighings, cancelled but never gone."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from inventory.models import InventorySnapshot
from parties.models import Party
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.errors import DeletionRefused, DuplicateRecord, SelectionRefused, UndoRefused
from records.models import operation_writes
from records.operations import Act, Outcome
from sites.models import EntryMode, Site
from tests.factories import make_party, make_vehicle, make_weighbridge
from tests.records.case import RecordsTestCase


class LoadsTestCase(RecordsTestCase):
    def weigh(self, **changes: object) -> Outcome[ReceivedMaterial]:
        """Enter a load of 24.34 t."""
        weights = {"qty_ton": "", "gross_ton": "38.46", "tare_ton": "14.12"}
        return self.receive(**{**weights, **changes})  # type: ignore[arg-type]  # values of the form

    def refused(self, **changes: object) -> dict[str, list[str]]:
        return self.refusal_of(RECEIVED, self.load(**{"qty_ton": "", **changes}))


class TestWeights(LoadsTestCase):
    def test_tons_are_the_gross_less_the_tare(self) -> None:
        load = self.weigh().record

        assert load.qty_ton == Decimal("24.34")
        assert (load.load_state, load.mass_method, load.tare_source, load.loads) == (
            "complete",
            "weighed",
            "weighed",
            1,
        )
        assert InventorySnapshot.objects.get().received_ton == Decimal("24.34")

    def test_other_tons_are_refused(self) -> None:
        weights = {"gross_ton": "38.46", "tare_ton": "14.12"}

        assert self.refused(**weights, qty_ton="24") == {
            "qty_ton": ["A weighed load has the gross less the tare: 24.34 t."]
        }
        assert set(self.refused(gross_ton="14.12", tare_ton="14.12")) == {"gross_ton"}
        assert set(self.refused(tare_ton="14.12")) == {"gross_ton"}
        assert set(self.refused(gross_ton="38.46")) == {"tare_ton"}
        assert set(self.refused(gross_ton="200.001", tare_ton="14")) == {"gross_ton"}

    def test_the_database_holds_the_equation(self) -> None:
        load = self.weigh().record

        with pytest.raises(IntegrityError), operation_writes(), transaction.atomic():
            ReceivedMaterial.objects.filter(pk=load.pk).update(tare_ton=Decimal(14))

    def test_a_corrected_weight_changes_the_tons_and_the_ledger(self) -> None:
        load = self.weigh().record

        corrected = self.correct(load, {"gross_ton": "38.5"}).record

        assert corrected.qty_ton == Decimal("24.38")
        assert InventorySnapshot.objects.get().received_ton == Decimal("24.38")

    def test_a_note_is_corrected_without_the_weights(self) -> None:
        corrected = self.correct(self.weigh().record, {"notes": "wet"}).record

        assert (corrected.qty_ton, corrected.notes) == (Decimal("24.34"), "wet")

    def test_a_stored_tare_is_taken_while_it_is_valid(self) -> None:
        vehicle = make_vehicle("B-DO 17", tare="14.12", until=dt.date(2026, 3, 2))

        load = self.weigh(tare_ton="", vehicle=vehicle.pk).record

        assert (load.qty_ton, load.tare_source) == (Decimal("24.34"), "stored")
        assert set(self.refused(date="2026-03-03", gross_ton="38.46", vehicle=vehicle.pk)) == {"tare_ton"}

    def test_above_the_largest_gross_is_warned_about_or_refused(self) -> None:
        vehicle = make_vehicle("B-DO 17", largest_gross="38")
        weights = {"gross_ton": "38.46", "tare_ton": "14.12", "vehicle": vehicle.pk}

        assert self.weigh(vehicle=vehicle.pk).warnings == ("The vehicle may weigh 38.00 t at most.",)

        Site.objects.filter(pk=self.site.pk).update(refuses_over_gross=True)
        assert self.refused(**weights) == {"gross_ton": ["The vehicle may weigh 38.00 t at most."]}

    def test_choices_fill_in_carrier_and_texts(self) -> None:
        carrier = make_party("Fast Haulage", is_carrier=True)
        vehicle = make_vehicle("B-DO 17", carrier=carrier)
        supplier = make_party("City works", is_supplier=True)

        load = self.weigh(vehicle=vehicle.pk, party=supplier.pk).record

        assert (load.carrier, load.vehicle_ref, load.source) == (carrier, "B-DO 17", "City works")

    def test_a_party_of_other_sites_is_no_choice(self) -> None:
        party = make_party("Elsewhere")
        party.sites.add(self.other_site)

        assert set(self.refused(qty_ton="1", party=party.pk)) == {"party"}
        assert set(self.refused(qty_ton="1", party=party.code)) == {"party"}

    def test_without_weights_is_deemed_by_the_factor(self) -> None:
        load = self.receive(qty_ton="", time="2026-03-02T07:31").record

        assert (load.qty_ton, load.loads, load.is_estimated) == (Decimal(18), 1, True)


class TestTime(LoadsTestCase):
    def test_gives_the_operating_date_by_the_start_of_the_day(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(timezone="Europe/Berlin", day_starts_at=dt.time(6))

        night = self.weigh(date="", time="2026-03-03T05:59:00").record
        morning = self.weigh(date="", time="2026-03-03T06:00:00+01:00").record

        assert (night.date, morning.date) == (dt.date(2026, 3, 2), dt.date(2026, 3, 3))
        assert night.time == dt.datetime(2026, 3, 3, 4, 59, tzinfo=dt.UTC)

    def test_on_another_day_than_the_date_is_warned_about(self) -> None:
        (warning,) = self.weigh(time="2026-03-04T07:00").warnings

        assert warning == "The time is on Wed 4 Mar 2026, and the date is Mon 2 Mar 2026."

    def test_stays_the_same_moment_when_something_else_is_corrected_while_clocks_are_set_back(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(timezone="Europe/Berlin")
        load = self.weigh(date="", time_in="2025-10-26T00:50:00Z", time="2025-10-26T01:10:00Z").record

        shown = {"time_in": "2025-10-26T02:50:00", "time": "2025-10-26T02:10:00"}
        corrected = self.correct(load, {**shown, "notes": "wet"}, confirmed=True).record

        assert (corrected.time_in, corrected.time) == (load.time_in, load.time)

    def test_in_is_before_the_time_out(self) -> None:
        assert set(self.refused(qty_ton="1", time_in="2026-03-02T08:00", time="2026-03-02T07:59")) == {
            "time_in"
        }

    def test_is_a_moment(self) -> None:
        for text in ("2026-03-02", "noon", "2026-13-02T07:00"):
            assert set(self.refused(qty_ton="1", time=text)) == {"time"}


class TestVoid(LoadsTestCase):
    def test_a_cancelled_load_stays_and_counts_nothing(self) -> None:
        load = self.weigh(ticket_no="417").record

        void = self.correct(load, {"load_state": "cancelled", "load_reason": "Weighed twice"}).record

        assert (void.qty_ton, void.gross_ton, void.ticket_no) == (Decimal(0), Decimal("38.46"), "417")
        assert not InventorySnapshot.objects.exists()

    def test_cancelling_is_undone(self) -> None:
        load = self.weigh().record
        void = self.correct(load, {"load_state": "cancelled", "load_reason": "Weighed twice"}).record

        operations.undo(acts=Act.all_of([void]), by=self.alice, source=Source.PAGE, confirmed=True)

        load.refresh_from_db()
        assert (load.qty_ton, load.load_state, load.load_reason) == (Decimal("24.34"), "complete", "")
        assert InventorySnapshot.objects.get().received_ton == Decimal("24.34")

    def test_needs_a_reason_and_only_a_void_load_has_one(self) -> None:
        assert set(self.refused(qty_ton="1", load_state="cancelled")) == {"load_reason"}
        assert set(self.refused(qty_ton="1", load_reason="Because")) == {"load_reason"}

    def test_a_rejected_load_keeps_its_only_weighing(self) -> None:
        load = self.receive(
            qty_ton="", gross_ton="38.46", load_state="rejected", load_reason="Asbestos"
        ).record

        assert (load.qty_ton, load.gross_ton, load.tare_ton) == (Decimal(0), Decimal("38.46"), None)

    def test_does_not_widen_the_usual_range(self) -> None:
        for _ in range(12):
            self.receive(qty_ton="", load_state="rejected", load_reason="Asbestos", confirmed=True)

        assert self.receive(qty_ton="12").warnings == ()


class TestTickets(LoadsTestCase):
    def test_of_the_portal_have_no_gap_where_an_entry_is_refused(self) -> None:
        bridge = make_weighbridge(self.site)

        first = self.weigh(weighbridge=bridge.pk).record
        self.refused(weighbridge=bridge.pk, gross_ton="1", tare_ton="2")
        second = self.weigh(weighbridge=bridge.pk).record

        assert [first.ticket_no, second.ticket_no] == ["W1-000001", "W1-000002"]

    def test_of_the_portal_are_not_typed(self) -> None:
        bridge = make_weighbridge(self.site)

        assert set(self.refused(weighbridge=bridge.pk, ticket_no="7", qty_ton="1")) == {"ticket_no"}

    def test_of_the_portal_stay_with_their_load(self) -> None:
        bridge = make_weighbridge(self.site)
        outcome = self.weigh(weighbridge=bridge.pk)
        load = outcome.record

        with pytest.raises(DeletionRefused, match="cancel the load"):
            self.remove(load)
        with pytest.raises(SelectionRefused):
            operations.bulk_delete(
                module=RECEIVED, selected={load.pk: None}, by=self.alice, source=Source.PAGE
            )
        with pytest.raises(UndoRefused, match="cancel the load"):
            operations.undo(acts=Act.all_of([load]), by=self.alice, source=Source.PAGE)
        with pytest.raises(Exception, match="cannot be saved"):
            self.correct(load, {"ticket_no": "W1-000009"})

    def test_of_another_system_with_the_same_content_get_the_first_answer(self) -> None:
        bridge = make_weighbridge(self.site, gives_numbers=False)
        content = {"weighbridge": bridge.pk, "ticket_no": "2026-00417"}
        first = self.weigh(**content)
        self.correct(first.record, {"notes": "checked"})

        again = self.weigh(**content)

        assert (again.record.pk, again.record.version, again.is_repeat) == (first.record.pk, 1, True)
        assert ReceivedMaterial.objects.count() == 1

    def test_of_another_system_with_other_content_are_refused_for_good(self) -> None:
        bridge = make_weighbridge(self.site, gives_numbers=False)
        content = {"weighbridge": bridge.pk, "ticket_no": "2026-00417"}
        load = self.weigh(**content).record
        self.correct(load, {"load_state": "cancelled", "load_reason": "Wrong customer"})

        with pytest.raises(DuplicateRecord):
            self.weigh(**content, notes="other")

    def test_may_be_equal_at_two_weighbridges(self) -> None:
        bridges = [make_weighbridge(self.site, code=code, gives_numbers=False) for code in ("W1", "W2")]

        assert len({self.weigh(weighbridge=each.pk, ticket_no="1").record.pk for each in bridges}) == 2

    def test_are_needed_where_another_system_gives_them(self) -> None:
        bridge = make_weighbridge(self.site, gives_numbers=False)

        assert set(self.refused(weighbridge=bridge.pk, qty_ton="1")) == {"ticket_no"}

    def test_come_from_a_weighbridge_of_the_site(self) -> None:
        bridge = make_weighbridge(self.other_site)

        assert set(self.refused(weighbridge=bridge.pk, qty_ton="1")) == {"weighbridge"}


class TestEntryMode(LoadsTestCase):
    def test_a_site_of_loads_takes_no_daily_lines(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(received_as=EntryMode.LOADS)

        assert set(self.refused(qty_ton="10")) == {"__all__"}
        assert self.weigh().record.pk

    def test_a_site_of_loads_has_no_row_for_daily_lines(self) -> None:
        self.client.force_login(self.alice)
        page = "/received/?site=YARD-NORTH"

        assert 'id="entry"' in self.client.get(page).content.decode()
        Site.objects.filter(pk=self.site.pk).update(received_as=EntryMode.LOADS)
        assert 'id="entry"' not in self.client.get(page).content.decode()

    def test_a_site_of_daily_lines_takes_no_loads(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(received_as=EntryMode.LINES)

        assert set(self.refused(gross_ton="38.46", tare_ton="14.12")) == {"__all__"}
        assert self.receive().record.pk

    def test_what_is_stored_can_be_corrected_in_either(self) -> None:
        line = self.receive().record
        Site.objects.filter(pk=self.site.pk).update(received_as=EntryMode.LOADS)

        assert self.correct(line, {"qty_ton": "11"}, confirmed=True).record.qty_ton == 11


class TestPages(LoadsTestCase):
    QUERY = "?site=YARD-NORTH&from=2026-03-01&to=2026-03-31"

    def test_totals_show_what_was_weighed_and_deemed_apart(self) -> None:
        self.weigh()
        self.receive(qty_ton="", loads="2")
        self.receive(qty_ton="5")
        self.client.force_login(self.alice)

        page = self.client.get(f"/received/{self.QUERY}&totals=1").content.decode()
        sheet = self.client.get("/day/YARD-NORTH/2026-03-02/").content.decode()

        for text in ("Weighed", "24.34", "Deemed by a factor", "36.00", "65.34"):
            assert text in page
            assert text in sheet

    def test_the_form_of_a_daily_line_has_no_fields_of_loads(self) -> None:
        line, load = self.receive().record, self.weigh().record
        self.client.force_login(self.alice)

        for address in (
            f"/received/{self.QUERY}",
            f"/received/new/{self.QUERY}",
            f"/received/{line.pk}/edit/",
        ):
            self.assertNotContains(self.client.get(address), 'name="gross_ton"')
        page = self.client.get(f"/received/{load.pk}/edit/")
        self.assertContains(page, 'name="gross_ton"')
        self.assertNotContains(page, 'name="qty_ton"')

    def test_a_ticket_number_of_another_load_is_named_where_its_field_is_not_shown_too(self) -> None:
        bridge = make_weighbridge(self.site, gives_numbers=False)
        self.weigh(weighbridge=bridge.pk, ticket_no="417")
        self.client.force_login(self.alice)

        values = self.load(qty_ton="1", weighbridge=bridge.pk, ticket_no="417")
        page = self.client.post(f"/received/new/{self.QUERY}", values)

        self.assertContains(
            page, "Ticket number: This ticket number is that of another load.", status_code=422
        )

    def test_a_load_is_cancelled_on_its_page_and_marked_in_the_list(self) -> None:
        load = self.weigh().record
        self.client.force_login(self.alice)
        address = f"/received/{load.pk}/edit/{self.QUERY}"

        self.client.post(address, {"version": 1, "load_state": "cancelled", "load_reason": "Weighed twice"})

        load.refresh_from_db()
        assert (load.load_state, load.qty_ton) == ("cancelled", Decimal(0))
        self.assertContains(self.client.get(f"/received/{self.QUERY}"), "Cancelled")
        self.assertContains(self.client.get(f"/received/{load.pk}/history/"), "Weighed twice")

    def test_the_day_sheet_takes_no_tons_of_a_load_whose_tons_follow_from_its_weights(self) -> None:
        line, load = self.receive().record, self.weigh(tare_ton="14.115").record
        void = self.weigh(ticket_no="9").record
        self.correct(void, {"load_state": "cancelled", "load_reason": "Weighed twice"})
        self.client.force_login(self.alice)

        page = self.client.get("/day/YARD-NORTH/2026-03-02/").content.decode()

        rows = {
            record.pk: page.split(f'id="received-{record.pk}"')[1].split("</tbody>")[0]
            for record in (line, load, void)
        }
        assert ['name="qty_ton"' in row for row in rows.values()] == [True, False, False]
        assert ['name="notes"' in row for row in rows.values()] == [True, True, True]
        assert "Cancelled" in rows[void.pk]

    def test_the_day_sheet_shows_the_tons_of_a_load_and_takes_other_changes(self) -> None:
        load = self.weigh().record
        self.client.force_login(self.alice)

        page = self.client.get("/day/YARD-NORTH/2026-03-02/")
        self.client.post(f"/day/YARD-NORTH/2026-03-02/received/{load.pk}/", {"version": 1, "notes": "wet"})

        self.assertContains(page, "24.34")
        load.refresh_from_db()
        assert (load.notes, load.qty_ton) == ("wet", Decimal("24.34"))


class TestMergedParty(LoadsTestCase):
    def test_is_offered_no_more_and_keeps_its_loads(self) -> None:
        party = make_party("Old")
        load = self.weigh(party=party.pk).record
        Party.objects.filter(pk=party.pk).update(merged_into=make_party("New"), is_active=False)

        assert self.correct(load, {"notes": "wet"}).record.party == party
        assert set(self.refused(qty_ton="1", party=party.pk)) == {"party"}
        with pytest.raises(ValidationError):
            Party(code="X", name="X", merged_into=party, is_active=True).full_clean()
