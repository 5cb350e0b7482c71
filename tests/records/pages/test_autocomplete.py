"""What a text field completes to."""

from http import HTTPStatus
from unittest.mock import patch

from django.test import Client

from received.module import RECEIVED
from records.choices import Source
from records.operations import create
from records.pages import entry
from sites.models import Site
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase


class TestCompletions(RecordsTestCase):
    def came_from(self, *sources: str, site: Site | None = None, **changes: object) -> None:
        for source in sources:
            create(
                module=RECEIVED,
                values=self.load(source=source, **changes),
                site=site or self.site,
                by=self.ada,
                source=Source.PAGE,
                confirmed=True,
            )

    def completed(self, typed: str = "") -> list[str]:
        return entry.completions(RECEIVED, site=self.site, field="source", typed=typed)

    def test_offer_what_was_used_most_then_what_was_used_last(self) -> None:
        self.came_from("Old town", "Harbour", "Airport", "Harbour")

        assert self.completed() == ["Harbour", "Airport", "Old town"]

    def test_count_the_date_as_last_and_not_the_entry(self) -> None:
        self.came_from("Tuesday's", date=TUESDAY)
        self.came_from("Monday's", date=MONDAY)

        assert self.completed() == ["Tuesday's", "Monday's"]

    def test_put_what_begins_so_before_what_contains_it(self) -> None:
        self.came_from("North harbour", "North harbour", "Harbour")

        assert self.completed("har") == ["Harbour", "North harbour"]
        assert self.completed("bour h") == []

    def test_know_capitals_of_any_script_and_spaces_around(self) -> None:
        self.came_from("Østergård")

        assert self.completed(" øSTERGÅ ") == ["Østergård"]

    def test_offer_a_text_once_as_it_was_written_last(self) -> None:
        self.came_from("harbour", "Harbour", "City")

        assert self.completed() == ["Harbour", "City"]

    def test_leave_out_what_is_there_already_and_what_is_nothing(self) -> None:
        self.came_from("Harbour", "")

        assert self.completed("Harbour") == []
        assert self.completed("harbour") == ["Harbour"]
        assert self.completed() == ["Harbour"]

    def test_are_few(self) -> None:
        self.came_from(*(f"Street {number}" for number in range(12)))

        assert self.completed("street") == [f"Street {number}" for number in range(11, 3, -1)]

    def test_are_of_one_site(self) -> None:
        self.came_from("Harbour", site=self.other_site)

        assert self.completed() == []

    def test_take_one_query_over_the_last_records_alone(self) -> None:
        self.came_from("Long ago", "Yesterday", "Today")

        with patch.object(entry, "LOOKED_AT", 2), self.assertNumQueries(1):
            assert self.completed() == ["Today", "Yesterday"]


class TestPage(RecordsTestCase):
    def answer(self, address: str) -> int:
        client = Client()
        client.force_login(self.alice)
        return client.get(address).status_code

    def test_completes_no_field_that_the_module_does_not_name(self) -> None:
        for field in ("notes", "created_by", "nothing"):
            assert self.answer(f"/received/complete/{field}/?site=YARD-NORTH") == HTTPStatus.NOT_FOUND

    def test_is_about_one_site(self) -> None:
        assert self.answer("/received/complete/source/?site=all") == HTTPStatus.NOT_FOUND

    def test_shows_what_was_typed_as_text_and_never_as_markup(self) -> None:
        self.receive(source='"><script>')
        client = Client()
        client.force_login(self.alice)

        answer = client.get("/received/complete/source/?site=YARD-NORTH")

        self.assertContains(answer, '<option value="&quot;&gt;&lt;script&gt;"></option>')
