"""Texts of records that may be one party: listed by use, and linked without changing a record."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from gate.spellings import proposals
from parties.models import Party, Spelling, merge_parties
from tests.factories import make_party
from tests.records.case import RecordsTestCase


class TestSpellings(RecordsTestCase):
    def setUp(self) -> None:
        for text in ("City works", "CITY-WORKS", "City works", "Mill & Sons"):
            self.receive(source=text)
        self.client.force_login(self.ada)

    def test_that_differ_in_case_and_marks_are_one_proposal(self) -> None:
        first, second = proposals()

        assert (first.texts, first.uses) == (("City works", "CITY-WORKS"), 3)
        assert second.texts == ("Mill & Sons",)

    def test_are_linked_to_a_new_party_which_new_records_get(self) -> None:
        record = self.receive(source="City works").record

        self.client.post("/gate/spellings/", {"key": "cityworks", "party": "", "kind": "is_supplier"})

        party = Party.objects.get()
        assert (party.name, party.code, party.kinds) == ("City works", "CITY-WORKS", ["supplier"])
        assert [proposal.key for proposal in proposals()] == ["millsons"]
        record.refresh_from_db()
        assert record.party is None
        assert self.receive(source="city WORKS").record.party == party

    def test_are_linked_to_a_known_party(self) -> None:
        party = make_party("Mill and Sons")

        self.client.post("/gate/spellings/", {"key": "millsons", "party": party.pk, "kind": "is_customer"})

        assert Spelling.objects.get().party == party

    def test_mean_the_party_that_stays_after_a_merge(self) -> None:
        merged, kept = make_party("Mill and Sons"), make_party("Mills")
        Spelling.objects.create(key="millsons", party=merged)

        merge_parties(parties=[merged], into=kept, by=self.ada)

        assert self.receive(source="Mill & Sons").record.party == kept

    def test_are_not_linked_to_a_new_party_with_the_name_of_another(self) -> None:
        make_party("City works")

        answer = self.client.post(
            "/gate/spellings/", {"key": "cityworks", "party": "", "kind": "is_supplier"}, follow=True
        )

        self.assertContains(answer, "Another active one has this name")
        assert not Spelling.objects.exists()

    def test_cost_one_query_for_the_parties_of_all_of_them(self) -> None:
        make_party("Mills")

        with CaptureQueriesContext(connection) as queries:
            page = self.client.get("/gate/spellings/")

        self.assertContains(page, "Mills", count=2)
        assert sum("parties_party" in query["sql"] for query in queries) == 1

    def test_are_a_page_for_admins(self) -> None:
        self.assertContains(self.client.get("/gate/spellings/"), "these 2 spellings are one")
        self.client.force_login(self.mona)
        assert self.client.get("/gate/spellings/").status_code == 403
