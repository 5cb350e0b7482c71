"""Statements that are handed in: the mass balance of a month, the recovery of a project, and the recall.

Each is a table on a page, whose numbers lead to their records, and a file: `records/reports.py`.
"""

import datetime as dt
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, NamedTuple, override
from urllib.parse import urlencode

from django import forms
from django.db.models import Count, Max, Min, Q, Sum
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.db.fields import NO_TONS
from core.numbers import rounded
from dashboard.balance import STOCK, BalanceScope
from dispatch.models import Dispatch
from inventory.figures import StockPeriod, stock_periods
from inventory.models import MassMethod, mass_condition
from parties.models import Party
from production.figures import PlantFlow, plant_flows
from production.models import Production
from received.models import ReceivedMaterial
from records.choices import DayStatus
from records.columns import Column, CountColumn, DateColumn, RatioColumn, Raw, TextColumn, TonsColumn
from records.models import SiteDay
from records.pages.dates import ONE_DAY, DateRange, PagePeriod, today_in
from records.registry import modules
from records.reports import Report, ReportQuery
from records.templatetags.figures import percent, tons
from sites.dates import EARLIEST, LATEST
from sites.models import Category, Material, Purpose, Site, StockEffect, User, working_days
from sites.scope import PARAMETER, page_scope

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise as StrPromise

KILOGRAMS = 1000


class StatementCell(NamedTuple):
    """A cell: as it is stored, and the address of the records that it is made of."""

    raw: Raw
    href: str = ""


@dataclass(frozen=True)
class StatementRow:
    """A row of a statement; the last is the total."""

    cells: Sequence[StatementCell]
    is_total: bool = False


@dataclass(frozen=True)
class Statement:
    """A statement: what it says about itself, what it warns of, and its table."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[StatementRow]
    facts: Sequence[tuple[str, str]] = ()
    # Which days are not approved, in sentences; None where that does not matter.
    warnings: Sequence[str] | None = None
    empty_text: str = ""


class StatementForm(forms.Form):
    """The material or the project of a statement, by its id."""

    def __init__(self, values: Mapping[str, object], *, name: str, label: "StrPromise") -> None:
        super().__init__(values, auto_id="statement_%s")
        self.fields[name] = forms.ChoiceField(label=label, required=False)

    def offer(self, name: str, choices: Iterable[tuple[str, str]]) -> str:
        """Offer these choices and return the chosen one; empty for none and for another."""
        chosen = self.fields[name]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", _now("Choose")), *choices]
        return str(self.cleaned_data.get(name, "")) if self.is_valid() else ""


class StatementSource:
    """What makes a statement from the address of its page, and the file of it."""

    name: ClassVar[str]
    label: "StrPromise"
    # What the page and the files say it is.
    description: "StrPromise"
    formats: ClassVar[Sequence[str]] = ("pdf", "xlsx", "csv")
    # The parameter of the address besides sites and dates, if there is one.
    parameter: ClassVar[str] = ""

    def query_of(self, request: HttpRequest) -> ReportQuery:
        scope = page_scope(request)
        dates = PagePeriod(request, scope).dates
        chosen = request.GET.get(self.parameter, "") if self.parameter else ""
        return ReportQuery(scope.sites, dates.first, dates.last, {self.parameter: chosen} if chosen else {})

    def facts_of(self, query: ReportQuery) -> list[tuple[str, str]]:
        statement = self.statement_of(query)
        if statement.warnings is None:
            return [*statement.facts]
        approval = " ".join(statement.warnings) or _now("All days are approved.")
        return [*statement.facts, (_now("Approval"), approval)]

    def report_of(self, query: ReportQuery, *, user: User) -> Report:
        del user
        statement = self.statement_of(query)
        rows = [tuple(cell.raw for cell in row.cells) for row in statement.rows]
        return Report(statement.title, statement.columns, rows, statement.empty_text)

    def choices(self, sites: Sequence[Site]) -> list[tuple[str, str]]:
        """Return the values of the parameter with their labels."""
        del sites
        return []

    def statement_of(self, query: ReportQuery) -> Statement:
        """Return the statement of these sites and dates."""
        raise NotImplementedError


def _kilograms(tons: Decimal | None) -> int | None:
    return None if tons is None else int(tons * KILOGRAMS)


def _tons(name: str, label: "StrPromise | str") -> TonsColumn:
    return TonsColumn(name=name, label=label, unit=_("t"))


def _total(columns: Sequence[Column], rows: Sequence[StatementRow]) -> StatementRow:
    """Return the sum of each column of tons and counts, under a label."""
    cells = []
    for place, column in enumerate(columns):
        added = [row.cells[place].raw for row in rows if isinstance(row.cells[place].raw, int)]
        is_sum = isinstance(column, (TonsColumn, CountColumn)) and added
        cells.append(StatementCell(sum(map(int, added)) if is_sum else None))  # type: ignore[arg-type]  # whole numbers
    return StatementRow([StatementCell(_now("Total")), *cells[1:]], is_total=True)


# --- Days that are not approved


def unapproved_days(site: Site, *, first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the days with records, and the working days, that nobody has approved or that were reopened."""
    last = min(last, site.today())
    if last < first:
        return []
    approved = SiteDay.objects.filter(
        site=site, date__gte=first, date__lte=last, status=DayStatus.APPROVED
    ).values_list("date", flat=True)
    needed = set(working_days([site], first=first, last=last)[site.pk])
    for module in modules():
        records = module.model._default_manager.filter(site=site, date__gte=first, date__lte=last)
        needed.update(records.order_by().values_list("date", flat=True).distinct())
    return sorted(needed - set(approved))


def _closing_notes(query: ReportQuery) -> list[str]:
    """Return what a statement over these dates has to say of days that are not approved."""
    notes = []
    for site in query.sites:
        days = unapproved_days(site, first=query.first, last=query.last)
        if days:
            words = _now("%(site)s: %(days)s not approved.")
            notes.append(words % {"site": site.name, "days": shown_days(days)})
    if any(query.last >= site.today() for site in query.sites):
        notes.append(_now("The period is not over."))
    return notes


def shown_days(days: Sequence[dt.date]) -> str:
    """Return dates as a person reads them: those that follow each other as a range."""
    ranges: list[list[dt.date]] = []
    for day in days:
        if ranges and day - ranges[-1][-1] == ONE_DAY:
            ranges[-1].append(day)
        else:
            ranges.append([day])
    return ", ".join(
        date_format(found[0], "j M Y")
        if len(found) == 1
        else f"{date_format(found[0], 'j M')} – {date_format(found[-1], 'j M Y')}"
        for found in ranges
    )


def _site_column(query: ReportQuery) -> list[Column]:
    """Return the column of the site, where there are several."""
    return [TextColumn(name="site", label=_("Site"))] if len(query.sites) > 1 else []


def _site_cell(site: Site, query: ReportQuery) -> list[StatementCell]:
    return [StatementCell(site.name)] if len(query.sites) > 1 else []


# --- The mass balance

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
        materials = list(Material.objects.all())
        columns = [
            *_site_column(query),
            TextColumn(name="material", label=_("Material")),
            *(_tons(f"stock_{place}", label) for place, label in enumerate(FLOWS)),
        ]
        rows: list[StatementRow] = []
        for site in query.sites:
            periods = stock_periods([site], first=query.first, last=query.last).by_material
            rows += [
                self._row(site, material, periods[material.pk], query)
                for material in materials
                if material.pk in periods and not periods[material.pk].is_nothing
            ]
        if rows:
            rows.append(_total(columns, rows))
        return Statement(
            title=str(self.label),
            columns=columns,
            rows=rows,
            facts=_transfer_facts(query),
            warnings=_closing_notes(query),
            empty_text=_now("Nothing was in stock and nothing moved."),
        )

    def _row(self, site: Site, material: Material, stock: StockPeriod, query: ReportQuery) -> StatementRow:
        scope = BalanceScope(site.code, DateRange(query.first, query.last), material.pk)
        cells = [
            StatementCell(
                _kilograms(number.value(stock) or NO_TONS),
                number.address(scope) if number.address is not None and number.value(stock) else "",
            )
            for number in STOCK
        ]
        return StatementRow([*_site_cell(site, query), StatementCell(material.name), *cells])


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


# --- The recall


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
    parameter = "material"

    @override
    def choices(self, sites: Sequence[Site]) -> list[tuple[str, str]]:
        return [(str(material.pk), material.name) for material in Material.objects.all()]

    @override
    def statement_of(self, query: ReportQuery) -> Statement:
        material = _chosen(Material.objects.all(), query.parameters.get("material", ""))
        columns = [
            TextColumn(name="receiver", label=_("Receiver")),
            TextColumn(name="code", label=_("Code")),
            TextColumn(name="address", label=_("Address")),
            TextColumn(name="projects", label=_("Projects")),
            CountColumn(name="records", label=_("Records")),
            _tons("qty_ton", _("Tons")),
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
            rows.append(_total(columns, rows))
        return Statement(
            title=str(self.label),
            columns=columns,
            rows=rows,
            facts=[(_now("Material"), f"{material.name} · {material.code}")],
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
                    href=_list(
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


def _list(url_name: str, **query: str) -> str:
    return f"{reverse(url_name)}?{urlencode(query)}"


def _chosen[M: (Material, Party)](rows: "QuerySet[M]", key: str) -> M | None:
    """Return the row with this id, which an address names."""
    return rows.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None


# --- The recovery of a project


class RecoveryRates(NamedTuple):
    """The share of what came out of a site that was recovered, weighted by tons; None where nothing did."""

    by_production: Fraction | None
    by_outgoing: Fraction | None


def recovery_rates(site: Site, *, first: dt.date, last: dt.date) -> RecoveryRates:
    """Return the recovery rates of a site over a period.

    By production: product made in product made and residue. By outgoing tons: what left the site, or was
    used there, as material in that and what was disposed of. Transfers to own sites have not left.
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
    parameter = "project"

    @override
    def choices(self, sites: Sequence[Site]) -> list[tuple[str, str]]:
        projects = Party.objects.at_any(sites).filter(is_project=True, merged_into=None)
        return [(str(project.pk), project.name) for project in projects.order_by("name", "code")]

    @override
    def statement_of(self, query: ReportQuery) -> Statement:
        offered = Party.objects.at_any(query.sites).filter(is_project=True)
        project = _chosen(offered, query.parameters.get("project", ""))
        if project is None:
            return Statement(str(self.label), [], [], empty_text=_now("Choose a project."))
        facts = [(_now("Project"), f"{project.name} · {project.code}")]
        of_sites = {site: self._received(site, project, query) for site in query.sites}
        every = [row for received in of_sites.values() for row in received]
        known = [method for method in KNOWN if any(row.known[method] for row in every)]
        columns = [
            *_site_column(query),
            TextColumn(name="material", label=_("Material")),
            _tons("received_ton", _("Received")),
            *(_tons(f"{method or 'unstated'}_ton", KNOWN[method]) for method in known),
            RatioColumn(name="production_rate", label=_("Rate by production"), unit="%"),
            _tons("production_ton", _("Recovered by production")),
            RatioColumn(name="outgoing_rate", label=_("Rate by outgoing tons"), unit="%"),
            _tons("outgoing_ton", _("Recovered by outgoing tons")),
        ]
        rows: list[StatementRow] = []
        for site, received in of_sites.items():
            if received:
                rates = recovery_rates(site, first=query.first, last=query.last)
                facts.append((site.name, _shown_rates(rates)))
                rows += [row.as_row(_site_cell(site, query), known, rates) for row in received]
        if rows:
            rows.append(_total(columns, rows))
        return Statement(
            title=str(self.label),
            columns=columns,
            rows=rows,
            facts=[*facts, (_now("How it is calculated"), str(HOW))],
            warnings=_closing_notes(query),
            empty_text=_now("Nothing was received from this project."),
        )

    def _received(self, site: Site, project: Party, query: ReportQuery) -> list["_Received"]:
        """Return what a site received from a project, by material and by how its tons became known."""
        of_project = Q(project=project) | Q(project__merged_into=project)
        received = ReceivedMaterial.objects.filter(
            of_project, site=site, date__gte=query.first, date__lte=query.last, qty_ton__gt=NO_TONS
        )
        parts = {f"of_{method}": Sum("qty_ton", filter=mass_condition(method)) for method in MassMethod}
        ordered = received.order_by("material__position", "material__code")
        groups = ordered.values("material_id", "material__name")
        found = []
        for material_id, name, whole, *known in groups.annotate(whole=Sum("qty_ton"), **parts).values_list(
            "material_id", "material__name", "whole", *parts
        ):
            by_method: dict[str, Decimal] = {
                method.value: part or NO_TONS for method, part in zip(MassMethod, known, strict=True)
            }
            by_method[""] = whole - sum(by_method.values(), NO_TONS)
            href = _list(
                "received:list",
                **{PARAMETER: site.code, "from": query.first.isoformat(), "to": query.last.isoformat()},
                material=str(material_id),
                project=str(project.pk),
            )
            found.append(_Received(name, whole, by_method, href))
        return found


@dataclass(frozen=True)
class _Received:
    """What was received of a material, in tons, and how much of it became known by each method."""

    material: str
    whole_ton: Decimal
    known: Mapping[str, Decimal]
    href: str

    def as_row(self, site: list[StatementCell], methods: Sequence[str], rates: RecoveryRates) -> StatementRow:
        """Return it as a row with what was recovered of it at each rate."""
        cells = [*site, StatementCell(self.material), StatementCell(_kilograms(self.whole_ton), self.href)]
        cells += [StatementCell(_kilograms(self.known[method]), self.href) for method in methods]
        for rate in rates:
            shares = None if rate is None else (rate * 100, rate * Fraction(self.whole_ton))
            cells += [
                StatementCell(None if shares is None else rounded(shares[0], RatioColumn.decimals)),
                StatementCell(None if shares is None else rounded(shares[1], TonsColumn.decimals)),
            ]
        return StatementRow(cells)


# How tons became known; without a word about it, they have none of the methods.
KNOWN: Mapping[str, "StrPromise | str"] = {**dict(MassMethod.choices), "": _("Not stated")}
HOW = _(
    "By production: product made in product made and residue. By outgoing tons: what was dispatched or used"
    " on site as material, in that and what left or was disposed of as residue; transfers to own sites are"
    " not counted."
)


def _shown_rates(rates: RecoveryRates) -> str:
    def shown(rate: Fraction | None) -> str:
        return percent(None if rate is None else Decimal(rounded(rate * 100, 4)).scaleb(-4))

    return _now("recovery rate by production %(made)s, by outgoing tons %(left)s") % {
        "made": shown(rates.by_production),
        "left": shown(rates.by_outgoing),
    }


MASS_BALANCE, RECALL, RECOVERY = MassBalance(), Recall(), Recovery()
SOURCES: Mapping[str, StatementSource] = {source.name: source for source in (MASS_BALANCE, RECOVERY, RECALL)}


# --- The page


class PageCell(NamedTuple):
    """A cell as a person reads it."""

    column: Column
    text: str
    href: str


class StatementPage:
    """A statement as its address says."""

    def __init__(self, request: HttpRequest, name: str) -> None:
        """Raises Http404 for another name."""
        if name not in SOURCES:
            raise Http404
        self.source = SOURCES[name]
        self.scope = page_scope(request)
        self.query = self.source.query_of(request)
        self.period = PagePeriod(request, self.scope)
        self._values = request.GET

    @property
    def links(self) -> list[tuple[str, "StrPromise", bool]]:
        """Return the address, the label and whether it is shown of each statement."""
        scope = urlencode({PARAMETER: self.scope.code})
        return [
            (f"{reverse('dashboard:statement', args=[name])}?{scope}", source.label, source is self.source)
            for name, source in SOURCES.items()
        ]

    @property
    def is_monthly(self) -> bool:
        return self.source is MASS_BALANCE

    @property
    def month(self) -> str:
        return f"{self.query.first:%Y-%m}"

    def _month_query(self, date: dt.date) -> str:
        return urlencode({PARAMETER: self.scope.code, "month": f"{date:%Y-%m}"})

    @property
    def before_query(self) -> str:
        return self._month_query(self.query.first - ONE_DAY)

    @property
    def after_query(self) -> str:
        return self._month_query(self.query.last + ONE_DAY)

    @property
    def address_query(self) -> str:
        """Return the query of this page, which is also that of its file."""
        if self.is_monthly:
            return self._month_query(self.query.first)
        dates = {"from": self.query.first.isoformat(), "to": self.query.last.isoformat()}
        return urlencode({PARAMETER: self.scope.code, **dates, **self.query.parameters})

    @cached_property
    def form(self) -> StatementForm | None:
        """Return the form of what the statement is of, besides sites and dates."""
        name = self.source.parameter
        if not name:
            return None
        label = _("Material") if name == "material" else _("Project")
        form = StatementForm(self._values, name=name, label=label)
        form.offer(name, self.source.choices(self.scope.sites))
        return form

    @cached_property
    def statement(self) -> Statement:
        return self.source.statement_of(self.query)

    def _cells(self, row: StatementRow) -> Sequence[PageCell]:
        columns = self.statement.columns
        return [
            PageCell(column, _text(column, cell.raw), cell.href)
            for column, cell in zip(columns, row.cells, strict=True)
        ]

    @property
    def rows(self) -> list[Sequence[PageCell]]:
        return [self._cells(row) for row in self.statement.rows if not row.is_total]

    @property
    def total(self) -> Sequence[PageCell]:
        """Return the last row, the total."""
        return self._cells(self.statement.rows[-1])


def _text(column: Column, raw: Raw) -> str:
    """Return a stored value as a person reads it."""
    if raw is None:
        return ""
    if isinstance(column, (TonsColumn, CountColumn, RatioColumn)):
        assert isinstance(raw, int)
        return column.format(column.from_stored(raw))
    return column.format(raw)
