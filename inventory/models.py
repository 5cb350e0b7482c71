"""Stock: the records that move it, the counts that correct it, and the ledger derived from both."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.expressions import Combinable
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.db.fields import LEAST_TONS, MOST_TONS, NO_TONS, TonsField
from inventory.ledger import write
from inventory.ledger.snapshots import Flow, InventorySnapshot
from inventory.ledger.write import Place, Shortfall
from parties.models import WEIGHT_VALIDATORS, Container, Party, Vehicle, Weighbridge
from records.columns import Column
from records.errors import NegativeStock
from records.models import Change, DailyRecord, RecordQuerySet
from records.registry import modules
from records.templatetags.figures import tons as shown_tons
from sites.models import EntryMode, Material, Site, User
from sites.scope import lock_as_manager

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

__all__ = ["Flow", "InventorySnapshot"]

LOW_RANGE = _("The low mark must be more than 0 and at most 999,999.999 tons.")
TICKET_USED = _("This ticket number is that of another load.")
QUANTITY_RANGE = _("Tons must be more than 0 and at most 999,999.999.")


class StockMovement(DailyRecord):
    """A record that names a material and tons, and may move the site's stock of it."""

    material = models.ForeignKey(
        Material, on_delete=models.PROTECT, db_index=False, verbose_name=_("material")
    )
    qty_ton = TonsField(
        _("tons"),
        db_column="qty_kg",
        validators=[
            MinValueValidator(LEAST_TONS, message=QUANTITY_RANGE),
            MaxValueValidator(MOST_TONS, message=QUANTITY_RANGE),
        ],
    )

    class Meta(DailyRecord.Meta):
        abstract = True
        constraints = [
            *DailyRecord.Meta.constraints,
            models.CheckConstraint(
                condition=Q(qty_ton__gte=LEAST_TONS, qty_ton__lte=MOST_TONS),
                name="%(app_label)s_%(class)s_qty_range",
                violation_error_message=QUANTITY_RANGE,
            ),
        ]

    @property
    def place(self) -> Place:
        """Return the row of the ledger that this record moves."""
        return Place(self.site_id, self.material_id, self.date)

    def deletion_effects(self) -> list[str]:
        if self.flow is None:
            return [_now("Stock stays as it is: this operation does not move it.")]
        words = _now("Stock of %(material)s goes %(way)s by %(tons)s t from %(date)s on%(until)s.")
        counted = write.next_count(self.place)
        until = _now(", up to the count of %s") % date_format(counted, "j M Y") if counted is not None else ""
        way = _now("down") if self.flow.sign > 0 else _now("up")
        shown = {"material": self.material.name, "tons": shown_tons(self.qty_ton), "way": way}
        return [words % {**shown, "date": date_format(self.date, "j M Y"), "until": until}]

    @property
    @abstractmethod
    def flow(self) -> Flow | None:
        """Return the column of the ledger that this record moves; None for none."""

    @classmethod
    @abstractmethod
    def flows(cls) -> Mapping[Flow, Q]:
        """Return which records move which column: the same rule as `flow`, for the database."""

    @classmethod
    def list_filter(cls, flow: Flow) -> Mapping[str, str]:
        """Return what narrows the list of these records, by its address, to those that move a column."""
        del flow
        return {}

    @classmethod
    def settle(cls, changes: Sequence[Change[Self]]) -> list[str]:
        moves: dict[Place, dict[Flow, Decimal]] = defaultdict(lambda: defaultdict(lambda: NO_TONS))
        for before, after in changes:
            if before is not None and before.flow is not None:
                moves[before.place][before.flow] -= before.qty_ton
            if after is not None and after.flow is not None:
                moves[after.place][after.flow] += after.qty_ton
        return _shortfall_warnings(write.move(_without_zeros(moves)))


class MassMethod(models.TextChoices):
    """How tons became known. Tons that were typed without a word about it have none of these."""

    WEIGHED = "weighed", _("Weighed")
    DEEMED = "deemed", _("Deemed by a factor")
    ESTIMATED = "estimated", _("Estimated")
    SURVEY = "survey", _("Survey")


class TareSource(models.TextChoices):
    WEIGHED = "weighed", _("Weighed")
    STORED = "stored", _("Stored")
    MANUAL = "manual", _("Typed")


class LoadState(models.TextChoices):
    """The state of a load; a daily line has none. A load that is void stays and has no tons."""

    COMPLETE = "complete", _("Complete")
    CANCELLED = "cancelled", _("Cancelled")
    REJECTED = "rejected", _("Rejected")


VOID = (LoadState.CANCELLED, LoadState.REJECTED)
# A void load moves no stock: it has no tons.
HAS_TONS = Q(qty_ton__gt=NO_TONS)
NO_WEIGHT = Q(gross_ton__isnull=True, tare_ton__isnull=True)


# The methods in the order in which totals show them; the tons of "" were typed without one.
MASS_LABELS: Mapping[str, "StrPromise | str"] = {**dict(MassMethod.choices), "": _("Not stated")}


def mass_condition(method: str) -> Q:
    """Return which records have tons of this kind. Tons estimated from loads are deemed by a factor."""
    is_this = Q(mass_method=method)
    if method == MassMethod.DEEMED:
        return Q(is_estimated=True) | is_this
    return is_this if method else is_this & Q(is_estimated=False)


class LoadedMovement(StockMovement):
    """A movement by lorry: a daily line, or one load with its ticket and weighing.

    Tons are gross less tare; or typed; or `loads x tons_per_load`, with the material's factor of that moment
    kept with them. A load that is cancelled or rejected keeps its weights and has no tons.
    """

    qty_ton = TonsField(
        _("tons"),
        db_column="qty_kg",
        validators=[
            MinValueValidator(NO_TONS, message=QUANTITY_RANGE),
            MaxValueValidator(MOST_TONS, message=QUANTITY_RANGE),
        ],
    )
    loads = models.PositiveIntegerField(_("loads"), null=True, blank=True)
    tons_per_load = TonsField(_("tons per load"), null=True, blank=True, editable=False, db_column="load_kg")
    is_estimated = models.BooleanField(_("estimated from loads"), default=False, editable=False)

    time_in = models.DateTimeField(_("time in"), null=True, blank=True)
    # The moment that the load is of: its second weighing, or the only time that is known.
    time = models.DateTimeField(_("time"), null=True, blank=True)
    weighbridge = models.ForeignKey(
        Weighbridge,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("weighbridge"),
    )
    ticket_no = models.CharField(_("ticket number"), max_length=30, blank=True, default="", db_default="")
    vehicle = models.ForeignKey(
        Vehicle,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("registered vehicle"),
    )
    container = models.ForeignKey(
        Container,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("container"),
    )
    carrier = models.ForeignKey(
        Party,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="%(app_label)s_carried",
        verbose_name=_("carrier"),
    )
    party = models.ForeignKey(
        Party, on_delete=models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("party")
    )
    project = models.ForeignKey(
        Party,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="%(app_label)s_of_project",
        verbose_name=_("project"),
    )
    order_reference = models.CharField(
        _("order reference"), max_length=50, blank=True, default="", db_default=""
    )
    gross_ton = TonsField(
        _("gross"), null=True, blank=True, db_column="gross_kg", validators=WEIGHT_VALIDATORS
    )
    tare_ton = TonsField(_("tare"), null=True, blank=True, db_column="tare_kg", validators=WEIGHT_VALIDATORS)
    tare_source = models.CharField(
        _("tare source"), max_length=10, choices=TareSource, blank=True, default="", db_default=""
    )
    mass_method = models.CharField(
        _("mass method"), max_length=10, choices=MassMethod, blank=True, default="", db_default=""
    )
    load_state = models.CharField(
        _("state of the load"), max_length=10, choices=LoadState, blank=True, default="", db_default=""
    )
    load_reason = models.CharField(
        _("reason"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("Why the load was cancelled or rejected."),
    )

    # The site's setting of what it enters here, and the text columns that say the same as a key.
    entry_setting: ClassVar[str]
    # Whether the first weighing is of the full lorry.
    arrives_full: ClassVar[bool]
    outside_number_field = "ticket_no"
    # Whether it is taken although the site enters other records here, such as a lorry that is on site.
    is_of_either_mode = False
    party_text: ClassVar[str]
    vehicle_text: ClassVar[str] = ""

    @property
    def is_void(self) -> bool:
        return self.load_state in VOID

    @property
    def fixed_fields(self) -> Collection[str]:
        # Tons follow from the weights, or are none.
        is_fixed = self.is_void or self.gross_ton is not None
        return ("qty_ton", "loads") if is_fixed else ()

    @property
    def shows_details(self) -> bool:
        return bool(self.load_state)

    def mark_of(self, column: str) -> str:
        if column != "qty_ton":
            return super().mark_of(column)
        if self.is_estimated:
            return _now("estimated from loads")
        return "" if self.mass_method in ("", MassMethod.WEIGHED) else self.get_mass_method_display()

    @classmethod
    def takes_lines(cls, site: Site) -> bool:
        mode: str = getattr(site, cls.entry_setting)
        return mode != EntryMode.LOADS

    @classmethod
    def takes_details(cls, site: Site) -> bool:
        mode: str = getattr(site, cls.entry_setting)
        return mode != EntryMode.LINES

    @classmethod
    def texts_of_references(cls) -> Mapping[str, str]:
        texts = {"party": cls.party_text, "vehicle": cls.vehicle_text}
        return {name: text for name, text in texts.items() if text}

    @property
    def outside_number(self) -> tuple[object, ...]:
        return (self.site_id, self.weighbridge_id, self.ticket_no) if self.ticket_no else ()

    @classmethod
    def find_entered(cls, records: Sequence[Self]) -> dict[int, str]:
        places = {record.outside_number: place for place, record in enumerate(records) if record.ticket_no}
        found: dict[int, str] = {}
        for module in modules() if places else ():
            if not issubclass(module.model, LoadedMovement):
                continue
            near = module.model._default_manager.filter(
                site__in={record.site_id for record in records},
                ticket_no__in={record.ticket_no for record in records if record.ticket_no},
            )
            loads = [load for load in near if load.outside_number in places]
            versions = module.model.history.filter(id__in=[load.pk for load in loads])
            firsts = {version.id: version.instance for version in versions.order_by("-history_id")}
            for load in loads:
                record = records[places[load.outside_number]]
                difference = str(TICKET_USED)
                if isinstance(record, module.model):
                    # A load that was corrected since comes as it was entered first, or as it is now.
                    difference = _difference(firsts[load.pk], record, module.entered_columns) and _difference(
                        load, record, module.entered_columns
                    )
                found[places[load.outside_number]] = difference and _now(
                    "%(label)s %(id)d has this ticket number: %(difference)s"
                ) % {"label": module.label, "id": load.pk, "difference": difference}
        return found

    @classmethod
    def complete_new(cls, records: Sequence[Self]) -> None:
        for record in sorted(records, key=lambda each: (each.date, each.time is None, each.time)):
            if record.weighbridge is not None and record.weighbridge.gives_numbers and not record.ticket_no:
                record.ticket_no = record.weighbridge.take_number()

    def deletion_refusal(self) -> str:
        if not self.ticket_no or self.weighbridge is None or not self.weighbridge.gives_numbers:
            return ""
        return _now("Ticket %(number)s stays: cancel the load and say why, instead of deleting it.") % {
            "number": self.ticket_no
        }

    class Meta(StockMovement.Meta):
        abstract = True
        constraints = [
            *DailyRecord.Meta.constraints,
            models.CheckConstraint(
                condition=Q(load_state__in=VOID, qty_ton=NO_TONS)
                | (~Q(load_state__in=VOID) & Q(qty_ton__gte=LEAST_TONS, qty_ton__lte=MOST_TONS)),
                name="%(app_label)s_%(class)s_qty_range",
                violation_error_message=QUANTITY_RANGE,
            ),
            models.CheckConstraint(
                condition=Q(loads__isnull=True) | Q(loads__gte=1, loads__lte=9999),
                name="%(app_label)s_%(class)s_loads_range",
                violation_error_message=_("Loads must be between 1 and 9,999."),
            ),
            models.CheckConstraint(
                condition=Q(is_estimated=False, tons_per_load__isnull=True)
                | Q(is_estimated=True, tons_per_load__gt=NO_TONS, loads__isnull=False),
                name="%(app_label)s_%(class)s_estimate_whole",
                violation_error_message=_("Estimated tons are kept with their loads and tons per load."),
            ),
            models.CheckConstraint(
                condition=NO_WEIGHT
                | Q(load_state__in=VOID)
                | Q(
                    gross_ton__isnull=False,
                    tare_ton__isnull=False,
                    load_state=LoadState.COMPLETE,
                    mass_method=MassMethod.WEIGHED,
                    qty_ton=F("gross_ton") - F("tare_ton"),
                ),
                name="%(app_label)s_%(class)s_net",
                violation_error_message=_("Tons are the gross less the tare."),
            ),
            models.CheckConstraint(
                condition=Q(tare_ton__isnull=True, tare_source="")
                | (Q(tare_ton__isnull=False) & ~Q(tare_source="")),
                name="%(app_label)s_%(class)s_tare_source",
                violation_error_message=_("A tare has a source."),
            ),
            models.CheckConstraint(
                condition=Q(load_state="", load_reason="", ticket_no="", time__isnull=True)
                | Q(load_state=LoadState.COMPLETE, load_reason="")
                | (Q(load_state__in=VOID) & ~Q(load_reason="")),
                name="%(app_label)s_%(class)s_load_state",
                violation_error_message=_("A load is cancelled or rejected with a reason."),
            ),
            models.UniqueConstraint(
                fields=["site", "weighbridge", "ticket_no"],
                condition=~Q(ticket_no="") & Q(weighbridge__isnull=False),
                name="%(app_label)s_ticket_unique",
                violation_error_message=TICKET_USED,
            ),
            models.UniqueConstraint(
                fields=["site", "ticket_no"],
                condition=~Q(ticket_no="") & Q(weighbridge__isnull=True),
                name="%(app_label)s_site_ticket_unique",
                violation_error_message=TICKET_USED,
            ),
        ]


def _difference(before: LoadedMovement, after: LoadedMovement, columns: Sequence[Column]) -> str:
    """Return what a record gives that is another value in an earlier one; empty for nothing."""
    for column in columns:
        field = before._meta.get_field(column.name)
        assert isinstance(field, models.Field)
        value = getattr(after, field.attname)
        if value not in (None, "") and value != getattr(before, field.attname):
            return _now("%(label)s is “%(before)s” there and “%(after)s” here.") % {
                "label": column.label,
                "before": column.text_of(before),
                "after": column.text_of(after),
            }
    return ""


class StockCountQuerySet(RecordQuerySet["StockCount"]):
    def with_derived(self) -> Self:
        """Read with each count what it corrected in the ledger."""
        return self.annotate(adjustment_ton=self.adjustment())

    @staticmethod
    def adjustment() -> Combinable:
        """Return the count less the book stock, in tons, as the ledger has it."""
        row = InventorySnapshot.objects.of(OuterRef("site"), OuterRef("material"))
        return Subquery(row.filter(date=OuterRef("date")).values("adjustment_ton"))


class StockCount(DailyRecord):
    """What was measured at the end of an operating date: a checkpoint of the ledger."""

    material = models.ForeignKey(
        Material, on_delete=models.PROTECT, db_index=False, verbose_name=_("material")
    )
    counted_ton = TonsField(
        _("counted tons"),
        db_column="counted_kg",
        validators=[
            MinValueValidator(NO_TONS, message=_("A count is 0 or more.")),
            MaxValueValidator(MOST_TONS, message=_("A count is at most 999,999.999 tons.")),
        ],
    )

    identity = ("site", "material", "date")

    objects = StockCountQuerySet.as_manager()

    # Set by `with_derived()`: the ledger knows it, not the count.
    adjustment_ton: Decimal | None = None

    class Meta(DailyRecord.Meta):
        verbose_name = _("stock count")
        verbose_name_plural = _("stock counts")
        indexes = [
            *DailyRecord.Meta.indexes,
            models.Index(fields=["site", "date", "id"], name="stockcount_site_date"),
        ]
        constraints = [
            *DailyRecord.Meta.constraints,
            models.UniqueConstraint(
                fields=["site", "material", "date"],
                name="inventory_stockcount_unique",
                violation_error_message=_("This material was counted on this date already: edit that count."),
            ),
            models.CheckConstraint(
                condition=Q(counted_ton__gte=NO_TONS, counted_ton__lte=MOST_TONS),
                name="inventory_stockcount_range",
                violation_error_message=_("A count is 0 or more and at most 999,999.999 tons."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.material_id}: {self.counted_ton}"

    @property
    def place(self) -> Place:
        """Return the row of the ledger that this count fixes."""
        return Place(self.site_id, self.material_id, self.date)

    @property
    def book_ton(self) -> Decimal | None:
        """Return the stock without this count, in tons; None where it was not read."""
        return None if self.adjustment_ton is None else self.counted_ton - self.adjustment_ton

    def deletion_effects(self) -> list[str]:
        words = _now(
            "Without it, stock of %(material)s on %(date)s is the book stock: %(book)s t instead of"
            " %(counted)s t. Later days change by as much%(until)s."
        )
        following = write.next_count(self.place.day_after)
        until = _now(", up to the count of %s") % date_format(following, "j M Y") if following else ""
        shown = {
            "material": self.material.name,
            "book": shown_tons(write.row_on(self.place).book_ton),
            "counted": shown_tons(self.counted_ton),
        }
        return [words % {**shown, "date": date_format(self.date, "j M Y"), "until": until}]

    @classmethod
    def settle(cls, changes: Sequence[Change[Self]]) -> list[str]:
        counted: dict[Place, Decimal | None] = {}
        for before, _after in changes:
            if before is not None:
                counted[before.place] = None
        for _before, after in changes:
            if after is not None:
                counted[after.place] = after.counted_ton
        return _shortfall_warnings(write.count(counted))


def _without_zeros(
    moves: Mapping[Place, Mapping[Flow, Decimal]],
) -> dict[Place, dict[Flow, Decimal]]:
    moved = {place: {flow: tons for flow, tons in flows.items() if tons} for place, flows in moves.items()}
    return {place: flows for place, flows in moved.items() if flows}


def _shortfall_warnings(shortfalls: Sequence[Shortfall]) -> list[str]:
    """Return the warnings about stock below zero; raise NegativeStock where the site refuses it."""
    if not shortfalls:
        return []
    sentences = [
        _now("Not enough %(material)s: stock falls to %(tons)s t below zero on %(date)s.")
        % {
            "material": short.material,
            "tons": shown_tons(-short.closing_ton),
            "date": date_format(short.date, "j M Y"),
        }
        for short in shortfalls
    ]
    if any(short.is_refused for short in shortfalls):
        advice = _now("Check tons and date, and whether something that came in or was made is missing.")
        raise NegativeStock(" ".join([*sentences, advice, _now("This site refuses stock below zero.")]))
    return sentences


class StockThreshold(models.Model):
    """The low mark of a material at a site."""

    # A mark is nothing of its own: it keeps neither its site nor its material from being deleted.
    site = models.ForeignKey(
        Site, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("site")
    )
    material = models.ForeignKey(
        Material, on_delete=models.CASCADE, related_name="+", verbose_name=_("material")
    )
    low_ton = TonsField(
        _("low below, tons"),
        db_column="low_kg",
        validators=[
            MinValueValidator(LEAST_TONS, message=LOW_RANGE),
            MaxValueValidator(MOST_TONS, message=LOW_RANGE),
        ],
    )

    history = HistoricalRecords(no_db_index=["site", "material"])

    class Meta:
        verbose_name = _("stock threshold")
        verbose_name_plural = _("stock thresholds")
        ordering = ("site", "material")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "material"],
                name="inventory_stockthreshold_unique",
                violation_error_message=_(
                    "This material has a low mark at this site already: edit that one."
                ),
            ),
            models.CheckConstraint(
                condition=Q(low_ton__gte=LEAST_TONS, low_ton__lte=MOST_TONS),
                name="inventory_stockthreshold_range",
                violation_error_message=LOW_RANGE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site.code} · {self.material.name}"


@transaction.atomic
def set_threshold(*, site: Site, material: Material, low_ton: Decimal | None, by: User) -> None:
    """Set below how many tons a material is low at a site; None takes the mark away.

    Raises Site.DoesNotExist for a site that is not the person's, PermissionDenied below manager.
    """
    lock_as_manager(site.pk, by=by)
    threshold = StockThreshold.objects.filter(site=site, material=material).first()
    if threshold is None:
        threshold = StockThreshold(site=site, material=material)
    threshold._history_user = by  # type: ignore[attr-defined]  # read by simple-history
    if low_ton is not None and threshold.low_ton != low_ton:
        threshold.low_ton = low_ton
        threshold.save()
    elif low_ton is None and threshold.pk is not None:
        threshold.delete()
