"""The contract's other routes: session, sites, master data, metrics, health."""

import gzip
from decimal import Decimal
from http import HTTPStatus
from typing import cast
from unittest.mock import patch

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deskops.monitoring.health import worker_seen
from sites.models import Site
from tests.api.case import MONDAY, ApiCase, Content, content_of, error_fields, items_of, part_of
from tests.factories import make_machine, make_material, make_operation, make_role, make_site

OK, CREATED = HTTPStatus.OK, HTTPStatus.CREATED
BAD, MISSING, CONFLICT = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT


class TestHealth(ApiCase):
    def test_needs_no_credentials_and_names_each_check(self) -> None:
        worker_seen()

        response = Client().get("/api/health")

        assert response.status_code == OK
        assert response.json()["status"] == "ok"
        assert set(response.json()["checks"].values()) == {"ok"}
        assert response.json()["checks"]["database"] == "ok"

    def test_is_503_when_a_check_fails(self) -> None:
        with patch("deskops.monitoring.health.worker_is_alive", return_value=False):
            response = Client().get("/api/health")

        assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE

    def test_rejects_other_methods(self) -> None:
        response = Client(enforce_csrf_checks=True).post("/api/health")

        assert response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
        assert response.json()["code"] == "METHOD_NOT_ALLOWED"
        assert "GET" in response["Allow"]


class TestSession(ApiCase):
    def test_has_the_caller_and_their_role_on_each_site(self) -> None:
        found = content_of(self.alice.get("/api/auth/session"))

        assert str(found.pop("timestamp")).endswith("Z")
        assert found == {
            "userId": self.people.alice.pk,
            "isAuthenticated": True,
            "email": self.people.alice.email,
            "name": "Alice",
            "isAdmin": False,
            "sites": [{"id": self.site.pk, "code": "YARD-NORTH", "role": "OPERATOR"}],
        }

    def test_of_an_admin_has_every_site(self) -> None:
        found = content_of(self.caller(self.people.ada).get("/api/auth/session"))

        assert found["isAdmin"] is True
        assert [site["code"] for site in cast("list[Content]", found["sites"])] == ["YARD-NORTH", "QUARRY-1"]


class TestSites(ApiCase):
    def new(self, **changes: object) -> Content:
        return {"code": "NEW-YARD", "name": "New yard", **changes}

    def test_are_the_active_sites_of_the_caller_by_name(self) -> None:
        make_site(code="CLOSED", name="A closed one", is_active=False)

        own = items_of(self.alice.get("/api/sites"), "sites")
        every = items_of(self.caller(self.people.ada).get("/api/sites"), "sites")

        assert [site["code"] for site in own] == ["YARD-NORTH"]
        assert {"id", "code", "name", "location", "timezone", "createdAt"} <= set(own[0])
        assert [site["name"] for site in every] == ["North yard", "Quarry one"]

    def test_have_the_number_of_their_records(self) -> None:
        for module in self.bodies():
            self.make(module)

        site = part_of(self.alice.get(f"/api/sites/{self.site.pk}"), "site")

        assert site["isActive"] is True
        assert site["_count"] == {
            "productions": 1,
            "dispatches": 1,
            "receivedMaterials": 1,
            "equipmentLogs": 1,
            "downtimes": 1,
            "counterReadings": 1,
            "manpowerLogs": 1,
            "inventorySnapshots": 2,
        }

    def test_can_be_retrieved_although_inactive(self) -> None:
        self.site.is_active = False
        self.site.save()

        site = part_of(self.alice.get(f"/api/sites/{self.site.pk}"), "site")

        assert (site["code"], site["isActive"]) == ("YARD-NORTH", False)
        assert items_of(self.alice.get("/api/sites"), "sites") == []

    def test_of_other_users_do_not_exist(self) -> None:
        for number in (self.other_site.pk, 987654, "YARD-NORTH", "9" * 40):
            self.assert_error(self.alice.get(f"/api/sites/{number}"), MISSING, "NOT_FOUND")

    def test_can_be_created_by_admins(self) -> None:
        ada = self.caller(self.people.ada)

        made = ada.post("/api/sites", self.new(location="Dubai", timezone="Asia/Dubai"))
        least = ada.post("/api/sites", self.new(code="LEAST"))

        site = part_of(made, "site")
        assert made.status_code == CREATED
        assert (site["code"], site["location"], site["timezone"]) == ("NEW-YARD", "Dubai", "Asia/Dubai")
        assert made["Location"] == f"/api/sites/{site['id']}"
        assert part_of(least, "site")["timezone"] == "UTC"
        history = Site.history.get(code="NEW-YARD")
        assert history.history_user == self.people.ada

    def test_cannot_be_created_by_other_users(self) -> None:
        for person in (self.people.mona, self.people.alice, self.people.victor):
            response = self.caller(person).post("/api/sites", self.new())

            self.assert_error(response, HTTPStatus.FORBIDDEN, "FORBIDDEN")

    def test_have_unique_codes(self) -> None:
        response = self.caller(self.people.ada).post("/api/sites", self.new(code="QUARRY-1"))

        self.assert_error(response, CONFLICT, "DUPLICATE_RECORD")
        assert error_fields(response) == {"code"}

    def test_are_rejected_with_all_errors(self) -> None:
        ada = self.caller(self.people.ada)
        for wrong, fields in (
            ({"code": "x", "name": "", "timezone": "Moon/Sea"}, {"code", "name", "timezone"}),
            ({"code": 5, "colour": "red"}, {"code", "colour"}),
            ({"code": None}, {"code"}),
            ({"name": "n" * 101}, {"name"}),
        ):
            response = ada.post("/api/sites", self.new(**wrong))

            self.assert_error(response, BAD, "VALIDATION_ERROR")
            assert error_fields(response) == fields


class TestMasterData(ApiCase):
    def test_is_the_active_rows_in_the_order_of_lists(self) -> None:
        make_material(code="GONE", is_active=False)
        make_operation(code="GONE", is_active=False)
        make_role(code="GONE", is_active=False)
        make_role(code="FIRST", position=0)

        for path, codes in (
            ("materials", ["DEBRIS", "AGG-20"]),
            ("operations", ["MAKE", "FEED"]),
            ("manpower/roles", ["DRIVER", "FIRST"]),
        ):
            rows = items_of(self.alice.get(f"/api/{path}"), path.rpartition("/")[2])

            assert [row["code"] for row in rows] == codes
            assert {"id", "code", "name", "position"} <= set(rows[0])

    def test_has_its_other_columns_as_codes_and_numbers(self) -> None:
        material = items_of(self.alice.get("/api/materials"), "materials")[0]
        operation = items_of(self.alice.get("/api/operations"), "operations")[0]

        assert (material["category"], material["uom"], material["tonsPerLoad"]) == ("AGGREGATES", "TON", 12.5)
        assert (operation["stockEffect"], operation["purpose"]) == ("ADDS", "PRODUCT")

    def test_every_row_has_its_id_code_name_and_other_columns(self) -> None:
        of_the_list = {"id", "code", "name", "position", "isActive"}
        for path, columns in (
            ("materials", {"category", "uom", "isFinal", "tonsPerLoad"}),
            ("operations", {"stockEffect", "purpose"}),
            (f"equipment/machines?siteId={self.site.pk}", {"type", "siteId"}),
            ("manpower/roles", set()),
        ):
            key = path.partition("?")[0].rpartition("/")[2]
            assert of_the_list | columns <= set(items_of(self.alice.get(f"/api/{path}"), key)[0]), path

    def test_machines_require_a_site(self) -> None:
        make_machine(self.site, code="GONE", is_active=False)
        path = "/api/equipment/machines"

        own = items_of(self.alice.get(f"{path}?siteId={self.site.pk}"), "machines")

        assert [(row["code"], row["type"]) for row in own] == [("CRUSHER", "CRUSHING_SCREENING")]
        self.assert_error(self.alice.get(path), BAD, "VALIDATION_ERROR")
        self.assert_error(self.alice.get(f"{path}?siteId={self.other_site.pk}"), MISSING, "NOT_FOUND")

    def test_rejects_unknown_parameters(self) -> None:
        for path in (
            "auth/session", "sites", f"sites/{self.site.pk}", "materials", "operations", "manpower/roles",
            "docs", "openapi.json",
        ):  # fmt: skip
            self.assert_error(self.alice.get(f"/api/{path}?colour=red"), BAD, "VALIDATION_ERROR")


class TestMetrics(ApiCase):
    def metrics(self, query: str = f"&date={MONDAY}") -> Content:
        response = self.alice.get(f"/api/dashboard/metrics?siteId={self.site.pk}{query}")
        assert response.status_code == OK
        return content_of(response)

    def test_are_the_figures_of_the_day_and_their_changes(self) -> None:
        self.make("production", date="2026-03-01", qtyTon=10)
        self.make("production", qtyTon=15)
        self.make("production", qtyTon=3, materialId=self.debris.pk, operation="FEED")
        self.make("received", qtyTon=40, loads=None)
        self.make("dispatch", date="2026-03-01", qtyTon=4)
        self.make("dispatch", qtyTon=1)

        found = self.metrics()

        assert (found["date"], found["siteId"]) == (MONDAY, self.site.pk)
        assert found["metrics"] == {
            "totalProductionToday": 15.0,
            "feedUsedToday": 3.0,
            "residueToday": 0.0,
            "productionChange": 50.0,
            "receivedMaterialsToday": 40.0,
            "receivedChange": 100.0,
            "totalDispatchedToday": 1.0,
            "dispatchedChange": -75.0,
            "currentInventoryStatus": 57.0,
            "inventoryChange": 850.0,
        }

    def test_are_of_the_sites_today_by_default(self) -> None:
        before = self.site.today().isoformat()

        found = str(self.metrics("")["date"])

        assert before <= found <= self.site.today().isoformat()

    def test_accept_a_time_for_its_operating_date(self) -> None:
        assert self.metrics("&date=2026-03-01T23:30:00-02:00")["date"] == MONDAY

    def test_require_a_site_of_the_caller_and_a_valid_date(self) -> None:
        path = "/api/dashboard/metrics"

        self.assert_error(self.alice.get(path), BAD, "VALIDATION_ERROR")
        self.assert_error(self.alice.get(f"{path}?siteId={self.other_site.pk}"), MISSING, "NOT_FOUND")
        for wrong in ("today", "2026-13-01", "0001-01-01", "0001-01-01T00:00:00%2B05:00"):
            response = self.alice.get(f"{path}?siteId={self.site.pk}&date={wrong}")
            self.assert_error(response, BAD, "VALIDATION_ERROR")

    def test_an_invalid_date_comes_before_the_site(self) -> None:
        for wrong in ("today", "2026-02-30", "0001-01-01"):
            response = self.alice.get(f"/api/dashboard/metrics?siteId={self.other_site.pk}&date={wrong}")

            self.assert_error(response, BAD, "VALIDATION_ERROR")
            assert error_fields(response) == {"date"}


class TestEveryList(ApiCase):
    def test_rejects_a_repeated_parameter(self) -> None:
        for slug in ("production", "received", "dispatch", "equipment", "manpower", "inventory"):
            response = self.alice.get(f"/api/{slug}?siteId={self.site.pk}&limit=1&limit=2")

            self.assert_error(response, BAD, "VALIDATION_ERROR")
            assert error_fields(response) == {"limit"}

    def test_selects_its_rows_before_joining_related_rows(self) -> None:
        # Otherwise SQLite may sort everything that a site ever had.
        for slug in ("production", "received", "dispatch", "equipment", "manpower", "inventory"):
            with CaptureQueriesContext(connection) as queries:
                self.alice.get(f"/api/{slug}?siteId={self.site.pk}&limit=7")

            (selected,) = [query["sql"] for query in queries if "LIMIT 8" in query["sql"]]
            assert selected.index("LIMIT 8") < selected.rindex("ORDER BY"), slug


class TestEveryAnswer(ApiCase):
    def test_is_compressed_where_the_caller_accepts_it(self) -> None:
        for day in range(1, 20):
            self.make("production", date=f"2026-03-{day:02}")
        path = f"/api/production?siteId={self.site.pk}"

        packed = self.alice.get(path, Accept_Encoding="gzip")
        plain = self.alice.get(path)

        assert packed["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.content) == plain.content
        assert "Accept-Encoding" in packed["Vary"]
        again = self.alice.get(path, Accept_Encoding="gzip", If_None_Match=packed["ETag"])
        assert again.status_code == HTTPStatus.NOT_MODIFIED

    def test_is_compressed_to_another_length_each_time(self) -> None:
        path = "/api/openapi.json"

        lengths = {len(self.alice.get(path, Accept_Encoding="gzip").content) for _ in range(20)}

        assert len(lengths) > 1

    def test_is_not_stored_by_shared_caches(self) -> None:
        response = self.alice.get("/api/sites")

        assert "private" in response["Cache-Control"]
        assert {"Authorization", "Cookie"} <= set(response["Vary"].split(", "))

    def test_has_its_request_id_and_the_rate_limit(self) -> None:
        response = self.alice.get("/api/sites")

        assert response["X-Request-ID"]
        assert response["RateLimit-Limit"] == "300"
        assert response["RateLimit-Remaining"] == "299"
        assert 1 <= int(response["RateLimit-Reset"]) <= 60

    def test_costs_no_more_queries_with_more_records(self) -> None:
        path = f"/api/received?siteId={self.site.pk}"
        self.make("received")
        self.alice.get(path)
        with self.assertNumQueries(4):
            self.alice.get(path)
        for _ in range(5):
            self.make("received", qtyTon=Decimal("1.5").__float__(), loads=None)

        with self.assertNumQueries(4):
            self.alice.get(path)
