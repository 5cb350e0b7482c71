"""Loads through the API: the same numbers as at the gate, and no ticket twice."""

from http import HTTPStatus

from received.models import ReceivedMaterial
from tests.api.case import ApiCase, Content, content_of, error_fields, part_of
from tests.factories import make_party, make_vehicle, make_weighbridge


class TestLoads(ApiCase):
    def load(self, **changes: object) -> Content:
        """Return the body of a load of 24.34 t."""
        return {
            "siteId": self.site.pk,
            "materialId": self.debris.pk,
            "time": "2026-03-02T07:31:00Z",
            "grossTon": 38.46,
            "tareTon": 14.12,
            **changes,
        }

    def test_have_the_net_and_the_operating_date_of_their_time(self) -> None:
        vehicle = make_vehicle("B-DO 17")
        make_party("City works", code="CITY")

        response = self.alice.post("/api/received", self.load(vehicle=vehicle.code, party="CITY"))

        assert response.status_code == HTTPStatus.CREATED, response.content
        assert content_of(response)["warnings"] == []
        item = part_of(response, "receivedMaterial")
        assert item["date"] == "2026-03-02"
        assert (item["qtyTon"], item["grossTon"], item["tareTon"]) == (24.34, 38.46, 14.12)
        assert (item["time"], item["timeIn"]) == ("2026-03-02T07:31:00Z", None)
        assert (item["vehicle"], item["party"], item["source"]) == ("BDO17", "CITY", "City works")
        assert (item["loadState"], item["massMethod"], item["tareSource"]) == (
            "COMPLETE",
            "WEIGHED",
            "WEIGHED",
        )

    def test_without_time_and_date_lack_the_date(self) -> None:
        body = self.load()
        del body["time"]

        assert error_fields(self.alice.post("/api/received", body)) == {"date"}

    def test_get_the_first_answer_for_the_same_ticket_and_content(self) -> None:
        make_weighbridge(self.site, code="W9", gives_numbers=False)
        body = self.load(weighbridge="W9", ticketNo="2026-00417")
        first = self.alice.post("/api/received", body)
        address = f"/api/received/{part_of(first, 'receivedMaterial')['id']}"
        self.alice.patch(address, {"notes": "wet"})

        again, other = (
            self.alice.post("/api/received", body),
            self.alice.post("/api/received", {**body, "notes": "x"}),
        )

        assert again.status_code == HTTPStatus.CREATED
        assert part_of(again, "receivedMaterial") == part_of(first, "receivedMaterial")
        assert other.status_code == HTTPStatus.CONFLICT
        assert (content_of(other)["code"], error_fields(other)) == ("DUPLICATE_RECORD", {"ticketNo"})
        assert ReceivedMaterial.objects.count() == 1

    def test_of_both_modules_share_the_numbers_of_another_system(self) -> None:
        make_weighbridge(self.site, code="W9", gives_numbers=False)
        ticket = {"weighbridge": "W9", "ticketNo": "7"}
        self.alice.post("/api/received", self.load(**ticket))

        outgoing = self.load(**ticket, materialId=self.aggregate.pk, operation="MAKE")

        assert self.alice.post("/api/dispatch", outgoing).status_code == HTTPStatus.CONFLICT

    def test_get_their_number_where_the_portal_gives_it(self) -> None:
        make_weighbridge(self.site, code="W1")

        items = [
            part_of(self.alice.post("/api/received", self.load(weighbridge="W1")), "receivedMaterial"),
            part_of(
                self.alice.post(
                    "/api/dispatch",
                    self.load(weighbridge="W1", materialId=self.aggregate.pk, operation="MAKE"),
                ),
                "dispatch",
            ),
        ]

        assert [item["ticketNo"] for item in items] == ["W1-000001", "W1-000002"]

    def test_are_cancelled_with_a_reason_and_not_deleted(self) -> None:
        make_weighbridge(self.site, code="W1")
        created = self.alice.post("/api/received", self.load(weighbridge="W1"))
        address = f"/api/received/{part_of(created, 'receivedMaterial')['id']}"

        assert self.alice.delete(address).status_code == HTTPStatus.CONFLICT
        assert error_fields(self.alice.patch(address, {"loadState": "CANCELLED"})) == {"loadReason"}
        void = self.alice.patch(address, {"loadState": "CANCELLED", "loadReason": "Weighed twice"})

        item = part_of(void, "receivedMaterial")
        assert (item["qtyTon"], item["grossTon"], item["loadState"]) == (0, 38.46, "CANCELLED")

    def test_a_corrected_weight_changes_the_net(self) -> None:
        created = self.alice.post("/api/received", self.load())
        address = f"/api/received/{part_of(created, 'receivedMaterial')['id']}"

        assert part_of(self.alice.patch(address, {"tareTon": 14}), "receivedMaterial")["qtyTon"] == 24.46
        assert error_fields(self.alice.patch(address, {"qtyTon": 20})) == {"qtyTon"}

    def test_a_wrong_time_is_named(self) -> None:
        assert error_fields(self.alice.post("/api/received", self.load(time="7:31"))) == {"time"}
