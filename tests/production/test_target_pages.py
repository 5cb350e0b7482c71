"""The page of the targets: who reads it, who sets them, and what it says."""

import datetime as dt
from decimal import Decimal
from unittest import mock

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from production.models import Target
from sites.models import Material, Site, User
from tests.factories import (
    People,
    make_material,
    make_member,
    make_operation,
    make_people,
    make_production,
    make_site,
    make_target,
)

PAGE = "/production/targets/?site=YARD-NORTH"
ONE_DAY = dt.timedelta(days=1)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


class TargetPagesTestCase(TestCase):
    people: People
    site: Site
    g1: Material

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = make_people()
        cls.site = cls.people.site
        cls.g1 = make_material(code="G1", name="Gravel")

    def sent(self, **changes: object) -> dict[str, object]:
        return {"material": "", "tons_per_day": "120.5", "valid_from": "2026-03-02", **changes}


class TestPage(TargetPagesTestCase):
    def test_shows_current_future_and_past_targets(self) -> None:
        today = self.site.today()
        make_target(self.site, "80", since=today - 40 * ONE_DAY)
        make_target(self.site, "90", since=today - 20 * ONE_DAY)
        make_target(self.site, "0", since=today + 20 * ONE_DAY)
        make_target(self.site, "33", since=today, material=self.g1)

        context = signed_in(self.people.victor).get(PAGE).context

        state = [(str(line.target.tons_per_day), line.is_in_force, line.until) for line in context["current"]]
        assert state == [
            ("90.000", True, today + 19 * ONE_DAY),
            ("0.000", False, None),
            ("33.000", True, None),
        ]
        assert [str(line.target.tons_per_day) for line in context["past"]] == ["80.000"]

    def test_shows_the_month_to_date_with_a_link_to_its_records(self) -> None:
        now = dt.datetime(2026, 3, 12, 10, tzinfo=dt.UTC)
        with mock.patch.object(timezone, "now", return_value=now):
            make_production(
                self.site, self.g1, make_operation(), by=self.people.alice, date=now.date(), tons="12.5"
            )

            page = signed_in(self.people.victor).get(PAGE).content.decode()

        assert "12.50 t of it today so far" in page
        assert "?site=YARD-NORTH&amp;from=2026-03-01&amp;to=2026-03-12&amp;counts_as=output" in page

    def test_shows_the_month_of_another_date(self) -> None:
        make_target(self.site, "100", since=dt.date(2026, 3, 1))

        page = signed_in(self.people.victor).get(f"{PAGE}&date=2026-03-31").content.decode()

        assert "Made in March 2026" in page
        assert "26 of 26 working days are over" in page
        assert "March ends at <strong>0.00 t</strong> of 2,600.00 t, 0 %" in page

    def test_holds_a_material_against_its_own_target(self) -> None:
        g2 = make_material(code="G2", name="Sand")
        make_target(self.site, "100", since=dt.date(2026, 3, 1))
        make_target(self.site, "10", since=dt.date(2026, 3, 1), material=self.g1)
        date, by = dt.date(2026, 3, 2), self.people.alice
        for material, tons in ((self.g1, "130"), (g2, "520")):
            make_production(self.site, material, make_operation(), by=by, date=date, tons=tons)

        answer = signed_in(self.people.victor).get(f"{PAGE}&date=2026-03-31")

        assert [line.month.percent for line in answer.context["current"]] == [25, 50]
        self.assertContains(answer, "650.00 of 2,600.00 t due")
        self.assertContains(answer, "130.00 of 260.00 t due")

    def test_lets_managers_alone_set_targets(self) -> None:
        make_target(self.site, "90", since=dt.date(2026, 1, 1))
        for person, may in (("victor", False), ("alice", False), ("mona", True), ("ada", True)):
            with self.subTest(person):
                client = signed_in(getattr(self.people, person))

                page = client.get(PAGE).content.decode().split("<main")[1]
                answer = client.post(PAGE, self.sent(valid_from=f"2026-02-0{len(person)}"))

                assert ('name="tons_per_day"' in page, "/remove/" in page) == (may, may)
                assert answer.status_code == (302 if may else 403)

    def test_of_another_site_does_not_exist(self) -> None:
        client = signed_in(self.people.oscar)

        for answer in (client.get(PAGE), client.post(PAGE, self.sent())):
            assert answer.status_code == 404
            assert b"YARD-NORTH" not in answer.content

    def test_of_several_sites_shows_current_targets(self) -> None:
        other = make_site(code="YARD-SOUTH", name="South yard")
        both = make_member(self.site, other)
        make_target(self.site, "80", since=dt.date(2026, 1, 1))
        make_target(self.site, "90", since=dt.date(2026, 2, 1))
        make_target(other, "70", since=dt.date(2026, 2, 1))
        make_target(other, "0", since=dt.date(2026, 2, 1), material=self.g1)
        make_target(self.people.other_site, "66", since=dt.date(2026, 2, 1))

        answer = signed_in(both).get("/production/targets/?site=all")

        assert [str(line.target.tons_per_day) for line in answer.context["current"]] == ["90.000", "70.000"]
        assert answer.context["form"] is None

    def test_takes_as_many_queries_for_one_target_as_for_many(self) -> None:
        client = signed_in(self.people.mona)
        make_target(self.site, "80", since=dt.date(2026, 1, 1), material=self.g1)
        client.get(PAGE)
        with CaptureQueriesContext(connection) as one:
            client.get(PAGE)
        for day in range(2, 20):
            make_target(self.site, "80", since=dt.date(2026, 1, day), material=self.g1)

        with self.assertNumQueries(len(one)):
            client.get(PAGE)


class TestSetting(TargetPagesTestCase):
    def test_stores_a_target_and_confirms_it(self) -> None:
        answer = signed_in(self.people.mona).post(PAGE, self.sent(material=self.g1.pk), follow=True)

        target = Target.objects.get()
        assert (target.site, target.material, target.tons_per_day) == (self.site, self.g1, Decimal("120.500"))
        assert "Set. Gravel: 120.50 t per working day from 2 March 2026 on." in answer.content.decode()

    def test_tells_what_is_wrong(self) -> None:
        make_target(self.site, "90", since=dt.date(2026, 3, 2))
        debris = make_material(is_final=False)
        refusals: dict[str, dict[str, object]] = {
            "__all__": {},
            "tons_per_day": {"tons_per_day": "-1"},
            "material": {"material": debris.pk},
            "valid_from": {"valid_from": "2026-02-30"},
        }
        for field, changes in refusals.items():
            with self.subTest(field):
                answer = signed_in(self.people.mona).post(PAGE, self.sent(**changes))

                assert answer.status_code == 422
                assert set(answer.context["form"].errors) == {field}
        assert Target.objects.count() == 1

    def test_needs_one_site(self) -> None:
        answer = signed_in(self.people.ada).post("/production/targets/?site=all", self.sent())

        assert answer.status_code == 404

    def test_offers_products_that_are_in_use(self) -> None:
        make_material(code="OLD", is_active=False)
        make_material(code="DEBRIS", is_final=False)

        form = signed_in(self.people.mona).get(PAGE).context["form"]

        assert list(form.fields["material"].queryset) == [self.g1]

    def test_of_nothing_ends_the_target_before(self) -> None:
        answer = signed_in(self.people.mona).post(PAGE, self.sent(tons_per_day="0"), follow=True)

        assert "Set. The whole site: no target from 2 March 2026 on." in answer.content.decode()


class TestCorrecting(TargetPagesTestCase):
    def test_changes_the_target_itself(self) -> None:
        target = make_target(self.site, "90", since=dt.date(2026, 3, 2))
        address = reverse("production:edit_target", args=[target.pk])

        mona = signed_in(self.people.mona)

        answer = mona.post(address, self.sent(tons_per_day="95"))

        target.refresh_from_db()
        shown = mona.get(PAGE)
        assert answer["Location"] == PAGE
        assert target.tons_per_day == Decimal(95)
        self.assertContains(shown, "Corrected. The whole site: 95.00 t")

    def test_keeps_a_material_that_is_no_longer_offered(self) -> None:
        target = make_target(self.site, "90", since=dt.date(2026, 3, 2), material=self.g1)
        Material.objects.update(is_active=False)
        address = reverse("production:edit_target", args=[target.pk])

        answer = signed_in(self.people.mona).post(address, self.sent(material=self.g1.pk))

        assert answer.status_code == 302

    def test_rejects_the_date_of_another_target(self) -> None:
        make_target(self.site, "80", since=dt.date(2026, 1, 1))
        target = make_target(self.site, "90", since=dt.date(2026, 3, 2))
        address = reverse("production:edit_target", args=[target.pk])

        answer = signed_in(self.people.mona).post(address, self.sent(valid_from="2026-01-01"))

        assert answer.status_code == 422
        assert "The whole site has a target from this date on already." in answer.content.decode()


class TestRemoving(TargetPagesTestCase):
    def test_needs_a_confirmation(self) -> None:
        target = make_target(self.site, "90", since=dt.date(2026, 3, 2))
        address = reverse("production:remove_target", args=[target.pk])
        client = signed_in(self.people.mona)

        requested = client.get(address)
        removed = client.post(address)

        assert "as if it had never been set" in requested.content.decode()
        assert removed["Location"] == PAGE
        assert not Target.objects.exists()

    def test_is_for_managers_of_the_site(self) -> None:
        target = make_target(self.site, "90", since=dt.date(2026, 3, 2))
        for person, status in (("victor", 403), ("alice", 403), ("oscar", 404)):
            for name in ("production:edit_target", "production:remove_target"):
                with self.subTest(person=person, name=name):
                    client = signed_in(getattr(self.people, person))

                    answer = client.post(reverse(name, args=[target.pk]), self.sent())

                    assert answer.status_code == status
        assert Target.objects.count() == 1


class TestHistory(TargetPagesTestCase):
    def test_shows_who_set_and_changed_what(self) -> None:
        client = signed_in(self.people.mona)
        client.post(PAGE, self.sent())
        address = reverse("production:edit_target", args=[Target.objects.get().pk])
        client.post(address, self.sent(tons_per_day="95"))

        page = signed_in(self.people.victor).get("/production/targets/history/?site=YARD-NORTH")

        text = page.content.decode()
        assert "120.500" in text
        assert "<strong>95.000</strong>" in text
        assert text.count("Mona") == 2

    def test_reads_the_names_of_materials_at_once(self) -> None:
        client = signed_in(self.people.mona)
        address = "/production/targets/history/?site=YARD-NORTH"
        make_target(self.site, "80", since=dt.date(2026, 1, 1), material=self.g1)
        client.get(address)
        with CaptureQueriesContext(connection) as one:
            client.get(address)
        for day in range(2, 10):
            make_target(self.site, "80", since=dt.date(2026, 1, day), material=make_material())

        with self.assertNumQueries(len(one)):
            client.get(address)

    def test_outlives_a_material(self) -> None:
        target = make_target(self.site, "80", since=dt.date(2026, 1, 1), material=self.g1)
        target.delete()
        self.g1.delete()

        page = signed_in(self.people.mona).get("/production/targets/history/?site=YARD-NORTH")

        assert "–: 80.00 t per working day" in page.content.decode()


class TestAdmin(TargetPagesTestCase):
    def test_keeps_the_same_rules(self) -> None:
        make_target(self.site, "90", since=dt.date(2026, 3, 2))
        address = reverse("admin:production_target_add")
        client = signed_in(self.people.ada)

        twice = client.post(address, self.sent(site=self.site.pk))
        below = client.post(address, self.sent(site=self.site.pk, tons_per_day="-1"))
        other = client.post(address, self.sent(site=self.site.pk, valid_from="2026-03-03"))

        assert "The whole site has a target from this date on already." in twice.content.decode()
        assert "A target is at least 0" in below.content.decode()
        assert other.status_code == 302


class TestTheWayThere(TargetPagesTestCase):
    def test_begins_at_the_list_of_production_for_everybody(self) -> None:
        page = signed_in(self.people.victor).get("/production/?site=YARD-NORTH").content.decode()

        assert f'href="{PAGE}"' in page.split("<main")[1]

    def test_is_in_the_menu_of_managers(self) -> None:
        for person, is_led in (("victor", False), ("alice", False), ("mona", True), ("ada", True)):
            with self.subTest(person):
                page = signed_in(getattr(self.people, person)).get("/shortcuts/").content.decode()

                assert ('href="/production/targets/' in page) is is_led
