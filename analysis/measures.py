"""What can be analysed: sums over the records of a module, and ratios of two sums."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.db.models import F, Q, Sum
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from charts.numbers import written
from equipment.downtime.figures import STATUS_TIME, rest_hours, without_record
from equipment.downtime.models import TimeCategory
from equipment.figures import possible_hours
from inventory.models import HAS_TONS
from production.models import Meaning, ProductionQuerySet
from records.columns import CountColumn, HoursColumn, NumberColumn, RatioColumn, TonsColumn
from records.models import DailyRecord
from records.module import RecordModule
from records.registry import module, modules
from sites.models import Purpose, Site

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

# The sum as an expression; what a machine could have run depends on the sites and the dates.
type Expression = Callable[[Sequence[Site], dt.date, dt.date], Combinable]


def _every_record() -> Q:
    return Q()


@dataclass(frozen=True, kw_only=True)
class Amount:
    """A sum over records of a module."""

    # The slug of the module.
    module: str
    expression: Expression
    # The records that it is the sum of, and the parameters that narrow the module's list to them.
    condition: Callable[[], Q] = _every_record
    filters: tuple[tuple[str, str], ...] = ()
    # The field that must have one value in all records that are added up, as the material of loads.
    alike_by: str = ""
    # What the sum is divided by, such as 60 for minutes as hours.
    divisor: int = 1


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A figure that can be analysed: an amount, or an amount for each one of another."""

    name: str
    label: "StrPromise"
    unit: "StrPromise | str"
    amount: Amount
    # What is subtracted from the amount, such as the hours of stops from those that were scheduled.
    less: tuple[Amount, ...] = ()
    per: Amount | None = None
    # A stop of a shift counts in a log of the whole day too, so nothing is known of each shift.
    mixes_shifts: bool = False
    # What a ratio is multiplied by, such as 100 for a percentage.
    factor: int = 1
    decimals: int = 2
    # How it is written to a file.
    column: type[NumberColumn] = TonsColumn
    # How a ratio is calculated, for the reader of the page.
    formula: "StrPromise | str" = ""

    @property
    def amounts(self) -> tuple[Amount, ...]:
        return (self.amount, *self.less) if self.per is None else (self.amount, *self.less, self.per)

    @property
    def is_sum(self) -> bool:
        """Return whether its figures add up, whatever they are divided by."""
        return self.per is None and not self.amount.alike_by

    @property
    def compares_shifts(self) -> bool:
        """Return whether records of one module are divided by those of another, whose shifts may differ."""
        return self.per is not None and self.per.module != self.amount.module

    @property
    def slugs(self) -> list[str]:
        return list(dict.fromkeys(amount.module for amount in self.amounts))

    @property
    def modules(self) -> list[RecordModule[DailyRecord]]:
        """Return the modules whose records it reads, each once."""
        return [module(slug) for slug in self.slugs]

    def file_column(self, heading: str) -> NumberColumn:
        """Return a column of a file with values of the measure."""
        return self.column(name=heading, label=heading, unit=self.unit)

    def text(self, value: Decimal | None) -> str:
        """Return a value as a person reads it; a dash for none."""
        return written(value, self.decimals)


def measures() -> dict[str, Measure]:
    """Return the measures of the installed modules by their names, in the order of the choices."""
    installed = {each.slug for each in modules()}
    return {measure.name: measure for measure in MEASURES if installed.issuperset(measure.slugs)}


def _sum(expression: "Combinable | str") -> Expression:
    return lambda _sites, _first, _last: Sum(expression)


def _production(meaning: Meaning) -> Amount:
    return Amount(
        module="production",
        expression=_sum("qty_ton"),
        condition=partial(ProductionQuerySet.meaning_condition, meaning),
        filters=(("counts_as", meaning.value),),
    )


def _plant(*purposes: Purpose) -> Amount:
    return Amount(
        module="production", expression=_sum("qty_ton"), condition=lambda: Q(operation__purpose__in=purposes)
    )


def _loads(module: str) -> Amount:
    return Amount(module=module, expression=_sum("loads"), alike_by="material_id")


def _load_average(module: str, name: str, label: "StrPromise") -> Measure:
    """Return the mean tons of the loads that were counted."""

    def of_counted(field: str) -> Amount:
        return Amount(module=module, expression=_sum(field), condition=lambda: Q(loads__gt=0))

    return Measure(
        name=name,
        label=label,
        unit=_("t per load"),
        column=RatioColumn,
        amount=of_counted("qty_ton"),
        per=of_counted("loads"),
        formula=_("tons ÷ loads, of records with loads"),
    )


OUTPUT = _production(Meaning.OUTPUT)
# The measure that targets are set for.
OUTPUT_NAME = "output"
MACHINE_HOURS = Amount(module="equipment", expression=_sum(F("hours") * F("count")))
SCHEDULED_HOURS = Amount(module="equipment", expression=possible_hours)
_DOWN_STATUSES = [
    status for status, (category, _planned) in STATUS_TIME.items() if category == TimeCategory.DOWN
]
# Down time, as the page of availability counts it: what has a reason, and what a status alone explains.
DOWN_HOURS = (
    Amount(
        module="downtime",
        expression=_sum("minutes"),
        condition=lambda: Q(reason__category=TimeCategory.DOWN),
        divisor=60,
    ),
    Amount(
        module="equipment",
        expression=lambda sites, first, last: Sum(rest_hours(sites, first, last)),
        condition=lambda: Q(status__in=_DOWN_STATUSES) & without_record(),
    ),
)
LABOUR_HOURS = Amount(module="manpower", expression=_sum(F("hours") * F("headcount")))

MEASURES = (
    Measure(name=OUTPUT_NAME, label=_("Output"), unit=_("t"), amount=OUTPUT),
    Measure(
        name="not-for-sale",
        label=_("Product not for sale"),
        unit=_("t"),
        amount=_production(Meaning.NOT_FOR_SALE),
    ),
    Measure(name="feed", label=_("Feed used"), unit=_("t"), amount=_production(Meaning.FEED)),
    Measure(name="residue", label=_("Residue"), unit=_("t"), amount=_production(Meaning.RESIDUE)),
    Measure(name="used", label=_("Used on site"), unit=_("t"), amount=_production(Meaning.USED)),
    Measure(name="disposed", label=_("Disposed on site"), unit=_("t"), amount=_production(Meaning.DISPOSED)),
    Measure(
        name="recovery",
        label=_("Recovery rate"),
        unit="%",
        amount=_plant(Purpose.PRODUCT),
        per=_plant(Purpose.PRODUCT, Purpose.RESIDUE),
        factor=100,
        decimals=1,
        column=RatioColumn,
        formula=_("product ÷ (product + residue)"),
    ),
    Measure(
        name="received",
        label=_("Received"),
        unit=_("t"),
        amount=Amount(module="received", expression=_sum("qty_ton")),
    ),
    Measure(
        name="received-loads",
        label=_("Loads received"),
        unit="",
        amount=_loads("received"),
        decimals=0,
        column=CountColumn,
    ),
    _load_average("received", "received-average", _("Average load received")),
    Measure(
        name="dispatched",
        label=_("Dispatched"),
        unit=_("t"),
        amount=Amount(module="dispatch", expression=_sum("qty_ton")),
    ),
    Measure(
        name="dispatched-loads",
        label=_("Loads dispatched"),
        unit="",
        amount=_loads("dispatch"),
        decimals=0,
        column=CountColumn,
    ),
    Measure(
        name="trips",
        label=_("Trips"),
        unit="",
        amount=Amount(module="dispatch", expression=_sum("trips"), condition=lambda: HAS_TONS),
        decimals=0,
        column=CountColumn,
    ),
    _load_average("dispatch", "dispatched-average", _("Average load dispatched")),
    Measure(
        name="machine-hours", label=_("Machine hours"), unit=_("h"), amount=MACHINE_HOURS, column=HoursColumn
    ),
    Measure(
        name="utilisation",
        label=_("Equipment utilisation"),
        unit="%",
        amount=MACHINE_HOURS,
        per=SCHEDULED_HOURS,
        factor=100,
        decimals=1,
        column=RatioColumn,
        formula=_("hours run ÷ hours of the logged shifts"),
    ),
    Measure(
        name="availability",
        label=_("Physical availability"),
        unit="%",
        amount=SCHEDULED_HOURS,
        less=DOWN_HOURS,
        per=SCHEDULED_HOURS,
        mixes_shifts=True,
        factor=100,
        decimals=1,
        column=RatioColumn,
        formula=_("1 − down hours ÷ scheduled hours"),
    ),
    Measure(
        name="downtime",
        label=_("Downtime"),
        unit=_("min"),
        amount=Amount(module="downtime", expression=_sum("minutes")),
        decimals=0,
        column=CountColumn,
        formula=_("minutes of the downtime records"),
    ),
    Measure(
        name="tons-lost",
        label=_("Tons lost"),
        unit=_("t"),
        amount=Amount(module="downtime", expression=_sum("tons_lost")),
    ),
    Measure(
        name="people",
        label=_("Person-shifts"),
        unit="",
        amount=Amount(module="manpower", expression=_sum("headcount")),
        decimals=0,
        column=CountColumn,
    ),
    Measure(
        name="labour-hours", label=_("Labour hours"), unit=_("h"), amount=LABOUR_HOURS, column=HoursColumn
    ),
    Measure(
        name="tons-per-machine-hour",
        label=_("Output per machine hour"),
        unit=_("t/h"),
        column=RatioColumn,
        amount=OUTPUT,
        per=MACHINE_HOURS,
        formula=_("output ÷ machine hours"),
    ),
    Measure(
        name="tons-per-labour-hour",
        label=_("Output per labour hour"),
        unit=_("t/h"),
        column=RatioColumn,
        amount=OUTPUT,
        per=LABOUR_HOURS,
        formula=_("output ÷ labour hours"),
    ),
)
