"""Both sites at once: what one cancels the other has not received, and a transfer arrives once."""

import datetime as dt
from collections import Counter

from django.core.exceptions import PermissionDenied, ValidationError

from dispatch.models import Dispatch, arrivals
from records.choices import Source
from records.errors import DuplicateRecord, InputRefused, NotVisible
from sites.models import Site, User
from tests.factories import make_material, make_member, make_operation, make_site
from tests.inventory.threads import ThreadsTestCase, all_at_once
from transfers.actions import cancel_transfer, receive_transfer, send_transfer

MARCH = dt.date(2026, 3, 1)
TRANSFERS = 8


class TestBothSitesAtOnce(ThreadsTestCase):
    def setUp(self) -> None:
        # The site that receives has the lower id, so that the order of locks matters.
        self.quarry, self.yard = make_site(), make_site()
        self.alice = make_member(self.yard, self.quarry)
        self.carol = make_member(self.yard)
        make_member(self.quarry, user=self.carol)
        self.values = {"material": make_material().pk, "operation": make_operation().pk, "qty_ton": "5"}

    def send(self, site: Site, destination: Site) -> int:
        return send_transfer(
            site=site,
            destination=destination,
            values={**self.values, "date": MARCH},
            by=self.alice,
            source=Source.PAGE,
            confirmed=True,
        ).record.pk

    def receive(self, transfer_id: int, by: User) -> str:
        try:
            receive_transfer(
                transfer_id=transfer_id,
                values={"date": MARCH},
                by=by,
                source=Source.PAGE,
                confirmed=True,
            )
        except (DuplicateRecord, ValidationError):
            return "refused"
        return "received"

    def cancel(self, transfer_id: int) -> str:
        try:
            cancel_transfer(transfer_id=transfer_id, reason="Never left", by=self.carol, source=Source.PAGE)
        except (InputRefused, NotVisible, PermissionDenied):
            return "refused"
        return "cancelled"

    def test_receive_a_transfer_once_and_cancel_it_at_both_or_at_none(self) -> None:
        sent = [self.send(self.yard, self.quarry) for _each in range(TRANSFERS)]
        sent += [self.send(self.quarry, self.yard) for _each in range(TRANSFERS)]

        def receive_all() -> Counter[str]:
            return Counter(self.receive(transfer_id, self.alice) for transfer_id in sent)

        def cancel_all() -> Counter[str]:
            return Counter(self.cancel(transfer_id) for transfer_id in reversed(sent))

        received, again, cancelled = all_at_once(receive_all, receive_all, cancel_all)

        # Carol works at both sites, so she cancels what has arrived too.
        assert cancelled["cancelled"] == len(sent)
        assert received["received"] + again["received"] <= len(sent)
        assert not arrivals().exists()
        assert not Dispatch.objects.transfers().exists()
        self.assert_ledger_equals_records()
