"""A prepared query returns what Django returns for its queryset; prepared writes change what Django would."""

import datetime as dt
from decimal import Decimal

from django.db import connection
from django.db.models import BigIntegerField, CharField, F, QuerySet, Sum
from django.db.models.functions import Upper
from django.test.utils import CaptureQueriesContext

from core.db.prepared import (
    JoinedQueries,
    Parameter,
    ParameterList,
    PreparedQuery,
    PreparedWrite,
    insert_rows,
)
from received.models import ReceivedMaterial
from records.models import SiteDay
from sites.models import Site
from tests.factories import make_site
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase

CODE = Parameter("code", CharField())


class TestInstances(RecordsTestCase):
    def test_runs_with_the_values_of_each_call(self) -> None:
        query = PreparedQuery(lambda: Site.objects.filter(code=CODE))

        assert query.first(code="YARD-NORTH") == self.site
        assert query.first(code="QUARRY-1") == self.other_site
        assert query.first(code="NOWHERE") is None

    def test_returns_instances_like_djangos_own(self) -> None:
        self.site.day_starts_at = dt.time(6)
        self.site.save()

        found = PreparedQuery(lambda: Site.objects.filter(code=CODE)).first(code="YARD-NORTH")

        assert found is not None
        assert found.__dict__.keys() == Site.objects.get(code="YARD-NORTH").__dict__.keys()
        assert found.day_starts_at == dt.time(6)
        assert not found._state.adding

    def test_sets_annotations(self) -> None:
        query = PreparedQuery(lambda: Site.objects.annotate(shout=Upper("name")).filter(code=CODE))

        found = query.first(code="YARD-NORTH")

        assert found is not None
        assert vars(found)["shout"] == "NORTH YARD"

    def test_accepts_a_parameter_twice_and_in_a_subquery(self) -> None:
        user = Parameter("user", BigIntegerField())
        query = PreparedQuery(lambda: Site.objects.of_member(user).with_role_of_member(user).order_by("code"))

        assert [(site.code, site.role) for site in query.all(user=self.mona.pk)] == [
            ("YARD-NORTH", "manager")
        ]

    def test_accepts_any_number_of_values_of_a_list(self) -> None:
        codes = ParameterList("codes", CharField())
        query = PreparedQuery(lambda: Site.objects.filter(code__in=codes).order_by("code"))

        assert query.all(codes=["YARD-NORTH"]) == [self.site]
        assert query.all(codes=["YARD-NORTH", "QUARRY-1"]) == [self.other_site, self.site]
        with self.assertNumQueries(0):
            assert query.all(codes=[]) == []

    def test_needs_one_query_each(self) -> None:
        query = PreparedQuery(lambda: Site.objects.filter(code=CODE))

        with CaptureQueriesContext(connection) as queries:
            query.all(code="YARD-NORTH")
            query.all(code="QUARRY-1")

        assert len(queries) == 2

    def test_does_not_run_sql_in_a_value(self) -> None:
        query = PreparedQuery(lambda: Site.objects.filter(code=CODE))

        assert query.all(code="x' OR '1'='1") == []


class TestWrites(RecordsTestCase):
    def test_updates_the_rows_and_returns_how_many(self) -> None:
        more = Parameter("more", BigIntegerField())
        write = PreparedWrite(
            lambda: Site.objects.filter(code=CODE).order_by(), change_number=F("change_number") + more
        )

        changed = [write.run(code="YARD-NORTH", more=5), write.run(code="X", more=5)]

        assert changed == [1, 0]
        assert (self.change_number(), self.change_number(self.other_site)) == (5, 0)


class TestInsertRows(RecordsTestCase):
    def test_inserts_what_django_would(self) -> None:
        site = make_site()
        rows = [SiteDay(site=site, date=date, status="open") for date in (MONDAY, TUESDAY)]

        insert_rows(SiteDay, rows)

        assert list(SiteDay.objects.order_by("date").values_list("site", "date", "submitted_at")) == [
            (site.pk, MONDAY, None),
            (site.pk, TUESDAY, None),
        ]


class TestRowsOfValues(RecordsTestCase):
    def test_returns_the_rows_that_the_query_set_returns(self) -> None:
        query = PreparedQuery[Site, tuple[str, dt.time]](
            lambda: Site.objects.filter(code=CODE).values_list("name", "day_starts_at")
        )

        for code in ("YARD-NORTH", "QUARRY-1", "NOWHERE"):
            rows = Site.objects.filter(code=code).values_list("name", "day_starts_at")
            assert query.all(code=code) == list(rows)

    def test_adds_exact_numbers_as_decimals(self) -> None:
        self.receive(qty_ton="0.1")
        self.receive(qty_ton="0.2")
        query = PreparedQuery[ReceivedMaterial, tuple[dt.date, Decimal]](
            lambda: ReceivedMaterial.objects.order_by().values_list("date").annotate(Sum("qty_ton"))
        )

        ((_date, tons),) = query.all()

        assert tons == Decimal("0.300")

    def test_keeps_the_order_and_columns_of_a_union(self) -> None:
        def named(code: str) -> QuerySet[Site, tuple[str]]:
            return Site.objects.filter(code=code).order_by().values_list("code")

        query = PreparedQuery[Site, tuple[str]](
            lambda: named("QUARRY-1").union(named("YARD-NORTH"), all=True).order_by(F("code").desc())[:1]
        )

        assert query.all() == [("YARD-NORTH",)]


class TestJoinedQueries(RecordsTestCase):
    def test_return_the_row_of_each_query_in_one_statement(self) -> None:
        self.receive(qty_ton="0.1")
        self.receive(qty_ton="0.2")
        tons = PreparedQuery[ReceivedMaterial, tuple[object, ...]](
            lambda: ReceivedMaterial.objects.order_by().values_list("date").annotate(Sum("qty_ton"))
        )
        named = PreparedQuery[Site, tuple[object, ...]](
            lambda: Site.objects.filter(code=CODE).values_list("code", "day_starts_at")
        )
        both = JoinedQueries([named, tons])

        with CaptureQueriesContext(connection) as queries:
            found = both.rows(code="YARD-NORTH")

        assert found == [named.first(code="YARD-NORTH"), (MONDAY, Decimal("0.300"))]
        assert len(queries) == 1
        assert both.rows(code="NOWHERE") == [None, (MONDAY, Decimal("0.300"))]
