"""What is special about dispatch: it always takes stock away, and a delivery note is used once a day."""

from decimal import Decimal
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dispatch.models import Dispatch
from dispatch.module import DISPATCH, TRIPS
from inventory.models import InventorySnapshot
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.errors import ConfirmationNeeded
from records.operations import Outcome
from sites.models import Purpose, Site, StockEffect
from tests.factories import make_operation
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase


class DispatchTestCase(RecordsTestCase):
    def setUp(self) -> None:
        for site in (self.site, self.other_site):
            operations.create(
                module=RECEIVED,
                values=self.load(material=self.aggregate.pk, qty_ton="1000"),
                site=site,
                by=self.ada,
                source=Source.PAGE,
            )

    def leaving(self, **changes: object) -> dict[str, object]:
        """Return what a clerk types for aggregate that left on Monday."""
        return self.run_of(**{"owner": "Miller", "reference": "", **changes})

    def send(
        self, *, site: Site | None = None, confirmed: bool = False, **changes: object
    ) -> Outcome[Dispatch]:
        return operations.create(
            module=DISPATCH,
            values=self.leaving(**changes),
            site=site or self.site,
            by=self.alice if site is None else self.ada,
            source=Source.PAGE,
            confirmed=confirmed,
        )

    def change(self, record: Dispatch, **values: object) -> Outcome[Dispatch]:
        return operations.update(
            module=DISPATCH, record_id=record.pk, values=values, by=self.alice, source=Source.PAGE
        )

    def warnings(self, **changes: object) -> tuple[str, ...]:
        """Return the warnings that a clerk confirms before this is saved."""
        with pytest.raises(ConfirmationNeeded) as needed:
            self.send(**changes)  # type: ignore[arg-type]  # what is typed
        return needed.value.warnings

    def refused(self, **changes: object) -> dict[str, list[str]]:
        return self.refusal_of(DISPATCH, self.leaving(**changes))


class TestStock(DispatchTestCase):
    def test_leaves_whatever_the_operation_does_to_stock_elsewhere(self) -> None:
        for effect in StockEffect:
            operation = make_operation(stock_effect=effect, purpose=Purpose.OTHER)
            self.send(operation=operation.pk, qty_ton="10")

        row = InventorySnapshot.objects.get(site=self.site, material=self.aggregate)
        assert row.dispatched_ton == Decimal(30)
        assert row.produced_ton == row.consumed_ton == Decimal(0)
        assert row.closing_ton == Decimal(970)

    def test_comes_back_with_a_deletion(self) -> None:
        record = self.send(qty_ton="10").record

        operations.delete(module=DISPATCH, record_id=record.pk, by=self.alice, source=Source.PAGE)

        assert InventorySnapshot.objects.get(site=self.site).closing_ton == 1000

    def test_that_is_not_there_needs_confirmation(self) -> None:
        assert self.warnings(qty_ton="1001") == (
            "Not enough Aggregate: stock falls to 1.00 t below zero on 2 Mar 2026.",
        )


class TestInput(DispatchTestCase):
    def test_several_a_day_are_normal(self) -> None:
        assert self.send(owner="Miller").record != self.send(owner="Smith").record

    def test_an_inactive_operation_is_no_choice(self) -> None:
        self.making.is_active = False
        self.making.save()

        assert set(self.refused()) == {"operation"}

    def test_trips_are_one_by_default(self) -> None:
        assert self.send(trips="").record.trips == 1
        assert self.send(date=TUESDAY).record.trips == 1

    def test_trips_of_a_cancelled_load_count_nothing(self) -> None:
        self.send(trips="3")
        load = self.send(date=MONDAY, gross_ton="38.46", tare_ton="14.12", qty_ton="").record
        self.change(load, load_state="cancelled", load_reason="Weighed twice")

        total = Dispatch.objects.aggregate(trips=TRIPS.total)["trips"]
        load.refresh_from_db()

        assert (total, TRIPS.text_of(load)) == (3, "")

    def test_trips_are_between_one_and_999(self) -> None:
        for trips in ("0", "1000"):
            assert self.refused(trips=trips) == {"trips": ["Trips must be between 1 and 999."]}
        for trips in ("-1", "1.5", "some"):
            assert set(self.refused(trips=trips)) == {"trips"}
        assert self.send(trips="999").record.trips == 999

    def test_words_have_their_lengths(self) -> None:
        assert set(self.refused(owner="x" * 101, reference="x" * 51)) == {"owner", "reference"}
        assert self.send(owner="x" * 100, reference="x" * 50).record.pk

    def test_loads_become_tons(self) -> None:
        record = self.send(material=self.debris.pk, qty_ton="", loads="2", confirmed=True).record

        assert (record.qty_ton, record.is_estimated) == (Decimal(36), True)


class TestReference(DispatchTestCase):
    def test_already_used_that_day_needs_confirmation_with_who_used_it(self) -> None:
        self.send(reference="LS-4711", qty_ton="12.5")

        assert self.warnings(reference="LS-4711") == (
            "Reference LS-4711 was used on 2 Mar 2026 already: Aggregate, 12.50 t, Miller, entered by Alice.",
        )

    def test_is_the_same_in_other_spaces_dashes_case_and_unicode_form(self) -> None:
        self.send(reference="LS-77\u00e9")

        for same in (
            "LS 77\u00e9",
            "ls77e\u0301",
            "LS\u201377\u00c9",
            "\uff2c\uff33\u00a07 7\u00e9",
            "LS\u221277\u00e9",
        ):
            assert len(self.warnings(reference=same)) == 1, same
        assert self.send(reference="LS-78\u00e9").record.pk

    def test_of_a_dash_alone_is_none(self) -> None:
        self.send(reference="-", owner="Miller")

        assert self.send(reference="-", owner="Smith").record.pk

    def test_of_nobody_in_particular_is_shown_without_an_owner(self) -> None:
        self.send(reference="LS-4711", owner="")

        assert self.warnings(reference="LS-4711") == (
            "Reference LS-4711 was used on 2 Mar 2026 already: Aggregate, 10.00 t, entered by Alice.",
        )

    def test_is_the_same_in_capitals_and_between_spaces(self) -> None:
        self.send(reference="ls-ä1")

        assert len(self.warnings(reference="  LS-Ä1 ")) == 1

    def test_is_saved_with_what_was_confirmed(self) -> None:
        self.send(reference="LS-4711")

        outcome = self.send(reference="LS-4711", confirmed=True)

        assert len(outcome.warnings) == 1
        assert outcome.record.confirmed_warnings == list(outcome.warnings)
        assert outcome.record.history.get().confirmed_warnings == list(outcome.warnings)

    def test_of_another_day_or_another_site_or_none_is_no_matter(self) -> None:
        self.send(reference="LS-4711")

        assert self.send(reference="LS-4711", date=TUESDAY).warnings == ()
        assert self.send(reference="LS-4711", site=self.other_site).warnings == ()
        assert self.send(reference="LS-47").warnings == ()
        assert self.send(reference="").warnings == self.send(reference="", qty_ton="9").warnings == ()

    def test_that_a_correction_adds_needs_confirmation(self) -> None:
        self.send(reference="LS-4711")
        record = self.send(reference="LS-4712").record

        with pytest.raises(ConfirmationNeeded):
            self.change(record, reference="LS-4711")

    def test_that_a_correction_makes_equal_to_another_needs_confirmation(self) -> None:
        self.send(reference="LS-4711")
        record = self.send(reference="LS-4711", date=TUESDAY).record

        with pytest.raises(ConfirmationNeeded):
            self.change(record, date=MONDAY)

    def test_that_was_confirmed_needs_no_new_confirmation(self) -> None:
        self.send(reference="LS-4711")
        record = self.send(reference="LS-4711", confirmed=True).record

        assert self.change(record, notes="two lorries, one note").warnings == ()

    def test_is_confirmed_and_saved_on_the_page(self) -> None:
        self.send(reference="LS-4711")
        client = Client()
        client.force_login(self.alice)
        typed = {**self.leaving(reference="LS-4711"), "submission_key": "k"}

        requested = client.post("/dispatch/new/?site=YARD-NORTH", typed)
        yes = {**typed, "confirmed": requested.context["entry"].confirmation}
        saved = client.post("/dispatch/new/?site=YARD-NORTH", yes)

        assert requested.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        self.assertContains(requested, "Save anyway", status_code=422)
        assert saved.status_code == HTTPStatus.FOUND
        assert Dispatch.objects.filter(reference="LS-4711").count() == 2

    def test_needs_as_many_queries_as_none(self) -> None:
        self.send(reference="LS-1")

        with self.assertNumQueries(self._queries_of(reference="")):
            self.send(reference="LS-2")

    def test_is_the_only_warning_about_a_line_entered_twice(self) -> None:
        self.send(reference="LS-1")
        self.send(reference="")

        assert len(self.warnings(reference="LS-1")) == 1
        assert self.warnings(reference="")[0].startswith(
            "The same line is there already: Alice entered it on "
        )

    def _queries_of(self, **changes: object) -> int:
        with CaptureQueriesContext(connection) as captured:
            self.send(**changes)  # type: ignore[arg-type]  # what is typed
        return len(captured)


class TestQuickEntry(DispatchTestCase):
    def test_keeps_what_the_next_line_repeats(self) -> None:
        client = Client()
        client.force_login(self.alice)
        headers = {"HX-Request": "true", "HX-Target": "entry"}
        typed = self.leaving(reference="LS-1", trips="3", notes="wet")

        answer = client.post("/dispatch/new/?site=YARD-NORTH", typed, headers=headers)

        assert set(answer.context["entry"].form.initial) == {"date", "material", "operation", "owner"}
        assert answer.context["entry"].form.initial["owner"] == "Miller"
        assert answer.context["entry"].first_field == "qty_ton"

    def test_confirms_what_was_saved_with_labels_for_bare_numbers(self) -> None:
        client = Client()
        client.force_login(self.alice)

        answer = client.post("/dispatch/new/?site=YARD-NORTH", self.leaving(trips="3"), follow=True)

        self.assertContains(answer, "Mon 2 Mar 2026 · Aggregate · MAKE · 10.00 t · Trips 3 · Miller")
