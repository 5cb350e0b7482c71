"""The columns of a load, of its ticket and weighing, and the filters of lists of loads."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, override

import django_filters
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.models import (
    MASS_LABELS,
    VOID,
    LoadState,
    MassMethod,
    TareSource,
    mass_condition,
)
from parties.models import Container, Party, Vehicle, Weighbridge
from records.columns import (
    ChoiceColumn,
    Column,
    MomentColumn,
    PartColumn,
    ReferenceColumn,
    TextColumn,
    TonsColumn,
)
from records.filters import NO_TEXT, MaterialFilter
from records.models import DailyRecord, RecordQuerySet
from sites.models import MasterData, Site

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


def _code(name: str, label: "StrPromise", model: type[MasterData], *aliases: str) -> ReferenceColumn:
    """Return a column of master data that JSON names by its code."""
    return ReferenceColumn(name=name, label=label, model=model, is_code_in_json=True, aliases=aliases)


@dataclass(frozen=True, kw_only=True)
class LoadTonsColumn(TonsColumn):
    """The tons of a movement; of a void load, why it has none."""

    @override
    def text_of(self, record: models.Model) -> str:
        # A version of the history is no movement, but has its columns.
        state = getattr(record, "load_state", "")
        return str(LoadState(state).label) if state in VOID else super().text_of(record)


@dataclass(frozen=True, kw_only=True)
class TicketedColumn(TextColumn):
    """A text with the ticket number of a load after it."""

    @override
    def text_of(self, record: models.Model) -> str:
        return " · ".join(filter(None, (super().text_of(record), getattr(record, "ticket_no", ""))))


# Besides English, the words of the languages in which weighbridges print.
TIME_IN = MomentColumn(
    name="time_in",
    label=_("Time in"),
    aliases=(
        *(
            "in",
            "arrival",
            "arrived",
            "arrival time",
            "entry time",
            "in time",
            "first weighing",
            "gross time",
        ),
        *("einfahrt", "ankunft", "erstwiegung", "heure entrée", "hora entrada"),
    ),
)
TIME = MomentColumn(
    name="time",
    label=_("Time"),
    aliases=(
        *(
            "time out",
            "out",
            "out time",
            "exit time",
            "departure",
            "departed",
            "second weighing",
            "tare time",
        ),
        *(
            "load time",
            "weighed at",
            "weighing time",
            "ticket time",
            "date time",
            "date and time",
            "timestamp",
        ),
        *("zeit", "uhrzeit", "ausfahrt", "zweitwiegung", "heure", "heure sortie", "hora", "hora salida"),
    ),
)
WEIGHBRIDGE = _code(
    "weighbridge", _("Weighbridge"), Weighbridge, "scale", "bridge", "waage", "bascule", "báscula"
)
TICKET = TextColumn(
    name="ticket_no",
    label=_("Ticket"),
    aliases=(
        *(
            "ticket no",
            "ticket no.",
            "ticket nr",
            "ticket number",
            "ticket #",
            "ticket id",
            "ticketno",
            "load id",
        ),
        *(
            "docket",
            "docket no",
            "docket number",
            "weighbridge ticket",
            "scale ticket",
            "slip no",
            "slip number",
        ),
        *(
            "wiegeschein",
            "wiegeschein nr",
            "wiegeschein-nr.",
            "scheinnummer",
            "n° de ticket",
            "ticket de pesée",
        ),
        *("n° ticket", "número de ticket", "boleta"),
    ),
)
# The columns that only loads have.
LOAD_COLUMNS: tuple[Column, ...] = (
    TIME_IN,
    TIME,
    WEIGHBRIDGE,
    TICKET,
    _code(
        "vehicle", _("Registered vehicle"), Vehicle, "plate", "number plate", "registration", "licence plate"
    ),
    _code("container", _("Container"), Container, "container no", "skip", "mulde", "benne"),
    _code("carrier", _("Carrier"), Party, "haulier", "hauler", "transporter", "spediteur", "transporteur"),
    _code(
        *("party", _("Party"), Party, "customer", "client", "supplier", "producer", "receiver", "account"),
        *("kunde", "lieferant", "fournisseur", "cliente", "proveedor"),
    ),
    _code("project", _("Project"), Party, "job", "job site", "jobsite", "baustelle", "chantier", "obra"),
    TextColumn(
        name="order_reference", label=_("Order reference"), aliases=("order", "order no", "po number")
    ),
    TonsColumn(
        name="gross_ton",
        label=_("Gross"),
        unit=_("t"),
        aliases=(
            *("gross weight", "gross wt", "weight gross", "gross mass", "brutto", "bruttogewicht", "brut"),
            *("poids brut", "bruto", "peso bruto", "loaded weight"),
        ),
    ),
    TonsColumn(
        name="tare_ton",
        label=_("Tare"),
        unit=_("t"),
        aliases=(
            *("tare weight", "tare wt", "weight tare", "tara", "taragewicht", "leergewicht", "tarra"),
            *("poids tare", "peso tara", "empty weight"),
        ),
    ),
    ChoiceColumn(name="tare_source", label=_("Tare source"), choices=dict(TareSource.choices)),
    ChoiceColumn(name="mass_method", label=_("Mass method"), choices=dict(MassMethod.choices)),
    ChoiceColumn(name="load_state", label=_("State of the load"), choices=dict(LoadState.choices)),
    TextColumn(name="load_reason", label=_("Reason")),
)


class RegisteredFilter(django_filters.ModelChoiceFilter):  # type: ignore[misc]  # django-filter has no types
    """Loads of a party or vehicle, of a party also those of what was merged into it; a dash means none."""

    def __init__(self, model: type[Party | Vehicle], label: "StrPromise", empty_label: "StrPromise") -> None:
        super().__init__(
            label=label,
            queryset=model._default_manager.all(),
            empty_label=empty_label,
            null_label=_("Not entered"),
            null_value=NO_TEXT,
        )
        self._has_merges = model is Party

    def filter(
        self, records: RecordQuerySet[DailyRecord], chosen: Party | Vehicle | str | None
    ) -> RecordQuerySet[DailyRecord]:
        if not chosen:
            return records
        if chosen == NO_TEXT:
            return records.filter(Q((self.field_name, None)))
        of_this = Q((self.field_name, chosen))
        if self._has_merges:
            of_this |= Q((f"{self.field_name}__merged_into", chosen))
        return records.filter(of_this)


class LoadFilter(MaterialFilter):
    """What narrows a list of loads: the parties and the vehicle, besides the material."""

    party = RegisteredFilter(Party, _("Party"), _("Any party"))
    carrier = RegisteredFilter(Party, _("Carrier"), _("Any carrier"))
    project = RegisteredFilter(Party, _("Project"), _("Any project"))
    vehicle = RegisteredFilter(Vehicle, _("Registered vehicle"), _("Any vehicle"))
    mass_method = django_filters.ChoiceFilter(
        label=_("Mass method"),
        choices=[(method or NO_TEXT, label) for method, label in MASS_LABELS.items()],
        empty_label=_("Any mass method"),
        method="by_method",
    )

    rare: ClassVar = MaterialFilter.rare | {"party", "carrier", "project", "vehicle", "mass_method"}

    def narrow(self, sites: Sequence[Site]) -> None:
        """Offer the parties that one of these sites uses."""
        super().narrow(sites)
        offered = Party.objects.at_any(sites)
        for name in ("party", "carrier", "project"):
            self.filters[name].queryset = offered

    def by_method(
        self, records: RecordQuerySet[DailyRecord], name: str, method: str
    ) -> RecordQuerySet[DailyRecord]:
        del name
        return records.filter(mass_condition("" if method == NO_TEXT else method))


# The filters that lists of loads have besides those of other movements.
LOAD_FILTERS = ("party", "carrier", "project", "vehicle", "mass_method")
# The tons by how they became known; what was typed without a word about it is in none of them.
MASS_PARTS = tuple(
    PartColumn(
        name=f"{method}_ton",
        label=method.label,
        unit=_("t"),
        of="qty_ton",
        condition=partial(mass_condition, method),
        is_default=False,
        is_in_pdf=False,
    )
    for method in MassMethod
)
