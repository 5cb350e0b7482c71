"""The recall: everybody who received a material."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import override

from django.db.models import Count, Max, Min
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.db.fields import NO_TONS
from dashboard.addresses import records_address
from dashboard.statements.statement import (
    Statement,
    StatementCell,
    StatementRow,
    StatementSource,
    chosen_row,
    kilograms,
    method_cells,
    method_columns,
    tons_column,
    total_row,
)
from dispatch.models import Dispatch
from inventory.figures import methods_of, tons_by_method
from inventory.models import HAS_TONS
from parties.models import Party
from records.columns import CountColumn, DateColumn, TextColumn
from records.filters import NO_TEXT
from records.reports import ReportQuery
from sites.models import Material, Site
from sites.scope import ALL


@dataclass
class _Receiver:
    """Who received a material, and how much."""

    name: str
    party: Party | None = None
    # The texts of its records.
    owners: set[str] = field(default_factory=set)
    href: str = ""
    records: int = 0
    # Tons by how they became known.
    known: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    dates: list[dt.date] = field(default_factory=list)
    projects: set[str] = field(default_factory=set)

    @property
    def tons(self) -> Decimal:
        return sum(self.known.values(), NO_TONS)

    def cells(self, methods: Sequence[str]) -> list[StatementCell]:
        """Return the cells of its row."""
        return [
            StatementCell(self.name, self.href),
            StatementCell("" if self.party is None else self.party.code),
            StatementCell("" if self.party is None else " ".join(self.party.address.split())),
            StatementCell(", ".join(sorted(self.projects))),
            StatementCell(self.records, self.href),
            StatementCell(kilograms(self.tons), self.href),
            *method_cells(methods, self.known, self.href),
            StatementCell(min(self.dates)),
            StatementCell(max(self.dates)),
        ]


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
        receivers = [] if material is None else self._receivers(material, query)
        methods = methods_of(found.known for found in receivers)
        columns = [
            TextColumn(name="receiver", label=_("Receiver")),
            TextColumn(name="code", label=_("Code")),
            TextColumn(name="address", label=_("Address")),
            TextColumn(name="projects", label=_("Projects")),
            CountColumn(name="records", label=_("Records")),
            tons_column("qty_ton", _("Tons")),
            *method_columns("qty", methods),
            DateColumn(name="first", label=_("First")),
            DateColumn(name="last", label=_("Last")),
        ]
        if material is None:
            return Statement(str(self.label), columns, [], empty_text=_now("Choose a material."))
        largest_first = sorted(receivers, key=lambda found: (-found.tons, found.name))
        rows = [StatementRow(found.cells(methods)) for found in largest_first]
        if rows:
            rows.append(total_row(columns, rows))
        return Statement(
            title=str(self.label),
            columns=columns,
            rows=rows,
            empty_text=_now("Nothing of it was dispatched."),
        )

    def _receivers(self, material: Material, query: ReportQuery) -> Collection[_Receiver]:
        """Return the receivers: the party, else the own site, else the text of the record. Three queries."""
        records = Dispatch.objects.filter(
            site__in=query.sites, material=material, date__gte=query.first, date__lte=query.last
        )
        keys = ("party_id", "transfer_to__name", "owner", "project__name")
        groups = records.filter(HAS_TONS).order_by().values_list(*keys)
        known = tons_by_method(records, *keys)
        found: dict[tuple[str, object], _Receiver] = {}
        parties = {party.pk: party for party in Party.objects.select_related("merged_into")}
        for *group, count, first, last in groups.annotate(Count("pk"), Min("date"), Max("date")):
            party_id, own_site, owner, project = group
            key: tuple[str, object]
            if party_id is not None:
                party = parties[party_id].merged_into or parties[party_id]
                key, receiver = ("party", party.pk), _Receiver(party.name, party)
            elif own_site is not None:
                name = _now("Own site: %(site)s") % {"site": own_site}
                key, receiver = ("site", own_site), _Receiver(name)
            else:
                key, receiver = ("owner", owner), _Receiver(owner or _now("Not stated"))
            receiver = found.setdefault(key, receiver)
            receiver.owners.add(owner)
            receiver.records += count
            for method, part in known.get(tuple(group), {}).items():
                receiver.known[method] += part
            receiver.dates += [first, last]
            receiver.projects |= {project} if project else set()
        self._link(found.values(), material, query)
        return found.values()

    def _link(self, receivers: Iterable[_Receiver], material: Material, query: ReportQuery) -> None:
        """Lead each receiver to its records, unless no filter of the list has them and no others."""
        code = query.sites[0].code if len(query.sites) == 1 else ALL
        without_party = Counter(
            owner for receiver in receivers if receiver.party is None for owner in receiver.owners
        )
        for receiver in receivers:
            filters: dict[str, object] = {"material": material.pk}
            if receiver.party is not None:
                filters["party"] = receiver.party.pk
            elif [without_party[owner] for owner in receiver.owners] == [1]:
                filters |= {"party": NO_TEXT, "owner": next(iter(receiver.owners)) or NO_TEXT}
            else:
                continue
            receiver.href = records_address(
                "dispatch:list", code, *filters.items(), first=query.first, last=query.last
            )


RECALL = Recall()
