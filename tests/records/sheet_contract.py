"""The day sheet of every record module: its grid, and its rows saved one by one."""

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from records.models import DailyRecord
from records.module import RecordModule
from sites.models import User
from tests.factories import People, make_submitted_day

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

SHEET = "/day/YARD-NORTH/2026-03-02/"
SCRIPT = {"Accept": "application/json"}


class SheetContract[R: DailyRecord](TestCase):
    """Lines × roles × other site × closed day, as a script sends them and as a form does."""

    __test__ = False

    module: RecordModule[R]
    people: People
    record: R

    def values(self, number: int = 0) -> dict[str, object]:
        raise NotImplementedError

    def make(self, number: int, *, user: User | None = None, key: str = "") -> R:
        raise NotImplementedError

    def as_(self, user: User) -> Client:
        raise NotImplementedError

    def count(self) -> int:
        raise NotImplementedError

    def line(self, number: int, **more: object) -> dict[str, object]:
        """Return what a line of the sheet sends; its date is that of the sheet."""
        return {**self.values(number), **more, "date": "2020-01-01"}

    def send(self, user: User, values: dict[str, object], *, to: str = "") -> "Response":
        return self.as_(user).post(f"{SHEET}{self.module.slug}/{to}", values, headers=SCRIPT)

    def stored(self) -> R:
        found: R = self.module.model._default_manager.get(pk=self.record.pk)
        return found

    # --- the grid

    def test_the_sheet_has_a_grid_with_a_line_for_each_record_and_room_for_one(self) -> None:
        answer = self.as_(self.people.alice).get(SHEET)

        self.assertContains(answer, f'id="{self.module.slug}-{self.record.pk}"')
        self.assertContains(answer, f'id="{self.module.slug}-new-0"')
        self.assertContains(answer, f'action="{SHEET}{self.module.slug}/{self.record.pk}/"')

    def test_the_sheet_shows_a_viewer_the_lines_and_takes_nothing(self) -> None:
        answer = self.as_(self.people.victor).get(SHEET)

        self.assertContains(answer, f'id="{self.module.slug}-{self.record.pk}"')
        self.assertNotContains(answer, f'action="{SHEET}{self.module.slug}/')
        self.assertNotContains(answer, "data-cell")

    def test_more_lines_of_the_sheet_cost_no_more_queries(self) -> None:
        alice = self.as_(self.people.alice)
        alice.get(SHEET)  # what a first page remembers is not counted
        with CaptureQueriesContext(connection) as before:
            alice.get(SHEET)
        queries = len(before)
        for number in range(1, 6):
            self.make(number)
        alice.get(SHEET)  # what the site usually enters is read again

        with self.assertNumQueries(queries):
            alice.get(SHEET)

    # --- lines sent by a script

    def test_a_line_of_the_sheet_is_saved_on_the_day_of_the_sheet(self) -> None:
        answer = self.send(self.people.alice, self.line(1, submission_key="k"))

        saved = self.module.model._default_manager.latest("id")
        response = answer.json()
        assert (answer.status_code, response["state"], response["id"]) == (HTTPStatus.OK, "saved", saved.pk)
        assert saved.date.isoformat() == "2026-03-02"
        assert f"totals-{self.module.slug}" in response["parts"]
        assert "2 lines" in " ".join(
            response["parts"][f"totals-{self.module.slug}"]
            .replace("<strong>", "")
            .replace("</strong>", "")
            .split()
        )

    def test_a_line_sent_again_under_its_key_is_saved_once(self) -> None:
        first = self.send(self.people.alice, self.line(1, submission_key="k")).json()

        again = self.send(self.people.alice, self.line(1, submission_key="k")).json()

        assert (again["state"], again["id"]) == ("saved", first["id"])
        assert self.count() == 2

    def test_a_line_is_changed_in_its_place(self) -> None:
        response = self.send(
            self.people.alice, self.line(0, notes="weighed again", version=1), to=f"{self.record.pk}/"
        ).json()

        assert (response["state"], response["version"]) == ("saved", 2)
        assert self.stored().notes == "weighed again"

    def test_a_line_that_somebody_else_changed_is_reported_and_not_overwritten(self) -> None:
        self.send(self.people.mona, self.line(0, notes="Mona's", version=1), to=f"{self.record.pk}/")

        answer = self.send(
            self.people.alice, self.line(0, notes="Alice's", version=1), to=f"{self.record.pk}/"
        )

        response = answer.json()
        assert (answer.status_code, response["state"], response["version"]) == (
            HTTPStatus.CONFLICT,
            "conflict",
            2,
        )
        assert (response["changed_by"], response["values"]["notes"]) == ("Mona", "Mona's")
        assert ["Notes", "Mona's", "Alice's"] in [[row[0].title(), *row[1:]] for row in response["versions"]]
        assert self.stored().notes == "Mona's"

    def test_a_line_is_taken_out(self) -> None:
        response = self.send(self.people.alice, {"version": 1}, to=f"{self.record.pk}/delete/").json()

        assert response["state"] == "deleted"
        assert self.count() == 0

    def test_an_invalid_line_has_its_errors_by_field(self) -> None:
        answer = self.send(self.people.alice, {"notes": "x" * 2001})

        response = answer.json()
        assert (answer.status_code, response["state"]) == (HTTPStatus.UNPROCESSABLE_ENTITY, "refused")
        assert "notes" in response["invalid"]
        assert any(sentence.startswith("Notes: ") for sentence in response["messages"])
        assert self.count() == 1

    def test_pasted_lines_are_previewed_and_not_saved(self) -> None:
        good = {name: str(value) for name, value in self.values(1).items() if name != "date"}
        wrong = {**good, "notes": "x" * 2001}

        answer = self.as_(self.people.alice).post(
            f"{SHEET}{self.module.slug}/check/", {"lines": json.dumps([good, wrong, 7])}, headers=SCRIPT
        )

        assert [row["invalid"][-1:] for row in answer.json()["lines"]][:2] == [[], ["notes"]]
        assert self.count() == 1

    # --- who may

    def test_lines_are_for_those_who_may_write(self) -> None:
        for to in ("", f"{self.record.pk}/", f"{self.record.pk}/delete/", "check/"):
            viewer = self.send(self.people.victor, self.line(1, version=1), to=to)
            stranger = Client().post(f"{SHEET}{self.module.slug}/{to}", headers=SCRIPT)
            form = Client().post(f"{SHEET}{self.module.slug}/{to}")

            assert (viewer.status_code, viewer.json()["state"]) == (HTTPStatus.FORBIDDEN, "forbidden")
            assert (stranger.status_code, stranger.json()) == (
                HTTPStatus.UNAUTHORIZED,
                {"state": "signed-out"},
            )
            assert form.status_code == HTTPStatus.FOUND
        assert self.count() == 1

    def test_lines_of_another_site_do_not_exist(self) -> None:
        oscar = self.as_(self.people.oscar)

        for to in ("", f"{self.record.pk}/", f"{self.record.pk}/delete/", "check/"):
            here = self.send(self.people.oscar, self.line(1, version=1), to=to)
            form = oscar.post(f"{SHEET}{self.module.slug}/{to}", self.line(1, version=1))

            # The same answer as for a site that does not exist.
            assert here.status_code == HTTPStatus.NOT_FOUND
            assert here.json()["messages"] == ["You no longer have access to the site of this line."]
            assert form.status_code == HTTPStatus.NOT_FOUND
            assert b"YARD-NORTH" not in form.content
        at_home = f"/day/QUARRY-1/2026-03-02/{self.module.slug}/{self.record.pk}/"
        assert (
            oscar.post(at_home, self.line(1, version=1), headers=SCRIPT).status_code == HTTPStatus.NOT_FOUND
        )
        assert self.count() == 1

    def test_a_line_typed_by_somebody_else_is_not_saved_in_my_name(self) -> None:
        answer = self.send(self.people.mona, self.line(1, person=self.people.alice.pk))

        assert (answer.status_code, answer.json()) == (HTTPStatus.CONFLICT, {"state": "another-person"})
        assert self.count() == 1

    def test_a_closed_day_takes_no_line(self) -> None:
        make_submitted_day(self.people.site, self.record.date, by=self.people.alice)

        for to in ("", f"{self.record.pk}/", f"{self.record.pk}/delete/"):
            answer = self.send(self.people.alice, self.line(1, version=1), to=to)

            assert (answer.status_code, answer.json()["state"]) == (HTTPStatus.CONFLICT, "closed")
        shown = self.as_(self.people.alice).get(SHEET)
        self.assertContains(shown, "is submitted; its records cannot be changed")
        self.assertNotContains(shown, "data-cell")
        assert self.count() == 1

    # --- without a script

    def test_a_form_saves_its_line_and_leads_back_to_its_grid(self) -> None:
        answer = self.as_(self.people.alice).post(f"{SHEET}{self.module.slug}/", self.line(1))

        assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, f"{SHEET}#{self.module.slug}")
        assert self.count() == 2

    def test_a_rejected_form_shows_the_sheet_with_its_input(self) -> None:
        typed = {"notes": "typed in vain?", "submission_key": "kept"}

        new = self.as_(self.people.alice).post(f"{SHEET}{self.module.slug}/", typed)
        known = self.as_(self.people.alice).post(
            f"{SHEET}{self.module.slug}/{self.record.pk}/",
            {**dict.fromkeys(self.module.form.base_fields, "?"), "version": 1},
        )

        for answer in (new, known):
            self.assertContains(answer, "This line has not been saved", status_code=422)
        self.assertContains(new, "typed in vain?", status_code=422)
        self.assertContains(new, 'name="submission_key" value="kept"', status_code=422)
        self.assertContains(known, 'aria-invalid="true"', status_code=422)

    def test_a_form_that_meets_a_change_shows_both(self) -> None:
        self.send(self.people.mona, self.line(0, notes="Mona's", version=1), to=f"{self.record.pk}/")

        answer = self.as_(self.people.alice).post(
            f"{SHEET}{self.module.slug}/{self.record.pk}/", self.line(0, notes="Alice's", version=1)
        )

        self.assertContains(answer, "Mona changed this line", status_code=409)
        self.assertContains(answer, "Alice&#x27;s", status_code=409)
        self.assertContains(answer, "Save mine", status_code=409)

    def test_the_module_is_reached_from_its_grid(self) -> None:
        answer = self.as_(self.people.victor).get(SHEET)

        path = reverse(f"{self.module.slug}:list")
        self.assertContains(answer, f"{path}?site=YARD-NORTH&amp;from=2026-03-02&amp;to=2026-03-02")
