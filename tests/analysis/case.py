"""A site with records for the analysis of which the figures are known."""

import datetime as dt
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.test import Client, TestCase

from analysis.dimensions import DIMENSIONS
from analysis.measures import measures
from analysis.table import AnalysisTable, ComparedTo, Question
from records.pages.dates import DateRange
from sites.models import Material, Operation, Purpose, Site, StockEffect, User
from tests.factories import (
    People,
    make_dispatch,
    make_material,
    make_operation,
    make_people,
    make_production,
    make_received,
)

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

MONDAY = dt.date(2026, 3, 2)
TUESDAY = dt.date(2026, 3, 3)
MARCH = DateRange(dt.date(2026, 3, 1), dt.date(2026, 3, 31))


class AnalysisCase(TestCase):
    people: People
    site: Site
    alice: User
    debris: Material
    aggregate: Material
    making: Operation
    feeding: Operation
    disposing: Operation

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = make_people()
        cls.site, cls.alice = cls.people.site, cls.people.alice
        cls.debris = make_material(code="DEBRIS", name="Concrete debris", is_final=False, position=2)
        cls.aggregate = make_material(code="AGGREGATE", name="Aggregate", position=1)
        cls.making = make_operation()
        cls.feeding = make_operation(stock_effect=StockEffect.REMOVES, purpose=Purpose.FEED)
        cls.disposing = make_operation(stock_effect=StockEffect.NONE, purpose=Purpose.RESIDUE)
        make_received(cls.site, cls.debris, by=cls.alice, date=MONDAY, tons="100.001")
        make_received(cls.site, cls.aggregate, by=cls.alice, date=TUESDAY, tons="20")
        make_production(cls.site, cls.debris, cls.feeding, by=cls.alice, date=MONDAY, tons="80")
        make_production(cls.site, cls.aggregate, cls.making, by=cls.alice, date=MONDAY, tons="70.5")
        make_production(cls.site, cls.debris, cls.disposing, by=cls.alice, date=MONDAY, tons="6")
        make_dispatch(cls.site, cls.aggregate, cls.making, by=cls.alice, date=TUESDAY, tons="30")

    def table(
        self,
        measure: str,
        rows: str,
        columns: str = "",
        *,
        dates: DateRange = MARCH,
        comparison: ComparedTo = ComparedTo.NONE,
        filters: dict[str, str] | None = None,
        sort: str = "",
    ) -> AnalysisTable:
        question = Question(
            measure=measures()[measure],
            rows=DIMENSIONS[rows],
            columns=DIMENSIONS[columns] if columns else None,
            sites=(self.site,),
            scope_code=self.site.code,
            dates=dates,
            comparison=comparison,
            filters=filters or {},
        )
        return AnalysisTable(question, user=self.alice, sort=sort)

    def get(self, person: User | None = None, **query: str) -> "Response":
        client = Client()
        client.force_login(person or self.alice)
        dates = {} if "period" in query else {"from": "2026-03-01", "to": "2026-03-31"}
        return client.get(f"/analysis/?{urlencode({'site': self.site.code, **dates, **query})}")
