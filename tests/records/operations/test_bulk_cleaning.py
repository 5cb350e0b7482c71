"""Cleaning many rows gives the verdicts of the form, one by one."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from dispatch.module import DISPATCH
from equipment.models import EquipmentLog, Machine
from equipment.module import EQUIPMENT
from manpower.models import ManpowerRole
from manpower.module import MANPOWER
from production.module import PRODUCTION
from received.module import RECEIVED
from records.forms import RowCleaner
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import MasterData, Material, Operation, Site
from tests.factories import make_machine, make_material, make_operation, make_role, make_site

type Verdict = tuple[object, ...]

dates = st.one_of(
    st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)),
    st.dates().map(str),
    st.sampled_from(["", None, "2026-02-30", "yesterday", "3/4/2026", dt.datetime(2026, 3, 1, 5)]),  # noqa: DTZ001
)
amounts = st.one_of(
    st.decimals(-10, 10_000_000, places=4),
    st.decimals(Decimal("0.001"), 2000, places=3),
    st.decimals(Decimal("0.001"), 2000, places=3).map(str),
    st.sampled_from(["", None, "0", "1e3", "NaN", "ten", " 12.5 ", "1,5", "999999.999", "1000000"]),
)
counts = st.one_of(st.integers(-2, 12_000), st.sampled_from(["", None, "3", "3.0", "3.5", "many"]))
texts = st.one_of(
    st.text(max_size=60), st.sampled_from(["", None, "  ", "x" * 101, "x" * 2001, "a\0b", "one\ntwo"])
)
named = st.sampled_from(
    [
        *("pk", "text of pk", "code", "itself", "inactive", "of another site", "ELSEWHERE", "unknown"),
        *("", None, "999999", "٣"),
    ]
)


class TestVerdicts(TestCase):
    site: Site
    material: Material
    inactive: Material
    operation: Operation
    machine: Machine
    elsewhere: Machine
    role: ManpowerRole

    @classmethod
    def setUpTestData(cls) -> None:
        cls.site = make_site()
        cls.material = make_material(code="SAND", tons_per_load="18.5")
        cls.inactive = make_material(is_active=False)
        cls.operation = make_operation(code="MAKE")
        cls.machine = make_machine(cls.site, code="CRUSHER")
        cls.elsewhere = make_machine(make_site(), code="ELSEWHERE")
        cls.role = make_role(code="DRIVER")

    def setUp(self) -> None:
        # One cleaner for every example: what a row leaves behind must not reach the next one.
        self.receiving = RowCleaner(RECEIVED.form, site=self.site)
        self.producing = RowCleaner(PRODUCTION.form, site=self.site)
        self.sending = RowCleaner(DISPATCH.form, site=self.site)
        self.running = RowCleaner(EQUIPMENT.form, site=self.site)
        self.working = RowCleaner(MANPOWER.form, site=self.site)

    @given(
        st.fixed_dictionaries(
            {},
            optional={
                "date": dates,
                "material": named,
                "qty_ton": amounts,
                "loads": counts,
                "source": texts,
                "vehicle_ref": texts,
                "notes": texts,
            },
        )
    )
    @settings(max_examples=100)
    def test_are_those_of_the_form_for_received_material(self, typed: dict[str, object]) -> None:
        self._assert_same_verdict(RECEIVED, self.receiving, typed)

    @given(
        st.fixed_dictionaries(
            {},
            optional={
                "date": dates,
                "shift": st.sampled_from(["", None, "morning", "night", "noon", "MORNING"]),
                "material": named,
                "operation": named,
                "qty_ton": amounts,
                "notes": texts,
            },
        )
    )
    @settings(max_examples=100)
    def test_are_those_of_the_form_for_production(self, typed: dict[str, object]) -> None:
        self._assert_same_verdict(PRODUCTION, self.producing, typed)

    @given(
        st.fixed_dictionaries(
            {},
            optional={
                "date": dates,
                "material": named,
                "operation": named,
                "qty_ton": amounts,
                "loads": counts,
                "trips": counts,
                "owner": texts,
                "reference": texts,
                "notes": texts,
            },
        )
    )
    @settings(max_examples=100)
    def test_are_those_of_the_form_for_dispatch(self, typed: dict[str, object]) -> None:
        self._assert_same_verdict(DISPATCH, self.sending, typed)

    @given(
        st.fixed_dictionaries(
            {},
            optional={
                "date": dates,
                "shift": st.sampled_from(["", None, "morning", "night", "noon"]),
                "equipment": named,
                "count": counts,
                "hours": amounts,
                "status": st.sampled_from(["", None, "idle", "breakdown", "IDLE"]),
                "notes": texts,
            },
        )
    )
    @settings(max_examples=100)
    def test_are_those_of_the_form_for_equipment(self, typed: dict[str, object]) -> None:
        self._assert_same_verdict(EQUIPMENT, self.running, typed)

    @given(
        st.fixed_dictionaries(
            {},
            optional={
                "date": dates,
                "shift": st.sampled_from(["", None, "morning", "night", "noon"]),
                "role": named,
                "headcount": counts,
                "hours": amounts,
                "notes": texts,
            },
        )
    )
    @settings(max_examples=100)
    def test_are_those_of_the_form_for_manpower(self, typed: dict[str, object]) -> None:
        self._assert_same_verdict(MANPOWER, self.working, typed)

    def _assert_same_verdict[R: DailyRecord](
        self, module: RecordModule[R], cleaner: RowCleaner[R], typed: dict[str, object]
    ) -> None:
        values = {name: self._named(name, value) for name, value in typed.items()}

        form = module.form(values, site=self.site)
        cleaned = cleaner.clean(values)

        if form.is_valid():
            assert isinstance(cleaned, DailyRecord), cleaned
            assert _columns(cleaned) == _columns(form.save(commit=False))
        else:
            assert not isinstance(cleaned, DailyRecord)
            assert cleaned.get_json_data() == form.errors.get_json_data()

    def _named(self, name: str, value: object) -> object:
        choices: dict[str, MasterData] = {
            "material": self.material,
            "operation": self.operation,
            "equipment": self.machine,
            "role": self.role,
        }
        if name not in choices:
            return value
        choice = choices[name]
        match value:
            case "pk":
                return choice.pk
            case "text of pk":
                return f" {choice.pk} "
            case "code":
                return choice.code
            case "itself":
                return choice
            case "inactive":
                return self.inactive.pk
            case "of another site":
                return self.elsewhere.pk
            case _:
                return value


def _columns(record: DailyRecord) -> dict[str, object]:
    """Return what a record says; what is odd about it, an operation asks after the form."""
    names = {column.attname for column in record._meta.concrete_fields} - {"confirmed_warnings"}
    return {name: getattr(record, name) for name in names}


@pytest.mark.django_db
class TestQueries:
    def test_cleaning_rows_needs_no_query(self, django_assert_num_queries: object) -> None:
        site: Site = make_site()
        material = make_material(code="ROCK")
        make_operation(code="MAKE")
        cleaner = RowCleaner(DISPATCH.form, site=site)
        assert callable(django_assert_num_queries)

        with django_assert_num_queries(0):
            for day in range(1, 20):
                row = {
                    "date": dt.date(2026, 3, day),
                    "material": "ROCK",
                    "operation": "MAKE",
                    "qty_ton": "1.5",
                    "reference": "the same on every line",
                }
                record = cleaner.clean(row)

                assert isinstance(record, DailyRecord)
                assert record.material_id == material.pk

    def test_cleaning_equipment_needs_no_query_overtime_included(
        self, django_assert_num_queries: object
    ) -> None:
        site = make_site()
        machine = make_machine(site, code="CRUSHER")
        cleaner = RowCleaner(EQUIPMENT.form, site=site)
        assert callable(django_assert_num_queries)

        with django_assert_num_queries(0):
            for hours in ("7", "9", "24"):
                record = cleaner.clean({"date": "2026-03-02", "equipment": "CRUSHER", "hours": hours})

                assert isinstance(record, EquipmentLog)
                assert record.equipment_id == machine.pk
