"""Low marks: who sets them, and what stays of them."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import TestCase

from inventory.models import StockThreshold, set_threshold
from sites.models import Material, Site, User
from tests.factories import People, make_material, make_people


class TestSetThreshold(TestCase):
    people: People
    sand: Material

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = make_people()
        cls.sand = make_material()

    def set(self, low_ton: str | None, *, by: User | None = None) -> None:
        tons = None if low_ton is None else Decimal(low_ton)
        set_threshold(site=self.people.site, material=self.sand, low_ton=tons, by=by or self.people.mona)

    def test_keeps_one_mark_for_each_material_of_a_site(self) -> None:
        self.set("50")
        self.set("12.5")

        (threshold,) = StockThreshold.objects.all()
        assert threshold.low_ton == Decimal("12.5")

    def test_takes_a_mark_away_and_keeps_its_history(self) -> None:
        self.set("50")
        self.set(None)
        self.set(None)

        assert not StockThreshold.objects.exists()
        assert list(StockThreshold.history.values_list("history_type", flat=True)) == ["-", "+"]

    def test_writes_no_history_where_nothing_changes(self) -> None:
        self.set("50")
        self.set("50.000")

        assert StockThreshold.history.count() == 1

    def test_is_for_managers_and_admins(self) -> None:
        self.set("50", by=self.people.ada)

        for person in (self.people.alice, self.people.victor):
            with pytest.raises(PermissionDenied):
                self.set("7", by=person)
        with pytest.raises(Site.DoesNotExist):
            self.set("7", by=self.people.oscar)
        assert StockThreshold.objects.get().low_ton == Decimal(50)

    def test_keeps_neither_site_nor_material_from_being_deleted(self) -> None:
        self.set("50")

        assert not self.people.site.has_records()
        assert not self.sand.is_used()
        self.sand.delete()
        assert not StockThreshold.objects.exists()

    def test_is_more_than_nothing_and_not_beyond_reason(self) -> None:
        for low_ton in ("0", "-1", "1000000"):
            with pytest.raises(IntegrityError), transaction.atomic():
                StockThreshold.objects.create(site=self.people.site, material=self.sand, low_ton=low_ton)
