"""What the rules of a site find, each once, and what people see of it."""

import datetime as dt
from decimal import Decimal
from unittest import mock

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from alerts.evaluation import KEEP_ALERTS, RECORD_DAYS, evaluate
from alerts.models import Alert, Kind, Notice, Rule, mark_read
from equipment.downtime.models import DowntimeReason, StopEvent
from equipment.models import Status
from received.module import RECEIVED
from records import operations
from records.choices import Shift, Source
from sites.models import Membership, Site, User
from tests.dashboard.case import NOON, ONE_DAY, TODAY, DashboardCase
from tests.factories import (
    make_downtime,
    make_downtime_reason,
    make_equipment_log,
    make_holiday,
    make_machine,
    make_material,
    make_people,
    make_received,
    make_rule,
    make_site,
    make_stock_count,
    make_target,
)
from tests.inventory.threads import ThreadsTestCase, all_at_once

HOUR = dt.timedelta(hours=1)


class AlertCase(DashboardCase):
    def setUp(self) -> None:
        super().setUp()
        Site.objects.update(created_at=NOON - dt.timedelta(days=365))

    def rule(self, kind: Kind, **settings: object) -> Rule:
        return make_rule(Site.objects.get(pk=self.site.pk), kind, **settings)  # type: ignore[arg-type]  # as typed

    def evaluate(self, *, after: dt.timedelta = dt.timedelta(0)) -> list[str]:
        """Let the worker look at the rules; return the sentences of the open alerts."""
        with mock.patch.object(timezone, "now", return_value=NOON + after):
            evaluate()
        return [alert.sentence for alert in Alert.objects.open().order_by("pk")]


class TestStock(AlertCase):
    def test_alerts_below_a_level_once_and_ends_above_it(self) -> None:
        self.rule(Kind.STOCK_BELOW, material=self.debris, level_ton=Decimal(50))
        self.receive("40")

        assert self.evaluate() == ["Debris: 40.00 t in stock, below 50.00 t."]
        self.receive("5")
        self.evaluate()
        assert Alert.objects.count() == 1

        self.receive("5")
        assert self.evaluate(after=HOUR) == []
        assert Alert.objects.get().ended_at == NOON + HOUR

    def test_alerts_again_when_it_happens_again(self) -> None:
        self.rule(Kind.STOCK_ABOVE, material=self.debris, level_ton=Decimal(50))
        record = self.receive("60")
        self.evaluate()
        operations.delete(
            module=RECEIVED, record_id=record, version=1, by=self.people.alice, source=Source.PAGE
        )
        self.evaluate()

        self.receive("70")

        assert self.evaluate() == ["Debris: 70.00 t in stock, above 50.00 t."]
        assert Alert.objects.count() == 2

    def test_alerts_above_the_permitted_maximum(self) -> None:
        self.rule(Kind.STOCK_ABOVE, material=self.debris, level_ton=Decimal(50))
        self.rule(Kind.STOCK_OVER_PERMIT, material=self.debris, level_ton=Decimal(60))
        self.receive("60")
        assert len(self.evaluate()) == 1

        self.receive("1")

        assert self.evaluate()[1] == "Debris: 61.00 t in stock, above the permitted maximum of 60.00 t."

    def test_takes_a_material_that_was_never_in_stock_for_none(self) -> None:
        self.rule(Kind.STOCK_BELOW, material=self.g1, level_ton=Decimal(1))

        assert self.evaluate() == ["G1: 0.00 t in stock, below 1.00 t."]

    def test_ends_where_its_rule_was_changed_and_begins_for_the_other_material(self) -> None:
        rule = self.rule(Kind.STOCK_BELOW, material=self.debris, level_ton=Decimal(50))
        self.receive("40")
        self.evaluate()

        Rule.objects.filter(pk=rule.pk).update(level_ton=Decimal(30))
        assert self.evaluate() == []

        Rule.objects.filter(pk=rule.pk).update(material=self.g1)
        assert self.evaluate() == ["G1: 0.00 t in stock, below 30.00 t."]

    def test_ends_where_the_clock_was_set_back(self) -> None:
        self.rule(Kind.STOCK_BELOW, material=self.debris, level_ton=Decimal(50))
        self.evaluate()

        self.receive("50")

        assert self.evaluate(after=-HOUR) == []
        assert Alert.objects.get().ended_at == NOON


class TestNothingEntered(AlertCase):
    def test_alerts_at_the_time_and_ends_with_an_entry(self) -> None:
        self.rule(Kind.NOTHING_ENTERED, time=dt.time(13))
        assert self.evaluate() == []

        assert self.evaluate(after=HOUR) == ["Nothing was entered for Mon 2 Mar by 13:00."]

        self.receive("1")
        assert self.evaluate(after=HOUR) == []

    def test_follows_the_clock_and_the_calendar_of_the_site(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(timezone="America/Chicago")
        self.rule(Kind.NOTHING_ENTERED, time=dt.time(10))
        # Noon in UTC is six in the morning there.
        assert self.evaluate(after=3 * HOUR) == []
        assert len(self.evaluate(after=4 * HOUR)) == 1

        make_holiday(self.site, TODAY)
        assert self.evaluate(after=4 * HOUR) == []

    def test_begins_late_or_not_at_all_where_no_worker_ran_at_the_time(self) -> None:
        self.rule(Kind.NOTHING_ENTERED, time=dt.time(13))
        self.evaluate()
        assert len(self.evaluate(after=4 * HOUR)) == 1

        self.receive("1")
        assert self.evaluate(after=5 * HOUR) == []
        assert Alert.objects.count() == 1

    def test_is_about_each_day_by_itself(self) -> None:
        self.rule(Kind.NOTHING_ENTERED, time=dt.time(10))
        self.evaluate()

        assert self.evaluate(after=dt.timedelta(days=1)) == ["Nothing was entered for Tue 3 Mar by 10:00."]
        assert Alert.objects.count() == 2


class TestTarget(AlertCase):
    def test_alerts_while_the_month_would_end_below_the_target(self) -> None:
        make_target(self.site, "100", since=dt.date(2026, 2, 1))
        self.rule(Kind.TARGET, percent=90)
        for day in range(2, 7):
            self.produce("80", date=dt.date(2026, 2, day))
        assert self.evaluate(after=-23 * ONE_DAY) == [
            "At this pace February 2026 ends at 80.0\N{NO-BREAK SPACE}% of its target."
        ]

        # Another month is another alert, from its third working day on.
        assert self.evaluate() == []


class TestBreakdown(AlertCase):
    def setUp(self) -> None:
        super().setUp()
        self.crusher = make_machine(self.site, name="Crusher 1")

    def log(self, status: Status, date: dt.date = TODAY) -> None:
        make_equipment_log(self.crusher, by=self.people.alice, date=date, hours="0", status=status)

    def test_alerts_when_a_machine_is_down_for_longer_and_ends_when_it_runs(self) -> None:
        self.rule(Kind.BREAKDOWN, hours=13)
        self.log(Status.BREAKDOWN)
        assert self.evaluate() == []

        assert self.evaluate(after=2 * HOUR) == ["Crusher 1: down for more than 13 h, from Mon 2 Mar on."]

        with mock.patch.object(timezone, "now", return_value=NOON + ONE_DAY):
            self.log(Status.OPERATIONAL, TODAY + ONE_DAY)
        assert self.evaluate(after=ONE_DAY) == []

    def test_counts_from_the_first_day_of_the_breakdown(self) -> None:
        self.rule(Kind.BREAKDOWN, hours=48)
        self.log(Status.OPERATIONAL, TODAY - 3 * ONE_DAY)
        for days in (2, 1, 0):
            self.log(Status.BREAKDOWN, TODAY - days * ONE_DAY)

        assert self.evaluate() == ["Crusher 1: down for more than 48 h, from Sat 28 Feb on."]

    def stop(
        self, reason: DowntimeReason, shift: Shift, *, minutes: int, event: StopEvent = StopEvent.NEW
    ) -> None:
        make_downtime(
            self.crusher,
            reason,
            by=self.people.alice,
            date=TODAY,
            minutes=minutes,
            shift=shift,
            event=event,
        )

    def test_counts_the_minutes_of_a_stop_that_goes_on_in_the_next_shift(self) -> None:
        self.rule(Kind.BREAKDOWN, hours=8)
        broken = make_downtime_reason(code="BELT")
        planned = make_downtime_reason(code="SERVICE", is_planned=True)
        self.stop(planned, Shift.NIGHT, minutes=480)
        self.stop(broken, Shift.MORNING, minutes=250)
        assert self.evaluate() == []

        self.stop(broken, Shift.AFTERNOON, minutes=231, event=StopEvent.CONTINUED)

        assert self.evaluate() == ["Crusher 1: down for more than 8 h, from Mon 2 Mar on."]
        assert self.evaluate(after=RECORD_DAYS * ONE_DAY) == []


class TestCount(AlertCase):
    def test_alerts_for_a_count_that_differs_by_more(self) -> None:
        self.rule(Kind.COUNT, percent=10)
        self.receive("100")
        make_stock_count(self.site, self.debris, by=self.people.alice, date=TODAY, tons="91")
        assert self.evaluate() == []

        self.receive("10", date=TODAY - ONE_DAY)

        assert self.evaluate() == [
            "Debris: the count of Mon 2 Mar differs from the book stock by 17.3\N{NO-BREAK SPACE}%."
        ]
        assert self.evaluate(after=8 * ONE_DAY) == []


class TestUnusualRecord(AlertCase):
    def setUp(self) -> None:
        super().setUp()
        for day in range(10, 20):
            self.receive("10", date=TODAY - day * ONE_DAY)
        self.site.refresh_from_db()

    def test_alerts_for_a_new_record_and_ends_when_it_is_corrected(self) -> None:
        self.receive("1000")
        self.rule(Kind.UNUSUAL)
        assert self.evaluate() == []

        record = self.receive("900")
        (sentence,) = self.evaluate()
        assert sentence.startswith("Received material of Mon 2 Mar: 900 t is far from the usual")
        assert Rule.objects.get().checked_change == Site.objects.get(pk=self.site.pk).change_number

        values = {"date": TODAY, "material": self.debris.pk, "qty_ton": "9"}
        operations.update(
            module=RECEIVED,
            record_id=record,
            values=values,
            version=1,
            by=self.people.alice,
            source=Source.PAGE,
        )
        assert self.evaluate() == []

    def test_ends_after_a_week(self) -> None:
        self.rule(Kind.UNUSUAL)
        self.receive("900")

        assert len(self.evaluate()) == 1
        assert len(self.evaluate(after=6 * ONE_DAY)) == 1
        assert self.evaluate(after=7 * ONE_DAY) == []


class TestRule(AlertCase):
    def test_has_what_its_kind_needs_and_is_set_once(self) -> None:
        with self.assertRaisesMessage(ValidationError, "has what its kind needs"):
            self.rule(Kind.BREAKDOWN, percent=5)
        with self.assertRaisesMessage(ValidationError, "between 1 and 336"):
            self.rule(Kind.BREAKDOWN, hours=337)
        self.rule(Kind.BREAKDOWN, hours=5)
        with self.assertRaisesMessage(ValidationError, "has this rule already"):
            self.rule(Kind.BREAKDOWN, hours=6)

    def test_costs_as_many_queries_with_many_sites(self) -> None:
        for number in range(4):
            material = make_material()
            site = self.site if number == 0 else make_site()
            make_rule(site, Kind.STOCK_BELOW, material, level_ton=Decimal(5))
            make_rule(site, Kind.NOTHING_ENTERED, time=dt.time(10))
            make_rule(site, Kind.BREAKDOWN, hours=5)
            make_rule(site, Kind.COUNT, percent=5)
            make_rule(site, Kind.UNUSUAL)
            if number == 0:
                evaluate()
                with self.assertNumQueries(QUERIES):
                    evaluate()
        evaluate()

        with self.assertNumQueries(QUERIES):
            evaluate()

    def test_ends_its_alerts_at_an_inactive_site_and_forgets_old_ones(self) -> None:
        self.rule(Kind.STOCK_BELOW, material=self.g1, level_ton=Decimal(1))
        self.evaluate()

        Site.objects.update(is_active=False)
        assert self.evaluate() == []

        self.evaluate(after=KEEP_ALERTS + ONE_DAY)
        assert not Alert.objects.exists()


class TestNotices(AlertCase):
    def setUp(self) -> None:
        super().setUp()
        self.rule(Kind.STOCK_BELOW, material=self.g1, level_ton=Decimal(1))
        self.evaluate()

    def bell(self, person: User) -> str:
        """Return what the bell of a page shows."""
        self.client.force_login(person)
        content = self.client.get(reverse("shortcuts")).content.decode()
        bell = content.split('class="btn btn--quiet bell"')[1].split("</a>")[0]
        return (
            bell.split("badge--danger")[1].split(">")[1].split("<")[0].strip()
            if "badge--danger" in bell
            else ""
        )

    def test_go_to_everybody_who_sees_the_site(self) -> None:
        people = self.people

        notified = set(Notice.objects.values_list("person", flat=True))

        assert notified == {person.pk for person in (people.alice, people.mona, people.victor, people.ada)}
        assert [self.bell(person) for person in (people.victor, people.oscar)] == ["1", ""]

    def test_are_read_one_by_one_or_together(self) -> None:
        alert = Alert.objects.get()
        self.client.force_login(self.people.mona)
        self.assertContains(self.client.get(reverse("alerts:list")), "G1: 0.00 t in stock, below 1.00 t.")

        opened = self.client.post(reverse("alerts:read", args=[alert.pk]))

        assert opened["Location"] == f"/inventory/materials/{self.g1.pk}/?site=YARD-NORTH"
        assert self.bell(self.people.mona) == ""
        assert not User.objects.get(pk=self.people.mona.pk).has_unread_alerts
        assert self.bell(self.people.alice) == "1"
        self.client.post(reverse("alerts:read_all"))
        assert self.bell(self.people.alice) == ""

    def test_are_not_shown_to_who_sees_the_site_no_more(self) -> None:
        Membership.objects.filter(user=self.people.victor).delete()

        assert self.bell(self.people.victor) == ""
        self.client.force_login(self.people.victor)
        assert "G1" not in self.client.get(reverse("alerts:list")).content.decode()
        assert self.client.post(reverse("alerts:read", args=[Alert.objects.get().pk])).status_code == 404

    def test_cost_no_query_where_there_are_none(self) -> None:
        mark_read(self.people.mona)
        self.client.force_login(self.people.mona)
        self.client.get(reverse("shortcuts"))
        with self.assertNumQueries(4) as without:
            self.client.get(reverse("shortcuts"))
        User.objects.filter(pk=self.people.mona.pk).update(has_unread_alerts=True)

        with self.assertNumQueries(len(without) + 1):
            self.client.get(reverse("shortcuts"))


class TestToday(AlertCase):
    def needs(self, person: User) -> str:
        self.client.force_login(person)
        return self.client.get(reverse("today")).content.decode()

    def test_lists_open_alerts_of_the_own_sites_with_their_places(self) -> None:
        self.rule(Kind.STOCK_BELOW, material=self.g1, level_ton=Decimal(1))
        self.evaluate()

        page = self.needs(self.people.mona)

        assert "G1: 0.00 t in stock, below 1.00 t." in page
        assert f'href="{Alert.objects.get().href}">North yard</a>' in page
        assert "G1: 0.00 t" not in self.needs(self.people.oscar)

        self.produce("2")
        self.evaluate()
        assert "G1: 0.00 t" not in self.needs(self.people.mona)


class TestApi(AlertCase):
    def setUp(self) -> None:
        super().setUp()
        self.rule(Kind.STOCK_BELOW, material=self.g1, level_ton=Decimal(1))
        self.rule(Kind.STOCK_BELOW, material=self.debris, level_ton=Decimal(5))
        self.evaluate()

    def get(self, person: User, **query: str | int) -> dict[str, object]:
        self.client.force_login(person)
        content: dict[str, object] = self.client.get("/api/alerts", query).json()
        return content

    def texts(self, person: User, **query: str | int) -> list[str]:
        alerts = self.get(person, **query)["alerts"]
        assert isinstance(alerts, list)
        return [alert["text"] for alert in alerts]

    def test_lists_alerts_as_webhooks_send_them_and_whether_they_were_read(self) -> None:
        alert = Alert.objects.get(subject=str(self.g1.pk))
        mark_read(self.people.mona, alert.pk)

        found = self.get(self.people.mona, siteId=self.site.pk)

        assert found["nextCursor"] is None
        assert isinstance(found["alerts"], list)
        assert found["alerts"][-1] == {
            "id": alert.pk,
            "siteId": self.site.pk,
            "siteCode": "YARD-NORTH",
            "kind": "stock_below",
            "text": "G1: 0.00 t in stock, below 1.00 t.",
            "link": f"http://testserver:8000/inventory/materials/{self.g1.pk}/?site=YARD-NORTH",
            "beganAt": "2026-03-02T12:00:00Z",
            "endedAt": None,
            "isRead": True,
        }
        assert found["alerts"][0]["isRead"] is False

    def test_narrows_by_site_state_and_kind_and_pages(self) -> None:
        self.receive("9")
        self.evaluate(after=HOUR)
        debris, g1 = "Debris: 0.00 t in stock, below 5.00 t.", "G1: 0.00 t in stock, below 1.00 t."

        assert self.texts(self.people.mona) == [debris, g1]
        assert self.texts(self.people.mona, state="open") == [g1]
        assert self.texts(self.people.mona, state="ended") == [debris]
        assert self.texts(self.people.mona, kind="breakdown") == []
        first = self.get(self.people.mona, limit=1)
        assert self.texts(self.people.mona, limit=1, cursor=str(first["nextCursor"])) == [g1]

    def test_has_nothing_of_another_site_and_rejects_what_it_does_not_know(self) -> None:
        assert self.texts(self.people.oscar) == []
        for query, status in (
            ({"siteId": self.site.pk}, 404),
            ({"kind": "weather"}, 400),
            ({"state": "odd"}, 400),
            ({"cursor": "x"}, 400),
            ({"limit": 0}, 400),
            ({"colour": "red"}, 400),
        ):
            assert self.client.get("/api/alerts", query).status_code == status, query


class TestPages(AlertCase):
    def test_let_a_manager_set_change_and_delete_a_rule(self) -> None:
        self.client.force_login(self.people.mona)
        new = reverse("alerts:new_rule", args=["stock_below"]) + "?site=YARD-NORTH"
        rejected = self.client.post(new, {"material": self.g1.pk, "level_ton": "0"})
        self.assertContains(rejected, "A level is more than 0", status_code=422)

        saved = self.client.post(new, {"material": self.g1.pk, "level_ton": "12.5"}, follow=True)

        self.assertContains(saved, "Stock of G1 below 12.50 t")
        rule = Rule.objects.get()
        twice = self.client.post(new, {"material": self.g1.pk, "level_ton": "1"})
        self.assertContains(twice, "has this rule for this material already", status_code=422)
        self.client.post(
            reverse("alerts:edit_rule", args=[rule.pk]), {"material": self.g1.pk, "level_ton": "9"}
        )
        assert Rule.objects.get().level_ton == Decimal(9)
        self.evaluate()
        self.client.post(reverse("alerts:delete_rule", args=[rule.pk]))
        assert not Rule.objects.exists()
        assert Alert.objects.get().ended_at is not None
        history = self.client.get(reverse("alerts:history"), {"site": "YARD-NORTH"})
        self.assertContains(history, "deleted")

    def test_have_a_form_for_each_kind(self) -> None:
        self.client.force_login(self.people.mona)
        values = {"material": self.g1.pk, "level_ton": "5", "time": "10:30", "percent": "9", "hours": "4"}

        usual = self.client.get(reverse("alerts:new_rule", args=["count"]), {"site": "YARD-NORTH"})
        self.assertContains(usual, 'value="5"')
        for kind in Kind:
            address = reverse("alerts:new_rule", args=[kind.value]) + "?site=YARD-NORTH"
            assert self.client.get(address).status_code == 200
            assert self.client.post(address, values).status_code == 302, kind
        assert Rule.objects.count() == len(Kind)
        self.assertContains(
            self.client.get(reverse("alerts:rules")), "Nothing entered by 10:30 on a working day"
        )

    def test_let_others_read_and_not_change(self) -> None:
        rule = self.rule(Kind.BREAKDOWN, hours=4)
        for person, status in ((self.people.victor, 403), (self.people.alice, 403), (self.people.oscar, 404)):
            self.client.force_login(person)
            page = self.client.get(reverse("alerts:rules")).content.decode()
            assert ("A machine is down for more than 4 h" in page) is (person != self.people.oscar)
            assert "New rule" not in page
            assert self.client.post(reverse("alerts:edit_rule", args=[rule.pk])).status_code == status
            assert self.client.post(reverse("alerts:delete_rule", args=[rule.pk])).status_code == status


class TestManyWorkers(ThreadsTestCase):
    def test_begin_an_alert_once(self) -> None:
        people = make_people()
        material = make_material()
        make_rule(people.site, Kind.STOCK_ABOVE, material, level_ton=Decimal(5))
        make_received(people.site, material, by=people.alice, date=people.site.today(), tons="9")

        all_at_once(*[evaluate] * 6)

        assert Alert.objects.count() == 1
        assert Notice.objects.count() == 4


QUERIES = 12
