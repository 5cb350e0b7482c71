"""What was learnt about exact numbers, held so that nobody has to learn it again."""

import datetime as dt
from decimal import Decimal
from typing import Protocol

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.db.models import Avg, F, Max, Min, Sum, Value
from django.test import TestCase

from core.db.fields import HoursField, ScaledDecimalField, TonsField, to_kilogram
from equipment.models import EquipmentLog
from inventory.models import InventorySnapshot
from sites.models import Material, Site
from tests.factories import make_material, make_site

MONDAY = dt.date(2026, 3, 2)


class CleansText(Protocol):
    def clean(self, value: object) -> object: ...


def form_cleaner(field: ScaledDecimalField[object, object]) -> CleansText:
    made = field.formfield()
    assert made is not None
    return made


class TestTonsInTheDatabase(TestCase):
    site: Site
    material: Material

    @classmethod
    def setUpTestData(cls) -> None:
        cls.site = make_site()
        cls.material = make_material()

    def row(self, *, day: int = 0, received: str = "0", consumed: str = "0") -> InventorySnapshot:
        moved = Decimal(received) - Decimal(consumed)
        return InventorySnapshot(
            site=self.site,
            material=self.material,
            date=MONDAY + dt.timedelta(days=day),
            received_ton=Decimal(received),
            consumed_ton=Decimal(consumed),
            closing_ton=moved,
        )

    def test_come_back_as_they_went_in_with_three_places(self) -> None:
        row = self.row(received="999999.999")
        row.save()

        stored = InventorySnapshot.objects.get()

        assert str(stored.received_ton) == "999999.999"
        assert str(stored.consumed_ton) == "0.000"
        assert stored.counted_ton is None

    def test_a_thousand_tenths_sum_to_a_hundred(self) -> None:
        InventorySnapshot.objects.bulk_create(self.row(day=day, received="0.1") for day in range(1000))

        total = InventorySnapshot.objects.aggregate(tons=Sum("received_ton"))["tons"]

        assert total == Decimal(100)
        assert isinstance(total, Decimal)

    def test_aggregates_keep_their_scale(self) -> None:
        InventorySnapshot.objects.bulk_create([self.row(received="1.5"), self.row(day=1, received="2.5")])

        found = InventorySnapshot.objects.aggregate(
            least=Min("received_ton"), most=Max("received_ton"), mean=Avg("received_ton")
        )

        assert found == {"least": Decimal("1.5"), "most": Decimal("2.5"), "mean": Decimal(2)}

    def test_sums_and_differences_of_columns_are_tons(self) -> None:
        self.row(received="1.25", consumed="0.75").save()

        found = InventorySnapshot.objects.annotate(
            both=F("received_ton") + F("consumed_ton"), rest=F("received_ton") - F("consumed_ton")
        )

        assert found.values_list("both", "rest").get() == (Decimal(2), Decimal("0.5"))

    def test_sums_of_sums_are_tons(self) -> None:
        InventorySnapshot.objects.bulk_create(
            [self.row(received="1.25", consumed="0.75"), self.row(day=1, received="1")]
        )

        found = InventorySnapshot.objects.values("site").annotate(
            tons=Sum(F("received_ton") - F("consumed_ton"))
        )

        assert [line["tons"] for line in found] == [Decimal("1.5")]

    def test_are_looked_up_by_tons(self) -> None:
        row = self.row(received="2.5")
        row.save()

        found = [
            InventorySnapshot.objects.filter(received_ton=Decimal("2.5")),
            InventorySnapshot.objects.filter(received_ton__gt="2.499"),
            InventorySnapshot.objects.filter(received_ton__lte=3),
            InventorySnapshot.objects.filter(received_ton__in=[Decimal("2.5")]),
            InventorySnapshot.objects.filter(received_ton__range=(2, 3)),
            InventorySnapshot.objects.filter(received_ton__gt=F("consumed_ton")),
        ]

        assert all(rows.get() == row for rows in found)

    def test_a_value_with_a_column_is_taken_as_tons(self) -> None:
        self.row(received="2.5").save()
        more = Value(Decimal("0.5"), output_field=TonsField())

        InventorySnapshot.objects.update(
            received_ton=F("received_ton") + more, closing_ton=F("closing_ton") + more
        )

        assert InventorySnapshot.objects.get().received_ton == Decimal(3)

    def test_a_bare_decimal_with_a_column_is_taken_as_kilograms(self) -> None:
        self.row(received="2.5").save()

        InventorySnapshot.objects.update(
            received_ton=F("received_ton") + Decimal(1), closing_ton=F("closing_ton") + Decimal(1)
        )

        assert InventorySnapshot.objects.get().received_ton == Decimal("2.501")

    def test_a_constraint_over_columns_holds_to_the_kilogram(self) -> None:
        row = self.row(received="0.1", consumed="0.3")
        row.closing_ton = Decimal("-0.2")

        row.validate_constraints()
        row.save()

        assert InventorySnapshot.objects.get().closing_ton == Decimal("-0.200")

    def test_what_cannot_be_stored_exactly_is_rejected(self) -> None:
        with pytest.raises(ValueError, match="more than 3 decimals"):
            self.row(received="0.0005").save()

    def test_hours_add_up_to_hours(self) -> None:
        self.row(received="1").save()
        half = Value(Decimal("0.25"), output_field=HoursField())

        found = InventorySnapshot.objects.annotate(hours=half + half)

        assert str(found.values_list("hours", flat=True).get()) == "0.50"


@pytest.mark.parametrize("field", [TonsField(), HoursField()], ids=["tons", "hours"])
class TestInput:
    @pytest.mark.parametrize(
        "value", [1.5, True, False, "NaN", "Infinity", "ten", "", Decimal("NaN"), object()]
    )
    def test_that_is_no_exact_number_is_rejected(
        self, field: ScaledDecimalField[object, object], value: object
    ) -> None:
        with pytest.raises(ValidationError, match="as a number"):
            field.to_python(value)

    @pytest.mark.parametrize(("value", "number"), [(None, None), ("7.5", Decimal("7.5")), (3, Decimal(3))])
    def test_that_is_exact_becomes_a_decimal(
        self, field: ScaledDecimalField[object, object], value: object, number: Decimal | None
    ) -> None:
        assert field.to_python(value) == number

    def test_of_a_form_is_a_decimal(self, field: ScaledDecimalField[object, object]) -> None:
        assert form_cleaner(field).clean(" 12.5 ") == Decimal("12.5")

    @pytest.mark.parametrize("typed", ["ten", "1,5,0x", "NaN", "1e400"])
    def test_of_a_form_that_is_no_number_is_refused(
        self, field: ScaledDecimalField[object, object], typed: str
    ) -> None:
        with pytest.raises(ValidationError):
            form_cleaner(field).clean(typed)

    def test_of_a_form_with_more_decimals_is_refused(self, field: ScaledDecimalField[object, object]) -> None:
        with pytest.raises(ValidationError, match="decimal place"):
            form_cleaner(field).clean("1.2345")

    def test_can_be_written_into_a_fixture_and_read_back(
        self, field: ScaledDecimalField[object, object]
    ) -> None:
        assert field.get_prep_value("1.25") == Decimal("1.25").scaleb(field.places)
        assert field.get_prep_value(None) is None

    def test_knows_how_a_migration_names_it(self, field: ScaledDecimalField[object, object]) -> None:
        _name, path, args, options = field.deconstruct()

        assert path == f"core.db.fields.{type(field).__name__}"
        assert (list(args), options) == ([], {})


class TestKilogram:
    @pytest.mark.parametrize(
        ("tons", "rounded"),
        [("1.0005", "1.001"), ("1.0004999", "1.000"), ("0.0005", "0.001"), ("2", "2.000")],
    )
    def test_is_rounded_to_half_up(self, tons: str, rounded: str) -> None:
        assert str(to_kilogram(Decimal(tons))) == rounded


class TestHoursTimesACount:
    """Products of hours and whole numbers; `tests/equipment/test_figures.py` adds them up in the database."""

    def test_are_hours_whichever_comes_first(self) -> None:
        for product in (F("hours") * F("count"), F("count") * F("hours")):
            resolved = EquipmentLog.objects.annotate(product=product).query.annotations["product"]

            assert isinstance(resolved.output_field, HoursField)

    def test_are_not_made_with_a_decimal_whose_scale_nobody_knows(self) -> None:
        product = F("hours") * Decimal("1.5")

        with pytest.raises(FieldError):
            str(EquipmentLog.objects.annotate(product=product).query)
