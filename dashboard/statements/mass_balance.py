"""The mass balance of a month."""

import datetime as dt
from calendar import monthrange
from itertools import product
from typing import override

from django.db.models import Sum
from django.http import HttpRequest
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.db.fields import NO_TONS
from dashboard.balance import DISPATCHED, RECEIVED, STOCK, BalanceScope
from dashboard.statements.statement import (
    Statement,
    StatementCell,
    StatementRow,
    StatementSource,
    approval_notes,
    kilograms,
    method_cells,
    method_columns,
    site_cells,
    site_columns,
    tons_column,
    total_row,
)
from dispatch.models import Dispatch
from inventory.figures import methods_of, stock_periods, tons_by_method
from received.models import ReceivedMaterial
from records.columns import TextColumn
from records.pages.dates import ONE_DAY, DateRange, today_in
from records.reports import ReportQuery
from records.templatetags.figures import tons
from sites.dates import EARLIEST, LATEST
from sites.models import Material
from sites.scope import page_scope

# The labels of `STOCK` in its order.
FLOWS = (
    _("Opening"),
    _("Received"),
    _("Produced"),
    _("Consumed"),
    _("Dispatched"),
    _("Used on site"),
    _("Disposed on site"),
    _("Adjustment"),
    _("Closing"),
)


class MassBalance(StatementSource):
    """What came into stock of each material in a month, what left it, and what is there."""

    name = "mass-balance"
    label = _("Mass balance")
    description = _(
        "Opening + received + produced − consumed − dispatched − used on site − disposed on site"
        " + adjustment = closing, of each material in a month, in tons."
    )

    @override
    def query_of(self, request: HttpRequest) -> ReportQuery:
        scope = page_scope(request)
        month = month_of(request.GET.get("month", ""), today=today_in(scope))
        return ReportQuery(scope.sites, month.first, month.last, {})

    @override
    def statement_of(self, query: ReportQuery) -> Statement:
        flows = (
            model.objects.filter(site__in=query.sites).between(query.first, query.last)
            for model in (ReceivedMaterial, Dispatch)
        )
        known = [tons_by_method(records, "site_id", "material_id") for records in flows]
        methods = [methods_of(groups.values()) for groups in known]
        columns = [
            *site_columns(query),
            TextColumn(name="material", label=_("Material")),
            *(tons_column(f"stock_{place}", label) for place, label in enumerate(FLOWS)),
            *method_columns("received", methods[0], _("Received")),
            *method_columns("dispatched", methods[1], _("Dispatched")),
        ]
        rows: list[StatementRow] = []
        periods = stock_periods(query.sites, first=query.first, last=query.last).by_place
        for site, material in product(query.sites, Material.objects.all()):
            place = (site.pk, material.pk)
            if (stock := periods.get(place)) is None or stock.is_nothing:
                continue
            scope = BalanceScope(site.code, DateRange(query.first, query.last), material.pk)
            cells = [*site_cells(site, query), StatementCell(material.name)]
            for number in STOCK:
                amount = number.value(stock)
                href = number.href(scope) if amount else ""
                cells.append(StatementCell(kilograms(amount or NO_TONS), href))
            for number, of_flow, groups in zip((RECEIVED, DISPATCHED), methods, known, strict=True):
                cells += method_cells(of_flow, groups.get(place, {}), number.href(scope))
            rows.append(StatementRow(cells))
        if rows:
            rows.append(total_row(columns, rows))
        return Statement(
            title=str(self.label),
            columns=columns,
            rows=rows,
            facts=_transfer_facts(query),
            warnings=approval_notes(query),
            empty_text=_now("Nothing was in stock and nothing moved."),
        )


def _transfer_facts(query: ReportQuery) -> list[tuple[str, str]]:
    """Return how much of what was received and dispatched came from or went to own sites."""
    of_period = {"site__in": query.sites, "date__gte": query.first, "date__lte": query.last}
    sent = Dispatch.objects.transfers().filter(**of_period).aggregate(tons=Sum("qty_ton"))["tons"]
    came = ReceivedMaterial.objects.filter(**of_period, sent_id__isnull=False)
    received = came.aggregate(tons=Sum("qty_ton"))["tons"]
    facts = ((_now("Dispatched to own sites"), sent), (_now("Received from own sites"), received))
    return [(label, f"{tons(amount)} t") for label, amount in facts if amount]


def month_of(text: str, *, today: dt.date) -> DateRange:
    """Return the month `YYYY-MM`; the last whole month for anything else."""
    before = (today.replace(day=1) - ONE_DAY).replace(day=1)
    try:
        first = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        first = before
    if not EARLIEST < first <= LATEST:
        first = before
    return DateRange(first, first.replace(day=monthrange(first.year, first.month)[1]))


MASS_BALANCE = MassBalance()
