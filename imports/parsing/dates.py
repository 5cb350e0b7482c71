"""Dates of a file: one with a month's name or the year first is parsed as it is, any other only as chosen."""

import contextlib
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.parsing.numbers import normalized
from imports.readers.base import Exact
from imports.readers.survey import CLOCK, is_midnight
from records.columns import CellError
from sites.models import Site

ISO = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
ORDERS = {"dmy": ("day", "month", "year"), "mdy": ("month", "day", "year"), "ymd": ("year", "month", "day")}
# The same, where the user chose that 26 is 2026.
CENTURY = 2000
ORDERS |= {f"{order}{CENTURY}": parts for order, parts in ORDERS.items()}
# The date is a number of days, as spreadsheets store it.
SERIAL = "serial"
# Where some dates of a column are typed and others stored: these are right, or day and month are swapped.
KEEP, SWAP = "keep", "swap"
TIME = r"(?:,?[T ]\s*(?P<time>\d{1,2}:\d{2}(?::\d{2})?)(?:\.\d{1,9})?\s?(?P<half>[ap]\.?m\.?)?)?"


def _without_accents(text: str) -> str:
    """Return a text as programs write it that know no accents, in lower case: “fevrier”, “subat”."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate({0x131: "i", ord("ł"): "l"}))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


# In the languages of our files. Another word before a date may be part of a sentence: “until 31.03.2026”.
WEEKDAYS = (
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|"
    "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|mo|di|mi|do|fr|sa|so|"
    "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mar|mer|jeu|ven|sam|dim|"
    "lunes|martes|miércoles|jueves|viernes|sábado|domingo|mié|jue|vie|sáb|dom|"
    "lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|gio|sab|"
    "segunda|terça|quarta|quinta|sexta|seg|ter|qua|qui|sex|"
    "poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela|pon|wt|śr|czw|pt|sob|niedz|"
    "pazartesi|salı|çarşamba|perşembe|cuma|cumartesi|pazar|"  # noqa: RUF001  # another script
    "maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|ma|wo|vr|za|zo|"
    "понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|пн|вт|ср|чт|пт|сб|вс|"  # noqa: RUF001  # another script
    "الاثنين|الإثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت|الأحد"
)
WEEKDAY = rf"(?:(?:{WEEKDAYS}|{_without_accents(WEEKDAYS)})\.?,?\s+)?"
SPLIT_DATE = re.compile(
    rf"{WEEKDAY}(\d{{1,4}})\s?[./\- ]\s?(\d{{1,2}})\s?[./\- ]\s?(\d{{1,4}})\.?{TIME}", re.IGNORECASE
)
# “5-Mar-25”, “5 March 2025”, “March 4, 2025”, “2025 Mar 5”.
NAMED_DATE = re.compile(
    rf"{WEEKDAY}(?:(?P<first>\d{{1,4}})(?:st|nd|rd|th|\.)?[\-/ ]*(?:of\s)?"
    rf"(?P<month>(?!(?:nd|rd|st|th)\b)[^\W\d_]+)\.?,?[\-/ ]*"
    rf"(?P<last>\d{{1,4}})"
    rf"|(?P<us_month>[^\W\d_]+)\.?[\-/ ]*(?P<us_day>\d{{1,2}})(?:st|nd|rd|th)?,?[\-/ ]+"
    rf"(?P<us_year>\d{{2,4}})){TIME}",
    re.IGNORECASE,
)
# The names of the months, each with its abbreviations, in the languages of our files. Some are two months:
# “listopada” is November in Poland and October in Croatia, “srp” begins August in Czech and July there.
MONTH_NAMES = (
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "jänner feber mrz apr mai jun jul aug sept okt nov dez",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ene feb mar abr may jun jul ago sept oct nov dic",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień",
    "leden únor březen duben květen červen červenec srpen září říjen listopad prosinec",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca",
    "siječanj veljača ožujak travanj svibanj lipanj srpanj kolovoz rujan listopad studeni prosinac",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",  # noqa: RUF001  # another script
)
MONTHS: dict[str, set[int]] = {}
for _names in MONTH_NAMES:
    for _number, _name in enumerate(_without_accents(_names).split(), start=1):
        MONTHS.setdefault(_name, set()).add(_number)
COMPACT = re.compile(r"(?P<year>(?:19|20)\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])")
TIME_OF_DAY = re.compile(
    r"(?P<hour>[01]?\d|2[0-3])(?:[:hH.]|(?<=\d\d)(?=\d\d\Z))(?P<minute>[0-5]\d)"
    r"(?::(?P<second>[0-5]\d)(?:\.\d{1,9})?)?\s?(?:(?P<half>[ap]\.?m)\.?|uhr)?",
    re.IGNORECASE,
)
MIDNIGHT_24 = re.compile(r"(?<!\d)24[:.hH]00(?!\d)")
DAY_FRACTION = re.compile(r"0(?:\.\d{1,17})?")
SERIAL_NUMBER = re.compile(r"(?P<days>\d{5})(?:\.(?P<fraction>\d{1,15}))?")
# Excel's day 0; its day 60 never was. Smaller numbers than 1 March 1900 are no dates of records.
EPOCH, FIRST_DAY = dt.date(1899, 12, 30), dt.date(1900, 3, 1)
FIRST_MOMENT = dt.datetime(1900, 3, 1, tzinfo=dt.UTC)
# Workbooks from a Macintosh may count from 1904.
TO_1904 = dt.date(1904, 1, 1) - EPOCH
# The times of the column of dates do not count: they are all 00:00; or they do.
IGNORE = "ignore"
# What people write for the parts of a date: dd.mm.yyyy.
LETTERS = (("yyyy", "%Y"), ("yy", "%y"), ("mmmm", "%B"), ("mmm", "%b"), ("mm", "%m"), ("dd", "%d"))


def pattern_of(text: str) -> str:
    """Return a date format as Python has it: `dd.mm.yyyy` is `%d.%m.%Y`; others are left as they are."""
    if "%" in text or text in ORDERS or text == SERIAL:
        return text
    pattern = text.casefold().replace("hh:mm", "%H:%M")
    for letters, part in LETTERS:
        pattern = pattern.replace(letters, part)
    return pattern


def is_midnight_time(text: str) -> bool:
    """Return whether a date has the time 00:00."""
    clock = CLOCK.search(normalized(text))
    return clock is not None and is_midnight(clock)


@dataclass
class TimeEvidence:
    """Whether all times of a column of dates are 00:00, as of programs that write days as moments."""

    midnight: str = ""
    has_others: bool = False

    def add(self, text: str) -> None:
        if is_midnight_time(text):
            self.midnight = self.midnight or text
        elif CLOCK.search(normalized(text)):
            self.has_others = True

    @property
    def is_midnight(self) -> bool:
        return bool(self.midnight) and not self.has_others


@dataclass
class DateEvidence:
    """Dates of a file that are stored or begin with the year, and others that are typed in another order."""

    stored: str = ""
    typed: str = ""

    def add(self, text: str) -> None:
        is_serial_cell = isinstance(text, Exact) and is_serial(text)
        if not self.stored and (is_serial_cell or ISO.fullmatch(normalized(text))):
            self.stored = text
        elif not self.typed and is_typed(text):
            self.typed = text

    @property
    def is_mixed(self) -> bool:
        return bool(self.stored and self.typed)


def is_typed(text: str) -> bool:
    """Return whether a text is a date of three numbers whose order is not certain."""
    found = SPLIT_DATE.fullmatch(normalized(text))
    return found is not None and len(found[1]) != 4


def require_date_format(date_format: str | None) -> None:
    """Raise ImportRefused for what is neither an order of day, month and year nor a pattern."""
    if date_format is None or date_format in ORDERS or date_format == SERIAL or _is_pattern(date_format):
        return
    raise ImportRefused(
        _(
            "“%(format)s” is not a date format. Use dmy, mdy, ymd, or a pattern such as %%d.%%m.%%Y;"
            " dmy2000 and its like for years of two digits; serial for the day numbers of a spreadsheet."
        )
        % {"format": date_format}
    )


def _is_pattern(date_format: str) -> bool:
    """Return whether a date written by the pattern is parsed as the same: day, month and year are in it."""
    if "%" not in date_format:
        return False
    date = dt.datetime(2026, 11, 22)  # noqa: DTZ001  # no moment, only a date
    with contextlib.suppress(ValueError):
        has_year = "%y" in date_format.lower() or "%G" in date_format or "%c" in date_format
        return has_year and dt.datetime.strptime(date.strftime(date_format), date_format) == date  # noqa: DTZ007
    return False


def parse_date(
    text: str,
    site: Site,
    date_format: str | None,
    *,
    stored_dates: str = "",
    times: str = "",
    has_1904_dates: bool = False,
) -> dt.date:
    """Return the operating date at the site that a cell means.

    A date with a time is a moment, in the zone that it names or else the site's, and counts for the operating
    date in which it lies. `stored_dates` says whether day and month are swapped in dates that begin with the
    year, `times` whether the times are ignored. Raises CellError for a date that could be another one.
    """
    if times == IGNORE and (clock := CLOCK.search(normalized(text))):
        text = type(text)(normalized(text)[: clock.start()].rstrip(" ,tT"))
    moment = _parse(text, site, date_format, stored_dates=stored_dates, has_1904_dates=has_1904_dates)
    if not isinstance(moment, dt.datetime):
        return moment
    try:
        return site.operating_date(moment)
    except OverflowError as error:
        raise _no_date(text) from error


def parse_moment(
    text: str,
    site: Site,
    date_format: str | None,
    *,
    stored_dates: str = "",
    has_1904_dates: bool = False,
) -> dt.datetime | dt.time:
    """Return the moment that a cell means, in the zone that it names or the site's; or the time of a day.

    Raises CellError for a date without a time, and for what could be another moment.
    """
    if (time := time_of_day(text)) is not None:
        return time
    moment = _parse(text, site, date_format, stored_dates=stored_dates, has_1904_dates=has_1904_dates)
    if not isinstance(moment, dt.datetime):
        raise CellError(_("“%(text)s” has no time of the day.") % {"text": text[:50]})
    return moment


def time_of_day(text: str) -> dt.time | None:
    """Return the time that a cell without a date means, such as 7:12, 07:12:30, 7:12 PM, 07h12 and 0712."""
    plain = normalized(text)
    if isinstance(text, Exact) and DAY_FRACTION.fullmatch(plain):
        # A time without its format.
        return (dt.datetime.combine(FIRST_DAY, dt.time()) + dt.timedelta(days=float(plain))).time()
    if not (found := TIME_OF_DAY.fullmatch(plain)):
        return None
    hour, half = int(found["hour"]), (found["half"] or "")[:1].casefold()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    # 24:00 is the midnight at the end of its day, which is the next one's.
    return dt.time(hour, int(found["minute"]), int(found["second"] or 0)) if hour < 24 else None


def _parse(
    text: str, site: Site, date_format: str | None, *, stored_dates: str, has_1904_dates: bool
) -> dt.date:
    """Return the date of a cell; of one with a time the moment, in its zone. Raises CellError."""
    is_exact, text = isinstance(text, Exact), normalized(text)
    moment: dt.date
    if found := ISO.fullmatch(text):
        moment = _at_site(_swapped(found), site) if stored_dates == SWAP else _parse_iso(found, site)
        if is_exact and moment < (FIRST_DAY if type(moment) is dt.date else FIRST_MOMENT):
            raise CellError(_("The cell has the format of a date, but a number that is none."))
    else:
        moment = _parse_other(text, date_format, is_exact=is_exact)
        if is_exact and has_1904_dates:
            # A number without the format of a date: no other is exact and not in the form of ISO.
            try:
                moment += TO_1904
            except OverflowError as error:
                raise _no_date(text) from error
        if is_exact and stored_dates == SWAP and (found := ISO.fullmatch(str(moment))):
            moment = _swapped(found)
    return _at_site(moment, site)


def _at_site(moment: dt.date, site: Site) -> dt.date:
    """Return a moment without a zone in the zone of the site; a date as it is."""
    if isinstance(moment, dt.datetime) and moment.tzinfo is None:
        return moment.replace(tzinfo=site.settings_on(moment.date()).zone)
    return moment


def _swapped(found: re.Match[str]) -> dt.date:
    """Return the date with day and month swapped, where both can be months. Raises CellError."""
    year, month, day = map(int, found["date"].split("-"))
    try:
        date = dt.date(year, day, month)
        time = dt.time.fromisoformat(found["time"]) if found["time"] else None
    except ValueError as error:
        raise CellError(
            _("“%(text)s” cannot have day and month swapped. Correct the date.") % {"text": found[0]}
        ) from error
    return date if time is None else dt.datetime.combine(date, time)


def _parse_iso(found: re.Match[str], site: Site) -> dt.date:
    try:
        date = dt.date.fromisoformat(found["date"])
        if found["time"] is None:
            return date
        return dt.datetime.combine(
            date, dt.time.fromisoformat(found["time"]), _zone(found["zone"], date, site)
        )
    except (ValueError, OverflowError) as error:
        raise _no_date(found[0]) from error


def _zone(name: str | None, date: dt.date, site: Site) -> dt.tzinfo:
    if name is None:
        return site.settings_on(date).zone
    if name in ("Z", "UTC", "GMT"):
        return dt.UTC
    sign = -1 if name[0] == "-" else 1
    return dt.timezone(sign * dt.timedelta(hours=int(name[1:3]), minutes=int(name[-2:])))


def _parse_other(text: str, date_format: str | None, *, is_exact: bool = False) -> dt.date:
    if date_format is not None and "%" in date_format:
        return _parse_pattern(text, date_format)
    if found := SPLIT_DATE.fullmatch(text):
        if date_format not in ORDERS:
            raise CellError(
                _("“%(text)s” could be more than one date. Choose the order of day, month and year.")
                % {"text": text[:50]}
            )
        return _parse_ordered(found, date_format)
    if (found := NAMED_DATE.fullmatch(text)) and months_of(found):
        return _parse_named(found, date_format)
    if found := COMPACT.fullmatch(text):
        return _date_of(text, found["year"], found["month"], found["day"])
    if (found := SERIAL_NUMBER.fullmatch(text)) and (is_exact or date_format == SERIAL):
        return date_of_serial(found)
    raise _no_date(text)


def _parse_pattern(text: str, date_format: str) -> dt.date:
    try:
        moment = dt.datetime.strptime(text, date_format)  # noqa: DTZ007  # the site's zone follows
    except ValueError as error:
        raise _no_date(text) from error
    has_time = any(part in date_format for part in ("%H", "%I", "%X", "%c", "%T"))
    return moment if has_time else moment.date()


def date_of_serial(found: re.Match[str]) -> dt.date:
    """Return the day, or the moment, of a spreadsheet's number of days."""
    date = EPOCH + dt.timedelta(days=int(found["days"]))
    if not found["fraction"]:
        return date
    seconds = round(float(f"0.{found['fraction']}") * 86_400)
    return dt.datetime.combine(date, dt.time()) + dt.timedelta(seconds=seconds)


def months_of(found: re.Match[str]) -> set[int]:
    """Return the numbers of the months that a date can mean by its name or the beginning of one."""
    name = _without_accents(found["month"] or found["us_month"])
    return MONTHS.get(name) or {
        number
        for month, numbers in MONTHS.items()
        if len(name) > 2 and month.startswith(name)
        for number in numbers
    }


def _parse_named(found: re.Match[str], date_format: str | None) -> dt.date:
    """Return a date with the name of its month. Raises CellError where the year is not certain."""
    if found["us_month"]:
        day, year = found["us_day"], found["us_year"]
    elif len(found["first"]) == 4 or (date_format == f"ymd{CENTURY}" and len(found["last"]) < 3):
        day, year = found["last"], found["first"]
    else:
        day, year = found["first"], found["last"]
    if len(year) == 2 and (date_format or "").endswith(str(CENTURY)):
        year = str(CENTURY + int(year))
    if len(year) != 4:
        raise CellError(_("“%(text)s” has no year of four digits.") % {"text": found[0]})
    month, *others = months_of(found)
    if others:
        raise CellError(
            _("“%(text)s” can be two months, in two languages. Write the month as a number.")
            % {"text": found[0]}
        )
    return _with_time(_date_of(found[0], year, str(month), day), found)


def _date_of(text: str, year: str, month: str, day: str) -> dt.date:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError as error:
        raise _no_date(text) from error


def _with_time(date: dt.date, found: re.Match[str]) -> dt.date:
    """Return a date with the time that follows it, as a person writes it: 9:30, 11:30 PM."""
    if found["time"] is None:
        return date
    hour, minute, second = map(int, f"{found['time']}:0".split(":")[:3])
    half = (found["half"] or "")[:1].casefold()
    if half:
        if not 1 <= hour <= 12:
            raise _no_date(found[0])
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return dt.datetime.combine(date, dt.time(hour, minute, second))
    except ValueError as error:
        raise _no_date(found[0]) from error


def date_in_order(text: str, order: str) -> dt.date | None:
    """Return the date that a text means in an order of day, month and year; None where it is no date."""
    text = normalized(text)
    with contextlib.suppress(CellError):
        if order == SERIAL:
            serial = SERIAL_NUMBER.fullmatch(text)
            return date_of_serial(serial) if serial else None
        if found := SPLIT_DATE.fullmatch(text):
            return _parse_ordered(found, order)
        # The name says which is the month; only the year can be first or last.
        if not order.startswith("mdy") and (found := NAMED_DATE.fullmatch(text)) and months_of(found):
            return _parse_named(found, order)
    return None


def has_short_year(text: str) -> bool:
    """Return whether a date has no year of four digits, so that its century is unknown."""
    text = normalized(text)
    if found := SPLIT_DATE.fullmatch(text):
        return not any(len(part) == 4 for part in found.groups()[:3])
    if (found := NAMED_DATE.fullmatch(text)) and months_of(found):
        return not any(len(found[part] or "") == 4 for part in ("first", "last", "us_year"))
    return False


def needs_order(text: str) -> bool:
    """Return whether the order of a date, or the century of its year, has to be chosen."""
    plain = normalized(text)
    return not ISO.fullmatch(plain) and (SPLIT_DATE.fullmatch(plain) is not None or has_short_year(plain))


def is_date(text: str) -> bool:
    """Return whether a text is a date in some order."""
    plain = normalized(text)
    named = NAMED_DATE.fullmatch(plain)
    return bool(
        ISO.fullmatch(plain)
        or SPLIT_DATE.fullmatch(plain)
        or COMPACT.fullmatch(plain)
        or (named and months_of(named))
    )


def is_serial(text: str) -> bool:
    """Return whether a text could be a spreadsheet's number of days of this century."""
    found = SERIAL_NUMBER.fullmatch(normalized(text))
    return found is not None and date_of_serial(found).year >= CENTURY


def _parse_ordered(found: re.Match[str], order: str) -> dt.date:
    parts = dict(zip(ORDERS[order], found.groups()[:3], strict=True))
    year = parts["year"]
    if order.endswith(str(CENTURY)) and len(year) == 2:
        year = str(CENTURY + int(year))
    if len(year) != 4:
        raise CellError(_("“%(text)s” has no year of four digits.") % {"text": found[0]})
    return _with_time(_date_of(found[0], year, parts["month"], parts["day"]), found)


def has_24_hours(text: str) -> bool:
    """Return whether a text has the time 24:00, which is another day's 00:00."""
    return MIDNIGHT_24.search(text) is not None


def _no_date(text: str) -> CellError:
    if has_24_hours(text):
        return CellError(
            _("“%(text)s”: 24:00 ends one day and begins the next. Write 23:59, or 00:00 and the next date.")
            % {"text": text[:50]}
        )
    return CellError(_("“%(text)s” is not a date.") % {"text": text[:50]})
