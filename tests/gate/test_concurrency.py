"""Several gates at one site: no gap in the ticket numbers, no lorry weighed out twice."""

from decimal import Decimal
from functools import partial

from django.core.exceptions import ValidationError
from django.db import OperationalError

from core.db.fields import NO_TONS
from gate.actions import complete_load, open_load
from gate.models import OpenLoad
from inventory.models import LoadState
from parties.models import Weighbridge
from received.models import ReceivedMaterial
from records.choices import Source
from sites.models import Material, Site, User
from tests.factories import make_material, make_member, make_operation, make_site, make_weighbridge
from tests.inventory.threads import ThreadsTestCase, all_at_once
from transfers.actions import cancel_transfer, find_transfer, send_transfer

GATES = 8
EACH = 6
TRANSFERS = 3


def weigh(number: int, *, site: Site, bridge: Weighbridge, material: Material, by: User) -> int:
    """Weigh lorries in and out at one gate; return how many."""
    for lorry in range(EACH):
        load = OpenLoad(
            site=site, module="received", first_ton=Decimal(30), weighbridge=bridge, material=material
        )
        opened = open_load(load=load, plate=f"G{number} {lorry}", by=by)
        complete_load(load=opened, second_ton=Decimal(12 + number), by=by, confirmed=True)
    return EACH


def weigh_out(load: OpenLoad, *, by: User) -> bool:
    """Weigh a lorry out; return whether this gate did."""
    try:
        complete_load(load=load, second_ton=Decimal(12), by=by, confirmed=True)
    except (ValidationError, OperationalError):
        return False
    return True


class TestSeveralGates(ThreadsTestCase):
    def setUp(self) -> None:
        self.site = make_site()
        self.bridge = make_weighbridge(self.site)
        self.material = make_material()
        self.people = [make_member(self.site) for _ in range(GATES)]

    def test_give_each_number_once_and_none_is_missing(self) -> None:
        works = [
            partial(weigh, number, site=self.site, bridge=self.bridge, material=self.material, by=person)
            for number, person in enumerate(self.people)
        ]

        weighed = sum(all_at_once(*works))

        numbers = ReceivedMaterial.objects.order_by("ticket_no").values_list("ticket_no", flat=True)
        assert list(numbers) == [f"W1-{number:06d}" for number in range(1, weighed + 1)]
        assert not OpenLoad.objects.exists()
        self.assert_ledger_equals_records()

    def test_weigh_a_lorry_out_once(self) -> None:
        load = OpenLoad(
            site=self.site,
            module="received",
            first_ton=Decimal(30),
            weighbridge=self.bridge,
            material=self.material,
        )
        opened = open_load(load=load, plate="B-DO 17", by=self.people[0])

        done = all_at_once(*(partial(weigh_out, opened, by=person) for person in self.people))

        self.bridge.refresh_from_db()
        assert (done.count(True), self.bridge.last_number) == (1, 1)
        assert ReceivedMaterial.objects.get().qty_ton > NO_TONS
        self.assert_ledger_equals_records()

    def test_weigh_transfers_out_that_are_cancelled_at_the_same_moment(self) -> None:
        gate, office = self.people[:2]
        quarry = make_site()
        for person in (gate, office):
            make_member(quarry, user=person)
        operation = make_operation()
        transfers = [
            send_transfer(
                site=quarry,
                destination=self.site,
                values={
                    "date": self.site.today(),
                    "material": self.material.pk,
                    "operation": operation.pk,
                    "qty_ton": "18",
                },
                by=gate,
                source=Source.PAGE,
                confirmed=True,
            ).record.pk
            for _each in range(TRANSFERS)
        ]
        on_site = [
            open_load(
                load=OpenLoad(
                    site=self.site,
                    module="received",
                    first_ton=Decimal(30),
                    weighbridge=self.bridge,
                    material=self.material,
                    sent_id=transfer,
                ),
                plate=f"T {transfer}",
                by=gate,
            )
            for transfer in transfers
        ]

        def weigh_all_out() -> int:
            return sum(weigh_out(load, by=gate) for load in on_site)

        def cancel_all() -> int:
            for transfer in reversed(transfers):
                cancel_transfer(transfer_id=transfer, reason="Never left", by=office, source=Source.PAGE)
            return 0

        weighed = sum(all_at_once(weigh_all_out, weigh_all_out, cancel_all))

        assert weighed == TRANSFERS
        # What was weighed out first is cancelled with its transfer, the others came without one.
        states = ReceivedMaterial.objects.order_by("ticket_no").values_list(
            "ticket_no", "load_state", "sent_id"
        )
        assert [ticket for ticket, _state, _sent in states] == [
            f"W1-{number:06d}" for number in range(1, TRANSFERS + 1)
        ]
        assert all((state == LoadState.COMPLETE) == (sent is None) for _ticket, state, sent in states)
        assert {find_transfer(transfer, by=gate).state for transfer in transfers} == {"cancelled"}
        assert not OpenLoad.objects.exists()
        self.assert_ledger_equals_records()
