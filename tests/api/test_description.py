"""The OpenAPI description with units and limits of every field, and its page."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import cast

from django.test import Client

from tests.api.case import ApiCase, Content, content_of

METHODS_OF_A_MODULE = {"": {"get", "post"}, "/{record_id}": {"get", "patch", "delete"}}


def undescribed(part: object, place: str) -> Iterator[str]:
    """Yield the places of fields and parameters without a description."""
    if isinstance(part, list):
        for number, inner in enumerate(part):
            yield from undescribed(inner, f"{place}/{number}")
    if not isinstance(part, dict):
        return
    fields = part.get("properties", {})
    found = {**fields, "": part} if {"in", "schema"} <= set(part) else fields
    for name, field in found.items():
        if not (field.get("description") or field.get("$ref") or field.get("properties")):
            yield f"{place}/{name}"
    for name, inner in part.items():
        yield from undescribed(inner, f"{place}/{name}")


class TestDescription(ApiCase):
    def description(self) -> Content:
        return content_of(self.alice.get("/api/openapi.json"))

    def schema(self, name: str) -> dict[str, Content]:
        components = cast("dict[str, dict[str, Content]]", self.description()["components"])
        return cast("dict[str, Content]", components["schemas"][name]["properties"])

    def test_knows_every_route_of_the_contract(self) -> None:
        paths = cast("dict[str, Content]", self.description()["paths"])
        expected = {
            "/api/health": {"get"},
            "/api/auth/session": {"get"},
            "/api/sites": {"get", "post"},
            "/api/sites/{site_id}": {"get"},
            "/api/materials": {"get"},
            "/api/operations": {"get"},
            "/api/equipment/machines": {"get"},
            "/api/manpower/roles": {"get"},
            "/api/downtime/reasons": {"get"},
            "/api/readings/counters": {"get"},
            "/api/dashboard/metrics": {"get"},
            "/api/alerts": {"get"},
            "/api/transfers": {"get", "post"},
            "/api/transfers/{transfer_id}": {"get"},
            "/api/transfers/{transfer_id}/receive": {"post"},
            "/api/transfers/{transfer_id}/cancel": {"post"},
            "/api/weighings": {"post"},
            "/api/exports": {"get", "post"},
            "/api/exports/{job_id}": {"get", "delete"},
            "/api/exports/{job_id}/download": {"get"},
            "/api/exports/{job_id}/retry": {"post"},
        }
        for module in self.bodies():
            expected |= {f"/api/{module}{path}": methods for path, methods in METHODS_OF_A_MODULE.items()}

        assert {path: set(methods) for path, methods in paths.items()} == expected

    def test_is_openapi_3_1_with_both_ways_to_call(self) -> None:
        description = self.description()

        assert str(description["openapi"]).startswith("3.1")
        components = cast("dict[str, Content]", description["components"])
        schemes = cast("dict[str, Content]", components["securitySchemes"])
        assert {scheme["type"] for scheme in schemes.values()} == {"http", "apiKey"}

    def test_describes_every_parameter_and_every_field(self) -> None:
        description = self.description()

        silent = list(undescribed(description, ""))

        assert silent == []

    def test_has_units_and_limits(self) -> None:
        tons = self.schema("NewProduction")["qtyTon"]
        hours = self.schema("NewEquipmentLog")["hours"]
        loads = self.schema("NewReceivedMaterial")["loads"]
        shift = self.schema("NewProduction")["shift"]

        assert (tons["minimum"], tons["maximum"]) == (0.001, 999999.999)
        assert "in t." in str(tons["description"])
        assert "3 decimals" in str(tons["description"])
        assert (hours["minimum"], hours["maximum"]) == (0, 24)
        assert "in h." in str(hours["description"])
        assert (loads["minimum"], loads["maximum"]) == (1, 9999)
        assert shift["enum"] == ["MORNING", "AFTERNOON", "NIGHT", None]
        assert self.schema("NewProduction")["notes"]["maxLength"] == 2000

    def test_every_item_has_the_described_keys(self) -> None:
        for module, schema in (
            ("production", "Production"),
            ("dispatch", "Dispatch"),
            ("received", "ReceivedMaterial"),
            ("equipment", "EquipmentLog"),
            ("manpower", "ManpowerLog"),
            ("inventory", "InventorySnapshot"),
        ):
            assert set(self.make(module)) == set(self.schema(schema)), module

    def test_the_page_shows_every_operation_within_the_content_security_policy(self) -> None:
        client = Client()
        client.force_login(self.people.victor)

        page = client.get("/api/docs")

        content = page.content.decode()
        for path in cast("Content", self.description()["paths"]):
            assert path in content
        assert page.status_code == HTTPStatus.OK
        assert "unsafe" not in page["Content-Security-Policy"]
        for beginning in ("https://", "http://", "<script>", "<style>"):
            assert beginning not in content.replace('xmlns="http://www.w3.org', "")

    def test_can_be_read_with_a_token(self) -> None:
        reading = self.caller(self.people.victor, is_read_only=True)

        for path in ("/api/openapi.json", "/api/docs"):
            assert reading.get(path).status_code == HTTPStatus.OK
