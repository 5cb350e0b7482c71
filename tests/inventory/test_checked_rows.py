"""Rows of a file get the warnings that the same records get when they are entered one by one."""

import datetime as dt
import random
from decimal import Decimal

from received.models import ReceivedMaterial
from received.module import RECEIVED
from tests.records.case import MONDAY, RecordsTestCase

MOST_DAYS = 90


class TestRows(RecordsTestCase):
    def test_get_the_warnings_of_records_entered_by_hand(self) -> None:
        chance = random.Random(7)  # noqa: S311  # the same choices each time
        for _record in range(25):
            self.receive(date=self.random_date(chance), qty_ton=self.random_tons(chance))
        rows = sorted(
            (self.unsaved(self.random_date(chance), self.random_tons(chance)) for _row in range(35)),
            key=lambda row: row.date,
        )
        checkers = RECEIVED.form.warning_rules.row_checkers()

        warnings = [
            warning for part in (rows[:20], rows[20:]) for warning in checkers[0](part, range(len(part)))
        ]

        usual = RECEIVED.form.warning_rules.rules[1]
        one_by_one = []
        for row in rows:
            one_by_one.append(usual.warning(row))
            self.receive(date=row.date, qty_ton=row.qty_ton)
        assert warnings == one_by_one
        assert len([warning for warning in warnings if warning]) > 2

    def test_take_one_query_per_site_and_part(self) -> None:
        rows = [self.unsaved(MONDAY + dt.timedelta(days=day), "10") for day in range(30)]
        check = RECEIVED.form.warning_rules.row_checkers()[0]

        with self.assertNumQueries(2):
            check(rows[:15], range(15))
            check(rows[15:], range(15))

    def test_are_compared_with_records_by_two_queries_per_part(self) -> None:
        for day in range(20):
            self.receive(date=MONDAY + dt.timedelta(days=day), qty_ton="10")
        rows = [self.unsaved(MONDAY + dt.timedelta(days=day), "10") for day in range(20)]
        check = RECEIVED.form.warning_rules.row_checkers()[1]

        with self.assertNumQueries(4):
            warnings = [*check(rows[:10], range(2, 12)), *check(rows[10:], range(12, 22))]

        assert len([warning for warning in warnings if "entered it on" in warning]) == 20

    def unsaved(self, date: dt.date, tons: str) -> ReceivedMaterial:
        return ReceivedMaterial(site=self.site, date=date, material=self.debris, qty_ton=Decimal(tons))

    def random_date(self, chance: random.Random) -> dt.date:
        return MONDAY - dt.timedelta(days=chance.randrange(MOST_DAYS))

    def random_tons(self, chance: random.Random) -> str:
        return str(chance.choice(["9", "10", "11", "12.5", "10.2", "10.4", "0.5", "90"]))
