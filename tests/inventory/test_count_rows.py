"""Cleaning many counts gives the form's verdicts, although the books are read once for all of them."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from inventory.module import STOCK_COUNTS
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.forms import RowCleaner
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site, User
from tests.factories import make_material, make_member, make_site
from tests.records.operations.test_bulk_cleaning import amounts, dates, texts


class TestVerdicts(TestCase):
    site: Site
    alice: User

    @classmethod
    def setUpTestData(cls) -> None:
        cls.site = make_site()
        cls.alice = make_member(cls.site)
        make_material(code="SAND")
        make_material(code="GRAVEL")
        cls.enter(RECEIVED, day=1, qty_ton="100")
        cls.enter(STOCK_COUNTS, day=3, counted_ton="99")
        cls.enter(RECEIVED, day=9, qty_ton="51")

    @classmethod
    def enter[R: DailyRecord](cls, module: RecordModule[R], *, day: int, **values: object) -> None:
        values |= {"date": dt.date(2026, 3, day), "material": "SAND"}
        operations.create(module=module, values=values, site=cls.site, by=cls.alice, source=Source.PAGE)

    def setUp(self) -> None:
        # One cleaner for every example: what a row leaves behind must not reach the next one.
        self.counting = RowCleaner(STOCK_COUNTS.form, site=self.site)

    @given(
        st.fixed_dictionaries(
            {
                "date": st.one_of(st.dates(dt.date(2026, 2, 27), dt.date(2026, 3, 12)), dates),
                "material": st.sampled_from(["SAND", "SAND", "SAND", "GRAVEL", "unknown", "", None]),
                "counted_ton": st.one_of(st.decimals(90, 165, places=1), amounts),
            },
            optional={"notes": texts},
        )
    )
    @settings(max_examples=100)
    def test_are_those_of_the_form(self, typed: dict[str, object]) -> None:
        form = STOCK_COUNTS.form(typed, site=self.site)

        cleaned = self.counting.clean(typed)

        if form.is_valid():
            assert isinstance(cleaned, DailyRecord), cleaned
            assert cleaned.counted_ton == form.cleaned_data["counted_ton"]
        else:
            assert not isinstance(cleaned, DailyRecord)
            assert cleaned.get_json_data() == form.errors.get_json_data()

    def test_take_one_query_for_each_material_however_many_rows(self) -> None:
        with self.assertNumQueries(2):
            for day in range(1, 20):
                for code in ("SAND", "GRAVEL"):
                    self.counting.clean({"date": dt.date(2026, 3, day), "material": code, "counted_ton": "9"})
