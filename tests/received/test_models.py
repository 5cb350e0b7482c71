"""What is special about received material: tons as weighed, or loads that are turned into tons."""

from decimal import Decimal

from inventory.models import InventorySnapshot
from received.module import RECEIVED
from tests.factories import make_material
from tests.records.case import RecordsTestCase


class ReceivedTestCase(RecordsTestCase):
    def refused(self, **changes: object) -> dict[str, list[str]]:
        return self.refusal_of(RECEIVED, self.load(**changes))


class TestReceived(ReceivedTestCase):
    def test_several_equal_loads_a_day_are_kept(self) -> None:
        first = self.receive().record
        second = self.receive().record

        assert first != second
        assert InventorySnapshot.objects.get().received_ton == 20

    def test_tons_are_more_than_nothing_and_less_than_a_million(self) -> None:
        sentence = "Tons must be more than 0 and at most 999,999.999."

        assert self.refused(qty_ton="0") == {"qty_ton": [sentence]}
        assert "qty_ton" in self.refused(qty_ton="1000000")

    def test_words_have_their_lengths(self) -> None:
        assert set(self.refused(source="x" * 101, vehicle_ref="x" * 51, notes="x" * 2001)) == {
            "source",
            "vehicle_ref",
            "notes",
        }
        assert self.receive(source="x" * 100, vehicle_ref="x" * 50).record.pk


class TestMoisture(ReceivedTestCase):
    def test_is_optional_and_kept_with_two_decimals(self) -> None:
        assert self.receive().record.moisture_percent is None
        assert self.receive(moisture_percent="12.25").record.moisture_percent == Decimal("12.25")

    def test_is_between_0_and_100_percent(self) -> None:
        for value in ("-0.01", "100.01"):
            assert self.refused(moisture_percent=value) == {
                "moisture_percent": ["Moisture must be between 0 and 100 percent."]
            }
        assert "moisture_percent" in self.refused(moisture_percent="12.345")

    def test_is_shown_in_the_list_and_on_the_day_sheet(self) -> None:
        self.receive(moisture_percent="12.25")
        self.client.force_login(self.alice)
        pages = ("/received/?site=YARD-NORTH&from=2026-03-01&to=2026-03-31", "/day/YARD-NORTH/2026-03-02/")

        for page in pages:
            answer = self.client.get(page)

            self.assertContains(answer, "Moisture")
            self.assertContains(answer, "12.25")


class TestLoads(ReceivedTestCase):
    def test_become_tons_by_the_factor_of_that_moment(self) -> None:
        record = self.receive(qty_ton="", loads="3").record

        assert (record.qty_ton, record.loads) == (Decimal(54), 3)
        assert (record.tons_per_load, record.is_estimated) == (Decimal(18), True)

    def test_entered_before_are_not_rewritten_by_a_new_factor(self) -> None:
        record = self.receive(qty_ton="", loads="3").record
        self.debris.tons_per_load = Decimal(20)
        self.debris.save()

        corrected = self.correct(record, {"notes": "checked"}).record

        assert (corrected.qty_ton, corrected.tons_per_load) == (Decimal(54), Decimal(18))

    def test_corrected_take_the_factor_of_now(self) -> None:
        record = self.receive(qty_ton="", loads="3").record
        self.debris.tons_per_load = Decimal(20)
        self.debris.save()

        corrected = self.correct(record, {"loads": "4"}).record

        assert (corrected.qty_ton, corrected.tons_per_load) == (Decimal(80), Decimal(20))

    def test_are_rounded_half_up_to_the_kilogram(self) -> None:
        material = make_material(tons_per_load="0.333")

        record = self.receive(material=material.pk, qty_ton="", loads="2").record

        assert record.qty_ton == Decimal("0.666")

    def test_weighed_later_are_no_estimate_any_more(self) -> None:
        record = self.receive(qty_ton="", loads="3").record

        weighed = self.correct(record, {"qty_ton": "51.2"}).record

        assert (weighed.qty_ton, weighed.loads) == (Decimal("51.2"), 3)
        assert (weighed.tons_per_load, weighed.is_estimated) == (None, False)
        assert InventorySnapshot.objects.get().received_ton == Decimal("51.2")

    def test_with_tons_are_counted_and_do_not_change_the_tons(self) -> None:
        record = self.receive(qty_ton="50", loads="3").record

        assert (record.qty_ton, record.loads, record.is_estimated) == (Decimal(50), 3, False)

    def test_of_a_material_without_a_factor_need_tons(self) -> None:
        material = make_material(name="Sand")

        assert self.refused(material=material.pk, qty_ton="", loads="3") == {
            "qty_ton": ["Sand has no tons per load: enter tons."]
        }

    def test_or_tons_must_be_given(self) -> None:
        assert self.refused(qty_ton="") == {"qty_ton": ["Enter tons, or loads."]}

    def test_are_between_one_and_9999(self) -> None:
        for loads in ("0", "10000"):
            assert self.refused(loads=loads) == {"loads": ["Loads must be between 1 and 9,999."]}
        for loads in ("-1", "1.5", "some"):
            assert set(self.refused(loads=loads)) == {"loads"}

    def test_that_make_too_many_tons_are_rejected_at_the_loads_field(self) -> None:
        heavy = make_material(tons_per_load="1000")

        assert set(self.refused(material=heavy.pk, qty_ton="", loads="1000")) == {"loads"}
