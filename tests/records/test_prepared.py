"""A question compiled once gives the answers that Django gives to the query it was made of."""

import datetime as dt
from decimal import Decimal

from django.db import connection
from django.db.models import BigIntegerField, CharField, F, QuerySet, Sum
from django.db.models.functions import Upper
from django.test.utils import CaptureQueriesContext

from received.models import ReceivedMaterial
from records.models import SiteDay
from records.prepared import Asked, Insertion, Instruction, Question, Tally
from sites.models import Site
from tests.factories import make_site
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase

CODE = Asked("code", CharField())


class TestQuestion(RecordsTestCase):
    def test_is_answered_for_the_values_of_each_time(self) -> None:
        question = Question(lambda: Site.objects.filter(code=CODE))

        assert question.first(code="YARD-NORTH") == self.site
        assert question.first(code="QUARRY-1") == self.other_site
        assert question.first(code="NOWHERE") is None

    def test_returns_instances_like_djangos_own(self) -> None:
        self.site.day_starts_at = dt.time(6)
        self.site.save()

        asked = Question(lambda: Site.objects.filter(code=CODE)).first(code="YARD-NORTH")

        assert asked is not None
        assert asked.__dict__.keys() == Site.objects.get(code="YARD-NORTH").__dict__.keys()
        assert asked.day_starts_at == dt.time(6)
        assert not asked._state.adding

    def test_sets_annotations(self) -> None:
        question = Question(lambda: Site.objects.annotate(shout=Upper("name")).filter(code=CODE))

        asked = question.first(code="YARD-NORTH")

        assert asked is not None
        assert vars(asked)["shout"] == "NORTH YARD"

    def test_takes_a_value_more_than_once_and_inside_a_subquery(self) -> None:
        user = Asked("user", BigIntegerField())
        question = Question(lambda: Site.objects.of_member(user).with_role_of_member(user).order_by("code"))

        assert [(site.code, site.role) for site in question.ask(user=self.mona.pk)] == [
            ("YARD-NORTH", "manager")
        ]

    def test_asks_the_database_once(self) -> None:
        question = Question(lambda: Site.objects.filter(code=CODE))

        with CaptureQueriesContext(connection) as asked:
            question.ask(code="YARD-NORTH")
            question.ask(code="QUARRY-1")

        assert len(asked) == 2

    def test_cannot_be_talked_into_other_sql(self) -> None:
        question = Question(lambda: Site.objects.filter(code=CODE))

        assert question.ask(code="x' OR '1'='1") == []


class TestInstruction(RecordsTestCase):
    def test_changes_the_rows_for_its_values_and_says_how_many(self) -> None:
        more = Asked("more", BigIntegerField())
        instruction = Instruction(
            lambda: Site.objects.filter(code=CODE).order_by(), change_number=F("change_number") + more
        )

        changed = [instruction.carry_out(code="YARD-NORTH", more=5), instruction.carry_out(code="X", more=5)]

        assert changed == [1, 0]
        assert (self.change_number(), self.change_number(self.other_site)) == (5, 0)


class TestInsertion(RecordsTestCase):
    def test_writes_rows_as_djangos_own_would(self) -> None:
        site = make_site()
        rows = [SiteDay(site=site, date=date, status="open") for date in (MONDAY, TUESDAY)]

        Insertion(SiteDay).write(rows)

        assert list(SiteDay.objects.order_by("date").values_list("site", "date", "submitted_at")) == [
            (site.pk, MONDAY, None),
            (site.pk, TUESDAY, None),
        ]


class TestTally(RecordsTestCase):
    def test_returns_the_rows_that_the_query_set_returns(self) -> None:
        tally = Tally[Site, tuple[str, dt.time]](
            lambda: Site.objects.filter(code=CODE).values_list("name", "day_starts_at")
        )

        for code in ("YARD-NORTH", "QUARRY-1", "NOWHERE"):
            rows = Site.objects.filter(code=code).values_list("name", "day_starts_at")
            assert tally.ask(code=code) == list(rows)

    def test_adds_exact_numbers_as_decimals(self) -> None:
        self.receive(qty_ton="0.1")
        self.receive(qty_ton="0.2")
        tally = Tally[ReceivedMaterial, tuple[dt.date, Decimal]](
            lambda: ReceivedMaterial.objects.order_by().values_list("date").annotate(Sum("qty_ton"))
        )

        ((_date, tons),) = tally.ask()

        assert tons == Decimal("0.300")

    def test_keeps_the_order_and_columns_of_a_union(self) -> None:
        def named(code: str) -> QuerySet[Site, tuple[str]]:
            return Site.objects.filter(code=code).order_by().values_list("code")

        tally = Tally[Site, tuple[str]](
            lambda: named("QUARRY-1").union(named("YARD-NORTH"), all=True).order_by(F("code").desc())[:1]
        )

        assert tally.ask() == [("YARD-NORTH",)]
