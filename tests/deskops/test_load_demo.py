"""The demo: what is there after `manage.py load_demo`, and after a second time."""

import datetime as dt
from io import StringIO
from unittest import mock

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.test import TestCase
from django.utils import timezone

from dashboard.cards import DayFigures
from deskops.demo import days, places
from deskops.demo.days import SitePlan
from dispatch.models import Dispatch
from equipment.models import EquipmentLog, Status
from gate.models import OpenLoad
from inventory.models import InventorySnapshot, StockCount, StockThreshold
from inventory.rebuild import verify
from manpower.models import ManpowerLog
from parties.models import Weighbridge
from production.figures import PlantFlow, plant_flows
from production.models import Production, Target
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.models import Batch, SiteDay
from sites.models import Membership, Site, User

# A Monday noon in Greenwich; Chicago has just begun its day.
NOW = dt.datetime(2026, 3, 2, 13, tzinfo=dt.UTC)
DAYS = 18


FIRST_PASSWORD = "first-password"


def load(password: str = FIRST_PASSWORD) -> str:
    out = StringIO()
    with (
        mock.patch.object(days, "DAYS", DAYS),
        mock.patch.object(timezone, "now", return_value=NOW),
    ):
        call_command("load_demo", password=password, stdout=out)
    return out.getvalue()


class TestLoadDemo(TestCase):
    output: str

    @classmethod
    def setUpTestData(cls) -> None:
        cls.output = load()

    def test_makes_three_sites_in_three_time_zones(self) -> None:
        sites = dict(Site.objects.values_list("code", "timezone"))

        assert sites.keys() == {"YARD-NORTH", "YARD-EAST", "QUARRY-1"}
        assert len(set(sites.values())) == 3

    def test_makes_people_who_can_sign_in_with_the_given_password(self) -> None:
        for person in ("operator", "manager", "viewer", "outsider", "admin"):
            email = f"{person}@demo.example"

            assert email in self.output
            assert EmailAddress.objects.filter(email=email, verified=True, primary=True).exists()
            assert User.objects.get(email=email).check_password(FIRST_PASSWORD)
        assert FIRST_PASSWORD in self.output

    def test_gives_each_their_role_on_their_sites(self) -> None:
        roles = set(Membership.objects.values_list("user__email", "site__code", "role"))

        yards = ("YARD-NORTH", "YARD-EAST")
        assert roles == {
            *(
                (f"{role}@demo.example", code, role)
                for role in ("operator", "manager", "viewer")
                for code in yards
            ),
            ("outsider@demo.example", "QUARRY-1", "operator"),
        }
        assert User.objects.filter(is_superuser=True).get().email == "admin@demo.example"

    def test_has_figures_for_today_and_the_days_before(self) -> None:
        for site in Site.objects.all():
            figures = DayFigures([site], site.operating_date(NOW))

            assert figures.production[-1] > 0
            assert figures.received[-1] > 0
            assert figures.stock[-1] > 0
            assert sum(made > 0 for made in figures.production) >= 10

    def test_sells_what_was_made_and_says_who_worked_with_which_machines(self) -> None:
        for site in Site.objects.all():
            assert Dispatch.objects.filter(site=site).exclude(owner="").exclude(reference="").count() > 10
            assert ManpowerLog.objects.filter(site=site, date=site.operating_date(NOW)).exists()
            assert set(EquipmentLog.objects.filter(site=site).values_list("status", flat=True)) >= {
                Status.OPERATIONAL,
                Status.MAINTENANCE,
                Status.IDLE,
            }

    def test_makes_a_little_less_of_the_feed_than_was_fed(self) -> None:
        for code in ("YARD-NORTH", "YARD-EAST"):
            site = Site.objects.get(code=code)
            today = site.operating_date(NOW)
            flows = plant_flows([site], first=today - dt.timedelta(days=DAYS), last=today)

            balance = sum(flows.values(), PlantFlow()).balance_percent

            assert balance is not None
            assert 0 < balance < 5

    def test_has_lorries_on_site_at_each_gate(self) -> None:
        assert OpenLoad.objects.count() == 9
        assert set(Weighbridge.objects.values_list("site__code", flat=True)) == {
            "YARD-NORTH",
            "YARD-EAST",
            "QUARRY-1",
        }

    def test_has_transfers_residue_that_leaves_and_what_is_used_on_site(self) -> None:
        sent = Dispatch.objects.transfers()
        assert sent.count() == 2
        assert [record.date.isoformat() for record in Dispatch.objects.in_transit()] == ["2026-03-02"]
        for code in ("RES-OUT", "SITE-USE"):
            assert Production.objects.filter(operation__code=code).exists()

    def test_has_what_a_manager_sets(self) -> None:
        for site in Site.objects.all():
            assert Target.objects.filter(site=site, material=None).count() == 2
            assert StockThreshold.objects.filter(site=site).exists()
            assert site.holidays.count() == 1
        assert Target.objects.filter(site__code="YARD-NORTH").exclude(material=None).count() == 2

    def test_has_nothing_beyond_today(self) -> None:
        for model in (Production, ReceivedMaterial, StockCount, Dispatch, EquipmentLog, ManpowerLog):
            for record in model._default_manager.select_related("site"):
                assert record.date <= record.site.operating_date(NOW)

    def test_takes_nothing_from_stock_that_is_not_there(self) -> None:
        assert not InventorySnapshot.objects.filter(closing_ton__lt=0).exists()

    def test_says_in_the_ledger_what_the_records_say(self) -> None:
        assert list(verify(list(Site.objects.all()))) == []

    def test_writes_through_the_operations_as_a_command(self) -> None:
        record = ReceivedMaterial.objects.first()

        assert record is not None
        assert record.entry_source == Source.COMMAND
        assert record.history.count() == 1

    def test_closes_the_days_that_are_over_as_people_do(self) -> None:
        yesterday = NOW.date() - dt.timedelta(days=2)

        status = dict(SiteDay.objects.filter(date=yesterday).values_list("site__code", "status"))
        assert status == {"YARD-NORTH": "submitted", "YARD-EAST": "submitted"}
        kinds = set(SiteDay.objects.values_list("status", flat=True))
        assert kinds == {"submitted", "approved", "reopened"}
        approved = SiteDay.objects.filter(status="approved")
        assert approved.count() > 20
        assert not approved.filter(approved_figures__isnull=True).exists()
        reopened = SiteDay.objects.get(status="reopened")
        lines = reopened.history.order_by("history_date").values_list("status", "history_user__email")
        assert list(lines) == [
            ("submitted", "operator@demo.example"),
            ("approved", "manager@demo.example"),
            ("reopened", "manager@demo.example"),
        ]
        assert not SiteDay.objects.filter(date__gte=NOW.date()).exists()

    def test_lets_an_earlier_day_be_corrected_once_it_is_opened_again(self) -> None:
        reopened = SiteDay.objects.select_related("site").get(status="reopened")
        record = ReceivedMaterial.objects.filter(site=reopened.site, date=reopened.date).first()
        assert record is not None
        operator = User.objects.get(email="operator@demo.example")

        outcome = operations.update(
            module=RECEIVED,
            record_id=record.pk,
            values={"notes": "corrected"},
            by=operator,
            source=Source.PAGE,
            confirmed=True,
        )

        assert outcome.record.notes == "corrected"

    def test_refuses_not_a_single_row(self) -> None:
        assert not Batch.objects.exclude(rows_refused=0, rows_known=0).exists()

    def test_is_the_same_whenever_it_is_made_for_the_same_days(self) -> None:
        site = Site.objects.get(code="YARD-NORTH")
        (face,) = (face for face in places.SITES if face.code == site.code)

        first, second = (list(SitePlan(face, site, now=NOW).days()) for _ in range(2))

        assert first == second

    def test_has_tickets_of_all_kinds_none_of_them_later_than_now(self) -> None:
        tickets = ReceivedMaterial.objects.exclude(ticket_no="")

        assert set(tickets.values_list("load_state", flat=True)) == {"complete", "cancelled"}
        assert set(tickets.values_list("tare_source", flat=True)) == {"weighed", "stored", "manual"}
        assert not tickets.filter(time__gt=timezone.now()).exists()

    def test_a_second_time_keeps_what_was_entered_and_adds_nothing(self) -> None:
        operator = User.objects.get(email="operator@demo.example")
        lines = ReceivedMaterial.objects.filter(site__code="YARD-NORTH", load_state="")
        record = lines.latest()
        operations.update(
            module=RECEIVED,
            record_id=record.pk,
            values={"qty_ton": "1.5", "loads": ""},
            by=operator,
            source=Source.PAGE,
            confirmed=True,
        )
        gone = ReceivedMaterial.objects.filter(site__code="YARD-EAST").latest()
        operations.delete(module=RECEIVED, record_id=gone.pk, by=operator, source=Source.PAGE, confirmed=True)
        Site.objects.filter(code="QUARRY-1").update(name="Renamed")
        Membership.objects.filter(user__email="viewer@demo.example").delete()
        before = ReceivedMaterial.objects.count()

        load()

        assert ReceivedMaterial.objects.count() == before
        record.refresh_from_db()
        assert str(record.qty_ton) == "1.500"
        assert Site.objects.get(code="QUARRY-1").name == "Renamed"
        assert not Membership.objects.filter(user__email="viewer@demo.example").exists()

    def test_a_second_time_with_another_password_tells_the_one_that_opens(self) -> None:
        load("second-password")

        assert User.objects.get(email="admin@demo.example").check_password("second-password")

    def test_makes_up_a_password_where_none_is_given(self) -> None:
        output = load("")

        made_up = output.splitlines()[0].split()[-1]
        assert User.objects.get(email="viewer@demo.example").check_password(made_up)


class TestSitePlan:
    def test_has_days_that_could_be_real(self) -> None:
        for face in places.SITES:
            site = Site(code=face.code, timezone=face.timezone, day_starts_at=face.day_starts_at)
            plan = SitePlan(face, site, now=NOW)

            _opening, *by_day = plan.days()

            sundays = [day for day in by_day if day.date.weekday() == 6]
            broken = [line for day in by_day for line in day.equipment if line["status"] == "breakdown"]
            first_week, last_week = by_day[:7], by_day[-14:-7]
            assert not any(day.dispatch or day.equipment or day.manpower for day in sundays)
            assert not any(day.received for day in by_day if day.date == plan.holiday)
            assert broken
            assert sum(len(day.received) for day in first_week) < sum(len(day.received) for day in last_week)

    @pytest.mark.parametrize("hour", [0, 3, 9, 15, 23])
    def test_has_a_part_of_today_at_any_hour_of_any_weekday(self, hour: int) -> None:
        for face in places.SITES:
            site = Site(code=face.code, timezone=face.timezone, day_starts_at=face.day_starts_at)
            for day in range(1, 8):
                now = dt.datetime(2026, 3, day, hour, tzinfo=dt.UTC)

                *_past, today = SitePlan(face, site, now=now).days()

                assert today.date == site.operating_date(now)
                assert today.received
                assert today.production

    def test_fills_today_as_it_goes_on(self) -> None:
        (face,) = (face for face in places.SITES if face.code == "YARD-NORTH")
        site = Site(code=face.code, timezone=face.timezone)

        loads = []
        for hour in (6, 10, 14, 18):
            now = dt.datetime(2026, 3, 3, hour, tzinfo=dt.UTC)
            *_past, today = SitePlan(face, site, now=now).days()
            loads.append(len(today.received))

        assert loads == sorted(loads)
        assert loads[0] < loads[-1]
