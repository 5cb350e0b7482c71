"""How figures are shown: tons with two decimals, counts with none, thousands separated."""

from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.utils.formats import number_format

register = template.Library()

NOTHING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


@register.filter
def tons(amount: Decimal | None) -> str:
    """Show tons with two decimals, rounded half-up, thousands separated; a dash for nothing."""
    if amount is None:
        return NOTHING
    shown = amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return number_format(shown, decimal_pos=2, use_l10n=True, force_grouping=True).replace("-", MINUS)


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
def percent(amount: Decimal | None) -> str:
    """Show a percentage with one decimal, rounded half-up; a dash for nothing."""
    if amount is None:
        return NOTHING
    shown = amount.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    number = number_format(shown, decimal_pos=1, use_l10n=True, force_grouping=True).replace("-", MINUS)
    return f"{number}\N{NO-BREAK SPACE}%"


@register.filter
def count(number: int | None) -> str:
    """Show a count with its thousands separated; a dash for nothing."""
    if number is None:
        return NOTHING
    return number_format(number, decimal_pos=0, use_l10n=True, force_grouping=True)
