"""Used and disposed of on site: production records whose tons are flows of the ledger of their own."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from api.records.ledger import Ledger
from dashboard.balance import STOCK
from inventory.figures import stock_periods
from production.figures import plant_flows
from production.module import PRODUCTION
from records import operations
from records.choices import Source
from sites.models import Operation, Purpose, StockEffect
from tests.factories import make_operation
from tests.inventory.ledger_case import LedgerTestCase, day_of_march


class TestOnSite(LedgerTestCase):
    def setUp(self) -> None:
        removes = StockEffect.REMOVES
        self.using = make_operation(code="USE", stock_effect=removes, purpose=Purpose.USED)
        self.disposing = make_operation(code="DISPOSE", stock_effect=removes, purpose=Purpose.DISPOSED)
        self.receive(day=1, tons="100")

    def remove(self, operation: Operation, tons: str) -> int:
        values = {
            "date": day_of_march(2),
            "material": self.debris.pk,
            "operation": operation.pk,
            "qty_ton": tons,
        }
        created = operations.create(
            module=PRODUCTION,
            values=values,
            site=self.site,
            by=self.alice,
            source=Source.PAGE,
            confirmed=True,
        )
        return created.record.pk

    def test_are_taken_from_stock_each_in_its_own_column(self) -> None:
        self.remove(self.using, "30")
        self.remove(self.disposing, "20.5")
        self.feed(day=2, tons="10")

        row = self.row(day=2)
        assert (row.used_ton, row.disposed_ton, row.consumed_ton) == tuple(map(Decimal, ("30", "20.5", "10")))
        assert self.closings() == {1: "100.000", 2: "39.500"}

    def test_are_given_back_to_stock_when_the_record_is_deleted(self) -> None:
        used = self.remove(self.using, "30")

        self.take_back(PRODUCTION, used)

        assert self.closings() == {1: "100.000"}

    def test_are_no_part_of_the_plant(self) -> None:
        self.remove(self.using, "30")

        assert plant_flows([self.site], first=day_of_march(1), last=day_of_march(31)) == {}

    def test_are_lines_of_the_balance_that_lead_to_their_records(self) -> None:
        self.remove(self.using, "30")
        self.remove(self.disposing, "20")
        self.feed(day=2, tons="10")
        self.client.force_login(self.alice)

        change = stock_periods([self.site], first=day_of_march(1), last=day_of_march(31)).whole
        assert {str(number.label): number.value(change) for number in STOCK[3:6]} | {
            str(STOCK[6].label): STOCK[6].value(change)
        } == {"Taken by production": 10, "Dispatched": 0, "Used on site": 30, "Disposed on site": 20}
        for value, found in (("used", ["30.000"]), ("disposed", ["20.000"]), ("removes", ["10.000"])):
            response = self.client.get(
                reverse("production:list"),
                {"site": self.site.code, "from": "2026-03-01", "to": "2026-03-31", "counts_as": value},
            )
            tons = [str(record.qty_ton) for record in response.context["listing"].records]
            assert tons == found

    def test_have_columns_on_the_page_of_the_stock_where_there_are_any(self) -> None:
        self.client.force_login(self.alice)
        address = reverse("inventory:stock")
        query = {"site": self.site.code, "date": "2026-03-02"}
        assert "Used on site" not in self.client.get(address, query).content.decode()

        self.remove(self.using, "30")

        page = self.client.get(address, query).content.decode()
        assert "Used on site" in page
        assert "Disposed on site" not in page

    def test_are_in_the_api_s_ledger(self) -> None:
        keys = Ledger().item_schema.model_json_schema()["properties"]

        assert {"usedTon", "disposedTon"} <= set(keys)

    def test_need_an_operation_that_removes_from_stock(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            make_operation(code="WRONG", stock_effect=StockEffect.ADDS, purpose=Purpose.USED)
