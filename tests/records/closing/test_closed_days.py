"""A closed day takes no changes from any source, in any order of requests."""

from functools import partial

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import BatchStatus, Source
from records.closing.workflow import approve_day, mark_nothing, reopen_day, submit_day, unmark_nothing
from records.errors import DayClosed, EditConflict, NotVisible
from records.forms import RowCleaner
from records.models import Batch, DailyRecord, NothingToday, SiteDay
from records.operations.bulk import create_many, undo_batch
from records.registry import modules
from sites.models import Site, User
from tests.factories import (
    make_holiday,
    make_material,
    make_member,
    make_people,
    make_site,
    make_submitted_day,
)
from tests.inventory.threads import ThreadsTestCase, all_at_once
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase


class TestEverySource(RecordsTestCase):
    """The pages and the API of each module are held by the contracts that the modules inherit."""

    def batch(self) -> Batch:
        return Batch.objects.create(
            module="received", source=Source.IMPORT, created_by=self.alice, status=BatchStatus.DONE
        )

    def test_rejects_a_row_of_a_file_with_the_reason(self) -> None:
        make_submitted_day(self.site, MONDAY, by=self.alice)
        record = RowCleaner(RECEIVED.form, site=self.site).clean(self.load())
        assert isinstance(record, ReceivedMaterial)

        part = create_many(
            module=RECEIVED, records=[record], batch=self.batch(), by=self.alice, source=Source.IMPORT
        )

        assert [refusal.field for refusal in part.refused] == ["date"]
        assert not ReceivedMaterial.objects.exists()

    def test_rejects_the_undo_of_a_batch(self) -> None:
        batch = self.batch()
        record = RowCleaner(RECEIVED.form, site=self.site).clean(self.load())
        assert isinstance(record, ReceivedMaterial)
        create_many(module=RECEIVED, records=[record], batch=batch, by=self.alice, source=Source.IMPORT)
        make_submitted_day(self.site, MONDAY, by=self.alice)

        with pytest.raises(DayClosed):
            undo_batch(module=RECEIVED, batch=batch, by=self.alice, source=Source.IMPORT)

        assert ReceivedMaterial.objects.count() == 1

    def test_rejects_a_record_that_moves_out_or_in(self) -> None:
        here, there = self.receive().record, self.receive(date=TUESDAY).record
        make_submitted_day(self.site, MONDAY, by=self.alice)

        for record, date in ((here, TUESDAY), (there, MONDAY)):
            with pytest.raises(DayClosed):
                self.correct(record, {"date": date})

    def test_rejects_every_source_for_managers_and_admins_too(self) -> None:
        record = self.receive().record
        make_submitted_day(self.site, MONDAY, by=self.alice)

        for person in (self.mona, self.ada):
            for source in Source:
                with self.subTest(person=person, source=source), pytest.raises(DayClosed):
                    operations.delete(module=RECEIVED, record_id=record.pk, by=person, source=source)

    def test_has_no_page_of_the_admin_that_writes_records_or_days(self) -> None:
        written = {model for model in admin.site._registry if issubclass(model, DailyRecord)}

        assert not written
        assert not {SiteDay, NothingToday} & admin.site._registry.keys()

    def test_is_not_at_the_admin_s_address_of_any_record_or_day(self) -> None:
        record = self.receive().record
        day = make_submitted_day(self.site, MONDAY, by=self.alice)
        self.client.force_login(self.ada)

        rows = {module.model: record.pk for module in modules()} | {SiteDay: day.pk, NothingToday: 1}
        for model, key in rows.items():
            for act in ("", "add/", f"{key}/change/", f"{key}/delete/"):
                address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{act}"
                assert self.client.post(address, {"qty_ton": "1", "post": "yes"}).status_code == 404

        assert ReceivedMaterial.objects.get().version == record.version

    def test_does_not_go_with_what_it_names_when_an_admin_deletes_that(self) -> None:
        record = self.receive().record
        make_submitted_day(self.site, MONDAY, by=self.alice)
        self.client.force_login(self.ada)

        for row in (self.site, self.alice, record.material):
            address = f"/admin/sites/{row._meta.model_name}/{row.pk}/delete/"
            answer = self.client.post(address, {"post": "yes"})
            assert "login" not in answer.headers.get("Location", "")
            many = {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
            self.client.post(f"/admin/sites/{row._meta.model_name}/", many)

        assert ReceivedMaterial.objects.filter(pk=record.pk).exists()
        assert SiteDay.objects.closed().filter(site=self.site, date=MONDAY).exists()


ACTS = ("enter", "change", "delete", "say", "unsay", "submit", "approve", "reopen")
# What is done, by whom, and a number that chooses the rest.
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 2), st.integers(0, 9)),
    min_size=5,
    max_size=25,
)


class TestAnyOrder(HypothesisTestCase):
    def setUp(self) -> None:
        people = make_people()
        self.site = people.site
        self.people = (people.alice, people.mona, people.victor)
        self.debris = make_material(code="DEBRIS")
        # Nothing is asked of a holiday, so that a day can be submitted with whatever it has.
        make_holiday(self.site, MONDAY)

    @settings(max_examples=25)
    @given(steps=STEPS)
    def test_leaves_the_records_of_a_closed_day_as_they_are(self, steps: list[tuple[str, int, int]]) -> None:
        for act, who, number in steps:
            was_closed, before = self.is_closed(), self.contents()
            try:
                self.take(act, self.people[who], number)
            except (PermissionDenied, ValidationError, DayClosed, EditConflict, NotVisible):
                assert self.contents() == before
            if was_closed:
                assert self.contents() == before

    def is_closed(self) -> bool:
        return SiteDay.objects.closed().filter(site=self.site, date=MONDAY).exists()

    def contents(self) -> list[tuple[object, ...]]:
        records = ReceivedMaterial.objects.order_by("pk").values_list("pk", "version", "qty_ton", "date")
        response = NothingToday.objects.order_by("pk").values_list("pk", "module", "reason")
        return [*records, *response]

    def take(self, act: str, by: User, number: int) -> None:
        day = SiteDay.objects.filter(site=self.site).first() or SiteDay(site=self.site, date=MONDAY)
        record = next(iter(ReceivedMaterial.objects.order_by("pk")[number % 3 :]), None)
        response = NothingToday.objects.first()
        if act == "enter":
            values = {"date": MONDAY, "material": "DEBRIS", "qty_ton": number + 1}
            operations.create(
                module=RECEIVED, values=values, site=self.site, by=by, source=Source.PAGE, confirmed=True
            )
        elif act == "change" and record is not None:
            changed = {"qty_ton": number + 1}
            operations.update(
                module=RECEIVED, record_id=record.pk, values=changed, by=by, source=Source.API, confirmed=True
            )
        elif act == "delete" and record is not None:
            operations.delete(module=RECEIVED, record_id=record.pk, by=by, source=Source.PAGE, confirmed=True)
        elif act == "say":
            module = modules()[number % len(modules())]
            mark_nothing(site=self.site, date=MONDAY, module=module, by=by, reason=f"Because {number}")
        elif act == "unsay" and response is not None:
            unmark_nothing(statement=response, by=by)
        elif act == "submit":
            submit_day(site=self.site, date=MONDAY, by=by)
        elif act == "approve":
            approve_day(day=day, by=by)
        elif act == "reopen":
            reopen_day(day=day, by=by, reason=f"Because {number}")


class TestAtOnce(ThreadsTestCase):
    def test_a_submission_and_many_entries_have_one_order(self) -> None:
        site = make_site(code="YARD-NORTH")
        make_holiday(site, MONDAY)
        make_material(code="DEBRIS")
        clerks = [make_member(site) for _ in range(4)]

        def enter(by: User) -> list[int]:
            return [made for _ in range(10) if (made := entered(site, by)) is not None]

        submit = partial(submit_day, site=site, date=MONDAY, by=clerks[0])
        all_at_once(submit, *[partial(enter, clerk) for clerk in clerks])

        kept = SiteDay.objects.get().kept_versions or {}
        there = {str(key): 1 for key in ReceivedMaterial.objects.values_list("pk", flat=True)}
        assert kept.get("received", {}) == there
        self.assert_ledger_equals_records()

    def test_two_submissions_are_one(self) -> None:
        site = make_site(code="YARD-NORTH")
        make_holiday(site, MONDAY)
        alice = make_member(site)

        def submit() -> bool:
            try:
                submit_day(site=site, date=MONDAY, by=alice)
            except ValidationError:
                return False
            return True

        assert sorted(all_at_once(*[submit] * 4)) == [False, False, False, True]
        assert SiteDay.history.filter(status="submitted").count() == 1


def entered(site: Site, by: User) -> int | None:
    """Enter a load; None where the day was closed before."""
    values = {"date": MONDAY, "material": "DEBRIS", "qty_ton": "5"}
    try:
        made = operations.create(
            module=RECEIVED, values=values, site=site, by=by, source=Source.PAGE, confirmed=True
        )
    except DayClosed:
        return None
    return made.record.pk
