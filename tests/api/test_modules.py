"""The contract of the API for each record module."""

from http import HTTPStatus

from dispatch.module import DISPATCH
from equipment.downtime.module import DOWNTIME
from equipment.module import EQUIPMENT
from equipment.readings.module import READINGS
from inventory.module import STOCK_COUNTS
from manpower.module import MANPOWER
from production.module import PRODUCTION
from received.module import RECEIVED
from records.models import DailyRecord
from records.module import RecordModule
from records.registry import modules
from tests.api.case import Content, content_of, error_fields, items_of, part_of
from tests.api.module_contract import CONFLICT, ApiModuleContract


def face[R: DailyRecord](module: RecordModule[R]) -> RecordModule[DailyRecord]:
    return module  # type: ignore[return-value]  # read alone


class TestProduction(ApiModuleContract):
    module = face(PRODUCTION)
    list_key, item_key = "productions", "production"
    corrected = ("qtyTon", 13.125, "NaN")
    nested = ("material",)
    filters = ("materialId", "operation", "shift")

    def body(self) -> Content:
        return super().body() | {"shift": "MORNING"}

    def made(self, **changes: object) -> Content:
        return super().made(**{"shift": "MORNING", **changes})

    def test_rejects_a_duplicate_and_names_its_fields(self) -> None:
        self.made()

        response = self.alice.post(self.path, self.body())

        self.assert_error(response, CONFLICT, "DUPLICATE_RECORD")
        assert error_fields(response) == {"siteId", "date", "shift", "materialId", "operation"}

    def test_an_operation_is_sent_as_code_or_id_and_returned_as_code(self) -> None:
        made = self.made(operation=self.making.pk, date="2026-03-05")

        assert made["operation"] == "MAKE"
        assert len(self.items(f"&operation={self.making.pk}")) == 1

    def test_a_record_of_the_whole_day_has_no_shift(self) -> None:
        assert self.made(shift=None)["shift"] is None

    def test_returns_the_material_with_it(self) -> None:
        assert self.made()["material"] == {
            "code": "AGG-20",
            "name": "AGG-20",
            "category": "AGGREGATES",
            "uom": "TON",
        }


class TestDispatch(ApiModuleContract):
    module = face(DISPATCH)
    list_key, item_key = "dispatches", "dispatch"
    corrected = ("qtyTon", 0.5, True)
    nested = ("material",)
    filters = ("materialId", "operation")

    def setUp(self) -> None:
        super().setUp()
        self.make("production", date="2026-02-01", qtyTon=999)

    def test_warns_about_a_repeated_delivery_note(self) -> None:
        self.made(reference="DN-1")

        response = self.alice.post(self.path, self.body() | {"reference": "dn 1"})

        warnings = content_of(response)["warnings"]
        assert response.status_code == HTTPStatus.CREATED
        assert "was used on" in str(warnings)

    def test_warns_about_stock_below_zero_or_rejects_it(self) -> None:
        body = self.body() | {"materialId": self.debris.pk, "qtyTon": 5}

        warned = self.alice.post(self.path, body)
        self.site.refuses_negative_stock = True
        self.site.save()
        refused = self.alice.post(self.path, body)

        assert "falls to" in str(content_of(warned)["warnings"])
        self.assert_error(refused, CONFLICT, "NEGATIVE_STOCK")


class TestReceived(ApiModuleContract):
    module = face(RECEIVED)
    list_key, item_key = "receivedMaterials", "receivedMaterial"
    corrected = ("loads", 3, 1.5)
    nested = ("material",)
    filters = ("materialId",)

    def test_converts_loads_to_tons(self) -> None:
        made = self.made()

        assert (made["loads"], made["qtyTon"]) == (2, 25.0)

    def test_requires_tons_or_loads(self) -> None:
        response = self.alice.post(self.path, self.body() | {"loads": None})

        self.assert_error(response, HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR")
        assert error_fields(response) == {"qtyTon"}


class TestEquipment(ApiModuleContract):
    module = face(EQUIPMENT)
    list_key, item_key = "equipmentLogs", "equipmentLog"
    corrected = ("hours", 6.25, "many")
    nested = ("equipment",)
    filters = ("equipmentId", "shift", "status")

    def body(self) -> Content:
        return super().body() | {"shift": "MORNING"}

    def made(self, **changes: object) -> Content:
        return super().made(**{"shift": "MORNING", **changes})

    def test_the_default_is_one_operational_unit(self) -> None:
        made = self.made()

        assert (made["count"], made["status"]) == (1, "OPERATIONAL")
        assert made["equipment"] == {"code": "CRUSHER", "name": "CRUSHER", "type": "CRUSHING_SCREENING"}

    def test_rejects_a_machine_of_another_site(self) -> None:
        response = self.alice.post(self.path, self.body() | {"equipmentId": self.their_machine.pk})

        self.assert_error(response, HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR")
        assert error_fields(response) == {"equipmentId"}


class TestManpower(ApiModuleContract):
    module = face(MANPOWER)
    list_key, item_key = "manpowerLogs", "manpowerLog"
    corrected = ("headcount", 5, 2.5)
    nested = ("role",)
    filters = ("roleId", "shift")

    def body(self) -> Content:
        return super().body() | {"shift": "MORNING"}

    def made(self, **changes: object) -> Content:
        return super().made(**{"shift": "MORNING", **changes})

    def test_accepts_the_code_of_a_role(self) -> None:
        made = self.made(roleId="DRIVER")

        assert made["roleId"] == self.driver.pk
        assert made["role"] == {"code": "DRIVER", "name": "DRIVER"}


class TestDowntime(ApiModuleContract):
    module = face(DOWNTIME)
    list_key, item_key = "downtimes", "downtime"
    corrected = ("minutes", 55, "many")
    nested = ("equipment", "reason")
    filters = ("equipmentId", "reasonId", "shift")

    def body(self) -> Content:
        return super().body() | {"shift": "MORNING"}

    def made(self, **changes: object) -> Content:
        return super().made(**{"shift": "MORNING", **changes})

    def test_minutes_follow_from_the_start_and_the_end(self) -> None:
        made = self.made(minutes=None, startTime="23:50", endTime="00:20")

        assert (made["startTime"], made["endTime"], made["minutes"]) == ("23:50", "00:20", 30)

    def test_lists_the_reasons_with_their_groups(self) -> None:
        reasons = items_of(self.alice.get("/api/downtime/reasons"), "reasons")

        assert [(row["code"], row["category"], row["isPlanned"]) for row in reasons] == [
            ("BELT", "DOWN", False),
            ("BELT-GROUP", "DOWN", False),
        ]


class TestReadings(ApiModuleContract):
    module = face(READINGS)
    list_key, item_key = "counterReadings", "counterReading"
    corrected = ("closing", 109.5, "many")
    nested = ("counter",)
    filters = ("counterId", "shift", "event")

    def body(self) -> Content:
        return super().body() | {"shift": "MORNING"}

    def made(self, **changes: object) -> Content:
        return super().made(**{"shift": "MORNING", **changes})

    def test_the_opening_is_the_last_closing(self) -> None:
        self.made()

        made = self.made(shift="NIGHT", opening=None, closing=112, event="NONE")

        assert (made["opening"], made["closing"]) == (108.0, 112.0)


class TestInventory(ApiModuleContract):
    module = face(STOCK_COUNTS)
    list_key, item_key = "inventorySnapshots", "inventorySnapshot"
    corrected = ("countedTon", 23.75, {"tons": 1})
    nested = ("material",)
    filters = ("materialId",)

    def test_a_row_has_the_movements_and_the_count(self) -> None:
        self.make("received", qtyTon=30, loads=None)

        row = self.made()

        amounts = {key: row[key] for key in row if key.endswith("Ton")}
        assert amounts == {
            "openingTon": 0.0,
            "producedTon": 0.0,
            "receivedTon": 30.0,
            "consumedTon": 0.0,
            "dispatchedTon": 0.0,
            "usedTon": 0.0,
            "disposedTon": 0.0,
            "adjustmentTon": -5.5,
            "closingTon": 24.5,
            "countedTon": 24.5,
            "bookTon": 30.0,
        }
        assert row["isCalculated"] is False

    def test_a_row_without_a_count_is_calculated_and_has_no_count_to_change(self) -> None:
        self.make("received", qtyTon=30, loads=None)

        row = self.items()[0]

        path = f"{self.path}/{row['id']}"
        assert (row["isCalculated"], row["countedTon"], row["createdBy"]) == (True, None, None)
        assert self.alice.get(path).status_code == HTTPStatus.OK
        for response in (self.alice.patch(path, {"countedTon": 1}), self.alice.delete(path)):
            self.assert_error(response, HTTPStatus.NOT_FOUND, "NOT_FOUND")

    def test_a_count_cannot_be_moved(self) -> None:
        path = f"{self.path}/{self.made()['id']}"

        response = self.alice.patch(path, {"date": "2026-03-05", "materialId": self.aggregate.pk})

        self.assert_error(response, HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR")
        assert error_fields(response) == {"date", "materialId"}

    def test_deleting_a_count_keeps_a_row_with_movements(self) -> None:
        self.make("received", qtyTon=30, loads=None)
        path = f"{self.path}/{self.made()['id']}"

        self.alice.delete(path)

        row = part_of(self.alice.get(path), self.item_key)
        assert (row["closingTon"], row["isCalculated"]) == (30.0, True)

    def test_a_backdated_movement_changes_every_later_row(self) -> None:
        self.make("received", date="2026-03-04", qtyTon=1, loads=None)
        self.make("received", date="2026-03-06", qtyTon=1, loads=None)
        since = self.listed("inventory", "&changedSince=0")["changedUntil"]
        self.make("received", date="2026-03-02", qtyTon=5, loads=None)

        found = self.items(f"&changedSince={since}")

        assert [(row["date"], row["closingTon"]) for row in found] == [
            ("2026-03-02", 5.0),
            ("2026-03-04", 6.0),
            ("2026-03-06", 7.0),
        ]

    def test_a_moved_movement_changes_the_old_and_the_new_row(self) -> None:
        load = self.make("received", date="2026-03-04", qtyTon=1, loads=None)
        since = self.listed("inventory", "&changedSince=0")["changedUntil"]
        old_row = self.items()[0]["id"]
        self.alice.patch(f"/api/received/{load['id']}", {"date": "2026-03-06"})

        found = self.items(f"&changedSince={since}")

        assert found[0] == {"id": old_row, "deleted": True}
        assert [row.get("date") for row in found] == [None, "2026-03-06"]

    def test_warns_about_a_count_far_from_the_book_stock(self) -> None:
        self.make("received", qtyTon=30, loads=None)
        body = {key: value for key, value in self.body().items() if key != "notes"}

        made = self.alice.post(self.path, body)
        again = self.alice.patch(made["Location"], {"countedTon": 20})
        explained = self.alice.patch(made["Location"], {"notes": "washed away"})

        for response, tons in ((made, "24.50"), (again, "20.00")):
            assert f"Counted {tons} t, book stock 30.00 t" in str(content_of(response)["warnings"])
        assert content_of(explained)["warnings"] == []
        assert part_of(explained, self.item_key)["closingTon"] == 20.0

    def test_rejects_a_second_count(self) -> None:
        self.made()

        response = self.alice.post(self.path, self.body())

        self.assert_error(response, CONFLICT, "DUPLICATE_RECORD")
        assert error_fields(response) == {"siteId", "materialId", "date"}


HELD = (
    TestProduction,
    TestDispatch,
    TestReceived,
    TestEquipment,
    TestDowntime,
    TestReadings,
    TestManpower,
    TestInventory,
)


class TestModules:
    def test_each_module_has_a_contract_test(self) -> None:
        assert {contract.module.slug for contract in HELD} == {module.slug for module in modules()}
