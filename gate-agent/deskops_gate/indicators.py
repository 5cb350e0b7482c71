"""What weighing indicators send: frames of three makers, read as weights with their state."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# Kilograms of one unit. A ton can be short, long or metric: for an indicator that sends "T" the settings
# name the unit.
KILOGRAMS: Mapping[str, Decimal] = {
    "kg": Decimal(1),
    "g": Decimal("0.001"),
    "lb": Decimal("0.45359237"),
    "t": Decimal(1000),
}
RICE_LAKE_UNITS: Mapping[str, str] = {"K": "kg", "L": "lb", "G": "g", " ": "", "T": "T"}


class UnknownUnitError(ValueError):
    """The indicator sends no unit, or one with several meanings: the settings have to name it."""


@dataclass(frozen=True)
class Reading:
    """A weight as the indicator sends it; one that is not stable, or not in range, is not usable."""

    kilograms: int
    is_stable: bool


@dataclass(frozen=True)
class Indicator:
    """How an indicator sends: what ends a frame, what asks for the next one, and how a frame is read."""

    name: str
    end: bytes
    read: Callable[[str, str], Reading | None]
    # Sent to get a weight; an indicator that sends continuously needs nothing.
    request: bytes = b""


def _kilograms(number: str, unit: str, configured: str) -> int:
    """Return whole kilograms, rounded half-up."""
    own = unit.strip()
    # What the indicator sends is the unit of its weight, whatever the settings say.
    name = configured if own in ("", "T") else own.casefold().replace("lbs", "lb")
    if name not in KILOGRAMS:
        raise UnknownUnitError(own)
    weight = Decimal(number.replace(" ", "")) * KILOGRAMS[name]
    return int(weight.quantize(Decimal(1), ROUND_HALF_UP))


# "S S     38460 kg": S is stable, D is moving; "S I", "S +" and "S -" have no weight.
_SICS = re.compile(r"S ([SD]) +(-? *\d+(?:\.\d+)?) *([A-Za-z]+)")


def _read_sics(frame: str, unit: str) -> Reading | None:
    found = _SICS.fullmatch(frame.strip())
    if found is None:
        return None
    state, number, own_unit = found.groups()
    return Reading(_kilograms(number, own_unit, unit), is_stable=state == "S")


# Start of text, polarity, seven characters, unit, gross or net, status: blank is valid, M is moving.
_RICE_LAKE = re.compile(r"\x02([ \-^\]])([ \d.]{7})([KLGT ])([GN])([ IMOZ])")
# Noise on the line can make seven characters that are no number.
_NUMBER = re.compile(r" *(?:\d+\.?\d*|\.\d+) *")


def _read_rice_lake(frame: str, unit: str) -> Reading | None:
    found = _RICE_LAKE.search(frame)
    if found is None or not _NUMBER.fullmatch(found[2]) or found[1] in "^]":
        return None
    polarity, number, own_unit, mode, status = found.groups()
    sign = "-" if polarity == "-" else ""
    weight = _kilograms(sign + number.strip(), RICE_LAKE_UNITS[own_unit], unit)
    # A net weight is less than what stands on the weighbridge; Z is stable at zero.
    return Reading(weight, is_stable=status in " Z" and mode == "G")


# Polarity, six digits with a point, motion or overload, unit, gross or net, between CR and an end character.
_CARDINAL = re.compile(r"([ +\-])(\d{6}\.?|\d{1,5}\.\d{1,5})([ mMoOeE]) ?(lb|LB|kg|KG|t |T | t) ?([gGnN])")


def _read_cardinal(frame: str, unit: str) -> Reading | None:
    found = _CARDINAL.search(frame)
    if found is None:
        return None
    polarity, number, status, own_unit, mode = found.groups()
    sign = "-" if polarity == "-" else ""
    weight = _kilograms(sign + number.rstrip("."), own_unit, unit)
    return Reading(weight, is_stable=status == " " and mode in "gG")


INDICATORS = {
    indicator.name: indicator
    for indicator in (
        Indicator("sics", b"\r\n", _read_sics, request=b"SI\r\n"),
        Indicator("rice-lake", b"\n", _read_rice_lake),
        Indicator("cardinal", b"\x03", _read_cardinal),
    )
}
