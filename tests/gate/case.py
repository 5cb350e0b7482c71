"""What the tests of the gate share."""

import uuid

from django.http import HttpResponse

from gate.models import OpenLoad
from parties.models import Weighbridge
from tests.factories import (
    make_weighbridge,
)
from tests.records.case import RecordsTestCase

GATE = "/gate/?site=YARD-NORTH"


def confirmed_on(page: HttpResponse) -> str:
    """Return what confirms the warnings that a page shows."""
    return page.content.decode().split('name="confirmed" value="')[1].split('"')[0]


class GateTestCase(RecordsTestCase):
    bridge: Weighbridge

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.bridge = make_weighbridge(cls.site)

    def setUp(self) -> None:
        self.client.force_login(self.alice)

    def weigh_in(self, **changes: object) -> HttpResponse:
        values = {
            "module": "received",
            "plate": "b-do 17",
            "first_ton": "38.46",
            "material": self.debris.pk,
            "weighbridge": self.bridge.pk,
            "submission_key": uuid.uuid4().hex,
            **changes,
        }
        return self.client.post(GATE, values)  # type: ignore[return-value]  # what the client returns

    def weigh_out(self, load: OpenLoad, second_ton: str = "14.12", **more: object) -> HttpResponse:
        address = f"/gate/{load.pk}/close/"
        return self.client.post(address, {"second_ton": second_ton, **more})  # type: ignore[return-value]
