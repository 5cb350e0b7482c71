"""A site with all master data that a body refers to, and callers."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

from django.http import HttpResponse
from django.test import Client, TestCase

from api.auth import make_token
from equipment.models import Machine
from manpower.models import ManpowerRole
from sites.models import Material, Operation, Purpose, Site, StockEffect, User
from tests.factories import (
    People,
    make_counter,
    make_downtime_reason,
    make_machine,
    make_material,
    make_operation,
    make_people,
    make_role,
)

type Content = dict[str, object]

MONDAY = "2026-03-02"
NEEDS_JSON = "application/json"


class Caller:
    """A program that calls the API with its token."""

    def __init__(self, token: str, *, headers: Mapping[str, str] | None = None) -> None:
        # CSRF is checked, as for every browser; a token needs none.
        self._client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self._headers = {"Authorization": f"Bearer {token}", **(headers or {})}

    def send(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> HttpResponse:
        """Send a request; a body of text or bytes goes as it is, any other as JSON."""
        sent = body if isinstance(body, (str, bytes)) else json.dumps(body)
        response = self._client.generic(
            method,
            path,
            "" if body is None else sent,
            content_type=NEEDS_JSON,
            headers={**self._headers, **(headers or {})},
        )
        return cast("HttpResponse", response)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.send(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def post(self, path: str, body: object, **headers: str) -> HttpResponse:
        return self.send(
            "POST", path, body, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def patch(self, path: str, body: object, **headers: str) -> HttpResponse:
        return self.send(
            "PATCH", path, body, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def delete(self, path: str, **headers: str) -> HttpResponse:
        return self.send(
            "DELETE", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )


def content_of(response: HttpResponse) -> Content:
    """Return the content of a response."""
    content: Content = json.loads(response.content)
    return content


def part_of(response: HttpResponse, key: str) -> Content:
    """Return an object in the content of a response."""
    return cast("Content", content_of(response)[key])


def items_of(response: HttpResponse, key: str) -> list[Content]:
    """Return a list in the content of a response."""
    return cast("list[Content]", content_of(response)[key])


def error_fields(response: HttpResponse) -> set[str]:
    """Return the fields that have errors."""
    return {str(detail["field"]) for detail in items_of(response, "details")}


class ApiCase(TestCase):
    people: People
    site: Site
    other_site: Site
    debris: Material
    aggregate: Material
    making: Operation
    feeding: Operation
    crusher: Machine
    their_machine: Machine
    driver: ManpowerRole

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = make_people()
        cls.site, cls.other_site = cls.people.site, cls.people.other_site
        cls.debris = make_material(code="DEBRIS", is_final=False, tons_per_load="12.5", position=1)
        cls.aggregate = make_material(code="AGG-20", position=2)
        cls.making = make_operation(code="MAKE", position=1)
        cls.feeding = make_operation(
            code="FEED", stock_effect=StockEffect.REMOVES, purpose=Purpose.FEED, position=2
        )
        cls.crusher = make_machine(cls.site, code="CRUSHER")
        cls.their_machine = make_machine(cls.other_site, code="THEIRS")
        cls.driver = make_role(code="DRIVER")
        make_downtime_reason(code="BELT")
        make_counter(cls.site, machine=cls.crusher, code="METER")

    def setUp(self) -> None:
        self.alice = self.caller(self.people.alice)

    def caller(self, user: User, *, is_read_only: bool = False) -> Caller:
        """Return a program with a new token of a user."""
        return Caller(make_token(owner=user, name="Test", is_read_only=is_read_only)[1])

    def bodies(self) -> dict[str, Content]:
        """Return a valid body of each module."""
        common: Content = {"siteId": self.site.pk, "date": MONDAY}
        return {
            "production": {
                **common, "materialId": self.aggregate.pk, "operation": "MAKE", "qtyTon": 12.5,
            },
            "dispatch": {
                **common, "materialId": self.aggregate.pk, "operation": "MAKE", "qtyTon": 1.125,
            },
            "received": {**common, "materialId": self.debris.pk, "loads": 2},
            "equipment": {**common, "equipmentId": self.crusher.pk, "hours": 7.5},
            "manpower": {**common, "roleId": self.driver.pk, "headcount": 4, "hours": 8},
            "downtime": {
                **common, "equipmentId": self.crusher.pk, "reasonId": "BELT", "minutes": 40,
            },
            "readings": {
                **common, "counterId": "METER", "opening": 100.5, "closing": 108, "event": "RESET",
                "notes": "new meter",
            },
            "inventory": {**common, "materialId": self.debris.pk, "countedTon": 24.5, "notes": "paced out"},
        }  # fmt: skip

    def make(self, module: str, **changes: object) -> Content:
        """Create a record of a module through the API and return it."""
        response = self.alice.post(f"/api/{module}", {**self.bodies()[module], **changes})
        assert response.status_code == HTTPStatus.CREATED, response.content
        return next(value for value in content_of(response).values() if isinstance(value, dict))

    def listed(self, module: str, query: str = "") -> Content:
        """Return the list of a module at the site."""
        response = self.alice.get(f"/api/{module}?siteId={self.site.pk}{query}")
        assert response.status_code == HTTPStatus.OK, response.content
        return content_of(response)

    def assert_error(self, response: HttpResponse, status: HTTPStatus, code: str) -> None:
        """Assert an error with its status and code."""
        content = content_of(response)
        assert (response.status_code, content["code"]) == (status, code), response.content
        assert content["error"]
        assert isinstance(content["details"], list)
        assert response["Content-Type"].startswith("application/json")
        assert response["X-Request-ID"]
