"""Parties, vehicles and weighbridges: what is one, what is merged, what a file may bring."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import TestCase
from django.urls import reverse

from parties.models import Merge, Party, Vehicle, Weighbridge, merge_parties, plate_code, undo_merge
from sites.models import User
from tests.factories import make_party, make_site, make_user, make_vehicle, make_weighbridge


class TestVehicles(TestCase):
    def test_spellings_of_a_plate_are_one_vehicle(self) -> None:
        make_vehicle("B-DO 17")

        with pytest.raises(ValidationError, match="spelled otherwise"):
            Vehicle(name="b do 17").full_clean()

    def test_rejects_a_plate_that_is_too_long_for_its_code(self) -> None:
        with pytest.raises(ValidationError, match="too long"):
            Vehicle(name="\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 4).full_clean(exclude=["code"])

    def test_a_plate_of_digits_is_not_taken_for_an_id(self) -> None:
        assert plate_code("4711") == "NO-4711"

    def test_a_stored_tare_is_offered_until_it_expires(self) -> None:
        vehicle = make_vehicle("B-DO 17", tare="14.12", until=dt.date(2026, 3, 31))

        assert vehicle.tare_on(dt.date(2026, 3, 31)) == Decimal("14.12")
        assert vehicle.tare_on(dt.date(2026, 4, 1)) is None

    def test_the_tare_is_less_than_the_largest_gross(self) -> None:
        vehicle = make_vehicle("B-DO 17", tare="14.12")
        vehicle.largest_gross_ton = Decimal(14)

        with pytest.raises(ValidationError, match="less than the largest gross"):
            vehicle.full_clean()


class TestWeighbridges(TestCase):
    def test_numbers_follow_each_other(self) -> None:
        weighbridge = make_weighbridge(make_site(), code="W1")

        assert [weighbridge.take_number(), weighbridge.take_number()] == ["W1-000001", "W1-000002"]

    def test_a_number_of_a_failed_transaction_is_given_again(self) -> None:
        weighbridge = make_weighbridge(make_site(), code="W1")

        with transaction.atomic():
            weighbridge.take_number()
            transaction.set_rollback(True)

        assert weighbridge.take_number() == "W1-000001"

    def test_two_sites_may_have_the_same_code_and_name(self) -> None:
        for _ in range(2):
            site = make_site()
            Weighbridge(site=site, code="W1", name="Gate").full_clean()
            make_weighbridge(site, code="W1")


class TestMerge(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.ada = make_user(is_superuser=True)
        cls.acme, cls.same = make_party("Acme Ltd"), make_party("ACME Limited")

    ada: User
    acme: Party
    same: Party

    def test_keeps_who_merged_what_and_offers_the_merged_party_no_more(self) -> None:
        merge_parties(parties=[self.same], into=self.acme, by=self.ada)

        self.same.refresh_from_db()
        assert (self.same.merged_into, self.same.is_active) == (self.acme, False)
        assert list(Party.objects.at(make_site())) == [self.acme]
        assert self.same.history.latest().history_user == self.ada

    def test_is_undone(self) -> None:
        merge_parties(parties=[self.same], into=self.acme, by=self.ada)

        undo_merge(merge=Merge.objects.get(), by=self.ada)

        self.same.refresh_from_db()
        assert (self.same.merged_into, self.same.is_active) == (None, True)
        with pytest.raises(ValidationError, match="undone already"):
            undo_merge(merge=Merge.objects.get(), by=self.ada)

    def test_into_a_merged_party_is_refused(self) -> None:
        third = make_party("Third")
        merge_parties(parties=[self.same], into=self.acme, by=self.ada)

        with pytest.raises(ValidationError, match="merged into another"):
            merge_parties(parties=[third], into=self.same, by=self.ada)
        with pytest.raises(ValidationError, match="part of another merge"):
            merge_parties(parties=[self.acme], into=third, by=self.ada)

    def test_is_made_and_undone_in_the_administration(self) -> None:
        self.client.force_login(self.ada)
        parties, merges = reverse("admin:parties_party_changelist"), reverse("admin:parties_merge_changelist")
        chosen = {"action": "merge", "_selected_action": [self.acme.pk, self.same.pk]}

        self.assertContains(self.client.post(parties, chosen), "Which one stays?")
        self.client.post(parties, {**chosen, "into": self.acme.pk})
        merge = Merge.objects.get()
        self.client.post(merges, {"action": "undo", "_selected_action": [merge.pk]})

        merge.refresh_from_db()
        assert (merge.party, merge.into, merge.undone_by) == (self.same, self.acme, self.ada)


class TestSites(TestCase):
    def test_a_party_of_some_sites_is_not_offered_at_others(self) -> None:
        here, elsewhere = make_site(), make_site()
        party = make_party("Local")
        party.sites.add(here)

        assert list(Party.objects.at(here)) == [party]
        assert not Party.objects.at(elsewhere)
