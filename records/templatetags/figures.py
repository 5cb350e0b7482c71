"""How figures are shown: tons with two decimals, counts with none, thousands separated."""

from decimal import Decimal

from django import template

from charts.numbers import NOTHING, written

register = template.Library()


@register.filter
def tons(amount: Decimal | None) -> str:
    """Show tons with two decimals, rounded half-up, thousands separated; a dash for nothing."""
    return written(amount, 2)


@register.filter
def signed_tons(amount: Decimal | None) -> str:
    """Show a difference of tons as tons are shown, with its sign where it is more."""
    shown = tons(amount)
    return f"+{shown}" if amount is not None and amount > 0 else shown


@register.filter
def hours(amount: Decimal | None) -> str:
    """Show hours with two decimals; a dash for nothing."""
    return tons(amount)


@register.filter
def minutes_as_hours(minutes: Decimal | None) -> str:
    """Show minutes as hours with two decimals; a dash for nothing."""
    return tons(minutes if minutes is None else minutes / 60)


@register.filter
def percent(amount: Decimal | None) -> str:
    """Show a percentage with one decimal, rounded half-up; a dash for nothing."""
    return NOTHING if amount is None else f"{written(amount, 1)}\N{NO-BREAK SPACE}%"


@register.filter
def count(number: int | None) -> str:
    """Show a count with its thousands separated; a dash for nothing."""
    return written(number, 0)
