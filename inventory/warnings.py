"""What is odd about tons: far from what is usual for the material, or the same line as one before."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.db.models import BigIntegerField, DateField
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from core.db.fields import TonsField
from inventory.checks.duplicates import BesideTheDay, Values
from inventory.checks.outliers import KILOGRAMS, BesideTheLatest, Usual, kilograms_of
from inventory.models import LoadedMovement, StockMovement
from records.prepared import Asked, Tally
from records.warnings import Rule

USUAL_DAYS = dt.timedelta(days=60)
# The latest of these days say what is usual now, and reading more would cost every save.
MOST_LOOKED_AT = 40

SITE, DATE = Asked("site", BigIntegerField()), Asked("date", DateField())
OWN, MATERIAL = Asked("own", BigIntegerField()), Asked("material", BigIntegerField())


def usual_tons[M: StockMovement](model: type[M], *alike: str) -> Rule[M]:
    """Return the rule that tons are about as usual among the site's records that agree in these choices."""
    latest = Tally[M, tuple[Decimal]](
        lambda: (
            model._default_manager.filter(
                site_id=SITE,
                date__gte=Asked("first", DateField()),
                date__lte=DATE,
                **{f"{name}_id": Asked(name, BigIntegerField()) for name in alike},
            )
            .exclude(pk=OWN)
            .order_by("-date", "-id")
            .values_list("qty_ton")[:MOST_LOOKED_AT]
        )
    )

    def sentence(record: M) -> str:
        choices = {name: getattr(record, f"{name}_id") for name in alike}
        first = record.date - USUAL_DAYS
        found = latest.ask(site=record.site_id, first=first, date=record.date, own=record.pk or 0, **choices)
        usual = Usual.of([kilograms_of(tons) for (tons,) in found])
        if usual is None or not usual.is_far(kilograms_of(record.qty_ton)):
            return ""
        return far(usual, record)

    def far(usual: Usual, record: M) -> str:
        what = " · ".join(str(getattr(record, name)) for name in alike)
        return _far_from(usual, kilograms_of(record.qty_ton), what)

    return Rule(
        fields=(*alike, "qty_ton"),
        warning=sentence,
        row_checker=lambda: BesideTheLatest(model, alike, days=USUAL_DAYS, most=MOST_LOOKED_AT, sentence=far),
    )


def same_line[M: LoadedMovement](model: type[M], *compared: str, unless: str = "") -> Rule[M]:
    """Return the rule that a line differs from the others of its site, day, material and tons.

    These texts and numbers are compared here: SQLite knows the capitals of A to Z alone. A line that says
    `unless`, one of them, is left to the rule about that.
    """
    lines = Tally[M, tuple[int, *tuple[object, ...]]](
        lambda: (
            model._default_manager.filter(
                site_id=SITE, date=DATE, material_id=MATERIAL, qty_ton=Asked("qty_ton", TonsField())
            )
            .exclude(pk=OWN)
            .order_by("id")
            .values_list("pk", *compared)
        )
    )

    def sentence(record: M) -> str:
        if unless and getattr(record, unless):
            return ""
        wanted = [_folded(getattr(record, name)) for name in compared]
        near = lines.ask(
            site=record.site_id,
            date=record.date,
            material=record.material_id,
            qty_ton=record.qty_ton,
            own=record.pk or 0,
        )
        same = next((pk for pk, *said in near if [_folded(value) for value in said] == wanted), None)
        return "" if same is None else of_records({same})[same]

    def of_records(keys: set[int]) -> Mapping[int, str]:
        there = model._default_manager.select_related("site", "created_by").filter(pk__in=keys)
        return {first.pk: _entered_already(first) for first in there}

    columns = ("material_id", "qty_ton", *compared)

    def said(values: Values) -> Values | None:
        is_left = unless and values[columns.index(unless)]
        return None if is_left else tuple(_folded(value) for value in values)

    return Rule(
        fields=("date", "material", "qty_ton", *(name.removesuffix("_id") for name in compared)),
        warning=sentence,
        row_checker=lambda: BesideTheDay(
            model, columns, said=said, of_records=of_records, of_line=_said_in_line
        ),
    )


def _folded(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def _entered_already(first: LoadedMovement) -> str:
    return _("The same line is there already: %(who)s entered it on %(when)s.") % {
        "who": first.created_by,
        "when": date_format(localtime(first.created_at, first.site.zone), "j M Y, H:i"),
    }


def _said_in_line(_record: LoadedMovement, line: int) -> str:
    return _("The same line is there already: line %(line)d of the same file.") % {"line": line}


def _far_from(usual: Usual, amount: int, what: str) -> str:
    sentence = _("%(tons)s t is far from the usual %(lowest)s to %(highest)s t of %(what)s here.") % {
        "tons": _tons(amount),
        "lowest": _tons(usual.lowest),
        "highest": _tons(usual.highest),
        "what": what,
    }
    meant = usual.meant(amount)
    if meant is None:
        return sentence
    return f"{sentence} {_('Did you mean %(tons)s t?') % {'tons': _tons(meant)}}"


def _tons(kilograms: int) -> str:
    """Return tons with the decimals that they have, as they are typed."""
    tons = Decimal(kilograms).scaleb(-KILOGRAMS)
    whole = tons == tons.to_integral_value()
    shown = tons.quantize(Decimal(1)) if whole else tons.normalize()
    return number_format(shown, use_l10n=True, force_grouping=True)
