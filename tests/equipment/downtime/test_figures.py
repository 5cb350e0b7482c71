"""Where the time of machines went, recomputed from the raw records."""

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction

from django.test import TestCase

from equipment.downtime.figures import Period, TimeUse, machine_day
from equipment.downtime.models import Downtime, DowntimeReason, StopEvent, TimeCategory
from equipment.models import EquipmentLog, Machine, Status
from records.choices import Shift
from sites.models import Site, User
from tests.factories import (
    make_downtime,
    make_downtime_reason,
    make_equipment_log,
    make_machine,
    make_member,
    make_site,
)

MONDAY = dt.date(2026, 3, 2)
ONE_DAY = dt.timedelta(days=1)


def whole(*amounts: Decimal | int | None) -> tuple[int | None, ...]:
    """Return amounts that are whole as whole numbers."""
    found = tuple(None if amount is None else int(amount) for amount in amounts)
    assert list(found) == list(amounts)
    return found


class DowntimeTestCase(TestCase):
    site: Site
    alice: User
    crusher: Machine
    broken: DowntimeReason
    service: DowntimeReason
    no_feed: DowntimeReason
    no_work: DowntimeReason

    @classmethod
    def setUpTestData(cls) -> None:
        cls.site = make_site(code="YARD-NORTH")
        cls.alice = make_member(cls.site)
        cls.crusher = make_machine(cls.site, code="CRUSHER", tons_per_hour="120")
        cls.broken = make_downtime_reason(code="BELT")
        cls.service = make_downtime_reason(code="SERVICE", is_planned=True)
        cls.no_feed = make_downtime_reason(code="FEED", category=TimeCategory.DELAY)
        cls.no_work = make_downtime_reason(code="WORK", category=TimeCategory.STANDBY)

    def log(self, hours: str, **more: object) -> EquipmentLog:
        values: dict[str, object] = {"date": MONDAY, "shift": Shift.MORNING, **more}
        return make_equipment_log(self.crusher, by=self.alice, hours=hours, **values)  # type: ignore[arg-type]  # of the factory

    def stop(self, reason: DowntimeReason, minutes: int, **more: object) -> Downtime:
        values: dict[str, object] = {"date": MONDAY, "shift": Shift.MORNING, **more}
        return make_downtime(self.crusher, reason, by=self.alice, minutes=minutes, **values)  # type: ignore[arg-type]  # the same

    def use(self, *, last: dt.date = MONDAY) -> TimeUse:
        return Period([self.site], MONDAY, last).by_machine()[self.crusher.pk]


class TestTimeUse(DowntimeTestCase):
    def test_every_scheduled_minute_lands_somewhere(self) -> None:
        self.log("5")
        self.stop(self.broken, 60)
        self.stop(self.service, 30)
        self.stop(self.no_feed, 20)
        self.stop(self.no_work, 40)

        use = self.use()

        assert whole(use.scheduled, use.operating) == (480, 300)
        assert whole(use.unplanned_down, use.planned_down, use.delay, use.standby) == (60, 30, 20, 40)
        assert use.unexplained == 30

    def test_the_rates_are_parts_of_scheduled_and_available_time(self) -> None:
        self.log("5")
        self.stop(self.broken, 60)
        self.stop(self.service, 20)

        use = self.use()

        assert use.physical_availability == Decimal(400) / 480 * 100
        assert use.use_of_availability == Decimal(75)
        assert use.operating_utilisation == Decimal("62.5")

    def test_a_breakdown_that_goes_on_is_counted_once(self) -> None:
        self.log("4")
        self.log("0", shift=Shift.AFTERNOON)
        self.stop(self.broken, 240)
        self.stop(self.broken, 480, shift=Shift.AFTERNOON, event=StopEvent.CONTINUED)

        use = self.use()

        assert whole(use.breakdowns, use.hours_between_failures, use.hours_to_repair) == (1, 4, 12)

    def test_there_are_no_times_between_failures_without_a_breakdown(self) -> None:
        self.log("8")

        use = self.use()

        assert whole(use.hours_between_failures, use.hours_to_repair) == (None, None)

    def test_a_status_explains_the_rest_of_a_shift_without_downtime_records(self) -> None:
        self.log("2", status=Status.BREAKDOWN)
        self.log("0", shift=Shift.AFTERNOON, status=Status.IDLE)
        self.log("5", shift=Shift.NIGHT, status=Status.MAINTENANCE)

        use = self.use()

        assert whole(use.unplanned_down, use.standby, use.planned_down) == (360, 480, 180)
        assert whole(use.breakdowns, use.unexplained) == (1, 0)

    def test_downtime_records_count_instead_of_the_status_of_their_shift(self) -> None:
        self.log("2", status=Status.BREAKDOWN)
        self.stop(self.no_feed, 100)

        use = self.use()

        assert whole(use.unplanned_down, use.delay, use.unexplained) == (0, 100, 260)

    def test_downtime_of_the_whole_day_counts_instead_of_the_status_of_each_shift(self) -> None:
        self.log("2", status=Status.BREAKDOWN)
        self.stop(self.broken, 300, shift=Shift.WHOLE_DAY)

        assert self.use().unplanned_down == 300

    def test_a_status_of_breakdown_on_days_in_a_row_is_one_breakdown(self) -> None:
        for days in range(3):
            self.log("0", date=MONDAY + days * ONE_DAY, status=Status.BREAKDOWN)

        use = Period([self.site], MONDAY + ONE_DAY, MONDAY + 2 * ONE_DAY).by_machine()[self.crusher.pk]

        assert whole(use.breakdowns, use.unplanned_down) == (0, 960)

    def test_a_status_of_breakdown_in_shifts_of_one_day_is_one_breakdown(self) -> None:
        for shift in (Shift.MORNING, Shift.AFTERNOON, Shift.NIGHT):
            self.log("0", shift=shift, status=Status.BREAKDOWN)
        self.log("0", date=MONDAY + ONE_DAY, status=Status.BREAKDOWN)

        use = self.use(last=MONDAY + ONE_DAY)

        assert whole(use.breakdowns, use.unplanned_down, use.hours_to_repair) == (1, 1920, 32)

    def test_a_breakdown_recorded_one_day_and_a_status_on_the_next_are_one_breakdown(self) -> None:
        self.log("4", status=Status.BREAKDOWN)
        self.stop(self.broken, 240)
        self.log("0", shift=Shift.AFTERNOON, status=Status.BREAKDOWN)
        self.log("0", date=MONDAY + ONE_DAY, status=Status.BREAKDOWN)

        use = self.use(last=MONDAY + ONE_DAY)

        assert whole(use.breakdowns, use.hours_between_failures, use.hours_to_repair) == (1, 4, 20)

    def test_a_planned_stop_one_day_leaves_the_breakdown_of_the_next_one(self) -> None:
        self.log("4")
        self.stop(self.service, 240)
        self.log("0", date=MONDAY + ONE_DAY, status=Status.BREAKDOWN)

        assert self.use(last=MONDAY + ONE_DAY).breakdowns == 1

    def test_minutes_beyond_the_schedule_are_below_zero(self) -> None:
        self.log("8")
        self.stop(self.no_feed, 15)

        assert self.use().unexplained == -15

    def test_tons_lost_keep_the_rate_of_their_time(self) -> None:
        self.log("5")
        stop = self.stop(self.broken, 50)
        self.crusher.tons_per_hour = Decimal(60)
        self.crusher.save()
        later = self.stop(self.broken, 50)

        assert (stop.tons_lost, later.tons_lost) == (Decimal(100), Decimal(50))
        assert self.use().tons_lost == 150

    def test_the_day_of_a_machine_leaves_the_changed_record_out(self) -> None:
        self.log("5")
        self.stop(self.no_feed, 15)
        stop = self.stop(self.broken, 50)

        use = machine_day(self.crusher, self.site, MONDAY, without=stop.pk)

        assert whole(use.scheduled, use.explained) == (480, 315)

    def test_reasons_are_in_the_order_of_their_minutes(self) -> None:
        self.log("0")
        self.stop(self.no_feed, 15)
        self.stop(self.broken, 20)
        self.stop(self.broken, 30)
        self.log("0", shift=Shift.AFTERNOON, status=Status.IDLE)

        stops = Period([self.site], MONDAY, MONDAY).stops_by_reason()

        assert [(each.name, int(each.minutes), each.events) for each in stops] == [
            ("Idle", 480, 1),
            ("BELT", 50, 2),
            ("FEED", 15, 1),
        ]

    def test_equals_what_is_recomputed_from_the_raw_records(self) -> None:
        chance = random.Random(18)  # noqa: S311  # no secret
        trucks = make_machine(self.site, code="TRUCKS")
        reasons = [self.broken, self.service, self.no_feed, self.no_work]
        for days in range(12):
            for machine in (self.crusher, trucks):
                date, shift = MONDAY + days * ONE_DAY, chance.choice(list(Shift))
                make_equipment_log(
                    machine,
                    by=self.alice,
                    date=date,
                    hours=str(chance.randrange(0, 800) / 100),
                    count=chance.randrange(1, 4),
                    shift=shift,
                    status=chance.choice(list(Status)),
                )
                for _number in range(chance.randrange(3)):
                    make_downtime(
                        machine,
                        chance.choice(reasons),
                        by=self.alice,
                        date=date,
                        minutes=chance.randrange(1, 300),
                        shift=shift,
                    )
        last = MONDAY + 11 * ONE_DAY
        period = Period([self.site], MONDAY, last)

        uses = period.by_machine()

        for machine in (self.crusher, trucks):
            self.assert_recomputed(uses[machine.pk], machine)
            days_of_machine = Period([self.site], MONDAY, last, machine).by_date().values()
            self.assert_recomputed(TimeUse.of_all(days_of_machine), machine)
        stopped = sum(each.minutes for each in period.stops_by_reason())
        together = TimeUse.of_all(uses.values())
        assert stopped == together.explained - together.operating

    def assert_recomputed(self, use: TimeUse, machine: Machine) -> None:
        scheduled = operating = Fraction(0)
        stopped = dict.fromkeys(("standby", "delay", "planned", "unplanned"), Fraction(0))
        names = {Status.IDLE: "standby", Status.MAINTENANCE: "planned", Status.BREAKDOWN: "unplanned"}
        for log in EquipmentLog.objects.filter(equipment=machine):
            scheduled += log.count * 480
            operating += Fraction(log.hours) * log.count * 60
            rest = log.count * (480 - Fraction(log.hours) * 60)
            has_stops = Downtime.objects.filter(equipment=machine, date=log.date).exists()
            if log.status != Status.OPERATIONAL and not has_stops:
                stopped[names[Status(log.status)]] += max(Fraction(0), rest)
        for stop in Downtime.objects.filter(equipment=machine).select_related("reason"):
            planned = "planned" if stop.reason.is_planned else "unplanned"
            is_down = stop.reason.category == TimeCategory.DOWN
            stopped[planned if is_down else stop.reason.category] += stop.minutes
        assert (Fraction(use.scheduled), Fraction(use.operating)) == (scheduled, operating)
        found = {
            "standby": use.standby, "delay": use.delay,
            "planned": use.planned_down, "unplanned": use.unplanned_down,
        }  # fmt: skip
        assert found == stopped
        assert use.unexplained == scheduled - operating - sum(stopped.values())
