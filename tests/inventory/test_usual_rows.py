"""The rows of a file are judged as the same records would be, entered one after the other."""

import datetime as dt
import random
from decimal import Decimal

from received.models import ReceivedMaterial
from received.module import RECEIVED
from tests.records.case import MONDAY, RecordsTestCase

MOST_DAYS = 90


class TestRows(RecordsTestCase):
    def test_are_judged_as_if_each_were_entered_by_hand(self) -> None:
        chance = random.Random(7)  # noqa: S311  # the same choices each time
        for _record in range(25):
            self.receive(date=self.some_day(chance), qty_ton=self.some_tons(chance))
        rows = sorted(
            (self.unsaved(self.some_day(chance), self.some_tons(chance)) for _row in range(35)),
            key=lambda row: row.date,
        )
        judges = RECEIVED.form.warning_rules.row_checkers()

        told = [sentence for part in (rows[:20], rows[20:]) for sentence in judges[0](part, range(len(part)))]

        usual = RECEIVED.form.warning_rules.rules[1]
        one_by_one = []
        for row in rows:
            one_by_one.append(usual.warning(row))
            self.receive(date=row.date, qty_ton=row.qty_ton)
        assert told == one_by_one
        assert len([sentence for sentence in told if sentence]) > 2

    def test_cost_one_question_a_site_and_part(self) -> None:
        rows = [self.unsaved(MONDAY + dt.timedelta(days=day), "10") for day in range(30)]
        judge = RECEIVED.form.warning_rules.row_checkers()[0]

        with self.assertNumQueries(2):
            judge(rows[:15], range(15))
            judge(rows[15:], range(15))

    def test_are_found_the_same_as_others_by_one_question_a_part_and_one_for_all_that_are_told(self) -> None:
        for day in range(20):
            self.receive(date=MONDAY + dt.timedelta(days=day), qty_ton="10")
        rows = [self.unsaved(MONDAY + dt.timedelta(days=day), "10") for day in range(20)]
        judge = RECEIVED.form.warning_rules.row_checkers()[1]

        with self.assertNumQueries(4):
            told = [*judge(rows[:10], range(2, 12)), *judge(rows[10:], range(12, 22))]

        assert len([sentence for sentence in told if "entered it on" in sentence]) == 20

    def unsaved(self, date: dt.date, tons: str) -> ReceivedMaterial:
        return ReceivedMaterial(site=self.site, date=date, material=self.debris, qty_ton=Decimal(tons))

    def some_day(self, chance: random.Random) -> dt.date:
        return MONDAY - dt.timedelta(days=chance.randrange(MOST_DAYS))

    def some_tons(self, chance: random.Random) -> str:
        return str(chance.choice(["9", "10", "11", "12.5", "10.2", "10.4", "0.5", "90"]))
