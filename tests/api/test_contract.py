"""The contract's tables of values and modules: every key, code, limit and default."""

import datetime as dt
from decimal import Decimal
from http import HTTPStatus
from typing import NamedTuple, cast

from django.utils import timezone

from received.models import ReceivedMaterial
from received.module import RECEIVED
from records.choices import Source
from records.models import Batch
from records.operations.bulk import create_many
from tests.api.case import MONDAY, ApiCase, Content, content_of, error_fields, part_of

OK, CREATED = HTTPStatus.OK, HTTPStatus.CREATED
BAD, MISSING, CONFLICT = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
MATERIAL = {"code", "name", "category", "uom"}


class Module(NamedTuple):
    """A row of the table of modules."""

    list_key: str
    item_key: str
    schema: str
    # Where one of two fields is required, neither is in the first list.
    required: set[str]
    optional: set[str]
    nested: tuple[str, set[str]]
    filters: set[str] = set()


COMMON = {"siteId", "date"}
# What a load has besides a daily line; of these, lists are filtered by the choices.
LOAD_CHOICES = {
    "weighbridge", "vehicle", "container", "carrier", "party", "project",
    "tareSource", "massMethod", "loadState",
}  # fmt: skip
LOAD = LOAD_CHOICES | {"timeIn", "time", "ticketNo", "orderReference", "grossTon", "tareTon", "loadReason"}
MODULES = {
    "production": Module(
        "productions",
        "production",
        "Production",
        COMMON | {"materialId", "operation", "qtyTon"},
        {"shift", "notes"},
        ("material", MATERIAL),
        {"materialId", "shift", "operation"},
    ),
    "dispatch": Module(
        "dispatches",
        "dispatch",
        "Dispatch",
        COMMON | {"materialId", "operation"},
        {"qtyTon", "loads", "trips", "owner", "reference", "notes", "wasteCode"} | LOAD,
        ("material", MATERIAL),
        {"materialId", "operation"} | LOAD_CHOICES,
    ),
    "received": Module(
        "receivedMaterials",
        "receivedMaterial",
        "ReceivedMaterial",
        COMMON | {"materialId"},
        {"qtyTon", "loads", "source", "vehicleRef", "moisturePercent", "notes", "reference"} | LOAD,
        ("material", MATERIAL),
        {"materialId"} | LOAD_CHOICES,
    ),
    "equipment": Module(
        "equipmentLogs",
        "equipmentLog",
        "EquipmentLog",
        COMMON | {"equipmentId", "hours"},
        {"count", "shift", "status", "fuel", "notes"},
        ("equipment", {"code", "name", "type"}),
        {"shift", "status", "equipmentId"},
    ),
    "downtime": Module(
        "downtimes",
        "downtime",
        "Downtime",
        COMMON | {"equipmentId", "reasonId"},
        {"shift", "startTime", "endTime", "minutes", "event", "notes"},
        ("equipment", {"code", "name", "type"}),
        {"shift", "equipmentId", "reasonId", "event"},
    ),
    "readings": Module(
        "counterReadings",
        "counterReading",
        "CounterReading",
        COMMON | {"counterId", "closing"},
        {"shift", "opening", "event", "notes"},
        ("counter", {"code", "name", "kind"}),
        {"shift", "counterId", "event"},
    ),
    "manpower": Module(
        "manpowerLogs",
        "manpowerLog",
        "ManpowerLog",
        COMMON | {"roleId", "headcount", "hours"},
        {"shift", "notes"},
        ("role", {"code", "name"}),
        {"shift", "roleId"},
    ),
    "inventory": Module(
        "inventorySnapshots",
        "inventorySnapshot",
        "InventorySnapshot",
        COMMON | {"materialId", "countedTon"},
        {"notes"},
        ("material", MATERIAL),
        {"materialId"},
    ),
}
AROUND = {"id", "createdAt", "updatedAt", "createdBy", "site"}
OF_THE_LEDGER = {
    "openingTon", "producedTon", "receivedTon", "consumedTon", "dispatchedTon", "adjustmentTon",
    "closingTon", "countedTon", "isCalculated",
}  # fmt: skip
SHIFTS = ["MORNING", "AFTERNOON", "NIGHT"]


class TestTableOfModules(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        description = content_of(self.alice.get("/api/openapi.json"))
        self.paths = cast("dict[str, dict[str, Content]]", description["paths"])
        components = cast("dict[str, dict[str, Content]]", description["components"])
        self.schemas = components["schemas"]

    def test_a_body_has_these_fields_and_requires_those(self) -> None:
        for path, module in MODULES.items():
            new, change = self.schemas[f"New{module.schema}"], self.schemas[f"{module.schema}Change"]

            fields = module.required | module.optional
            of_a_change = {"countedTon", "notes"} if path == "inventory" else fields - {"siteId"}
            assert set(cast("Content", new["properties"])) == fields, path
            assert set(cast("list[str]", new["required"])) == module.required, path
            assert set(cast("Content", change["properties"])) == of_a_change, path
            assert "required" not in change

    def test_all_missing_fields_are_named_at_once(self) -> None:
        for path, module in MODULES.items():
            response = self.alice.post(f"/api/{path}", {})

            self.assert_error(response, BAD, "VALIDATION_ERROR")
            assert error_fields(response) == module.required, path

    def test_an_item_has_every_field_and_its_metadata(self) -> None:
        for path, module in MODULES.items():
            response = self.alice.post(f"/api/{path}", self.bodies()[path])

            item = part_of(response, module.item_key)
            key, columns = module.nested
            assert module.required | module.optional | AROUND | {key} <= set(item), path
            assert set(cast("Content", item[key])) == columns, path
            assert item["site"] == {"code": "YARD-NORTH", "name": "North yard"}
            assert item["createdBy"] == "Alice"
            if path == "inventory":
                assert set(item) >= OF_THE_LEDGER

    def test_optional_fields_may_be_missing_or_null(self) -> None:
        events = {"downtime": "NEW", "readings": "NONE"}
        for path, module in MODULES.items():
            defaults = {"count": 1, "status": "OPERATIONAL", "trips": 1, "event": events.get(path)}
            for number, null in enumerate((False, True)):
                body = self.bodies()[path] | {"date": f"2026-02-0{2 - number}"}
                left_out = module.optional - {"qtyTon", "loads", "minutes", "opening"}
                left_out -= {"count", "status", "event"} if null else set()
                body = {key: value for key, value in body.items() if key not in left_out}
                body |= dict.fromkeys(left_out) if null else {}
                if "event" in body:
                    body["event"] = events[path]

                item = part_of(self.alice.post(f"/api/{path}", body), module.item_key)

                assert {key: item[key] for key in left_out} == {key: defaults.get(key) for key in left_out}, (
                    path
                )

    def test_a_list_has_its_key_a_cursor_and_these_filters(self) -> None:
        places = {"siteId", "dateFrom", "dateTo", "limit", "cursor", "changedSince"}
        for path, module in MODULES.items():
            listed = self.listed(path)
            parameters = cast("list[Content]", self.paths[f"/api/{path}"]["get"]["parameters"])

            assert listed == {module.list_key: [], "nextCursor": None}
            assert {parameter["name"] for parameter in parameters} == places | module.filters, path


class TestTableOfValues(ApiCase):
    def test_the_codes_of_every_choice(self) -> None:
        components = cast(
            "dict[str, dict[str, Content]]", content_of(self.alice.get("/api/openapi.json"))["components"]
        )

        def codes(schema: str, key: str) -> object:
            properties = cast("dict[str, Content]", components["schemas"][schema]["properties"])
            return properties[key]["enum"]

        for schema in ("NewProduction", "NewEquipmentLog", "NewManpowerLog"):
            assert codes(schema, "shift") == [*SHIFTS, None]
        assert codes("EquipmentLog", "status") == ["OPERATIONAL", "MAINTENANCE", "BREAKDOWN", "IDLE"]
        assert codes("Material", "uom") == ["TON", "LOAD"]
        assert codes("Material", "category") == [
            "AGGREGATES", "PROCESSED_BASE", "FINE", "SPECIALTY", "RAW_FEED", "RESIDUE",
        ]  # fmt: skip
        assert codes("Machine", "type") == ["CRUSHING_SCREENING", "EARTH_MOVING", "HAULING", "AUXILIARY"]

    def test_each_shift_and_each_status_is_accepted_and_returned(self) -> None:
        statuses = ["OPERATIONAL", "MAINTENANCE", "BREAKDOWN", "IDLE"]

        logs = [
            self.make("equipment", date=f"2026-03-0{number + 1}", shift=shift, status=status)
            for number, (shift, status) in enumerate(zip([*SHIFTS, None], statuses, strict=True))
        ]

        assert [log["shift"] for log in logs] == [*SHIFTS, None]
        assert [log["status"] for log in logs] == statuses

    def test_tons_have_three_decimals_and_hours_two(self) -> None:
        assert self.make("production", qtyTon=0.001)["qtyTon"] == 0.001
        assert self.make("production", qtyTon="999999.999", shift="NIGHT")["qtyTon"] == 999999.999
        assert self.make("manpower", hours="7.25")["hours"] == 7.25
        for path, key in (("production", "qtyTon"), ("manpower", "hours"), ("inventory", "countedTon")):
            for wrong in (True, False, "1.00001", "NaN"):
                response = self.alice.post(f"/api/{path}", self.bodies()[path] | {key: wrong})

                self.assert_error(response, BAD, "VALIDATION_ERROR")
                assert error_fields(response) == {key}

    def test_an_id_may_be_a_number_or_a_text(self) -> None:
        body = self.bodies()["production"]
        found = {key: str(body[key]) for key in ("siteId", "materialId")}

        assert self.make("production", **found)["siteId"] == self.site.pk

    def test_times_are_in_utc(self) -> None:
        item = self.make("received")

        for key in ("createdAt", "updatedAt"):
            assert str(item[key]).endswith("Z")
            assert dt.datetime.fromisoformat(str(item[key])).utcoffset() == dt.timedelta(0)

    def test_rejects_unknown_references_and_those_of_another_site(self) -> None:
        for path, key, wrong in (
            ("production", "materialId", 987654),
            ("production", "operation", "NO-SUCH"),
            ("dispatch", "operation", 987654),
            ("received", "materialId", "NO-SUCH"),
            ("equipment", "equipmentId", 987654),
            ("equipment", "equipmentId", self.their_machine.code),
            ("manpower", "roleId", "NO-SUCH"),
            ("inventory", "materialId", 987654),
        ):
            response = self.alice.post(f"/api/{path}", self.bodies()[path] | {key: wrong})

            self.assert_error(response, BAD, "VALIDATION_ERROR")
            assert error_fields(response) == {key}, path


class TestLists(ApiCase):
    def receive(self, count: int) -> None:
        batch = Batch.objects.create(
            module="received", source=Source.IMPORT, created_by=self.people.alice, created_at=timezone.now()
        )
        loads = [
            ReceivedMaterial(
                site=self.site,
                date=dt.date.fromisoformat(MONDAY),
                material=self.debris,
                qty_ton=Decimal("1.000"),
            )
            for _ in range(count)
        ]
        create_many(module=RECEIVED, records=loads, batch=batch, by=self.people.alice, source=Source.IMPORT)

    def test_have_a_hundred_records_by_default(self) -> None:
        self.receive(101)

        first = self.listed("received")
        last = self.listed("received", f"&cursor={first['nextCursor']}")

        assert len(cast("list[Content]", first["receivedMaterials"])) == 100
        assert (len(cast("list[Content]", last["receivedMaterials"])), last["nextCursor"]) == (1, None)
        for limit, count in ((1, 1), (101, 101), (1000, 101)):
            page = self.listed("received", f"&limit={limit}")
            assert len(cast("list[Content]", page["receivedMaterials"])) == count
            assert (page["nextCursor"] is None) == (count == 101)

    def test_of_one_date_begin_with_the_newest_record(self) -> None:
        made = [self.make("received")["id"] for _ in range(3)]
        older = self.make("received", date="2026-03-01")["id"]

        listed = cast("list[Content]", self.listed("received")["receivedMaterials"])

        assert [item["id"] for item in listed] == [*made[::-1], older]

    def test_continue_after_the_record_at_the_cursor_was_deleted(self) -> None:
        made = [self.make("received")["id"] for _ in range(3)]
        cursor = self.listed("received", "&limit=1")["nextCursor"]
        self.alice.delete(f"/api/received/{made[-1]}")

        page = self.listed("received", f"&cursor={cursor}")

        assert [item["id"] for item in cast("list[Content]", page["receivedMaterials"])] == made[1::-1]

    def test_reject_a_cursor_of_another_module(self) -> None:
        for _ in range(2):
            self.make("received")
        cursor = self.listed("received", "&limit=1")["nextCursor"]

        response = self.alice.get(f"/api/dispatch?siteId={self.site.pk}&cursor={cursor}")

        self.assert_error(response, BAD, "VALIDATION_ERROR")
        assert error_fields(response) == {"cursor"}

    def test_of_another_users_site_do_not_exist(self) -> None:
        theirs = self.alice.get(f"/api/received?siteId={self.other_site.pk}")

        missing = self.alice.get("/api/received?siteId=987654")

        self.assert_error(theirs, MISSING, "NOT_FOUND")
        assert theirs.content == missing.content
