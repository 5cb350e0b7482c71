"""Transfers between own sites: one act and two records, in transit until the other site has received it."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from api.auth import make_token
from dashboard.today import TodayPage
from dispatch.models import Dispatch
from dispatch.module import DISPATCH
from inventory.models import InventorySnapshot
from inventory.rebuild import verify
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.errors import (
    DayClosed,
    DeletionRefused,
    DuplicateRecord,
    InputRefused,
    NotVisible,
    Refused,
    SelectionRefused,
    labelled_errors,
)
from records.models import DailyRecord
from records.module import RecordModule
from records.operations import Act
from sites.models import EntryMode, Material, Role, Site, User
from tests.factories import make_material, make_member, make_party, make_site, make_submitted_day
from tests.inventory.ledger_case import LedgerTestCase, day_of_march
from transfers.actions import cancel_transfer, find_transfer, receive_transfer, send_transfer

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


class TransferTestCase(LedgerTestCase):
    quarry: Site
    bob: User

    def setUp(self) -> None:
        self.quarry = make_site(code="QUARRY", name="Quarry")
        # Alice enters at both sites, Bob at the other one alone.
        make_member(self.quarry, user=self.alice, role=Role.OPERATOR)
        self.bob = make_member(self.quarry, role=Role.OPERATOR, name="Bob")
        self.receive(day=1, tons="100")

    def send(
        self, tons: str = "20", *, by: User | None = None, values: Mapping[str, object] | None = None
    ) -> Dispatch:
        typed = {
            "date": day_of_march(2),
            "material": self.debris.pk,
            "operation": self.making.pk,
            "qty_ton": tons,
            **(values or {}),
        }
        return send_transfer(
            site=self.site,
            destination=self.quarry,
            values=typed,
            by=by or self.alice,
            source=Source.PAGE,
            confirmed=True,
        ).record

    def arrive(self, sent: Dispatch, *, by: User | None = None, **values: object) -> ReceivedMaterial:
        return receive_transfer(
            transfer_id=sent.pk,
            values={"date": day_of_march(3), **values},
            by=by or self.bob,
            source=Source.PAGE,
            confirmed=True,
        ).record

    def cancel(self, sent: Dispatch, *, by: User | None = None) -> None:
        cancel_transfer(transfer_id=sent.pk, reason="Never left", by=by or self.alice, source=Source.PAGE)

    def closing_at(self, site: Site) -> Decimal:
        latest = InventorySnapshot.objects.of(site.pk, self.debris.pk).order_by("-date").first()
        return Decimal(0) if latest is None else latest.closing_ton


class TestTransfer(TransferTestCase):
    def test_is_in_transit_until_it_is_received(self) -> None:
        sent = self.send()

        assert find_transfer(sent.pk, by=self.bob).state == "in_transit"
        assert (self.closing_at(self.site), self.closing_at(self.quarry)) == (Decimal(80), Decimal(0))
        received = self.arrive(sent)

        transfer = find_transfer(sent.pk, by=self.bob)
        assert (transfer.state, transfer.difference_ton) == ("received", Decimal(0))
        assert (received.qty_ton, received.source) == (Decimal(20), self.site.name)
        assert (self.closing_at(self.site), self.closing_at(self.quarry)) == (Decimal(80), Decimal(20))

    def test_shows_the_difference_of_what_was_weighed(self) -> None:
        sent = self.send(values={"qty_ton": "", "gross_ton": "34.5", "tare_ton": "14.1"})

        self.arrive(sent, gross_ton="34.4", tare_ton="14.1", tare_source="weighed")

        assert find_transfer(sent.pk, by=self.alice).difference_ton == Decimal("-0.1")

    def test_is_received_once(self) -> None:
        sent = self.send()
        self.arrive(sent)

        with pytest.raises(DuplicateRecord):
            self.arrive(sent)

    def test_is_received_once_where_its_key_is_sent_again_later(self) -> None:
        Site.objects.filter(pk=self.quarry.pk).update(received_as=EntryMode.LOADS)
        sent = self.send()

        received = [
            receive_transfer(
                transfer_id=sent.pk, values={}, by=self.bob, source=Source.API, key="k", confirmed=True
            ).record
            for _time in self.later_and_later()
        ]

        assert len({record.pk for record in received}) == 1
        assert ReceivedMaterial.objects.filter(sent_id=sent.pk).count() == 1

    def later_and_later(self) -> Iterator[dt.datetime]:
        """Yield twice, the second time two days later."""
        now = timezone.now()
        for time in (now, now + dt.timedelta(days=2)):
            with mock.patch("django.utils.timezone.now", return_value=time):
                yield time

    def test_is_in_transit_again_once_its_arrival_is_undone(self) -> None:
        sent = self.send()
        received = self.arrive(sent)

        operations.undo(acts=Act.all_of([received]), by=self.bob, source=Source.PAGE)

        assert find_transfer(sent.pk, by=self.bob).state == "in_transit"
        self.arrive(sent)

    def test_goes_to_another_site_of_the_user(self) -> None:
        elsewhere = make_site(code="FAR")

        for destination, error in ((elsewhere, NotVisible), (self.site, ValidationError)):
            with pytest.raises(error):
                send_transfer(
                    site=self.site, destination=destination, values={}, by=self.alice, source=Source.PAGE
                )

    def test_needs_the_role_at_the_site_that_sends_and_at_the_one_that_receives(self) -> None:
        carol = make_member(self.site, role=Role.OPERATOR, name="Carol")
        make_member(self.quarry, user=carol, role=Role.VIEWER)
        sent = self.send(by=carol)

        with pytest.raises(PermissionDenied):
            self.arrive(sent, by=carol)
        with pytest.raises(NotVisible):
            self.send(by=self.bob)
        with pytest.raises(NotVisible):
            find_transfer(sent.pk, by=make_member(make_site()))

    def test_is_not_received_on_a_closed_day(self) -> None:
        sent = self.send()
        make_submitted_day(self.quarry, day_of_march(3), by=self.bob)

        with pytest.raises(DayClosed):
            self.arrive(sent)
        self.arrive(sent, date=day_of_march(4))

    def test_keeps_its_material_and_its_site(self) -> None:
        sent = self.send()
        other = make_material()

        for values, site in (({"material": other.pk}, None), ({}, self.quarry)):
            with pytest.raises(InputRefused):
                operations.update(
                    module=DISPATCH,
                    record_id=sent.pk,
                    values=values,
                    site=site,
                    by=self.alice,
                    source=Source.PAGE,
                )
        received = self.arrive(sent)
        with pytest.raises(InputRefused):
            operations.update(
                module=RECEIVED,
                record_id=received.pk,
                values={"material": other.pk},
                by=self.alice,
                source=Source.PAGE,
            )


class TestCancelTransfer(TransferTestCase):
    def test_takes_it_back_at_the_site_that_sent_it(self) -> None:
        sent = self.send()

        self.cancel(sent)

        assert find_transfer(sent.pk, by=self.alice).state == "cancelled"
        assert self.closing_at(self.site) == Decimal(100)
        with pytest.raises(ValidationError):
            self.arrive(sent)

    def test_takes_it_back_at_both_sites(self) -> None:
        sent = self.send()
        self.arrive(sent)

        self.cancel(sent)

        assert (self.closing_at(self.site), self.closing_at(self.quarry)) == (Decimal(100), Decimal(0))

    def test_keeps_its_arrival_cancelled_too(self) -> None:
        sent = self.send()
        received = self.arrive(sent)
        self.cancel(sent)

        with pytest.raises(InputRefused):
            operations.update(
                module=RECEIVED,
                record_id=received.pk,
                values={"load_state": "", "load_reason": "", "qty_ton": "20"},
                by=self.bob,
                source=Source.PAGE,
                confirmed=True,
            )
        with pytest.raises(InputRefused):
            operations.restore(
                module=RECEIVED, record_id=received.pk, version=1, by=self.bob, source=Source.PAGE
            )
        assert self.closing_at(self.quarry) == Decimal(0)

    def test_does_not_bring_back_an_arrival_that_was_deleted(self) -> None:
        for end in (self.cancel, lambda sent: self.take_back(DISPATCH, sent.pk)):
            sent = self.send()
            received = self.arrive(sent)
            self.take_back(RECEIVED, received.pk)
            end(sent)

            with pytest.raises(InputRefused):
                operations.restore(
                    module=RECEIVED, record_id=received.pk, by=self.alice, source=Source.PAGE, confirmed=True
                )
        assert self.closing_at(self.quarry) == Decimal(0)

    def test_needs_the_role_at_both_sites_once_it_was_received(self) -> None:
        carol = make_member(self.site, role=Role.OPERATOR, name="Carol")
        sent = self.send()
        self.arrive(sent)

        with pytest.raises(NotVisible):
            self.cancel(sent, by=carol)
        with pytest.raises(NotVisible):
            self.cancel(sent, by=self.bob)

    def test_needs_both_days_open(self) -> None:
        sent = self.send()
        self.arrive(sent)
        make_submitted_day(self.quarry, day_of_march(3), by=self.bob)

        with pytest.raises(DayClosed):
            self.cancel(sent)
        assert self.closing_at(self.site) == Decimal(80)

    def test_is_the_only_way_once_it_was_received(self) -> None:
        sent = self.send()
        self.arrive(sent)

        with pytest.raises(DeletionRefused):
            self.take_back(DISPATCH, sent.pk)
        with pytest.raises(InputRefused):
            operations.update(
                module=DISPATCH,
                record_id=sent.pk,
                values={"load_state": "cancelled", "load_reason": "No"},
                by=self.alice,
                source=Source.PAGE,
            )
        assert list(verify([self.site, self.quarry])) == []


class TestPair(TransferTestCase):
    """Neither record of a transfer is changed so that it contradicts the other one."""

    def refused(self, call: Callable[[], object]) -> str:
        """Return the sentence with which an operation is refused."""
        with pytest.raises(Refused) as caught:
            call()
        refusal = caught.value
        assert {self.closing_at(self.site), self.closing_at(self.quarry)} == {Decimal(80), Decimal(20)}
        if isinstance(refusal, SelectionRefused):
            return " ".join(refusal.reasons.values())
        return " ".join(labelled_errors(refusal.form)) if isinstance(refusal, InputRefused) else str(refusal)

    def act[R: DailyRecord](self, module: RecordModule[R], pk: int, **values: object) -> Callable[[], object]:
        return lambda: operations.update(
            module=module, record_id=pk, values=values, by=self.alice, source=Source.PAGE, confirmed=True
        )

    def restore[R: DailyRecord](self, module: RecordModule[R], pk: int, version: int | None = None) -> None:
        operations.restore(
            module=module,
            record_id=pk,
            version=version,
            by=self.alice,
            source=Source.PAGE,
            confirmed=True,
        )

    def test_keeps_its_dispatch_once_it_was_received_and_names_the_arrival(self) -> None:
        sent = self.send()
        self.arrive(sent)
        void = {"load_state": "cancelled", "load_reason": "No"}
        selected: dict[int, int | None] = {sent.pk: None}

        for call in (
            lambda: self.take_back(DISPATCH, sent.pk),
            lambda: operations.undo(acts=Act.all_of([sent]), by=self.alice, source=Source.PAGE),
            lambda: operations.bulk_delete(
                module=DISPATCH, selected=selected, by=self.alice, source=Source.PAGE, confirmed=True
            ),
            lambda: operations.bulk_update(
                module=DISPATCH,
                selected=selected,
                values=void,
                by=self.alice,
                source=Source.PAGE,
                confirmed=True,
            ),
            self.act(DISPATCH, sent.pk, **void),
        ):
            assert "Quarry received this transfer on 3 Mar 2026, 20.00 t" in self.refused(call)

    def test_keeps_its_date_and_tons_once_it_was_received(self) -> None:
        sent = self.send("19")
        self.act(DISPATCH, sent.pk, qty_ton="20")()
        received = self.arrive(sent)
        corrected = Act.all_of([Dispatch.objects.get(pk=sent.pk)])

        for call in (
            self.act(DISPATCH, sent.pk, qty_ton="21"),
            self.act(DISPATCH, sent.pk, date=day_of_march(1)),
            self.act(DISPATCH, sent.pk, gross_ton="34", tare_ton="14", qty_ton=""),
            self.act(DISPATCH, sent.pk, qty_ton="", loads="1"),
            lambda: self.restore(DISPATCH, sent.pk, version=1),
            lambda: operations.undo(acts=corrected, by=self.alice, source=Source.PAGE),
            lambda: operations.bulk_update(
                module=DISPATCH,
                selected={sent.pk: None},
                values={"date": day_of_march(1)},
                by=self.alice,
                source=Source.PAGE,
                confirmed=True,
            ),
        ):
            assert "its date and weights stay as they were sent" in self.refused(call)
        self.act(DISPATCH, sent.pk, notes="Corrected", owner="Quarry gate")()
        # What arrived is a measure of its own.
        self.act(RECEIVED, received.pk, qty_ton="19.5")()
        self.take_back(RECEIVED, received.pk)
        self.act(DISPATCH, sent.pk, qty_ton="21")()
        assert find_transfer(sent.pk, by=self.alice).sent.qty_ton == Decimal(21)

    def test_is_checked_again_under_the_locks_of_the_operation(self) -> None:
        sent = self.send()
        received = self.arrive(sent)

        with mock.patch.object(Dispatch, "deletion_refusal", return_value=""):
            assert "Quarry received" in self.refused(lambda: self.take_back(DISPATCH, sent.pk))
        self.take_back(RECEIVED, received.pk)
        self.take_back(DISPATCH, sent.pk)
        with (
            mock.patch.object(ReceivedMaterial, "dispatch_of_transfer", side_effect=[sent, None]),
            pytest.raises(Refused, match="of 2 Mar 2026 was cancelled or deleted"),
        ):
            self.restore(RECEIVED, received.pk)
        with pytest.raises(InputRefused):
            self.restore(RECEIVED, received.pk)

    def test_does_not_arrive_before_it_was_sent(self) -> None:
        sent = self.send(values={"date": day_of_march(5)})
        with pytest.raises(InputRefused) as caught:
            self.arrive(sent, date=day_of_march(3))
        assert "sent it on 5 Mar 2026" in " ".join(labelled_errors(caught.value.form))
        # The operating dates of two sites differ by a day at one moment.
        received = self.arrive(sent, date=day_of_march(4))

        earlier = self.act(RECEIVED, received.pk, date=day_of_march(3))
        assert "sent it on 5 Mar 2026" in self.refused(earlier)

    def test_has_one_arrival_and_names_it(self) -> None:
        sent = self.send()
        first = self.arrive(sent)
        self.take_back(RECEIVED, first.pk)
        self.arrive(sent)
        rejected = self.send("1")
        void = self.arrive(rejected, load_state="rejected", load_reason="Wet")
        self.arrive(rejected)
        closings = (self.closing_at(self.site), self.closing_at(self.quarry))

        for call in (
            lambda: self.restore(RECEIVED, first.pk),
            lambda: self.arrive(sent),
            self.act(RECEIVED, void.pk, load_state="complete", load_reason="", qty_ton="1"),
        ):
            with pytest.raises(InputRefused) as caught:
                call()
            sentence = " ".join(labelled_errors(caught.value.form))
            assert "received already, by Quarry on 3 Mar 2026" in sentence
        assert (self.closing_at(self.site), self.closing_at(self.quarry)) == closings

    def test_cancelled_at_both_sites_is_restored_in_the_order_of_the_lorry(self) -> None:
        sent = self.send()
        received = self.arrive(sent)
        self.cancel(sent)

        self.restore(DISPATCH, sent.pk, version=1)
        assert find_transfer(sent.pk, by=self.alice).state == "in_transit"
        self.restore(RECEIVED, received.pk, version=1)
        assert find_transfer(sent.pk, by=self.alice).state == "received"

    def test_deleted_and_restored_is_still_a_transfer(self) -> None:
        sent = self.send()
        self.take_back(DISPATCH, sent.pk)

        self.restore(DISPATCH, sent.pk)

        assert find_transfer(sent.pk, by=self.bob).state == "in_transit"
        self.arrive(sent)

    def test_arrives_with_a_material_and_a_carrier_that_are_not_offered_at_the_other_site(self) -> None:
        Site.objects.filter(pk=self.quarry.pk).update(received_as=EntryMode.LOADS)
        Site.objects.filter(pk=self.site.pk).update(dispatch_as=EntryMode.BOTH)
        carrier = make_party("Own lorries", is_carrier=True)
        carrier.sites.add(self.site)
        sent = self.send(values={"carrier": carrier.pk})
        Material.objects.filter(pk=self.debris.pk).update(is_active=False)

        received = self.arrive(sent, time="2026-03-03T10:00")

        assert (received.carrier_id, received.material_id) == (carrier.pk, self.debris.pk)

    def test_waits_where_the_other_site_became_inactive(self) -> None:
        sent = self.send()
        Site.objects.filter(pk=self.quarry.pk).update(is_active=False)

        with pytest.raises(PermissionDenied):
            self.arrive(sent)
        self.cancel(sent)

        assert find_transfer(sent.pk, by=self.alice).state == "cancelled"


class TestPages(TransferTestCase):
    def test_send_list_and_receive(self) -> None:
        self.client.force_login(self.alice)
        typed = {"to": self.quarry.code, "date": "2026-03-02", "material": self.debris.pk}
        new = f"{reverse('transfers:new')}?site={self.site.code}"
        assert self.client.get(new).status_code == HTTPStatus.OK

        answer = self.client.post(new, {**typed, "operation": self.making.pk, "qty_ton": "20"})
        confirmed = {"confirmed": answer.context["page"].confirmation} if answer.context else {}
        self.client.post(new, {**typed, "operation": self.making.pk, "qty_ton": "20", **confirmed})
        sent = Dispatch.objects.get()
        self.client.force_login(self.bob)
        page = self.client.get(reverse("transfers:list"), {"site": self.quarry.code}).content.decode()
        assert "In transit" in page
        assert reverse("transfers:receive", args=[sent.pk]) in page
        assert reverse("transfers:cancel", args=[sent.pk]) not in page
        receive = reverse("transfers:receive", args=[sent.pk])
        assert self.client.get(receive).status_code == HTTPStatus.OK
        answer = self.client.post(receive, {"date": "2026-03-03", "qty_ton": "19.5"})
        if answer.context:
            answer = self.client.post(
                receive,
                {
                    "date": "2026-03-03",
                    "qty_ton": "19.5",
                    "confirmed": answer.context["page"].confirmation,
                },
            )

        assert answer.status_code == HTTPStatus.FOUND
        page = self.client.get(reverse("transfers:list"), {"site": self.quarry.code}).content.decode()
        assert "−0.50" in page
        self.client.force_login(self.alice)
        self.client.post(reverse("transfers:cancel", args=[sent.pk]), {"reason": "Wrong yard"})
        assert find_transfer(sent.pk, by=self.alice).state == "cancelled"

    def test_show_what_is_in_transit_on_the_page_of_today(self) -> None:
        assert self.in_transit_at(self.quarry) == []
        self.send()

        assert self.in_transit_at(self.quarry) == ["1 transfer is in transit:"]
        assert self.in_transit_at(self.site) == []

    def in_transit_at(self, site: Site) -> list[str]:
        """Return what the page of today says to Alice about transfers to a site."""
        seen = Site.objects.for_user(self.alice).with_role(self.alice).get(pk=site.pk)
        return [need.text for need in TodayPage([seen]).needs if "transit" in need.text]

    def test_name_what_is_missing(self) -> None:
        self.client.force_login(self.alice)

        answer = self.client.post(f"{reverse('transfers:new')}?site={self.site.code}", {"qty_ton": "20"})

        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        self.assertContains(answer, "This field is required", status_code=422)


class TestApi(TransferTestCase):
    def call(self, path: str, body: Mapping[str, object], *, by: User, key: str = "") -> "Response":
        _token, text = make_token(owner=by, name="Office", is_read_only=False, expires_at=None)
        headers = {"Authorization": f"Bearer {text}"} | ({"Idempotency-Key": key} if key else {})
        return self.client.post(path, body, content_type="application/json", headers=headers)

    def test_sends_receives_and_cancels(self) -> None:
        body = {
            "siteId": self.site.pk,
            "toSiteId": self.quarry.pk,
            "date": "2026-03-02",
            "materialId": self.debris.pk,
            "operation": self.making.code,
            "qtyTon": 20.5,
        }

        sent = self.call("/api/transfers", body, by=self.alice, key="a")
        again = self.call("/api/transfers", body, by=self.alice, key="a")
        assert (sent.status_code, again.json()["transfer"]) == (HTTPStatus.CREATED, sent.json()["transfer"])
        number = sent.json()["transfer"]["id"]
        arrival = {"date": "2026-03-03", "qtyTon": 20}
        received = self.call(f"/api/transfers/{number}/receive", arrival, by=self.bob).json()["transfer"]
        assert (received["state"], received["differenceTon"]) == ("received", -0.5)
        twice = self.call(f"/api/transfers/{number}/receive", arrival, by=self.bob)
        assert twice.status_code == HTTPStatus.CONFLICT
        cancelled = self.call(f"/api/transfers/{number}/cancel", {"reason": "Wrong"}, by=self.alice)
        assert cancelled.json()["transfer"]["state"] == "cancelled"

    def test_rejects_the_same_site_and_what_is_missing(self) -> None:
        body = {"siteId": self.site.pk, "toSiteId": self.site.pk, "date": "2026-03-02", "qtyTon": 1}
        body |= {"materialId": self.debris.pk, "operation": self.making.code}

        same = self.call("/api/transfers", body, by=self.alice)
        empty = self.call("/api/transfers", {**body, "toSiteId": self.quarry.pk, "qtyTon": 0}, by=self.alice)
        far = self.call("/api/transfers", {**body, "toSiteId": make_site().pk}, by=self.alice)

        assert same.json()["details"][0]["field"] == "toSiteId"
        assert empty.json()["details"][0]["field"] == "qtyTon"
        assert (same.status_code, empty.status_code, far.status_code) == (400, 400, 404)

    def test_lists_what_is_in_transit(self) -> None:
        sent, other = self.send(), self.send()
        self.arrive(other)
        self.client.force_login(self.bob)

        found = self.client.get(f"/api/transfers?siteId={self.quarry.pk}&inTransit=true").json()

        assert [item["id"] for item in found["transfers"]] == [sent.pk]
