"""Texts of records that may be one party: listed by use, and linked without changing a record."""

from gate.spellings import proposals
from parties.models import Party, Spelling
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

    def test_are_a_page_for_admins(self) -> None:
        self.assertContains(self.client.get("/gate/spellings/"), "these 2 spellings are one")
        self.client.force_login(self.mona)
        assert self.client.get("/gate/spellings/").status_code == 403
