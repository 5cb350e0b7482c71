"""What every record module has: the same pages, for the same people, with the same responses.

A module's own test names its definition and one valid record; everything else is inherited.
"""

import datetime as dt
import re
from http import HTTPStatus

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from core.form_fields import normalized
from records import operations
from records.choices import Source
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site, User
from tests.factories import make_people, make_submitted_day
from tests.records.completion_contract import FRAGMENT, CompletionContract

DATE = dt.date(2026, 3, 2)
RANGE = "from=2026-03-01&to=2026-03-31"


# How the person's exports stand, in the top bar of every page.
BADGE_QUERIES = 1


def confirmation_in(page: HttpResponse) -> str:
    """Return what confirms the warnings that a page shows; empty for none."""
    found = re.search(r'name="confirmed" value="([^"]*)"', page.content.decode())
    return found[1] if found else ""


class ModuleContract[R: DailyRecord](CompletionContract[R]):
    """Pages × roles × other site × htmx × closed day × query count."""

    # The contract alone is about no module.
    __test__ = False

    module: RecordModule[R]

    # Session, person, sites, people, records, closed days, and two for each choice of master data: one for
    # the quick-entry row, one for the filter.
    list_queries: int

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.__test__ = True

    def values(self, number: int = 0) -> dict[str, object]:
        """Return what a person types for an acceptable record; each number gives another one."""
        raise NotImplementedError

    def values_at(self, site: Site, number: int) -> dict[str, object]:
        """Return the same for a site, where what is typed depends on it."""
        del site
        return self.values(number)

    def setUp(self) -> None:
        self.people = make_people()
        self.record = self.make(0)

    def make(self, number: int, *, user: User | None = None, key: str = "") -> R:
        return operations.create(
            module=self.module,
            values=self.values(number),
            site=self.people.site,
            by=user or self.people.alice,
            source=Source.PAGE,
            key=key,
            confirmed=True,
        ).record

    def as_(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def address(self, page: str, record: R | None = None) -> str:
        arguments = [] if page in ("list", "create", "selected", "deleted") else [(record or self.record).pk]
        return f"{reverse(f'{self.module.slug}:{page}', args=arguments)}?site=YARD-NORTH&{RANGE}"

    def count(self) -> int:
        return self.module.model._default_manager.count()

    def assert_status(self, user: User, page: str, status: HTTPStatus) -> HttpResponse:
        answer = self.as_(user).get(self.address(page))
        assert answer.status_code == status, (page, user, answer.status_code)
        return answer  # type: ignore[return-value]  # the test client's own type of answer

    # --- pages × roles

    def test_every_page_requires_sign_in(self) -> None:
        for page in ("list", "create", "edit", "delete", "history", "deleted", "restore", "selected"):
            answer = Client().get(self.address(page))

            assert answer.status_code == HTTPStatus.FOUND
            assert "/accounts/login/" in answer["Location"]

    def test_every_page_opens_for_an_operator_a_manager_and_an_admin(self) -> None:
        for user in (self.people.alice, self.people.mona, self.people.ada):
            for page in ("list", "create", "edit", "delete", "history", "deleted"):
                self.assert_status(user, page, HTTPStatus.OK)

    def test_a_viewer_reads_and_changes_nothing(self) -> None:
        victor = self.as_(self.people.victor)

        self.assert_status(self.people.victor, "list", HTTPStatus.OK)
        self.assert_status(self.people.victor, "history", HTTPStatus.OK)
        for page in ("create", "edit", "delete"):
            assert victor.get(self.address(page)).status_code == HTTPStatus.FORBIDDEN
            assert victor.post(self.address(page), self.values(1)).status_code == HTTPStatus.FORBIDDEN
        assert self.count() == 1

    def test_nothing_of_it_exists_for_a_person_of_another_site(self) -> None:
        oscar = self.as_(self.people.oscar)

        for page in ("list", "create", "edit", "delete", "history", "deleted", "restore"):
            answer = oscar.get(self.address(page))

            assert answer.status_code == HTTPStatus.NOT_FOUND
            assert b"YARD-NORTH" not in answer.content
        for page in ("edit", "delete", "history", "restore"):
            path = self.address(page).partition("?")[0]
            assert oscar.get(path).status_code == HTTPStatus.NOT_FOUND
            assert oscar.post(path, self.values(1)).status_code in (
                HTTPStatus.NOT_FOUND,
                HTTPStatus.METHOD_NOT_ALLOWED,
            )
        assert self.count() == 1

    def test_a_list_without_a_site_shows_another_sites_people_nothing(self) -> None:
        answer = self.as_(self.people.oscar).get(
            f"{reverse(f'{self.module.slug}:list')}?site=all&{RANGE}&totals=1"
        )

        assert answer.context["listing"].count == 0
        assert f'id="row-{self.record.pk}"'.encode() not in answer.content

    def test_a_list_aligns_numbers_in_heading_and_totals(self) -> None:
        answer = self.as_(self.people.alice).get(f"{self.address('list')}&totals=1")

        numbers = sum(column.is_number for column in self.module.list_columns)
        headings = answer.content.decode().split("</thead>")[0]
        assert headings.count('<th scope="col" class="num">') == numbers

    # --- entering

    def test_a_saved_entry_leads_back_to_the_list_it_came_from(self) -> None:
        answer = self.as_(self.people.alice).post(self.address("create"), self.values(1))

        assert answer.status_code == HTTPStatus.FOUND
        assert answer["Location"].startswith(reverse(f"{self.module.slug}:list"))
        assert "from=2026-03-01" in answer["Location"]
        assert self.count() == 2

    def test_a_form_sent_twice_makes_one_record(self) -> None:
        alice = self.as_(self.people.alice)

        for _ in range(2):
            answer = alice.post(self.address("create"), self.values(1) | {"submission_key": "once"})

            assert answer.status_code == HTTPStatus.FOUND
        assert self.count() == 2

    def test_a_rejected_entry_keeps_its_input_and_saves_nothing(self) -> None:
        values = self.values(1) | {"date": "12/01/2026", "notes": "typed in vain?"}

        answer = self.as_(self.people.alice).post(self.address("create"), values)

        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        self.assertContains(answer, "typed in vain?", status_code=422)
        self.assertContains(answer, "year-month-day", status_code=422)
        assert self.count() == 1

    def test_the_quick_entry_answers_the_new_row_the_next_form_and_the_totals(self) -> None:
        headers = {**FRAGMENT, "HX-Target": "entry"}

        answer = self.as_(self.people.alice).post(self.address("create"), self.values(1), headers=headers)

        newest = self.module.model._default_manager.latest("id")
        assert answer.status_code == HTTPStatus.OK
        for part in ('id="entry"', f'id="row-{newest.pk}"', 'id="totals"', "hx-swap-oob"):
            self.assertContains(answer, part)
        self.assertNotContains(answer, "<html")

    # --- what is odd

    def test_a_future_date_is_rejected_with_todays_date(self) -> None:
        to_come = self.people.site.today() + dt.timedelta(days=2)

        answer = self.as_(self.people.alice).post(self.address("create"), self.values(1) | {"date": to_come})

        self.assertContains(answer, "is in the future: today is", status_code=422)
        assert self.count() == 1

    def test_a_date_long_ago_needs_confirmation_once_and_is_kept_with_the_record(self) -> None:
        Site.objects.filter(pk=self.people.site.pk).update(entry_days_back=7)
        alice = self.as_(self.people.alice)

        response = alice.post(self.address("create"), self.values(1))
        yes = {"confirmed": response.context["entry"].confirmation}
        saved = alice.post(self.address("create"), self.values(1) | yes)

        sentence = "is more than 7 days back. Is that the date?"
        self.assertContains(response, sentence, status_code=422)
        assert re.search(r"autofocus data-confirms>\s*Save anyway\s*</button>", response.content.decode())
        assert saved.status_code == HTTPStatus.FOUND
        newest = self.module.model._default_manager.latest("id")
        assert sentence in newest.confirmed_warnings[0]
        history = self.as_(self.people.victor).get(self.address("history", newest))
        self.assertContains(history, "Confirmed by this person:")
        self.assertContains(history, sentence)

    # --- correcting and deleting

    def test_a_correction_is_saved_with_its_history(self) -> None:
        values = self.values(0) | {"notes": "weighed again", "version": 1}

        answer = self.as_(self.people.alice).post(self.address("edit"), values)

        assert answer.status_code == HTTPStatus.FOUND
        history = self.as_(self.people.victor).get(self.address("history"))
        self.assertContains(history, "weighed again")
        self.assertContains(history, "version 2")

    def test_a_correction_in_the_list_answers_its_row(self) -> None:
        alice, headers = self.as_(self.people.alice), {**FRAGMENT, "HX-Target": f"row-{self.record.pk}"}

        editor = alice.get(self.address("edit"), headers=headers)
        values = self.values(0) | {"notes": "weighed again", "version": 1}
        answer = alice.post(self.address("edit"), values, headers=headers)

        self.assertContains(editor, 'name="version"')
        self.assertNotContains(editor, "<html")
        self.assertContains(answer, f'id="row-{self.record.pk}"')
        self.assertContains(answer, "weighed again")

    def test_notes_of_full_length_with_line_breaks_are_saved_and_saved_again_without_a_version(self) -> None:
        notes = "first line\r\nsecond line, caf\N{LATIN SMALL LETTER E}\N{COMBINING ACUTE ACCENT}"
        notes += "\r\n" + "x" * (2000 - len(normalized(notes)) - 1)
        alice = self.as_(self.people.alice)

        alice.post(self.address("edit"), self.values(0) | {"notes": notes, "version": 1})
        stored = self.module.model._default_manager.get(pk=self.record.pk)
        alice.post(self.address("edit"), self.values(0) | {"notes": notes, "version": stored.version})

        assert (stored.notes, len(stored.notes), stored.version) == (normalized(notes), 2000, 2)
        assert self.module.model._default_manager.get(pk=self.record.pk).version == 2

    def test_two_people_at_once_see_both_versions_and_lose_neither(self) -> None:
        mine = self.values(0) | {"notes": "what Alice says", "version": 1}
        theirs = self.values(0) | {"notes": "what Mona says", "version": 1}
        self.as_(self.people.mona).post(self.address("edit"), theirs)

        answer = self.as_(self.people.alice).post(self.address("edit"), mine)

        assert answer.status_code == HTTPStatus.CONFLICT
        self.assertContains(answer, "what Alice says", status_code=409)
        self.assertContains(answer, "what Mona says", status_code=409)
        stored = self.module.model._default_manager.get(pk=self.record.pk)
        assert (stored.notes, stored.version) == ("what Mona says", 2)

    def test_a_correction_sent_twice_is_no_conflict_with_oneself(self) -> None:
        values = self.values(0) | {"notes": "weighed again", "version": 1}
        alice = self.as_(self.people.alice)
        alice.post(self.address("edit"), values)

        again = alice.post(self.address("edit"), values)

        assert again.status_code == HTTPStatus.FOUND
        assert self.module.model._default_manager.get(pk=self.record.pk).version == 2

    def test_mine_replaces_theirs_only_after_a_confirmation(self) -> None:
        theirs = self.values(0) | {"notes": "what Mona says", "version": 1}
        self.as_(self.people.mona).post(self.address("edit"), theirs)

        again = self.values(0) | {"notes": "what Alice says", "version": 2}
        self.as_(self.people.alice).post(self.address("edit"), again)

        assert self.module.model._default_manager.get(pk=self.record.pk).notes == "what Alice says"

    def test_deleting_needs_confirmation_and_keeps_the_history(self) -> None:
        alice = self.as_(self.people.alice)

        response = alice.get(self.address("delete"))
        before = self.count()
        answer = alice.post(self.address("delete"), {"version": 1})

        self.assertContains(response, "Its history is kept.")
        assert before == 1
        assert answer.status_code == HTTPStatus.FOUND
        assert self.count() == 0
        self.assertContains(alice.get(self.address("history")), "Deleted")
        deleted = alice.get(self.address("deleted"))
        self.assertContains(deleted, self.address("history").partition("?")[0])

    # --- undoing, restoring, and selected records

    def test_a_deletion_is_undone_from_its_message(self) -> None:
        alice = self.as_(self.people.alice)
        deleted = alice.post(self.address("delete"), {"version": 1}, follow=True)
        acts = re.search(r'name="acts" value="([^"]+)"', deleted.content.decode())
        assert acts is not None

        undone = alice.post(
            reverse("records:undo"), {"acts": acts[1]}, headers={"Referer": self.address("list")}
        )

        assert (undone.status_code, undone["Location"]) == (HTTPStatus.FOUND, self.address("list"))
        stored = self.module.model._default_manager.get()
        assert (stored.pk, stored.version) == (self.record.pk, 3)
        self.assertContains(alice.get(self.address("history")), "· Undo")

    def test_a_script_undoes_a_correction(self) -> None:
        alice = self.as_(self.people.alice)
        changed = operations.update(
            module=self.module,
            record_id=self.record.pk,
            values={"notes": "typo"},
            by=self.people.alice,
            source=Source.PAGE,
            confirmed=True,
        ).record
        sent = {"acts": f"{changed.site_id}.{changed.change_number}"}

        first, again = (
            alice.post(reverse("records:undo"), sent, headers={"Accept": "application/json"})
            for _ in range(2)
        )

        records = [{"module": self.module.slug, "id": self.record.pk, "version": 3}]
        assert (first.json()["state"], first.json()["records"]) == ("undone", records)
        assert (again.status_code, again.json()["code"]) == (HTTPStatus.CONFLICT, "ALREADY_UNDONE")
        assert self.module.model._default_manager.get().notes == self.record.notes

    def test_only_the_person_who_made_a_change_undoes_it(self) -> None:
        sent = {"acts": f"{self.people.site.pk}.{self.record.change_number}"}

        for user, status in (
            (self.people.mona, HTTPStatus.FORBIDDEN),
            (self.people.victor, HTTPStatus.FORBIDDEN),
            (self.people.oscar, HTTPStatus.NOT_FOUND),
        ):
            assert self.as_(user).post(reverse("records:undo"), sent).status_code == status
        assert self.count() == 1

    def test_an_undo_of_a_closed_day_is_refused_with_the_reason(self) -> None:
        make_submitted_day(self.people.site, DATE, by=self.people.alice)
        sent = {"acts": f"{self.people.site.pk}.{self.record.change_number}"}

        answer = self.as_(self.people.alice).post(reverse("records:undo"), sent)

        self.assertContains(answer, "is submitted and takes no changes", status_code=409)
        assert self.count() == 1

    def test_an_earlier_version_is_restored_from_the_history(self) -> None:
        alice = self.as_(self.people.alice)
        alice.post(self.address("edit"), self.values(0) | {"notes": "weighed again", "version": 1})
        restore = self.address("restore") + "&version=1"

        history = alice.get(self.address("history"))
        page = alice.get(restore)
        answer = alice.post(restore, {"expected": 2})

        self.assertContains(history, "Restore this version", count=1)
        self.assertContains(page, "<td>weighed again</td>", html=True)
        assert answer.status_code == HTTPStatus.FOUND
        stored = self.module.model._default_manager.get()
        assert (stored.notes, stored.version) == (self.record.notes, 3)

    def test_a_restore_is_refused_where_somebody_changed_the_record_since(self) -> None:
        alice = self.as_(self.people.alice)
        for number, notes in ((1, "second"), (2, "third")):
            alice.post(self.address("edit"), self.values(0) | {"notes": notes, "version": number})

        answer = alice.post(self.address("restore") + "&version=1", {"expected": 2})

        assert answer.status_code == HTTPStatus.CONFLICT
        assert self.module.model._default_manager.get().notes == "third"

    def test_a_deleted_record_is_restored_from_the_list_of_deleted(self) -> None:
        alice, mona = self.as_(self.people.alice), self.as_(self.people.mona)
        alice.post(self.address("delete"), {"version": 1})

        deleted = mona.get(self.address("deleted"))
        address = deleted.context["rows"][0].restore_url
        answer = mona.post(address, {"expected": 2})

        self.assertContains(deleted, address.replace("&", "&amp;"))
        assert answer.status_code == HTTPStatus.FOUND
        assert self.module.model._default_manager.get().pk == self.record.pk
        assert mona.get(self.address("deleted")).context["rows"] == []

    def test_a_viewer_is_offered_nothing_to_undo_or_restore(self) -> None:
        self.as_(self.people.alice).post(self.address("delete"), {"version": 1})
        victor = self.as_(self.people.victor)

        history, deleted = victor.get(self.address("history")), victor.get(self.address("deleted"))
        restore = f"{self.address('restore')}&version=1"

        for page in (history, deleted):
            self.assertNotContains(page, self.address("restore").partition("?")[0])
        assert victor.get(restore).status_code == HTTPStatus.FORBIDDEN
        assert victor.post(restore, {"expected": 2}).status_code == HTTPStatus.FORBIDDEN
        assert self.as_(self.people.oscar).post(restore, {"expected": 2}).status_code == HTTPStatus.NOT_FOUND

    def select(self, user: User, **sent: object) -> HttpResponse:
        """Send the selection of all records of the module."""
        records = self.module.model._default_manager.order_by("id")
        selected = [f"{record.pk}.{record.version}" for record in records]
        return self.as_(user).post(self.address("selected"), {"selected": selected, **sent}, follow=True)  # type: ignore[return-value]  # the test client's own type of answer

    def test_selected_records_are_changed_together_and_undone_as_one(self) -> None:
        self.make(1)
        to = {"act": "change", "entered": "1", "date": "2026-03-05"}

        shown = self.select(self.people.alice, **to)
        dates = set(self.module.model._default_manager.values_list("date", flat=True))
        saved = self.select(self.people.alice, **to, save="1", confirmed=confirmation_in(shown))
        acts = re.search(r'name="acts" value="([^"]+)"', saved.content.decode())
        changed = set(self.module.model._default_manager.values_list("date", flat=True))
        assert acts is not None
        self.as_(self.people.alice).post(reverse("records:undo"), {"acts": acts[1], "confirmed": ""})

        self.assertContains(shown, "<del>Mon 2 Mar 2026</del>", count=2)
        self.assertContains(shown, "Change 2 records")
        self.assertContains(saved, "Changed: 2 records.")
        assert (dates, changed) == ({DATE}, {dt.date(2026, 3, 5)})
        assert set(self.module.model._default_manager.values_list("date", flat=True)) == {DATE}

    def test_selected_records_are_deleted_together(self) -> None:
        self.make(1)

        shown = self.select(self.people.alice, act="delete")
        before = self.count()
        saved = self.select(self.people.alice, act="delete", save="1", confirmed=confirmation_in(shown))

        self.assertContains(shown, "Delete 2 records")
        self.assertContains(saved, "Deleted: 2 records.")
        assert (before, self.count()) == (2, 0)

    def test_a_selection_without_values_shows_the_fields_to_change(self) -> None:
        answer = self.select(self.people.alice, act="change")

        for name in self.module.shared_fields:
            self.assertContains(answer, f'id="shared_{name}"')
        self.assertNotContains(answer, ">nothing<")
        assert self.module.model._default_manager.get().version == 1

    def test_a_selection_with_a_wrong_value_is_rejected(self) -> None:
        answer = self.select(self.people.alice, act="change", entered="1", date="12/01/2026")

        self.assertContains(answer, "year-month-day", status_code=422)

    def test_a_selection_that_cannot_be_changed_says_which_record_and_why(self) -> None:
        make_submitted_day(self.people.site, DATE, by=self.people.alice)

        answer = self.select(self.people.alice, act="delete", save="1")

        self.assertContains(answer, "is submitted and takes no changes", status_code=409)
        assert self.count() == 1

    def test_a_selection_is_for_those_who_may_change_the_records(self) -> None:
        for user, status in (
            (self.people.victor, HTTPStatus.FORBIDDEN),
            (self.people.oscar, HTTPStatus.NOT_FOUND),
        ):
            for act in ("change", "delete"):
                assert self.select(user, act=act, save="1").status_code == status
        assert self.count() == 1

    def test_an_empty_selection_leads_back_to_the_list(self) -> None:
        answer = self.as_(self.people.alice).post(self.address("selected"), {"act": "delete"}, follow=True)

        self.assertContains(answer, "Select records first")

    def test_a_list_offers_a_selection_to_those_who_may_change_it(self) -> None:
        alice, victor = (
            self.as_(user).get(self.address("list")) for user in (self.people.alice, self.people.victor)
        )

        self.assertContains(alice, f'value="{self.record.pk}.1"')
        self.assertNotContains(victor, 'name="selected"')
        self.assertNotContains(victor, 'id="selection"')

    def test_versions_at_another_site_are_not_shown(self) -> None:
        oscars = operations.create(
            module=self.module,
            values=self.values_at(self.people.other_site, 2) | {"notes": "known to Oscar alone"},
            site=self.people.other_site,
            by=self.people.oscar,
            source=Source.PAGE,
            confirmed=True,
        ).record
        operations.update(
            module=self.module,
            record_id=oscars.pk,
            values=self.values_at(self.people.site, 2) | {"notes": "moved"},
            site=self.people.site,
            by=self.people.ada,
            source=Source.PAGE,
            confirmed=True,
        )

        answer = self.as_(self.people.victor).get(self.address("history", oscars))

        self.assertContains(answer, "another site")
        self.assertContains(answer, "moved")
        self.assertNotContains(answer, "known to Oscar alone")

    # --- closed days

    def test_a_closed_day_takes_nothing_through_its_pages(self) -> None:
        make_submitted_day(self.people.site, DATE, by=self.people.alice)
        alice = self.as_(self.people.alice)

        entered = alice.post(self.address("create"), self.values(1))
        changed = alice.post(self.address("edit"), self.values(0) | {"notes": "late", "version": 1})
        deleted = alice.post(self.address("delete"), {"version": 1})

        for answer in (entered, changed, deleted):
            self.assertContains(answer, "is submitted and takes no changes", status_code=409)
        assert self.count() == 1
        assert not self.module.model._default_manager.filter(notes="late").exists()

    def test_a_line_of_a_closed_day_offers_no_change(self) -> None:
        make_submitted_day(self.people.site, DATE, by=self.people.alice)

        answer = self.as_(self.people.alice).get(self.address("list"))

        self.assertContains(answer, "Closed")
        self.assertNotContains(answer, self.address("edit").partition("?")[0])

    # --- the list

    def test_caches_keep_fragments_and_pages_apart(self) -> None:
        answer = self.as_(self.people.victor).get(self.address("list"))

        assert {"HX-Request", "HX-Target"} <= set(answer["Vary"].split(", "))

    def test_totals_come_as_a_part_of_their_own(self) -> None:
        answer = self.as_(self.people.victor).get(
            self.address("list"), headers={**FRAGMENT, "HX-Target": "totals"}
        )

        self.assertContains(answer, "1 record")
        self.assertNotContains(answer, "<html")

    def test_an_invalid_date_is_reported_at_its_field(self) -> None:
        path = reverse(f"{self.module.slug}:list")

        answer = self.as_(self.people.victor).get(f"{path}?site=YARD-NORTH&from=yesterday")

        self.assertContains(answer, "Enter a date as year-month-day")

    def test_a_date_beyond_the_limits_is_reported_at_its_field(self) -> None:
        path = reverse(f"{self.module.slug}:list")

        answer = self.as_(self.people.victor).get(f"{path}?site=YARD-NORTH&to=0001-01-01")

        self.assertContains(answer, "1900-01-01")

    def test_more_records_cost_no_more_queries(self) -> None:
        alice = self.as_(self.people.alice)
        alice.get(self.address("list"))  # what a first page remembers is not counted
        with self.assertNumQueries(self.list_queries + BADGE_QUERIES):
            alice.get(self.address("list"))
        for number in range(1, 6):
            self.make(number)

        with self.assertNumQueries(self.list_queries + BADGE_QUERIES):
            alice.get(self.address("list"))
