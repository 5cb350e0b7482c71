"""The recall: everybody who received a material."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import override

from django.db.models import Count, Max, Min, Sum
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.db.fields import NO_TONS
from dashboard.statements.statement import (
    KILOGRAMS,
    Statement,
    StatementCell,
    StatementRow,
    StatementSource,
    chosen_row,
    list_address,
    tons_column,
    total_row,
)
from dispatch.models import Dispatch
from parties.models import Party
from records.columns import CountColumn, DateColumn, TextColumn
from records.reports import ReportQuery
from sites.models import Material, Site
from sites.scope import PARAMETER


@dataclass
class _Receiver:
    """Who received a material, and how much."""

    name: str
    code: str = ""
    address: str = ""
    href: str = ""
    records: int = 0
    kilograms: int = 0
    dates: list[dt.date] = field(default_factory=list)
    projects: set[str] = field(default_factory=set)


class Recall(StatementSource):
    """Everybody who received a material."""

    name = "recall"
    label = _("Recall")
    description = _("Everybody who received a material in a period, with how much and when.")
    parameter, parameter_label = "material", _("Material")

    @override
    def choices(self, sites: Sequence[Site]) -> list[tuple[str, str]]:
        return [(str(material.pk), material.name) for material in Material.objects.all()]

    @override
    def chosen(self, query: ReportQuery) -> Material | None:
        return chosen_row(Material.objects.all(), query.parameters.get("material", ""))

    @override
    def statement_of(self, query: ReportQuery) -> Statement:
        material = self.chosen(query)
        columns = [
            TextColumn(name="receiver", label=_("Receiver")),
            TextColumn(name="code", label=_("Code")),
            TextColumn(name="address", label=_("Address")),
            TextColumn(name="projects", label=_("Projects")),
            CountColumn(name="records", label=_("Records")),
            tons_column("qty_ton", _("Tons")),
            DateColumn(name="first", label=_("First")),
            DateColumn(name="last", label=_("Last")),
        ]
        if material is None:
            return Statement(str(self.label), columns, [], empty_text=_now("Choose a material."))
        rows = [
            StatementRow(
                [
                    StatementCell(found.name, found.href),
                    StatementCell(found.code),
                    StatementCell(found.address),
                    StatementCell(", ".join(sorted(found.projects))),
                    StatementCell(found.records, found.href),
                    StatementCell(found.kilograms, found.href),
                    StatementCell(min(found.dates)),
                    StatementCell(max(found.dates)),
                ]
            )
            for found in sorted(self._receivers(material, query), key=lambda one: (-one.kilograms, one.name))
        ]
        if rows:
            rows.append(total_row(columns, rows))
        return Statement(
            title=str(self.label),
            columns=columns,
            rows=rows,
            empty_text=_now("Nothing of it was dispatched."),
        )

    def _receivers(self, material: Material, query: ReportQuery) -> Iterable[_Receiver]:
        """Return the receivers: the party, else the text of the record. Two queries."""
        records = Dispatch.objects.filter(
            site__in=query.sites, material=material, date__gte=query.first, date__lte=query.last
        )
        keys = ("party_id", "owner", "transfer_to__name", "project__name")
        groups = records.filter(qty_ton__gt=NO_TONS).order_by().values_list(*keys)
        found: dict[tuple[str, object], _Receiver] = {}
        parties = {party.pk: party for party in Party.objects.select_related("merged_into")}
        code = query.sites[0].code if len(query.sites) == 1 else "all"
        dates = {"from": query.first.isoformat(), "to": query.last.isoformat()}
        base = {PARAMETER: code, **dates, "material": str(material.pk)}
        for party_id, owner, own_site, project, count, amount, first, last in groups.annotate(
            Count("pk"), Sum("qty_ton"), Min("date"), Max("date")
        ):
            party = parties.get(party_id)
            party = party.merged_into or party if party is not None else None
            key: tuple[str, object] = ("party", party.pk) if party is not None else ("owner", owner)
            if key not in found:
                found[key] = _Receiver(
                    name=party.name if party is not None else owner or _now("Not stated"),
                    code=party.code if party is not None else "",
                    address=" ".join(party.address.split()) if party is not None else "",
                    href=list_address(
                        "dispatch:list",
                        **base,
                        **({"party": str(party.pk)} if party is not None else {"owner": owner or "—"}),
                    ),
                )
            receiver = found[key]
            receiver.records += count
            receiver.kilograms += int(amount * KILOGRAMS)
            receiver.dates += [first, last]
            receiver.projects |= {project} if project else set()
            if own_site and party is None:
                receiver.name = _now("Own site: %(site)s") % {"site": own_site}
        return found.values()


RECALL = Recall()
