"""Delivery notes: one number each, never deleted, and a public page that says no more than it must."""

from decimal import Decimal
from http import HTTPStatus

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from api.auth import make_token
from dispatch.models import Dispatch
from dispatch.module import DISPATCH
from gate.models import DeliveryNote
from gate.notes import GERMAN_CLASSES, lines_of, note_pdf
from parties.models import Party
from records import operations
from records.choices import Source
from records.models import Batch
from records.operations.bulk import create_many
from sites.models import Category, Site
from tests.factories import make_party, make_vehicle, make_weighbridge
from tests.records.case import MONDAY, RecordsTestCase


class TestDeliveryNotes(RecordsTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.alice)
        bridge, buyer = make_weighbridge(self.site), make_party("Road builders", is_customer=True)
        values = {
            "date": MONDAY,
            "time": "2026-03-02T07:31",
            "material": self.aggregate.pk,
            "operation": self.making.pk,
            "gross_ton": "38.46",
            "tare_ton": "14.12",
            "party": buyer.pk,
            "vehicle": make_vehicle("B-DO 17").pk,
            "weighbridge": bridge.pk,
        }
        self.dispatched: Dispatch = operations.create(
            module=DISPATCH, values=values, site=self.site, by=self.alice, source=Source.PAGE, confirmed=True
        ).record

    def issue(self) -> DeliveryNote:
        answer = self.client.post(f"/gate/notes/of/{self.dispatched.pk}/", {"language": "de", "paper": "A5"})
        note = DeliveryNote.objects.latest("number")
        self.assertRedirects(
            answer, f"/gate/notes/{note.pk}/?paper=A5&language=de", fetch_redirect_response=False
        )
        return note

    def change(self, **values: object) -> None:
        operations.update(
            module=DISPATCH,
            record_id=self.dispatched.pk,
            values=values,
            by=self.alice,
            source=Source.PAGE,
            confirmed=True,
        )

    def status(self, note: DeliveryNote) -> str:
        return Client().get(f"/gate/notes/check/{note.token}/").content.decode()

    def test_say_what_was_loaded_and_for_whom(self) -> None:
        content = self.issue().content

        assert content["receiver"] == "Road builders"
        assert (content["tons"], content["plate"], content["time"]) == (
            "24.340",
            "B-DO 17",
            "2026-03-02 07:31",
        )

    def test_have_numbers_and_dates_as_their_language_writes_them(self) -> None:
        note = self.issue()

        assert ("Net mass, t", "24.340") in lines_of(note, "en")
        assert ("Nettomasse, t", "24,340") in lines_of(note, "de")
        assert ("Datum und Uhrzeit", "02.03.2026 07:31") in lines_of(note, "de")
        assert ("Date and time", "2026-03-02 07:31") in lines_of(note, "en")
        assert ("Material", "Aggregate") in lines_of(note, "de")
        assert ("Class", "Aggregates") in lines_of(note, "en")
        assert ("Klasse", "Gesteinskörnung") in lines_of(note, "de")
        assert list(GERMAN_CLASSES) == [str(label) for _value, label in Category.choices]

    def test_are_issued_once_a_load_is_complete_from_whatever_source(self) -> None:
        assert [note.record_id for note in DeliveryNote.objects.all()] == [self.dispatched.pk]
        material, operation = self.aggregate.pk, self.making.pk
        body = {
            "siteId": self.site.pk,
            "date": str(MONDAY),
            "materialId": material,
            "operation": self.making.code,
        }
        token = make_token(owner=self.alice, name="ERP")[1]
        for values in ({"grossTon": 30, "tareTon": 12}, {"qtyTon": 5}):
            answer = self.client.post(
                "/api/dispatch",
                {**body, **values},
                content_type="application/json",
                headers={"Authorization": f"Bearer {token}"},
            )
            assert answer.status_code == HTTPStatus.CREATED, answer.content
        line = {"date": MONDAY, "material_id": material, "operation_id": operation, "qty_ton": Decimal(9)}
        batch = Batch.objects.create(module="dispatch", created_by=self.alice)
        loads = [Dispatch(site=self.site, load_state=state, **line) for state in ("complete", "", "complete")]
        create_many(module=DISPATCH, records=loads, batch=batch, by=self.alice, source=Source.IMPORT)

        notes = list(DeliveryNote.objects.order_by("number"))

        assert [note.number for note in notes] == [1, 2, 3, 4]
        assert [note.content["tons"] for note in notes] == ["24.340", "18.000", "9.000", "9.000"]
        assert {note.issued_by for note in notes} == {self.alice}

    def test_are_issued_on_demand_where_the_site_says_so(self) -> None:
        DeliveryNote.objects.all().delete()
        Site.objects.filter(pk=self.site.pk).update(issues_notes=False)
        self.change(load_state="cancelled", load_reason="Returned")
        self.change(load_state="complete", load_reason="", gross_ton="38.46", tare_ton="14.12")
        assert not DeliveryNote.objects.exists()

        assert self.issue().number == 1

    def test_of_many_loads_are_numbered_by_the_queries_of_few(self) -> None:
        line = {"date": MONDAY, "material": self.aggregate, "operation": self.making, "qty_ton": Decimal(9)}

        def queries_of(count: int) -> int:
            batch = Batch.objects.create(module="dispatch", created_by=self.alice)
            loads = [
                Dispatch(site_id=self.site.pk, load_state="complete", **line) for _number in range(count)
            ]
            with CaptureQueriesContext(connection) as queries:
                create_many(module=DISPATCH, records=loads, batch=batch, by=self.alice, source=Source.IMPORT)
            return len(queries)

        assert queries_of(8) == queries_of(4)

    def test_of_an_unchanged_load_are_one(self) -> None:
        assert self.issue() == self.issue()

    def test_the_ticket_names_the_last_one(self) -> None:
        self.issue()
        self.change(notes="Wet")
        self.issue()

        ticket = self.client.get(f"/gate/tickets/dispatch/{self.dispatched.pk}/")

        self.assertContains(ticket, "Delivery note 2")
        self.assertContains(ticket, "<dd>Road builders</dd>", html=True)

    def test_are_genuine_then_corrected_then_void(self) -> None:
        first = self.issue()
        assert "genuine" in self.status(first)

        self.change(gross_ton="38.5")
        second = self.issue()
        assert (first.number, second.number) == (1, 2)
        assert "corrected" in self.status(first)
        assert "genuine" in self.status(second)

        # One that was replaced stays so, also where the load says again what it said.
        self.change(gross_ton="38.46")
        third = self.issue()
        assert ["genuine" in self.status(note) for note in (first, second, third)] == [False, False, True]

        self.change(load_state="cancelled", load_reason="Returned")
        assert "void" in self.status(third)
        answer = self.client.post(f"/gate/notes/of/{self.dispatched.pk}/")
        assert answer.status_code == HTTPStatus.NOT_FOUND
        assert DeliveryNote.objects.count() == 3

    def test_stays_genuine_when_a_party_is_renamed(self) -> None:
        note = self.issue()
        self.change(trips="2")
        Party.objects.update(name="Renamed since")

        assert "genuine" in self.status(note)
        assert self.issue() == note

    def test_has_the_code_of_waste(self) -> None:
        self.change(waste_code="17 01 01")

        assert ("Abfallschlüssel", "17 01 01") in lines_of(self.issue(), "de")

    def test_shows_a_stranger_nothing_of_the_load(self) -> None:
        page = self.status(self.issue())

        for text in ("Road builders", "B-DO 17", "24.34", "North yard", "AGGREGATE"):
            assert text not in page
        for token in ("unknown", "%00"):
            assert Client().get(f"/gate/notes/check/{token}/").status_code == HTTPStatus.NOT_FOUND

    def test_are_pdf_files_on_both_papers_in_both_languages(self) -> None:
        note = self.issue()

        for paper, language in (("A4", "en"), ("A5", "de")):
            assert note_pdf(note, paper=paper, language=language).startswith(b"%PDF")
        assert self.client.get(f"/gate/notes/{note.pk}/?paper=A5&language=de").status_code == HTTPStatus.OK
        assert self.client.get(f"/gate/notes/{note.pk}/?language=xx").status_code == HTTPStatus.NOT_FOUND

    def test_are_of_a_site(self) -> None:
        note = self.issue()
        self.client.force_login(self.victor)
        assert self.client.post(f"/gate/notes/of/{self.dispatched.pk}/").status_code == HTTPStatus.FORBIDDEN
        self.client.force_login(self.oscar)
        for address in (f"/gate/notes/{note.pk}/", f"/gate/tickets/dispatch/{self.dispatched.pk}/"):
            assert self.client.get(address).status_code == HTTPStatus.NOT_FOUND
        assert self.client.post(f"/gate/notes/of/{self.dispatched.pk}/").status_code == HTTPStatus.NOT_FOUND

    def test_are_shown_to_admins_and_never_changed(self) -> None:
        note = self.issue()
        self.client.force_login(self.ada)

        self.assertContains(self.client.get("/admin/gate/deliverynote/"), "Road builders")
        page = self.client.get(f"/admin/gate/deliverynote/{note.pk}/change/")

        self.assertContains(page, "Genuine")
        self.assertNotContains(page, 'name="_save"')
        for kind in ("openload", "weighing", "loadfile"):
            assert self.client.get(f"/admin/gate/{kind}/").status_code == HTTPStatus.OK
