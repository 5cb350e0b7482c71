"""A question compiled once gives the answers that Django gives to the query it was made of."""

import datetime as dt

from django.db import connection
from django.db.models import BigIntegerField, CharField, F
from django.db.models.functions import Upper
from django.test.utils import CaptureQueriesContext

from records.models import SiteDay
from records.prepared import Asked, Insertion, Instruction, Question
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
