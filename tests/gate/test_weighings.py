"""Weights that a weighbridge sends: stored once for each key, and proposed at the gate."""

import datetime as dt
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.utils import timezone

from api.auth import make_token
from gate.models import Weighing
from sites.models import Role, User
from tests.factories import make_member, make_site, make_weighbridge
from tests.gate.case import GateTestCase

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


class WeighingsTestCase(GateTestCase):
    def send(
        self, by: User | None = None, key: str = "a", changes: Mapping[str, object] | None = None
    ) -> "Response":
        _token, text = make_token(owner=by or self.alice, name="Scale", is_read_only=False, expires_at=None)
        body = {
            "siteId": self.site.pk,
            "weighbridge": self.bridge.code,
            "weightTon": 38.461,
            "measuredAt": timezone.now().isoformat(),
            **(changes or {}),
        }
        headers = {"Authorization": f"Bearer {text}"} | ({"Idempotency-Key": key} if key else {})
        self.client.logout()
        return self.client.post("/api/weighings", body, content_type="application/json", headers=headers)

    def weights(self) -> str:
        self.client.force_login(self.alice)
        return self.client.get("/gate/weights/?site=YARD-NORTH").text


class TestCreateWeighing(WeighingsTestCase):
    def test_stores_a_weight_to_the_kilogram(self) -> None:
        moment = dt.datetime(2026, 3, 2, 7, 12, tzinfo=dt.UTC).isoformat()

        answer = self.send(changes={"measuredAt": moment})

        assert answer.status_code == HTTPStatus.CREATED
        weighing = Weighing.objects.get()
        assert answer.json() == {
            "weighing": {
                "id": weighing.pk,
                "siteId": self.site.pk,
                "weighbridge": self.bridge.code,
                "weightTon": 38.461,
                "measuredAt": "2026-03-02T07:12:00Z",
            }
        }

    def test_is_all_that_the_token_of_a_weighbridge_may_do(self) -> None:
        other = make_weighbridge(self.site, code="W2")
        text = make_token(owner=self.alice, name="Scale", weighbridge=self.bridge)[1]
        headers = {"Authorization": f"Bearer {text}", "Idempotency-Key": "a"}
        body = {"siteId": self.site.pk, "weightTon": 38, "measuredAt": timezone.now().isoformat()}
        self.client.logout()

        answers = [
            self.client.post(
                "/api/weighings",
                {**body, "weighbridge": bridge.code},
                content_type="application/json",
                headers=headers,
            )
            for bridge in (self.bridge, other)
        ]

        assert [answer.status_code for answer in answers] == [HTTPStatus.CREATED, HTTPStatus.FORBIDDEN]
        for path in ("received", "sites", "auth/session"):
            assert self.client.get(f"/api/{path}", headers=headers).status_code == HTTPStatus.FORBIDDEN

    def test_returns_the_first_one_for_the_same_key_and_refuses_another_content(self) -> None:
        moment = timezone.now().isoformat()
        first = self.send(changes={"measuredAt": moment})

        repeated = self.send(changes={"measuredAt": moment})
        other = self.send(changes={"measuredAt": moment, "weightTon": 12})

        assert (repeated.status_code, repeated.json()) == (HTTPStatus.CREATED, first.json())
        assert other.status_code == HTTPStatus.CONFLICT
        assert Weighing.objects.count() == 1

    def test_rejects_what_is_not_a_weight_of_this_site(self) -> None:
        later = (timezone.now() + dt.timedelta(hours=1)).isoformat()
        elsewhere = make_weighbridge(make_site(code="QUARRY-9"), code="FAR")
        wrong: list[dict[str, object]] = [
            {"weightTon": 0},
            {"weightTon": -3},
            {"weightTon": 201},
            {"weightTon": "1e2"},
            {"weightTon": 38.4615},
            {"measuredAt": later},
            {"measuredAt": "yesterday"},
            {"measuredAt": "2026-03-02T07:12:00"},
            {"weighbridge": elsewhere.code},
            {"more": 1},
        ]
        for changes in wrong:
            with self.subTest(changes=changes):
                assert self.send(changes=changes).status_code == HTTPStatus.BAD_REQUEST
        assert self.send(key="").status_code == HTTPStatus.BAD_REQUEST
        assert not Weighing.objects.exists()

    def test_requires_an_operator_of_the_site(self) -> None:
        victor = make_member(self.site, role=Role.VIEWER)
        oscar = make_member(make_site(code="QUARRY-9"))

        assert self.send(victor).status_code == HTTPStatus.FORBIDDEN
        assert self.send(oscar).status_code == HTTPStatus.NOT_FOUND

    def test_forgets_weights_after_a_month(self) -> None:
        old = timezone.now() - dt.timedelta(days=31)
        Weighing.objects.create(weighbridge=self.bridge, key="old", weight_ton=9, measured_at=old)

        self.send()

        assert [weighing.key for weighing in Weighing.objects.all()] == ["a"]


class TestWeights(WeighingsTestCase):
    def test_proposes_what_was_just_weighed_here(self) -> None:
        self.send()

        assert 'data-weight="38.461"' in self.weights()

    def test_uses_the_decimal_mark_of_the_site(self) -> None:
        self.send()
        type(self.site).objects.filter(pk=self.site.pk).update(decimal_mark=",")

        assert 'data-weight="38,461"' in self.weights()

    def test_proposes_nothing_old_and_nothing_of_another_site(self) -> None:
        self.send(changes={"measuredAt": (timezone.now() - dt.timedelta(minutes=11)).isoformat()})
        far = make_weighbridge(make_site(code="QUARRY-9"), code="FAR")
        Weighing.objects.create(weighbridge=far, key="b", weight_ton=9, measured_at=timezone.now())

        assert "data-weight" not in self.weights()
