"""What a record costs: statements of the one way in, transaction control left out."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from production.module import PRODUCTION
from records import operations
from records.choices import Source
from tests.inventory.ledger_case import LedgerTestCase, day_of_march

TRANSACTION = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT")


class TestStatements(LedgerTestCase):
    def statements_of(self, *, day: int, tons: str, key: str = "") -> list[str]:
        values = {
            "date": day_of_march(day),
            "material": self.debris.pk,
            "operation": self.feeding.pk,
            "qty_ton": tons,
        }
        with CaptureQueriesContext(connection) as response:
            operations.create(
                module=PRODUCTION,
                values=values,
                site=self.site,
                by=self.alice,
                source=Source.PAGE,
                key=key,
                confirmed=True,
            )
        return [query["sql"] for query in response if not query["sql"].startswith(TRANSACTION)]

    def test_of_todays_record_are_ten(self) -> None:
        self.receive(day=1, tons="100")

        assert len(self.statements_of(day=2, tons="1")) == 10

    def test_of_a_form_sent_for_a_day_that_others_follow_are_thirteen(self) -> None:
        for day in (1, 3, 4):
            self.receive(day=day, tons="100")

        assert len(self.statements_of(day=2, tons="1", key="form-1")) == 13

    def test_of_the_same_for_a_day_that_has_a_row_are_twelve(self) -> None:
        for day in (1, 2, 3, 4):
            self.receive(day=day, tons="100")

        assert len(self.statements_of(day=2, tons="1", key="form-1")) == 12

    def test_do_not_grow_with_the_days_that_follow(self) -> None:
        for day in range(2, 30):
            self.receive(day=day, tons="10")

        assert len(self.statements_of(day=2, tons="1")) == 10

    def test_of_a_record_that_was_requested_about_are_two_more(self) -> None:
        self.receive(day=1, tons="1")

        assert len(self.statements_of(day=2, tons="5")) == 12
