"""Operating dates and moments."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, override

from django.db import models
from django.db.models.expressions import Combinable
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from records.columns.base import (
    CellContext,
    CellError,
    CellParser,
    Column,
    JsonSchema,
    JsonValue,
    Raw,
    XlsxRule,
    sql_text,
)
from sites.dates import NOT_A_DATE, read_day

if TYPE_CHECKING:
    from sites.models import Site

# Excel's day 0. Its day 60 never was, so dates before March 1900 are a day off, in every program.
EPOCH = dt.date(1899, 12, 30)
SECONDS_A_DAY = 86_400
LOOKS_LIKE_A_DATE = re.compile(
    r"(\d{4}-\d{2}-\d{2}|\d{1,4}[./\- ]\d{1,2}[./\- ]\d{1,4})"
    r"(,?[T ]\s*\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?(\s?(Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?"
)


HAS_A_CLOCK = re.compile(
    r"(?<!\d)(?:\d{1,2}[:h]\d{2}|\d{1,2}\s?[ap]\.?m\b|(?:[01]?\d|2[0-3])\.?[0-5]\d\Z)", re.IGNORECASE
)
LOOKS_LIKE_A_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\S{2,30}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class DateColumn(Column):
    """An operating date of a site."""

    css_name: ClassVar[str] = "date"
    css_class: ClassVar[str] = "nowrap"
    xlsx_format: ClassVar[str] = "yyyy-mm-dd"
    xlsx_input_format: ClassVar[str] = "yyyy-mm-dd"
    xlsx_width: ClassVar[int] = 13
    json_type: ClassVar[type] = dt.date

    @override
    def format(self, value: object) -> str:
        return _shown(value, get_language()) if isinstance(value, dt.date) else ""

    @override
    def to_json(self, value: object) -> JsonValue:
        return value.isoformat() if isinstance(value, dt.date) else None

    @override
    def from_json(self, value: object) -> object:
        """Return a date; or a moment, whose operating date only its site knows. Raises CellError."""
        try:
            return read_day(value if isinstance(value, str) else "")
        except ValueError as error:
            raise CellError(str(NOT_A_DATE), "invalid") from error

    @property
    @override
    def json_schema(self) -> JsonSchema:
        return {"type": "string", "format": "date"}

    @property
    @override
    def json_input_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].+)?$"}

    @property
    @override
    def json_input_help(self) -> str:
        return _("YYYY-MM-DD; or a moment in ISO 8601, which means its operating date at the site.")

    @override
    def parse(self, text: str, *, parser: CellParser, site: "Site") -> object:
        return parser.date(text, site) if text.strip() else ""

    @override
    def recognises(self, text: str) -> bool:
        return LOOKS_LIKE_A_DATE.fullmatch(text) is not None

    @property
    @override
    def xlsx_rule(self) -> XlsxRule:
        return XlsxRule("date", "greaterThan", "36526", _("Enter a date such as 2026-03-31."))

    @override
    def xlsx_values(self, cells: Sequence[Raw], context: CellContext) -> list[int | None]:
        del context
        serials = {cell: None if cell is None else (read_date(cell) - EPOCH).days for cell in set(cells)}
        return [serials[cell] for cell in cells]

    @override
    def csv_values(self, cells: Sequence[Raw], context: CellContext) -> list[str | None]:
        del context
        texts = {cell: None if cell is None else read_date(cell).isoformat() for cell in set(cells)}
        return [texts[cell] for cell in cells]

    @override
    def csv_sql(self, vendor: str) -> Combinable:
        del vendor
        return self.expression

    @override
    def pdf_texts(self, cells: Sequence[Raw], context: CellContext) -> list[str]:
        del context
        texts = {cell: "" if cell is None else self.format(read_date(cell)) for cell in set(cells)}
        return [texts[cell] for cell in cells]


@dataclass(frozen=True, kw_only=True)
class MomentColumn(Column):
    """A point in time."""

    css_class: ClassVar[str] = "nowrap"
    xlsx_format: ClassVar[str] = "yyyy-mm-dd hh:mm"
    xlsx_width: ClassVar[int] = 17
    json_type: ClassVar[type] = dt.datetime

    @override
    def format(self, value: object) -> str:
        return date_format(value, "j M Y H:i") if isinstance(value, dt.datetime) else ""

    @override
    def text_of(self, record: models.Model) -> str:
        """Return a record's moment on the clocks of its site."""
        value = self.value_of(record)
        # The site is looked up only where there is a moment.
        if isinstance(value, dt.datetime) and (site := getattr(record, "site", None)) is not None:
            value = value.astimezone(site.zone)
        return self.format(value)

    @override
    def from_json(self, value: object) -> object:
        """Return a moment in ISO 8601; the form reads one without a time zone on the clocks of the site."""
        if not isinstance(value, str) or not LOOKS_LIKE_A_MOMENT.fullmatch(value):
            raise CellError(_("Enter a moment in ISO 8601, such as 2026-03-31T07:12:00Z."), "invalid")
        return value

    @property
    @override
    def json_input_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:.+$"}

    @property
    @override
    def json_input_help(self) -> str:
        return _("A moment in ISO 8601; without a time zone it is in that of the site.")

    @override
    def to_json(self, value: object) -> JsonValue:
        if not isinstance(value, dt.datetime):
            return None
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")

    @property
    @override
    def json_schema(self) -> JsonSchema:
        return {"type": "string", "format": "date-time"}

    @override
    def parse(self, text: str, *, parser: CellParser, site: "Site") -> object:
        """Return a moment, or the time of a day that the row's date completes."""
        return parser.moment(text, site) if text.strip() else ""

    @override
    def recognises(self, text: str) -> bool:
        return HAS_A_CLOCK.search(text) is not None

    @override
    def xlsx_values(self, cells: Sequence[Raw], context: CellContext) -> list[float | None]:
        return [
            None if cell is None else _serial(read_moment(cell).astimezone(context.zone)) for cell in cells
        ]

    @override
    def csv_values(self, cells: Sequence[Raw], context: CellContext) -> list[str | None]:
        del context
        return [None if cell is None else f"{read_moment(cell):%Y-%m-%dT%H:%M:%SZ}" for cell in cells]

    @override
    def csv_sql(self, vendor: str) -> Combinable:
        return sql_text(MOMENT_SQL[vendor], self.expression)

    @override
    def pdf_texts(self, cells: Sequence[Raw], context: CellContext) -> list[str]:
        return [
            "" if cell is None else self.format(read_moment(cell).astimezone(context.zone)) for cell in cells
        ]


LOOKS_LIKE_A_TIME = re.compile(
    r"(?:.*[T ])?(?P<hour>[01]?[0-9]|2[0-3])[:.h](?P<minute>[0-5][0-9])(?::[0-5][0-9](?:\.[0-9]+)?)?"
    r"(?:\s?(?P<half>[AaPp])\.?[Mm]\.?)?",
    re.ASCII,
)
LONGEST_TIME = len("07:30:00 a.m.")
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, kw_only=True)
class TimeColumn(Column):
    """A time of day on the clocks of the site, to the minute."""

    css_name: ClassVar[str] = "count"
    css_class: ClassVar[str] = "nowrap"
    xlsx_format: ClassVar[str] = "hh:mm"
    xlsx_input_format: ClassVar[str] = "hh:mm"
    xlsx_width: ClassVar[int] = 10

    @override
    def format(self, value: object) -> str:
        return f"{value:%H:%M}" if isinstance(value, dt.time) else ""

    @override
    def to_json(self, value: object) -> JsonValue:
        return self.format(value) or None

    @override
    def from_json(self, value: object) -> object:
        """Return a time such as 07:30. Raises CellError."""
        return self._read(value if isinstance(value, str) else "")

    @property
    @override
    def json_input_help(self) -> str:
        return _("A time of day in the time zone of the site, HH:MM.")

    @override
    def parse(self, text: str, *, parser: CellParser, site: "Site") -> object:
        del parser, site
        return self._read(text.strip()) if text.strip() else ""

    @override
    def recognises(self, text: str) -> bool:
        # 7.30 is more often a number than a time, and a moment is none.
        return ":" in text and len(text) <= LONGEST_TIME and LOOKS_LIKE_A_TIME.fullmatch(text) is not None

    def _read(self, text: str) -> str:
        found = LOOKS_LIKE_A_TIME.fullmatch(text)
        hour = int(found["hour"]) if found is not None else 0
        if found is None or (found["half"] and not 1 <= hour <= 12):
            raise CellError(_("Enter a time of day such as 07:30."), "invalid")
        if found["half"]:
            hour = hour % 12 + (12 if found["half"] in "pP" else 0)
        return f"{hour:02}:{found['minute']}"

    @override
    def xlsx_values(self, cells: Sequence[Raw], context: CellContext) -> list[float | None]:
        del context
        times = [read_time(cell) for cell in cells]
        return [None if time is None else (time.hour * 60 + time.minute) / MINUTES_A_DAY for time in times]

    @override
    def csv_values(self, cells: Sequence[Raw], context: CellContext) -> list[str | None]:
        del context
        return [self.format(read_time(cell)) or None for cell in cells]

    @override
    def csv_sql(self, vendor: str) -> Combinable:
        return sql_text(TIME_SQL[vendor], self.expression)

    @override
    def pdf_texts(self, cells: Sequence[Raw], context: CellContext) -> list[str]:
        del context
        return [self.format(read_time(cell)) for cell in cells]


@lru_cache(maxsize=1024)
def _shown(date: dt.date, _language: str | None) -> str:
    """Return a date as a person reads it; the rows of a list have the same few."""
    return date_format(date, "D j M Y")


MOMENT_SQL = {
    "postgresql": "to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
    "sqlite": "(substr(%(expressions)s, 1, 10) || 'T' || substr(%(expressions)s, 12, 8) || 'Z')",
}

TIME_SQL = {
    "postgresql": "to_char(%(expressions)s, 'HH24:MI')",
    "sqlite": "substr(%(expressions)s, 1, 5)",
}


def read_time(raw: Raw) -> dt.time | None:
    """Return a time of day as either driver returns it."""
    time = dt.time.fromisoformat(raw) if isinstance(raw, str) else raw
    return time if isinstance(time, dt.time) else None


def read_date(raw: Raw) -> dt.date:
    """Return a date as either driver returns it."""
    if isinstance(raw, str):
        return dt.date.fromisoformat(raw[:10])
    assert isinstance(raw, dt.date)
    return raw.date() if isinstance(raw, dt.datetime) else raw


def read_moment(raw: Raw) -> dt.datetime:
    """Return a moment in UTC as either driver returns it."""
    moment = dt.datetime.fromisoformat(raw) if isinstance(raw, str) else raw
    assert isinstance(moment, dt.datetime)
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _serial(local: dt.datetime) -> float:
    """Return a moment as the days since Excel's epoch on the clocks of its zone."""
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return (local.date() - EPOCH).days + seconds / SECONDS_A_DAY
