"""By what a measure can be divided: dates, sites, master data, choices and texts of the records."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateField, F
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, ExtractIsoWeekDay, Trunc
from django.db.models.sql.compiler import SQLCompiler
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from analysis.measures import Measure
from equipment.downtime.models import DowntimeReason, TimeCategory
from equipment.models import Machine, Status
from manpower.models import ManpowerRole
from parties.models import Party, Vehicle
from records.choices import Shift
from records.filters import NO_TEXT, WHOLE_DAY
from sites.models import Category, Material, Operation, Site

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

# A value of a dimension as the database has it: an id, a code, a text, or the first date of a period.
type Key = int | str | dt.date
# The name of a dimension, and of the filter of the lists that has its values.
SHIFT = "shift"


class Slice(NamedTuple):
    """What narrows a list of records to a value of a dimension: its parameters, or other dates or a site."""

    filters: tuple[tuple[str, str], ...] = ()
    first: dt.date | None = None
    last: dt.date | None = None
    site_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """A way to divide the records of some modules."""

    name: str
    label: "StrPromise"
    # The path of its value by the slug of the module; under "" for every module.
    paths: Mapping[str, str]
    # Return the labels of values, in the order of the dimension.
    labels: Callable[[set[Key], Sequence[Site]], dict[Key, str]]
    narrow: Callable[[Key], Slice]
    # Its values have an order of their own, which is used until another one is chosen.
    is_ordered: bool = False
    is_period: ClassVar[bool] = False

    def applies_to(self, measure: Measure) -> bool:
        """Return whether every record that the measure reads has a value."""
        if self.name == SHIFT and measure.mixes_shifts:
            return False
        return all("" in self.paths or module.slug in self.paths for module in measure.modules)

    def expression(self, slug: str) -> Combinable:
        return F(self.paths.get(slug) or self.paths[""])


class WeekOf(Trunc):
    """The Monday of a week; on PostgreSQL by whole numbers, which takes two thirds of the time."""

    def as_postgresql(self, compiler: SQLCompiler, _connection: BaseDatabaseWrapper) -> tuple[str, object]:
        sql, parameters = compiler.compile(self.lhs)
        # The first day of the calendar is a Monday.
        return f"({sql} - ({sql} - DATE '0001-01-01') %% 7)", (*parameters, *parameters)


class WeekdayOf(ExtractIsoWeekDay):
    """The weekday of a date, calculated likewise."""

    def as_postgresql(self, compiler: SQLCompiler, _connection: BaseDatabaseWrapper) -> tuple[str, object]:
        sql, parameters = compiler.compile(self.lhs)
        return f"(({sql} - DATE '0001-01-01') %% 7 + 1)", parameters


@dataclass(frozen=True, kw_only=True)
class PeriodDimension(Dimension):
    """The days, weeks, months, quarters or years of the records."""

    # A unit of `Trunc`.
    unit: str
    is_ordered: bool = True
    is_period: ClassVar[bool] = True

    def start(self, date: dt.date) -> dt.date:
        """Return the first date of the period that a date is in."""
        match self.unit:
            case "day":
                return date
            case "week":
                return date - dt.timedelta(days=date.weekday())
            case "month":
                return date.replace(day=1)
            case "quarter":
                return dt.date(date.year, (date.month - 1) // 3 * 3 + 1, 1)
            case _:
                return dt.date(date.year, 1, 1)

    def expression(self, slug: str) -> Combinable:
        del slug
        if self.unit == "day":
            return F("date")
        start = WeekOf if self.unit == "week" else Trunc
        return start("date", self.unit, output_field=DateField())


def _end(first: dt.date, unit: str) -> dt.date:
    """Return the last date of the period that begins on a date."""
    match unit:
        case "day":
            return first
        case "week":
            return first + dt.timedelta(days=6)
        case "month":
            months = 1
        case "quarter":
            months = 3
        case _:
            months = 12
    month = first.month - 1 + months
    return dt.date(first.year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)


def _period(unit: str, label: "StrPromise", text: Callable[[dt.date], str]) -> PeriodDimension:
    def labels(keys: set[Key], _sites: Sequence[Site]) -> dict[Key, str]:
        return {key: text(key) for key in sorted(key for key in keys if isinstance(key, dt.date))}

    def narrow(key: Key) -> Slice:
        assert isinstance(key, dt.date)
        return Slice(first=key, last=_end(key, unit))

    return PeriodDimension(
        name=unit, label=label, paths={"": "date"}, labels=labels, narrow=narrow, unit=unit
    )


def _week(first: dt.date) -> str:
    year, week, _day = first.isocalendar()
    return _now("%(year)d, week %(week)d") % {"year": year, "week": week}


def _quarter(first: dt.date) -> str:
    return _now("%(year)d, quarter %(quarter)d") % {"year": first.year, "quarter": (first.month + 2) // 3}


def _parameter(name: str) -> Callable[[Key], Slice]:
    return lambda key: Slice(filters=((name, str(key)),))


def _master_data(
    name: str, label: "StrPromise", model: type[models.Model], paths: Mapping[str, str], parameter: str
) -> Dimension:
    def labels(keys: set[Key], sites: Sequence[Site]) -> dict[Key, str]:
        ids = [key for key in keys if isinstance(key, int)]
        rows = model._default_manager.filter(pk__in=ids)
        if model is not Machine or len(sites) == 1:
            return {row.pk: str(row) for row in rows}
        codes = {site.pk: site.code for site in sites}
        machines = Machine.objects.filter(pk__in=ids).order_by("position", "code", "site__code")
        return {machine.pk: f"{machine} · {codes[machine.site_id]}" for machine in machines}

    return Dimension(name=name, label=label, paths=paths, labels=labels, narrow=_parameter(parameter))


def _choice(
    name: str,
    label: "StrPromise",
    choices: Iterable[tuple[Key, "StrPromise | str"]],
    paths: Mapping[str, str],
    parameter: str = "",
) -> Dimension:
    def labels(keys: set[Key], _sites: Sequence[Site]) -> dict[Key, str]:
        return {key: str(text) for key, text in choices if key in keys}

    # The whole day is an empty text.
    return Dimension(
        name=name,
        label=label,
        paths=paths,
        labels=labels,
        narrow=lambda key: Slice(filters=((parameter or name, str(key) or WHOLE_DAY),)),
        is_ordered=True,
    )


def _text(name: str, label: "StrPromise", module: str, field: str) -> Dimension:
    def labels(keys: set[Key], _sites: Sequence[Site]) -> dict[Key, str]:
        return {
            key: str(key) or _now("Not entered") for key in sorted(keys, key=lambda key: str(key).casefold())
        }

    return Dimension(
        name=name,
        label=label,
        paths={module: field},
        labels=labels,
        narrow=lambda key: Slice(filters=((field, str(key) or NO_TEXT),)),
    )


def _site_labels(keys: set[Key], sites: Sequence[Site]) -> dict[Key, str]:
    return {site.pk: site.name for site in sites if site.pk in keys}


MOVED = ("production", "received", "dispatch")
WORKED = ("production", "equipment", "downtime", "manpower")
# The id of no party or vehicle.
NOT_ENTERED = 0


@dataclass(frozen=True, kw_only=True)
class RegisteredParty(Dimension):
    """A party or vehicle that a load names; a merged party is the one that it was merged into."""

    def expression(self, slug: str) -> Combinable:
        field = self.paths[slug]
        # None is the total of all rows.
        if field == "vehicle":
            return Coalesce("vehicle_id", NOT_ENTERED)
        return Coalesce(f"{field}__merged_into_id", f"{field}_id", NOT_ENTERED)


def _registered(name: str, label: "StrPromise", field: str, modules: Sequence[str]) -> Dimension:
    model = Vehicle if field == "vehicle" else Party

    def labels(keys: set[Key], _sites: Sequence[Site]) -> dict[Key, str]:
        found: dict[Key, str] = {row.pk: str(row) for row in model._default_manager.filter(pk__in=keys)}
        return found | ({NOT_ENTERED: _now("Not entered")} if NOT_ENTERED in keys else {})

    return RegisteredParty(
        name=name,
        label=label,
        paths=dict.fromkeys(modules, field),
        labels=labels,
        narrow=lambda key: Slice(filters=((field, str(key) if key else NO_TEXT),)),
    )


@dataclass(frozen=True, kw_only=True)
class WeekdayDimension(Dimension):
    def expression(self, slug: str) -> Combinable:
        del slug
        return WeekdayOf("date")


_ALL = (
    _master_data(
        "material", _("Material"), Material, dict.fromkeys(MOVED, "material_id"), parameter="material"
    ),
    _choice("category", _("Category"), Category.choices, dict.fromkeys(MOVED, "material__category")),
    _master_data(
        "operation",
        _("Operation"),
        Operation,
        dict.fromkeys(("production", "dispatch"), "operation_id"),
        parameter="operation",
    ),
    Dimension(
        name="site",
        label=_("Site"),
        paths={"": "site_id"},
        labels=_site_labels,
        narrow=lambda key: Slice(site_id=int(str(key))),
    ),
    _text("owner", _("Owner"), "dispatch", "owner"),
    _text("source", _("Source"), "received", "source"),
    _text("vehicle", _("Vehicle"), "received", "vehicle_ref"),
    _registered("customer", _("Customer"), "party", ("dispatch",)),
    _registered("supplier", _("Supplier"), "party", ("received",)),
    _registered("carrier", _("Carrier"), "carrier", ("received", "dispatch")),
    _registered("project", _("Project"), "project", ("received", "dispatch")),
    _registered("registered-vehicle", _("Registered vehicle"), "vehicle", ("received", "dispatch")),
    _master_data(
        "machine",
        _("Machine"),
        Machine,
        dict.fromkeys(("equipment", "downtime"), "equipment_id"),
        parameter="equipment",
    ),
    _choice("status", _("Status"), Status.choices, {"equipment": "status"}),
    _master_data("reason", _("Reason"), DowntimeReason, {"downtime": "reason_id"}, parameter="reason"),
    _master_data(
        "reasons", _("Group of reasons"), DowntimeReason, {"downtime": "reason__group_id"}, parameter="group"
    ),
    _choice(
        "time",
        _("Kind of time"),
        TimeCategory.choices,
        {"downtime": "reason__category"},
        parameter="category",
    ),
    _master_data("role", _("Role"), ManpowerRole, {"manpower": "role_id"}, parameter="role"),
    _choice(SHIFT, _("Shift"), Shift.choices, dict.fromkeys(WORKED, "shift")),
    WeekdayDimension(
        name="weekday",
        label=_("Weekday"),
        paths={"": "date"},
        labels=lambda keys, _sites: {
            number: str(name) for number, name in enumerate(WEEKDAYS.values(), start=1) if number in keys
        },
        narrow=_parameter("weekday"),
        is_ordered=True,
    ),
    _period("day", _("Day"), lambda first: date_format(first, "D j M Y")),
    _period("week", _("Week"), _week),
    _period("month", _("Month"), lambda first: date_format(first, "M Y")),
    _period("quarter", _("Quarter"), _quarter),
    _period("year", _("Year"), lambda first: str(first.year)),
)
DIMENSIONS: dict[str, Dimension] = {dimension.name: dimension for dimension in _ALL}
