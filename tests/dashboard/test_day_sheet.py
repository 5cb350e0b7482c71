"""The day sheet: where it leads, what it offers to begin from, and what its lines are answered."""

import datetime as dt
import json
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING
from unittest import mock

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dashboard.day_sheet.habits import LOOKED_AT
from manpower.models import ManpowerLog
from production.models import Production
from received.models import ReceivedMaterial
from records import operations, registry
from records.choices import Source
from records.models import operation_writes
from sites.models import EntryMode, Membership, Site
from tests.dashboard.case import ONE_DAY, TODAY, DashboardCase
from tests.factories import make_machine, make_material, make_member, make_role, make_submitted_day

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

SHEET = "/day/YARD-NORTH/2026-03-02/"
SCRIPT = {"Accept": "application/json"}


class SheetCase(DashboardCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(self.people.alice)

    def enter(self, slug: str, typed: dict[str, object], date: dt.date = TODAY) -> int:
        made = operations.create(
            module=registry.module(slug),
            values={**typed, "date": date.isoformat()},
            site=self.site,
            by=self.people.alice,
            source=Source.PAGE,
            confirmed=True,
        )
        record_id: int = made.record.pk
        return record_id

    def sheet(self, **query: str) -> "Response":
        return self.client.get(SHEET, query)

    def offers(self) -> dict[str, dict[str, object]]:
        """Return what the page's scripts are given to offer."""
        page = self.sheet().content.decode()
        offers: dict[str, dict[str, object]] = json.loads(
            page.split('id="sheet-offers" type="application/json">')[1].split("</script>")[0]
        )
        return offers


class TestQueries(SheetCase):
    def queries(self) -> list[str]:
        """Return the queries of the sheet, once everything is compiled."""
        self.sheet()
        with CaptureQueriesContext(connection) as queries:
            assert self.sheet().status_code == HTTPStatus.OK
        return [query["sql"] for query in queries]

    def test_totals_of_all_modules_take_one(self) -> None:
        counted = [sql for sql in self.queries() if "GROUP BY" in sql and "records_siteday" not in sql]

        assert len(counted) == 1

    def test_modules_that_the_site_does_not_use_take_their_records_and_one_for_all(self) -> None:
        others = [sql for sql in self.queries() if '"downtime_' in sql or '"readings_' in sql]

        # The records of both, the totals, and what the site uses.
        assert len(others) == 4

    def test_a_closed_day_is_not_checked_for_what_the_site_uses(self) -> None:
        make_submitted_day(self.site, TODAY, by=self.people.alice)

        assert not [sql for sql in self.queries() if "EXISTS" in sql and "telematics" in sql]

    def test_confirmed_warnings_take_none_of_their_own(self) -> None:
        number = len(self.queries())
        made = self.enter("manpower", {"role": make_role().code, "headcount": "3", "hours": "8"})
        with operation_writes():
            ManpowerLog.objects.filter(pk=made).update(confirmed_warnings=["Is it so many?"])

        assert len(self.queries()) == number
        self.assertContains(self.sheet(), "Is it so many?")


class TestUsualEntries(SheetCase):
    def test_a_change_makes_only_its_own_module_read_again_what_is_usual(self) -> None:
        self.sheet()
        self.enter("manpower", {"role": make_role().code, "headcount": "3", "hours": "8"})

        with CaptureQueriesContext(connection) as queries:
            self.sheet()

        usual = [query["sql"] for query in queries if f"LIMIT {LOOKED_AT}" in query["sql"]]
        assert len(usual) == 1
        assert 'FROM "manpower_' in usual[0]

    def test_a_line_that_is_deleted_is_not_offered_to_copy(self) -> None:
        sold: dict[str, object] = {"material": "G1", "operation": "MAKE", "qty_ton": "5"}
        first = self.enter("dispatch", sold, TODAY - ONE_DAY)
        self.enter("dispatch", sold, TODAY - ONE_DAY)
        assert len(self.offers()["dispatch"]["copies"]) == 2  # type: ignore[arg-type]  # a list

        operations.delete(
            module=registry.module("dispatch"), record_id=first, by=self.people.alice, source=Source.PAGE
        )

        assert len(self.offers()["dispatch"]["copies"]) == 1  # type: ignore[arg-type]  # a list


class TestSiteThatTakesLoadsAlone(SheetCase):
    def setUp(self) -> None:
        super().setUp()
        self.load = self.enter(
            "received", {"material": "DEBRIS", "qty_ton": "21.5", "load_state": "complete"}
        )
        Site.objects.filter(pk=self.site.pk).update(received_as=EntryMode.LOADS)

    def grid(self, slug: str) -> str:
        """Return the grid of a module as the page has it."""
        page = self.sheet().content.decode()
        return page.split(f'<section id="{slug}"')[1].split("</section>")[0]

    def test_shows_its_loads_and_a_link_to_the_gate_without_an_empty_line(self) -> None:
        grid = self.grid("received")

        assert f'data-record="{self.load}"' in grid
        assert 'href="/gate/?site=YARD-NORTH"' in grid
        assert 'id="received-new-0"' not in grid
        assert "data-copy" not in grid

    def test_names_the_gate_where_there_is_no_load_yet(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(dispatch_as=EntryMode.LOADS)

        assert "This site enters each load at the gate." in self.grid("dispatch")

    def test_has_an_empty_line_in_its_other_grids(self) -> None:
        grid = self.grid("production")

        assert 'id="production-new-0"' in grid
        assert "/gate/" not in grid


class TestWay(SheetCase):
    def test_leads_to_today_of_the_site_one_looks_at(self) -> None:
        self.assertRedirects(self.client.get("/day/?site=YARD-NORTH"), SHEET)

    def test_asks_which_site_where_there_are_several(self) -> None:
        self.client.force_login(self.people.ada)

        answer = self.client.get("/day/?site=all")

        self.assertContains(answer, 'href="?site=QUARRY-1"')

    def test_follows_the_site_switch_and_the_choice_of_a_date(self) -> None:
        self.client.force_login(make_member(self.site, self.people.other_site))

        other = self.sheet(site="QUARRY-1")
        date = self.sheet(date="2026-02-27")
        every = self.sheet(site="all")

        assert other["Location"] == "/day/QUARRY-1/2026-03-02/"
        assert date["Location"] == "/day/YARD-NORTH/2026-02-27/"
        assert every["Location"] == "/day/?site=all"

    def test_leads_from_the_address_of_a_refused_line_to_the_day_that_is_chosen_there(self) -> None:
        record_id = self.enter("received", {"material": "DEBRIS", "qty_ton": "10"})

        for line in ("received/", f"received/{record_id}/", f"received/{record_id}/delete/"):
            refused = self.client.post(f"{SHEET}{line}", {"qty_ton": "none"})
            assert refused.status_code in (409, 422), line

            answer = self.client.get(f"{SHEET}{line}", {"date": "2026-02-27"}, follow=True)

            assert answer.redirect_chain[-1] == ("/day/YARD-NORTH/2026-02-27/", 302)

    def test_says_what_is_no_date_and_stays(self) -> None:
        answer = self.client.get(SHEET, {"date": "12/01/2026"}, follow=True)

        self.assertContains(answer, "Enter a date as year-month-day")

    def test_does_not_show_of_another_site(self) -> None:
        self.assertNotContains(self.sheet(site="QUARRY-1"), "QUARRY-1", status_code=404)

    def test_has_no_room_for_what_is_to_come(self) -> None:
        answer = self.client.get(f"/day/YARD-NORTH/{TODAY + ONE_DAY}/")

        self.assertContains(answer, "This day has not begun yet.")
        self.assertNotContains(answer, "data-cell")

    def test_knows_no_module_that_is_none(self) -> None:
        answer = self.client.post(f"{SHEET}moon/", headers=SCRIPT)

        assert (answer.status_code, answer.json()) == (404, {"state": "gone"})


class TestOffers(SheetCase):
    def test_copies_no_loads(self) -> None:
        sold = {"material": "G1", "operation": "MAKE", "qty_ton": "5", "owner": "Harbour quay"}
        self.enter("dispatch", {**sold}, TODAY - ONE_DAY)
        self.enter("dispatch", {**sold, "owner": "Mill", "ticket_no": "417"}, TODAY - ONE_DAY)

        material, operation = str(self.g1.pk), str(self.making.pk)
        assert self.offers()["dispatch"]["copies"] == [
            {"material": material, "operation": operation, "owner": "Harbour quay"}
        ]

    def test_copies_the_last_day_that_had_lines_without_quantities_and_notes(self) -> None:
        sold = {"material": "G1", "operation": "MAKE", "qty_ton": "5", "owner": "Harbour quay"}
        self.enter("dispatch", {**sold, "reference": "DN-1", "notes": "wet"}, TODAY - 2 * ONE_DAY)

        copies = self.offers()["dispatch"]["copies"]
        page = self.sheet(copy="dispatch")

        material, operation = str(self.g1.pk), str(self.making.pk)
        assert copies == [{"material": material, "operation": operation, "owner": "Harbour quay"}]
        self.assertContains(page, 'class="line line--offered"')
        self.assertContains(self.sheet(), "Copy the lines of Saturday 28 Feb")

    def test_has_a_line_for_each_machine_and_role_as_it_was_the_day_before(self) -> None:
        crusher, loader = make_machine(self.site, code="C1"), make_machine(self.site, code="L1")
        driver = make_role(code="DRIVER")
        ran = {"equipment": "C1", "shift": "night", "hours": "5", "count": "2"}
        self.enter("equipment", {**ran}, TODAY - ONE_DAY)
        self.enter("equipment", {"equipment": "L1", "hours": "7"})

        page = self.sheet().content.decode()

        offered = page.split('id="equipment-offered-0"')[1].split("</tbody>")[0]
        assert f'value="{crusher.pk}" selected' in offered
        assert 'value="night" selected' in offered
        assert 'value="2"' in offered
        assert 'id="equipment-offered-1"' not in page
        assert f'value="{loader.pk}" selected' not in offered
        people = page.split('id="manpower-offered-0"')[1].split("</tbody>")[0]
        assert f'value="{driver.pk}" selected' in people
        assert 'value="8.00"' in people

    def test_completes_from_what_the_site_used_and_never_a_delivery_note(self) -> None:
        sold = {"material": "G1", "operation": "MAKE", "qty_ton": "5", "owner": "Harbour quay"}
        self.enter("dispatch", {**sold, "reference": "DN-1"})

        assert self.offers()["dispatch"]["completed"] == {"owner": ["Harbour quay"]}

    def test_keeps_from_the_line_above_all_but_what_tells_the_lines_apart(self) -> None:
        kept = {grid.slug: grid.kept for grid in self.sheet().context["sheet"].grids}

        assert kept == {
            "production": "shift operation",
            "received": "material",
            "dispatch": "material operation owner",
            "equipment": "shift",
            "manpower": "shift hours",
            "inventory": "",
        }


class TestLines(SheetCase):
    def test_say_what_was_made_of_loads(self) -> None:
        make_material(code="RUBBLE", name="Rubble", tons_per_load="18")

        answer = self.client.post(f"{SHEET}received/", {"material": "RUBBLE", "loads": "3"}, headers=SCRIPT)

        shown = answer.json()
        assert (shown["values"]["qty_ton"], shown["estimates"]["qty_ton"]) == ("", "≈ 54.00")
        assert "54.00" in shown["parts"]["totals-received"]
        assert "Rubble" in shown["parts"]["stock-of-day"]

    def test_say_what_is_derived(self) -> None:
        make_machine(self.site, code="C1")

        answer = self.client.post(
            f"{SHEET}equipment/", {"equipment": "C1", "hours": "2.5", "count": "3"}, headers=SCRIPT
        )

        assert answer.json()["derived"] == {"machine_hours": "7.50"}

    def test_of_a_closed_day_show_nothing_for_a_choice_that_was_left_open(self) -> None:
        self.enter("production", {"material": "G1", "operation": "MAKE", "qty_ton": "5"})
        make_submitted_day(self.site, TODAY, by=self.people.alice)

        page = self.sheet()

        self.assertContains(page, "5.00")
        self.assertNotContains(page, "Whole day")

    def test_name_what_is_chosen_no_more_where_a_record_has_it(self) -> None:
        self.receive("5")
        self.debris.is_active = False
        self.debris.save()

        page = self.sheet()

        self.assertContains(page, f'<option value="{self.debris.pk}" selected>Debris</option>', html=False)

    def test_ask_once_about_what_is_unusual_and_keep_what_was_confirmed(self) -> None:
        line = {"material": "G1", "operation": "MAKE", "qty_ton": "5", "submission_key": "k"}
        response = self.client.post(f"{SHEET}dispatch/", line, headers=SCRIPT).json()

        saved = self.client.post(
            f"{SHEET}dispatch/", {**line, "confirmed": response["confirmation"]}, headers=SCRIPT
        ).json()

        assert (response["state"], saved["state"]) == ("asks", "saved")
        assert "Not enough G1" in response["messages"][0]

    def test_sent_again_after_they_were_deleted_make_nothing_new(self) -> None:
        line = {"material": "DEBRIS", "qty_ton": "5", "submission_key": "k"}
        first = self.client.post(f"{SHEET}received/", line, headers=SCRIPT).json()
        self.client.post(f"{SHEET}received/{first['id']}/delete/", {"version": 1}, headers=SCRIPT)

        again = self.client.post(f"{SHEET}received/", line, headers=SCRIPT).json()

        assert again["state"] == "gone"
        assert ReceivedMaterial.objects.count() == 0

    def test_under_a_key_that_stated_something_else_are_to_be_looked_at(self) -> None:
        line = {"material": "DEBRIS", "qty_ton": "5", "submission_key": "k"}
        self.client.post(f"{SHEET}received/", line, headers=SCRIPT)

        answer = self.client.post(f"{SHEET}received/", {**line, "qty_ton": "6"}, headers=SCRIPT)

        assert (answer.status_code, answer.json()["state"]) == (409, "doubtful")

    def test_take_no_nonsense_for_pasted_lines(self) -> None:
        for lines in ("", "no", "7", '{"a": 1}'):
            answer = self.client.post(f"{SHEET}production/check/", {"lines": lines}, headers=SCRIPT)

            assert answer.json()["lines"] == []
        assert Production.objects.count() == 0


class TestSelectedLines(SheetCase):
    def post(self, address: str, **sent: str) -> "Response":
        return self.client.post(f"/day/sites/{self.site.pk}/2026-03-02/{address}", sent, headers=SCRIPT)

    def test_are_refused_where_they_are_too_many_or_none(self) -> None:
        too_many = json.dumps(dict.fromkeys(range(1, 502), 1))
        for rows in (too_many, "", "[]", '{"1": Infinity}', '{"%s": 1}' % ("9" * 30), "[" * 100_000):
            answer = self.post("received/selection/", rows=rows)

            assert (answer.status_code, answer.json()["state"]) == (409, "refused")

    def test_are_named_where_others_could_be_changed(self) -> None:
        line = {"material": self.debris.pk, "qty_ton": "5"}
        keys = [
            self.client.post(f"{SHEET}received/", {**line, "source": source}, headers=SCRIPT).json()["id"]
            for source in ("Quay", "City")
        ]

        answer = self.post(
            "received/selection/", rows=json.dumps({keys[0]: 1, keys[1]: 9}), field="notes", value="wet"
        )
        refused = self.post(
            "received/selection/", rows=json.dumps(dict.fromkeys(keys, 1)), field="qty_ton", value="no"
        )

        messages = answer.json()["messages"]
        assert messages[0] == "Nothing has been changed."
        assert "City" in messages[1]
        assert "Quay" not in messages[1]
        assert refused.json()["messages"][1:] == ["Tons: “no” is not a number."]

    def test_are_not_undone_in_too_large_numbers(self) -> None:
        for acts in (f"{self.site.pk}.1-5000", f"{self.site.pk}.9-1", ",".join([f"{self.site.pk}.1"] * 1001)):
            answer = self.post("undo/", acts=acts)

            assert (answer.status_code, answer.json()["state"]) == (409, "refused")

    def test_get_a_response_each_also_where_the_role_ends_between_two(self) -> None:
        line = {"material": self.debris.pk, "qty_ton": "5"}

        def end_role(*_args: object) -> dict[str, object]:
            Membership.objects.all().delete()
            return {"state": "saved"}

        with mock.patch("dashboard.day_sheet.saving.saved_response", end_role):
            answer = self.post("received/many/", lines=json.dumps([line, line]))

        assert answer.status_code == 200
        assert [each["state"] for each in answer.json()["responses"]] == ["saved", "forbidden"]
        assert answer.json()["responses"][1]["messages"] == [
            "You no longer have access to the site of this line."
        ]
        assert ReceivedMaterial.objects.count() == 1

    def test_may_hold_half_a_character(self) -> None:
        line = json.dumps([{"material": self.debris.pk, "qty_ton": "5", "notes": "half \ud800"}])

        answer = self.post("received/many/", lines=line)

        assert answer.json()["responses"][0]["state"] == "saved"
        assert ReceivedMaterial.objects.get().notes == "half ?"


class TestCells(SheetCase):
    def test_hold_what_was_typed_as_text_whatever_it_reads_like(self) -> None:
        typed = f"a data-cell onfocus=alert(1) {'x' * 100}"
        values = {"material": self.debris.pk, "qty_ton": "5", "source": typed}

        page = self.client.post(f"{SHEET}received/", values)

        self.assertContains(page, f'value="{typed}"', status_code=422)


class TestNumbers(SheetCase):
    def setUp(self) -> None:
        super().setUp()
        self.site.decimal_mark = ","
        self.site.save()
        self.material = make_material()

    def save(self, tons: str) -> "Response":
        values = {"material": self.material.pk, "qty_ton": tons, "submission_key": tons}
        return self.client.post(f"{SHEET}received/", values, headers=SCRIPT)

    def test_are_read_and_shown_with_the_decimal_mark_of_the_site(self) -> None:
        values = self.save("1.234,567").json()["values"]

        assert values["qty_ton"] == "1234,567"
        assert ReceivedMaterial.objects.get().qty_ton == Decimal("1234.567")

    def test_with_two_readings_are_requested_about(self) -> None:
        answer = self.save("1.234")

        assert answer.json()["state"] == "refused"
        assert "do you mean 1234 or 1,234?" in answer.json()["messages"][0]
        assert not ReceivedMaterial.objects.exists()

    def test_of_the_edit_page_are_saved_as_they_are_shown(self) -> None:
        key = self.enter("received", {"material": self.material.pk, "qty_ton": "1,234"})

        page = self.client.get(reverse("received:edit", args=[key]))

        self.assertContains(page, 'value="1,234"')


class TestWorker(SheetCase):
    def test_comes_from_the_root_for_anybody(self) -> None:
        self.client.logout()

        answer = self.client.get("/service-worker.js")

        assert answer["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer["Cache-Control"] == "no-cache"
        self.assertContains(answer, "deskops-pages")

    def test_is_shown_whose_page_it_keeps(self) -> None:
        assert self.sheet()["X-Person"] == str(self.people.alice.pk)
        assert "private" in self.sheet()["Cache-Control"]

    def test_renews_what_a_script_proves_itself_with(self) -> None:
        answer = self.client.get(reverse("day:who"), headers=SCRIPT)

        assert answer.json() == {"person": self.people.alice.pk}
        assert settings.CSRF_COOKIE_NAME in answer.cookies
