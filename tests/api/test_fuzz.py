"""Any request gets a response of the contract and never an internal error."""

import json
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase

from tests.api.case import ApiCase, Content

EXAMPLES = 25
ACCEPTABLE = {200, 201, 204, 400, 403, 404, 405, 409, 413, 415}

ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**20, max_value=10**300)
    | st.floats()
    | st.text()
    | st.sampled_from(["", "\0", "\ud800", "NaN", "1e400", "2026-03-02", "9" * 5000, "\u202e", "0" * 70]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=10,
)
MODULES = ("production", "dispatch", "received", "equipment", "downtime", "readings", "manpower", "inventory")


class TestAnyBody(ApiCase, HypothesisCase):
    def setUp(self) -> None:
        super().setUp()
        self.good = self.bodies()

    def sent(self, module: str, content: "str | bytes", method: str = "POST", path: str = "") -> None:
        response = self.alice.send(method, f"/api/{module}{path}", content)

        assert response.status_code in ACCEPTABLE, (response.status_code, content)

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(MODULES), ANY)
    def test_accepts_or_rejects_any_json(self, module: str, body: object) -> None:
        self.sent(module, json.dumps(body))

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(MODULES), st.binary())
    def test_accepts_or_rejects_any_bytes(self, module: str, body: bytes) -> None:
        self.sent(module, body)

    @settings(max_examples=EXAMPLES * 2, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(MODULES), st.data())
    def test_accepts_or_rejects_any_value_of_a_field(self, module: str, data: st.DataObject) -> None:
        body: Content = dict(self.good[module])
        extra = ("notes", "shift", "status", "count", "loads", "trips", "owner")
        for key in data.draw(st.lists(st.sampled_from([*body, *extra]), min_size=1, max_size=3)):
            body[key] = data.draw(ANY)

        self.sent(module, json.dumps(body))
        del body["siteId"]
        self.sent(module, json.dumps(body), "PATCH", "/1")

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(MODULES), st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=3))
    def test_accepts_or_rejects_any_query(self, module: str, query: dict[str, str]) -> None:
        response = self.alice.send("GET", f"/api/{module}?{self.encoded(query)}")

        assert response.status_code in ACCEPTABLE

    @settings(max_examples=EXAMPLES * 2, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from(MODULES),
        st.sampled_from(
            [
                "limit",
                "cursor",
                "dateFrom",
                "dateTo",
                "changedSince",
                "materialId",
                "shift",
                "operation",
                "siteId",
            ]
        ),
        st.text(max_size=40),
    )
    def test_accepts_or_rejects_any_value_of_a_parameter(self, module: str, name: str, value: str) -> None:
        query = {"siteId": str(self.site.pk)} | {name: value}

        response = self.alice.send("GET", f"/api/{module}?{self.encoded(query)}")

        assert response.status_code in ACCEPTABLE

    def test_rejects_deep_long_and_large_bodies(self) -> None:
        for module in MODULES:
            for content in (
                "[" * 100_000,
                '{"a":' * 50_000,
                json.dumps([1] * 10_000),
                json.dumps({**self.good[module], "notes": ["x"] * 10_000}),
                json.dumps({f"key{number}": number for number in range(10_000)}),
                json.dumps({**self.good[module], "notes": "x" * 900_000}),
                "x" * (2 * 1024 * 1024),
                "9" * 10_000,
            ):
                self.sent(module, content)

    def encoded(self, query: dict[str, str]) -> str:
        return urlencode(query, errors="replace")
