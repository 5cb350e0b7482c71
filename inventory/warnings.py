"""The warnings about movements: tons far from the usual, and records that are the same as another.

Tons of a material differ by factors (half as much, twice as much), so ratios are compared. Medians are not
moved by a few wrong records. All numbers are whole kilograms and whole thousandths: see
docs/decisions/0028-warnings-about-unusual-quantities.md.
"""

import datetime as dt
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple, Self

from django.db.models import BigIntegerField, DateField
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from charts.numbers import exact
from core.db.fields import LEAST_TONS, TonsField
from core.db.prepared import Parameter, PreparedQuery
from inventory.models import LoadedMovement, StockMovement
from records.models import DailyRecord
from records.templatetags.figures import tons as shown_tons
from records.warnings import WarningRule

# The range is computed from the latest records of so many days; reading more would slow down every save.
USUAL_DAYS = dt.timedelta(days=60)
MAX_RECORDS = 40
# Fewer records than this give no range.
MIN_RECORDS = 8
# An outlier is further from the median than so many times the usual spread, multiplied with each other.
MAX_SPREADS = 5
# An outlier is also more than so many times the median, or less than one of so many parts: a lorry may come
# nearly empty, but never carries much more than the others.
MIN_FACTOR_ABOVE, MIN_FACTOR_BELOW = 4, 8
# The unit of ratios: thousandths.
SCALE = 1000
# Factors of frequent typing errors: kilograms for tons, a zero too many or missing.
TYPING_ERRORS = (1000, 10, 100)
DIGITS_SHOWN = 2
# Decimals of a ton.
KILOGRAMS = 3


@dataclass(frozen=True)
class UsualRange:
    """The median of some amounts, and the median of their ratios to it, in thousandths."""

    median: int
    spread: int

    @classmethod
    def of(cls, amounts: Sequence[int]) -> Self | None:
        """Return the range of these amounts, each more than 0; None for too few."""
        if len(amounts) < MIN_RECORDS:
            return None
        median = _median(amounts)
        return cls(median, _median([_ratio(amount, median) for amount in amounts]))

    @staticmethod
    def is_near_median(amounts: Sequence[int], amount: int) -> bool:
        """Return, without the spread, whether an amount is too near the median to be an outlier."""
        if len(amounts) < MIN_RECORDS:
            return True
        median = _median(amounts)
        return amount <= MIN_FACTOR_ABOVE * median and amount * MIN_FACTOR_BELOW >= median

    def is_outlier(self, amount: int) -> bool:
        """Return whether an amount is too far from the median, above or below."""
        ratio = _ratio(amount, self.median)
        least = MIN_FACTOR_ABOVE if amount > self.median else MIN_FACTOR_BELOW
        return ratio > least * SCALE and ratio * SCALE ** (MAX_SPREADS - 1) > self.spread**MAX_SPREADS

    @property
    def lowest(self) -> int:
        """Return the lower end: eight or nine of ten records are above it."""
        return _rounded(self.median * SCALE**2 // self.spread**2)

    @property
    def highest(self) -> int:
        """Return the upper end: eight or nine of ten records are below it."""
        return _rounded(self.median * self.spread**2 // SCALE**2)

    def suggestion(self, amount: int) -> int | None:
        """Return the usual amount that an outlier is with its decimal point moved; None if there is none."""
        for factor in TYPING_ERRORS:
            if amount > self.median and amount % factor == 0 and self._contains(amount // factor):
                return amount // factor
            if amount < self.median and self._contains(amount * factor):
                return amount * factor
        return None

    def warning(self, amount: int, material: str) -> str:
        """Return the sentence about an outlier."""
        sentence = _("%(tons)s t is far from the usual %(lowest)s to %(highest)s t of %(what)s here.") % {
            "tons": _tons(amount),
            "lowest": _tons(self.lowest),
            "highest": _tons(self.highest),
            "what": material,
        }
        suggestion = self.suggestion(amount)
        if suggestion is None:
            return sentence
        return f"{sentence} {_('Did you mean %(tons)s t?') % {'tons': _tons(suggestion)}}"

    def _contains(self, amount: int) -> bool:
        return self.lowest <= amount <= self.highest


def kilograms_of(tons: Decimal) -> int:
    """Return tons in whole kilograms."""
    return int(tons.scaleb(KILOGRAMS))


def _median(amounts: Sequence[int]) -> int:
    """Return the middle amount; of two, the lower, so that it is one of them."""
    return sorted(amounts)[(len(amounts) - 1) // 2]


def _ratio(one: int, other: int) -> int:
    """Return the greater amount divided by the lesser, in thousandths."""
    return max(one, other) * SCALE // min(one, other)


def _rounded(amount: int) -> int:
    """Return an amount rounded half-up to the digits that a person reads."""
    unit: int = 10 ** max(0, len(str(amount)) - DIGITS_SHOWN)
    return (amount + unit // 2) // unit * unit


def _tons(kilograms: int) -> str:
    """Return tons with the decimals that they have, as they are typed."""
    tons = Decimal(kilograms).scaleb(-KILOGRAMS)
    whole = tons == tons.to_integral_value()
    shown = tons.quantize(Decimal(1)) if whole else tons.normalize()
    return exact(shown)


def usual_tons[M: StockMovement](model: type[M], *group: str) -> WarningRule[M]:
    """Return the rule that tons are in the usual range of the site's records with the same choices."""
    latest = PreparedQuery[M, tuple[Decimal]](
        lambda: (
            model._default_manager.filter(
                site_id=Parameter("site", BigIntegerField()),
                date__gte=Parameter("first", DateField()),
                date__lte=Parameter("date", DateField()),
                qty_ton__gte=LEAST_TONS,
                **{f"{name}_id": Parameter(name, BigIntegerField()) for name in group},
            )
            .exclude(pk=Parameter("own", BigIntegerField()))
            .order_by("-date", "-id")
            .values_list("qty_ton")[:MAX_RECORDS]
        )
    )

    def warning(record: M) -> str:
        choices = {name: getattr(record, f"{name}_id") for name in group}
        if not record.qty_ton:
            return ""
        first = record.date - USUAL_DAYS
        found = latest.all(site=record.site_id, first=first, date=record.date, own=record.pk or 0, **choices)
        usual = UsualRange.of([kilograms_of(tons) for (tons,) in found])
        if usual is None or not usual.is_outlier(kilograms_of(record.qty_ton)):
            return ""
        return warning_about(usual, record)

    def warning_about(usual: UsualRange, record: M) -> str:
        names = " · ".join(str(getattr(record, name)) for name in group)
        return usual.warning(kilograms_of(record.qty_ton), names)

    return WarningRule(
        fields=(*group, "qty_ton"),
        warning=warning,
        row_checker=lambda: OutlierChecker(model, group, warning_about),
    )


type Choices = tuple[int, ...]
type Latest = deque[tuple[dt.date, int]]


class OutlierChecker[M: StockMovement]:
    """Check the rows of a file against the latest records with the same choices, and the rows before.

    Existing records are read once, from some days before the first row on; only the latest are kept.
    """

    def __init__(self, model: type[M], group: Sequence[str], warning: Callable[[UsualRange, M], str]) -> None:
        self._model = model
        self._columns = [f"{name}_id" for name in group]
        self._warning = warning
        self._latest: dict[tuple[int, Choices], Latest] = {}
        self._read_until: dict[int, dt.date] = {}

    def __call__(self, records: Sequence[M], _lines: Sequence[int], /) -> list[str]:
        """Return the warning of each record; the records are in the order of sites and dates."""
        return [
            warning
            for site_id, rows in groupby(records, key=lambda record: record.site_id)
            for warning in self._check(site_id, list(rows))
        ]

    def _check(self, site_id: int, rows: Sequence[M]) -> Iterator[str]:
        existing = self._existing(site_id, rows[0].date, rows[-1].date)
        upcoming = next(existing, None)
        for record in rows:
            while upcoming is not None and upcoming[0] <= record.date:
                date, choices, tons = upcoming
                self._latest_of(site_id, choices).append((date, kilograms_of(tons)))
                upcoming = next(existing, None)
            if not record.qty_ton:
                yield ""
                continue
            latest = self._latest_of(site_id, tuple(getattr(record, name) for name in self._columns))
            yield self._warning_of(record, latest)
            latest.append((record.date, kilograms_of(record.qty_ton)))

    def _existing(
        self, site_id: int, first: dt.date, last: dt.date
    ) -> Iterator[tuple[dt.date, Choices, Decimal]]:
        """Yield the records up to a date that were not read yet, in the order of dates."""
        # A site that is still to be created has a negative id, and no records.
        after = self._read_until.get(site_id, first - USUAL_DAYS - dt.timedelta(days=1))
        if site_id < 0 or last <= after:
            return
        self._read_until[site_id] = last
        found = self._model._default_manager.filter(
            site_id=site_id, date__gt=after, date__lte=last, qty_ton__gte=LEAST_TONS
        )
        rows = found.order_by("date", "id").values_list("date", "qty_ton", *self._columns)
        for date, tons, *choices in rows.iterator():
            yield date, tuple(choices), tons

    def _latest_of(self, site_id: int, choices: Choices) -> Latest:
        key = (site_id, choices)
        if key not in self._latest:
            self._latest[key] = deque(maxlen=MAX_RECORDS)
        return self._latest[key]

    def _warning_of(self, record: M, latest: Latest) -> str:
        first = record.date - USUAL_DAYS
        amounts = [kilograms for date, kilograms in latest if date >= first]
        amount = kilograms_of(record.qty_ton)
        usual = None if UsualRange.is_near_median(amounts, amount) else UsualRange.of(amounts)
        return self._warning(usual, record) if usual is not None and usual.is_outlier(amount) else ""


# --- Records that are the same as another of their site and day, or as another row of a file

type Values = tuple[object, ...]


def same_line[M: LoadedMovement](model: type[M], *compared: str, unless: str = "") -> WarningRule[M]:
    """Return the rule that no other record of the site, day, material and tons has the same values.

    `unless` is one of the compared columns: a record that fills it in is left to the rule about that column.
    """
    lines = PreparedQuery[M, tuple[int, *tuple[object, ...]]](
        lambda: (
            model._default_manager.filter(
                site_id=Parameter("site", BigIntegerField()),
                date=Parameter("date", DateField()),
                material_id=Parameter("material", BigIntegerField()),
                qty_ton=Parameter("qty_ton", TonsField()),
            )
            .exclude(pk=Parameter("own", BigIntegerField()))
            .order_by("id")
            .values_list("pk", *compared)
        )
    )

    def warning(record: M) -> str:
        if (unless and getattr(record, unless)) or not record.qty_ton:
            return ""
        wanted = [_folded(getattr(record, name)) for name in compared]
        candidates = lines.all(
            site=record.site_id,
            date=record.date,
            material=record.material_id,
            qty_ton=record.qty_ton,
            own=record.pk or 0,
        )
        same = next((pk for pk, *typed in candidates if [*map(_folded, typed)] == wanted), None)
        return "" if same is None else record_warnings({same})[same]

    def record_warnings(keys: set[int]) -> Mapping[int, str]:
        records = model._default_manager.select_related("site", "created_by").filter(pk__in=keys)
        return {record.pk: _same_record(record) for record in records}

    columns = ("material_id", "qty_ton", *compared)

    def key(values: Values) -> Values | None:
        is_exempt = (unless and values[columns.index(unless)]) or not values[1]
        return None if is_exempt else tuple(_folded(value) for value in values)

    return WarningRule(
        fields=("date", "material", "qty_ton", *(name.removesuffix("_id") for name in compared)),
        warning=warning,
        row_checker=lambda: DuplicateChecker(
            model, columns, key=key, record_warnings=record_warnings, line_warning=_same_line_of_file
        ),
    )


def _folded(value: object) -> object:
    # Compared in Python: SQLite folds the case of A to Z only.
    return value.casefold() if isinstance(value, str) else value


def _same_record(record: LoadedMovement) -> str:
    return _("The same line is there already: %(who)s entered it on %(when)s.") % {
        "who": record.created_by,
        "when": date_format(localtime(record.created_at, record.site.zone), "j M Y, H:i"),
    }


def _same_line_of_file(_record: LoadedMovement, line: int) -> str:
    return _("The same line is there already: line %(line)d of the same file.") % {"line": line}


class _First(NamedTuple):
    """The first with some values: an existing record, or else a line of the file."""

    record_id: int = 0
    line: int = 0


class DuplicateChecker[R: DailyRecord]:
    """Check the rows of a file against the records of their site and day, and against the rows before.

    Each day that has rows is read once, and only the day of the current row is kept.
    """

    def __init__(
        self,
        model: type[R],
        columns: Sequence[str],
        *,
        # The values that two duplicates have in common; None for a row that is never one.
        key: Callable[[Values], Hashable | None],
        # The warnings about existing records, by their ids.
        record_warnings: Callable[[set[int]], Mapping[int, str]],
        # The warning about an earlier line of the file.
        line_warning: Callable[[R, int], str],
    ) -> None:
        self._model = model
        self._columns = columns
        self._key = key
        self._record_warnings = record_warnings
        self._line_warning = line_warning
        # By the id of a site: the day, and by the values so far the first that had them.
        self._days: dict[int, tuple[dt.date, dict[Hashable, _First]]] = {}

    def __call__(self, records: Sequence[R], lines: Sequence[int], /) -> list[str]:
        """Return the warning of each record; the records are in the order of sites, dates and lines."""
        found = [
            first
            for site_id, rows in groupby(zip(records, lines, strict=True), key=lambda row: row[0].site_id)
            for first in self._check(site_id, list(rows))
        ]
        record_ids = {first.record_id for first in found if first is not None and first.record_id}
        warnings = self._record_warnings(record_ids) if record_ids else {}
        return [
            ""
            if first is None
            else self._line_warning(record, first.line)
            if first.line
            # Empty for a record that has been deleted since.
            else warnings.get(first.record_id, "")
            for record, first in zip(records, found, strict=True)
        ]

    def _check(self, site_id: int, rows: Sequence[tuple[R, int]]) -> Iterator[_First | None]:
        existing = self._existing(site_id, [record.date for record, _line in rows])
        upcoming = next(existing, None)
        for record, line in rows:
            if site_id not in self._days or self._days[site_id][0] != record.date:
                self._days[site_id] = (record.date, {})
            first_with = self._days[site_id][1]
            while upcoming is not None and upcoming[1] <= record.date:
                if (known := self._key(upcoming[2:])) is not None:
                    first_with.setdefault(known, _First(record_id=upcoming[0]))
                upcoming = next(existing, None)
            key = self._key(tuple(getattr(record, name) for name in self._columns))
            yield None if key is None else first_with.get(key)
            if key is not None:
                first_with.setdefault(key, _First(line=line))

    def _existing(
        self, site_id: int, dates: Sequence[dt.date]
    ) -> Iterator[tuple[int, dt.date, *tuple[object, ...]]]:
        """Yield the records of days that were not read yet, in the order of dates."""
        last = self._days.get(site_id)
        unread = {date for date in dates if last is None or date > last[0]}
        # A site that is still to be created has a negative id, and no records.
        if site_id < 0 or not unread:
            return
        found = self._model._default_manager.filter(site_id=site_id, date__in=unread)
        yield from found.order_by("date", "id").values_list("pk", "date", *self._columns).iterator()


# --- The weighing of a load


def over_gross(largest_ton: Decimal) -> str:
    """Return the sentence about a gross that is more than a vehicle may weigh."""
    return _("The vehicle may weigh %(largest)s t at most.") % {"largest": shown_tons(largest_ton)}


def _over_gross(load: LoadedMovement) -> str:
    if load.vehicle_id is None or load.gross_ton is None:
        return ""
    largest = load.vehicle.largest_gross_ton if load.vehicle is not None else None
    return over_gross(largest) if largest is not None and load.gross_ton > largest else ""


def _other_day(load: LoadedMovement) -> str:
    if load.time is None or (day := load.site.operating_date(load.time)) == load.date:
        return ""
    return _("The time is on %(day)s, and the date is %(date)s.") % {
        "day": date_format(day, "D j M Y"),
        "date": date_format(load.date, "D j M Y"),
    }


OVER_GROSS = WarningRule(fields=("vehicle", "gross_ton"), warning=_over_gross)
OTHER_DAY = WarningRule(fields=("date", "time"), warning=_other_day)
