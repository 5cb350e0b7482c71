"""The one way in: who may, and in which order it refuses."""

import pytest
from django.core.exceptions import PermissionDenied

from production.module import PRODUCTION
from received.models import ReceivedMaterial
from records import operations
from records.choices import Source
from records.errors import (
    DayClosed,
    DuplicateRecord,
    EditConflict,
    InputRefused,
    KeyReused,
    NotVisible,
)
from records.operations.site_transaction import site_transaction
from sites.models import Membership, Role
from tests.factories import make_submitted_day, make_user
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase


class TestRoles(RecordsTestCase):
    def test_create_is_for_operators_managers_and_admins(self) -> None:
        made = [self.receive(by=person).record for person in (self.alice, self.mona, self.ada)]

        assert [record.created_by for record in made] == [self.alice, self.mona, self.ada]

    def test_a_viewer_learns_which_role_is_required(self) -> None:
        with pytest.raises(PermissionDenied, match="requires the Operator role"):
            self.receive(by=self.victor)

    def test_a_transaction_within_another_needs_its_own_role(self) -> None:
        with (
            site_transaction([self.site.pk], by=self.alice, source=Source.PAGE),
            pytest.raises(PermissionDenied, match="requires the Manager role"),
            site_transaction([self.site.pk], by=self.alice, source=Source.PAGE, needed=Role.MANAGER),
        ):
            pytest.fail("The role was not checked.")

    def test_another_sites_person_finds_no_such_site(self) -> None:
        for person in (self.oscar, make_user(), make_user(is_active=False)):
            with pytest.raises(NotVisible):
                self.receive(by=person)

    def test_a_person_who_may_no_longer_sign_in_finds_nothing(self) -> None:
        self.alice.is_active = False

        with pytest.raises(NotVisible):
            self.receive()

    def test_an_inactive_site_takes_no_changes_from_anybody(self) -> None:
        record = self.receive().record
        self.site.is_active = False
        self.site.save()

        for person in (self.alice, self.mona, self.ada):
            with pytest.raises(PermissionDenied, match="no longer active"):
                self.receive(by=person)
            with pytest.raises(PermissionDenied, match="no longer active"):
                self.remove(record, by=person)

    def test_change_and_delete_follow_the_same_roles(self) -> None:
        record = self.receive().record

        for person, refusal in ((self.victor, PermissionDenied), (self.oscar, NotVisible)):
            with pytest.raises(refusal):
                self.correct(record, {"notes": "mine"}, by=person)
            with pytest.raises(refusal):
                self.remove(record, by=person)

        self.correct(record, {"notes": "ours"}, by=self.mona)
        self.remove(record, by=self.ada)
        assert not ReceivedMaterial.objects.exists()

    def test_a_record_that_is_not_there_is_not_found(self) -> None:
        record = self.receive().record
        self.remove(record)

        with pytest.raises(NotVisible):
            self.correct(record, {"notes": "late"})
        with pytest.raises(NotVisible):
            self.remove(record)

    def test_moving_to_a_site_takes_the_role_on_both(self) -> None:
        record = self.receive().record

        with pytest.raises(NotVisible):
            self.correct(record, {}, site=self.other_site)
        Membership.objects.create(user=self.alice, site=self.other_site, role=Role.VIEWER)
        with pytest.raises(PermissionDenied):
            self.correct(record, {}, site=self.other_site)

        assert ReceivedMaterial.objects.get().site == self.site


class TestOrderOfChecks(RecordsTestCase):
    """Each step fails together with every later one, and the earlier one is reported."""

    def setUp(self) -> None:
        self.receive(key="used")
        self.produce()
        make_submitted_day(self.site, TUESDAY, by=self.alice)

    def test_invisible_site_comes_before_everything(self) -> None:
        with pytest.raises(NotVisible):
            self.receive(by=self.oscar, key="used", date="nonsense")

    def test_role_comes_before_key_and_input(self) -> None:
        self.receive(by=self.mona, key="hers")
        Membership.objects.filter(user=self.mona).update(role=Role.VIEWER)

        with pytest.raises(PermissionDenied):
            self.receive(by=self.mona, key="hers", date="nonsense")

    def test_key_comes_before_input(self) -> None:
        with pytest.raises(KeyReused):
            self.receive(key="used", date="nonsense")

    def test_input_comes_before_the_closed_day(self) -> None:
        with pytest.raises(InputRefused) as refused:
            self.receive(date=TUESDAY, qty_ton="-1")

        assert list(refused.value.form.errors) == ["qty_ton"]

    def test_closed_day_comes_before_the_version(self) -> None:
        record = ReceivedMaterial.objects.get()

        with pytest.raises(DayClosed):
            self.correct(record, {"date": TUESDAY}, version=99)

    def test_version_comes_before_the_unique_rule(self) -> None:
        record = self.produce(qty_ton="5", shift="night").record

        with pytest.raises(EditConflict):
            operations.update(
                module=PRODUCTION,
                record_id=record.pk,
                values={"shift": ""},
                by=self.alice,
                source=Source.PAGE,
                version=99,
            )

    def test_closed_day_comes_before_the_unique_rule(self) -> None:
        make_submitted_day(self.site, MONDAY, by=self.alice)

        with pytest.raises(DayClosed):
            self.produce()

    def test_unique_rule_comes_before_questions_about_stock(self) -> None:
        self.produce(operation=self.feeding.pk, qty_ton="3")

        with pytest.raises(DuplicateRecord):
            self.produce(operation=self.feeding.pk, qty_ton="300")
