"""The statement of recovery of a project."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, override

from django.db.models import Q, Sum
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.db.fields import NO_TONS
from core.numbers import rounded
from dashboard.addresses import records_address
from dashboard.statements.statement import (
    Statement,
    StatementCell,
    StatementRow,
    StatementSource,
    approval_notes,
    chosen_row,
    kilograms,
    method_cells,
    method_columns,
    site_cells,
    site_columns,
    tons_column,
    total_row,
)
from dispatch.models import Dispatch
from inventory.figures import methods_of, tons_by_method
from parties.models import Party
from production.figures import PlantFlow, plant_flows
from production.models import Production
from received.models import ReceivedMaterial
from records.columns import RatioColumn, TextColumn, TonsColumn
from records.reports import ReportQuery
from records.templatetags.figures import percent
from sites.models import Category, Purpose, Site, StockEffect


class RecoveryRates(NamedTuple):
    """The share of what came out of a site that was recovered, weighted by tons; None where nothing did."""

    by_production: Fraction | None
    by_outgoing: Fraction | None


def recovery_rates(site: Site, *, first: dt.date, last: dt.date) -> RecoveryRates:
    """Return the recovery rates of a site over a period.

    By production: product made / (product made + residue). By outgoing tons: what left the site or was used
    there as material / (that + residue that left or was disposed of). Transfers to own sites have not left.
    """
    plant = sum(plant_flows([site], first=first, last=last).values(), PlantFlow())
    out = Dispatch.objects.filter(site=site, date__gte=first, date__lte=last, transfer_to=None)
    is_residue = Q(material__category=Category.RESIDUE) | Q(operation__purpose=Purpose.RESIDUE)
    left = out.aggregate(
        recovered=Sum("qty_ton", filter=~is_residue), disposed=Sum("qty_ton", filter=is_residue)
    )
    of_site = Production.objects.at([site], first=first, last=last).aggregate(
        recovered=Sum("qty_ton", filter=Q(operation__purpose=Purpose.USED)),
        disposed=Sum("qty_ton", filter=Q(operation__purpose=Purpose.DISPOSED)),
        # Residue that was never in stock has left the plant as it was made.
        residue=Sum(
            "qty_ton",
            filter=Q(operation__purpose=Purpose.RESIDUE, operation__stock_effect=StockEffect.NONE),
        ),
    )
    recovered = (left["recovered"] or NO_TONS) + (of_site["recovered"] or NO_TONS)
    disposed = sum(
        (part or NO_TONS for part in (left["disposed"], of_site["disposed"], of_site["residue"])), NO_TONS
    )
    return RecoveryRates(_share(plant.product_ton, plant.residue_ton), _share(recovered, disposed))


def _share(recovered: Decimal, lost: Decimal) -> Fraction | None:
    whole = recovered + lost
    return Fraction(recovered) / Fraction(whole) if whole else None


class Recovery(StatementSource):
    """How much of what a project delivered was recovered."""

    name = "recovery"
    label = _("Statement of recovery")
    description = _(
        "What was received from a project, by material, and how much of it was recovered: the tons multiplied"
        " by the recovery rate of the site over the period, weighted by tons."
    )
    parameter, parameter_label = "project", _("Project")

    @override
    def choices(self, sites: Sequence[Site]) -> list[tuple[str, str]]:
        projects = Party.objects.at_any(sites).filter(is_project=True, merged_into=None)
        return [(str(project.pk), project.name) for project in projects.order_by("name", "code")]

    @override
    def chosen(self, query: ReportQuery) -> Party | None:
        offered = Party.objects.at_any(query.sites).filter(is_project=True)
        return chosen_row(offered, query.parameters.get("project", ""))

    @override
    def statement_of(self, query: ReportQuery) -> Statement:
        project = self.chosen(query)
        if project is None:
            return Statement(str(self.label), [], [], empty_text=_now("Choose a project."))
        facts: list[tuple[str, str]] = []
        of_sites = {site: self._received(site, project, query) for site in query.sites}
        methods = methods_of(row.known for received in of_sites.values() for row in received)
        columns = [
            *site_columns(query),
            TextColumn(name="material", label=_("Material")),
            tons_column("received_ton", _("Received")),
            *method_columns("received", methods),
            RatioColumn(name="production_rate", label=_("Rate by production"), unit="%"),
            tons_column("production_ton", _("Recovered by production")),
            RatioColumn(name="outgoing_rate", label=_("Rate by outgoing tons"), unit="%"),
            tons_column("outgoing_ton", _("Recovered by outgoing tons")),
        ]
        rows: list[StatementRow] = []
        for site, received in of_sites.items():
            if received:
                rates = recovery_rates(site, first=query.first, last=query.last)
                facts.append((site.name, _shown_rates(rates)))
                rows += [row.as_row(site_cells(site, query), methods, rates) for row in received]
        if rows:
            rows.append(total_row(columns, rows))
        return Statement(
            title=str(self.label),
            columns=columns,
            rows=rows,
            facts=[*facts, (_now("How it is calculated"), str(HOW))],
            warnings=approval_notes(query),
            empty_text=_now("Nothing was received from this project."),
        )

    def _received(self, site: Site, project: Party, query: ReportQuery) -> list["_Received"]:
        """Return what a site received from a project, by material and by how its tons became known."""
        of_project = Q(project=project) | Q(project__merged_into=project)
        received = ReceivedMaterial.objects.filter(
            of_project, site=site, date__gte=query.first, date__lte=query.last
        )
        by = ("material__position", "material__code", "material_id", "material__name")
        found = []
        for (*_order, material_id, name), known in sorted(tons_by_method(received, *by).items()):
            filters = (("material", material_id), ("project", project.pk))
            href = records_address("received:list", site.code, *filters, first=query.first, last=query.last)
            found.append(_Received(str(name), known, href))
        return found


@dataclass(frozen=True)
class _Received:
    """What was received of a material, in tons, and how much of it became known by each method."""

    material: str
    known: Mapping[str, Decimal]
    href: str

    @property
    def whole_ton(self) -> Decimal:
        return sum(self.known.values(), NO_TONS)

    def as_row(self, site: list[StatementCell], methods: Sequence[str], rates: RecoveryRates) -> StatementRow:
        """Return it as a row with what was recovered of it at each rate."""
        cells = [*site, StatementCell(self.material), StatementCell(kilograms(self.whole_ton), self.href)]
        cells += method_cells(methods, self.known, self.href)
        for rate in rates:
            shares = None if rate is None else (rate * 100, rate * Fraction(self.whole_ton))
            cells += [
                StatementCell(None if shares is None else rounded(shares[0], RatioColumn.decimals)),
                StatementCell(None if shares is None else rounded(shares[1], TonsColumn.decimals)),
            ]
        return StatementRow(cells)


HOW = _(
    "By production: product made ÷ (product made + residue). By outgoing tons: tons dispatched or used on"
    " site as material ÷ (these + residue that left or was disposed of); transfers to own sites are not"
    " counted."
)


def _shown_rates(rates: RecoveryRates) -> str:
    def shown(rate: Fraction | None) -> str:
        return percent(None if rate is None else Decimal(rounded(rate * 100, 4)).scaleb(-4))

    return _now("recovery rate by production %(made)s, by outgoing tons %(left)s") % {
        "made": shown(rates.by_production),
        "left": shown(rates.by_outgoing),
    }


RECOVERY = Recovery()
