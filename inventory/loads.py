"""Loads: the form of movements by lorry, and its fields."""

import datetime as dt
import zoneinfo
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, override

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.db.fields import LEAST_TONS, MOST_TONS, NO_TONS, to_kilogram
from inventory.load_columns import LOAD_COLUMNS
from inventory.models import (
    QUANTITY_RANGE,
    TICKET_USED,
    VOID,
    LoadedMovement,
    LoadState,
    MassMethod,
    TareSource,
)
from inventory.warnings import over_gross
from parties.models import Party, plain
from records.errors import DuplicateRecord
from records.forms import CodedChoiceField, RecordForm, SiteChoiceField
from records.registry import modules
from records.templatetags.figures import tons as shown_tons
from sites.dates import EARLIEST, LATEST
from sites.models import EntryMode, MasterData, Material, Site

LEAST_LOADS, MOST_LOADS = 1, 9999
# What makes a record a load.
MARKS = ("time_in", "time", "weighbridge", "ticket_no", "gross_ton", "tare_ton", "load_state")
TRANSFER_KEEPS = _("A transfer keeps its material and its sites: cancel it, and send another one.")
# Two sites may have different operating dates at one moment: other time zones, a night shift.
DAYS_DIFFER = dt.timedelta(days=1)
NOT_A_MOMENT = _("Enter a date and a time such as 2026-03-31 07:12.")


class SiteMomentField(forms.DateTimeField):
    """A moment. Without a time zone it is on the clocks of the record's site."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1})
    zone: zoneinfo.ZoneInfo
    # What the record has: when clocks are set back, one time on them is two moments.
    stored: dt.datetime | None = None

    @override
    def to_python(self, value: object) -> dt.datetime | None:
        if value in self.empty_values:
            return None
        if isinstance(value, str):
            try:
                # A date alone would be midnight.
                value = dt.datetime.fromisoformat(value.strip()) if ":" in value else None
            except ValueError:
                value = None
        if not isinstance(value, dt.datetime) or not EARLIEST <= value.date() <= LATEST:
            raise ValidationError(NOT_A_MOMENT, code="invalid")
        if self.stored is not None and value == self.stored.astimezone(self.zone).replace(
            tzinfo=None, microsecond=0
        ):
            return self.stored
        return (value if value.tzinfo else value.replace(tzinfo=self.zone)).astimezone(dt.UTC)

    @override
    def prepare_value(self, value: object) -> object:
        if not isinstance(value, dt.datetime) or value.tzinfo is None:
            return value
        return f"{value.astimezone(self.zone):%Y-%m-%dT%H:%M:%S}"


class PartyChoiceField(CodedChoiceField):
    """A party that the record's site uses."""

    # The column of `Party` that says whether it is of the kind that is offered.
    kind: str = ""
    # The parties of a site, by its id, for all fields of a form that has several of them.
    shared: dict[int, Sequence[MasterData]] | None = None

    @override
    def rows_at(self, site: Site) -> Sequence[MasterData]:
        if self.shared is None or self.chosen is not None:
            return super().rows_at(site)
        if site.pk not in self.shared:
            every = PartyChoiceField(Party._default_manager.all())
            self.shared[site.pk] = every.rows_at(site)
        return [row for row in self.shared[site.pk] if not self.kind or getattr(row, self.kind)]

    @override
    def offered(self) -> models.QuerySet[MasterData]:
        here = models.Q(pk__in=Party.objects.at(self.site).values("pk")) | models.Q(pk=self.chosen)
        found = super().offered().filter(here)
        return found.filter(models.Q((self.kind, True)) | models.Q(pk=self.chosen)) if self.kind else found

    @override
    def stored(self, name: str, value: int | str) -> MasterData | None:
        return self._used_here(super().stored(name, value))

    def _used_here(self, found: MasterData | None) -> MasterData | None:
        if found is None or found.pk == self.chosen:
            return found
        return found if Party.objects.at(self.site).filter(pk=found.pk).exists() else None


class CarrierField(PartyChoiceField):
    kind = "is_carrier"


class ProjectField(PartyChoiceField):
    kind = "is_project"


# The fields of a load, and the classes of those that have others than usual.
LOAD_FIELDS = tuple(column.name for column in LOAD_COLUMNS)
LOAD_FIELD_CLASSES: Mapping[str, type[forms.Field]] = {
    "time_in": SiteMomentField,
    "time": SiteMomentField,
    "weighbridge": SiteChoiceField,
    "party": PartyChoiceField,
    "carrier": CarrierField,
    "project": ProjectField,
}


class LoadedMovementForm[M: LoadedMovement](RecordForm[M]):
    """Tons of a daily line or of a load: as weighed, as typed, or deemed by the material's tons per load."""

    fills_in: ClassVar = {"date": "time"}
    detail_marks = MARKS

    def __init__(self, values: Mapping[str, object] | None = None, *, site: Site, **options: object) -> None:
        super().__init__(_with_date(values, site), site=site, **options)  # type: ignore[arg-type]  # passed on as they came
        self.fields["qty_ton"].required = False
        self.fields["qty_ton"].validators.append(MinValueValidator(LEAST_TONS, message=QUANTITY_RANGE))
        self.fields["qty_ton"].min_value = LEAST_TONS  # type: ignore[attr-defined]  # read for the API's schema
        loads = self.fields["loads"]
        assert isinstance(loads, forms.IntegerField)
        loads.min_value, loads.max_value = LEAST_LOADS, MOST_LOADS
        self.fields["qty_ton"].help_text = _("Leave empty to convert loads into tons.")
        if self.instance.is_estimated:
            self.initial["qty_ton"] = None
        record = self.instance
        for name, field in self.fields.items():
            if isinstance(field, SiteMomentField):
                field.zone, field.stored = site.zone, getattr(record, name)
        self._stored = (record.material_id, record.loads, record.is_estimated)
        self._stored_ticket = (record.weighbridge_id, record.ticket_no)
        self._stored_gross = (record.vehicle_id, record.gross_ton)
        self._stored_times = (record.time_in, record.time)
        # A file repeats its texts.
        self._parties: dict[str, Party | None] = {"": None}

    @classmethod
    def values_of(cls, record: M) -> dict[str, object]:
        values = super().values_of(record)
        # What follows from other values is no input.
        if record.is_estimated or record.fixed_fields:
            values |= {"qty_ton": "", "mass_method": ""}
        return values

    def clean_loads(self) -> int | None:
        loads: int | None = self.cleaned_data["loads"]
        if loads is not None and not LEAST_LOADS <= loads <= MOST_LOADS:
            raise ValidationError(_("Loads must be between 1 and 9,999."), code="range")
        return loads

    def clean(self) -> None:
        super().clean()
        cleaned = self.cleaned_data
        needed = ("material", "qty_ton", "loads", *LOAD_FIELDS)
        if any(name not in cleaned for name in needed) or cleaned["material"] is None:
            return
        state = cleaned["load_state"]
        if not state and any(cleaned[mark] for mark in MARKS):
            state = cleaned["load_state"] = LoadState.COMPLETE.value
        self._check_entry(is_load=bool(state))
        self._check_ticket()
        self._check_times()
        self._fill_in_from_choices()
        if (state in VOID) != bool(cleaned["load_reason"]):
            words = _("Say why the load is cancelled or rejected; other records have no such reason.")
            self.add_error("load_reason", ValidationError(words, code="required"))
        elif state in VOID:
            self._make_void()
        elif cleaned["gross_ton"] is not None or cleaned["tare_ton"] is not None:
            self._weigh()
        else:
            self._measure(is_load=bool(state))

    def first_entry(self) -> M | None:
        """Return the record with this number of another system, where it was entered with the same content.

        Raises DuplicateRecord where the number is that of another load.
        """
        number = self.cleaned_data.get("ticket_no")
        if not number:
            return None
        same = {"site": self.site, "weighbridge": self.cleaned_data["weighbridge"], "ticket_no": number}
        for module in modules():
            if not issubclass(module.model, LoadedMovement):
                continue
            found = module.model._default_manager.filter(**same).values_list("pk", flat=True).first()
            if found is None:
                continue
            if isinstance(self.instance, module.model):
                first: M = module.model.history.filter(id=found).earliest("history_id").instance
                if self._is_same(first):
                    return first
            self.add_error("ticket_no", ValidationError(TICKET_USED, code="duplicate"))
            raise DuplicateRecord(self)
        return None

    @override
    def save(self, commit: bool = True) -> M:
        """Give a new load of a weighbridge its number, in the transaction that stores it."""
        record = super().save(commit=commit)
        weighbridge = record.weighbridge
        if record._state.adding and weighbridge is not None and weighbridge.gives_numbers:
            record.ticket_no = weighbridge.take_number()
        return record

    def _is_same(self, first: M) -> bool:
        columns = [self.instance._meta.get_field(name) for name in self.fields]
        return all(
            getattr(first, column.attname) == getattr(self.instance, column.attname)  # type: ignore[union-attr]  # columns
            for column in columns
        )

    def _check_entry(self, *, is_load: bool) -> None:
        """Refuse a new record of a kind that the site does not enter."""
        mode = getattr(self.site, self._meta.model.entry_setting)
        if not self.instance._state.adding or self.instance.is_of_either_mode:
            return
        if mode == EntryMode.LINES and is_load:
            self.add_error(
                NON_FIELD_ERRORS,
                ValidationError(_("This site enters daily lines here, no loads."), code="mode"),
            )
        elif not is_load and not self._meta.model.takes_lines(self.site):
            words = _("This site enters loads here, no daily lines: weigh it at the gate.")
            self.add_error(NON_FIELD_ERRORS, ValidationError(words, code="mode"))

    def _check_ticket(self) -> None:
        weighbridge, number = self.cleaned_data["weighbridge"], self.cleaned_data["ticket_no"]
        if self.instance._state.adding:
            if weighbridge is not None and weighbridge.gives_numbers and number:
                words = _("The portal gives the ticket numbers of this weighbridge: leave it empty.")
                self.add_error("ticket_no", ValidationError(words, code="given"))
            elif weighbridge is not None and not weighbridge.gives_numbers and not number:
                words = _("Enter the ticket number: this weighbridge has numbers of another system.")
                self.add_error("ticket_no", ValidationError(words, code="required"))
            return
        key = None if weighbridge is None else weighbridge.pk
        if (key, number) != self._stored_ticket and (self._stored_ticket[1] or key is not None):
            words = _("A load keeps its weighbridge and its ticket number.")
            self.add_error("ticket_no", ValidationError(words, code="fixed"))

    def _check_times(self) -> None:
        time_in, time = times = self.cleaned_data["time_in"], self.cleaned_data["time"]
        if time_in is not None and time is not None and time_in > time and times != self._stored_times:
            words = _("The lorry came in after it left: check both times.")
            self.add_error("time_in", ValidationError(words, code="order"))

    def _fill_in_from_choices(self) -> None:
        """Fill in the texts and the carrier that follow from a chosen party or vehicle."""
        cleaned, model = self.cleaned_data, self._meta.model
        vehicle, party = cleaned["vehicle"], cleaned["party"]
        if vehicle is not None and cleaned["carrier"] is None:
            cleaned["carrier"] = vehicle.carrier
        if vehicle is not None and model.vehicle_text and cleaned.get(model.vehicle_text) == "":
            cleaned[model.vehicle_text] = vehicle.name
        if party is None and self.instance._state.adding:
            party = cleaned["party"] = self._party_of(cleaned.get(model.party_text) or "")
        if party is not None and cleaned.get(model.party_text) == "":
            cleaned[model.party_text] = party.name

    def _party_of(self, text: str) -> Party | None:
        """Return the party that a text is linked to, where the site uses it. A query for each new text."""
        if text not in self._parties:
            key = plain(text)
            # A spelling of a party that was merged means the one that stays.
            means = models.Q(spellings__key=key) | models.Q(merged__spellings__key=key)
            here = Party.objects.at(self.site).active()
            self._parties[text] = here.filter(means).first() if key else None
        return self._parties[text]

    def _make_void(self) -> None:
        cleaned = self.cleaned_data
        cleaned.update(qty_ton=NO_TONS, loads=None, mass_method="")
        if cleaned["tare_ton"] is None:
            cleaned["tare_source"] = ""
        elif not cleaned["tare_source"]:
            cleaned["tare_source"] = TareSource.WEIGHED.value
        self._set_estimate(None)

    def _weigh(self) -> None:
        cleaned = self.cleaned_data
        if cleaned["gross_ton"] is None:
            self.add_error("gross_ton", ValidationError(_("Enter the gross too."), code="required"))
            return
        if cleaned["tare_ton"] is None:
            cleaned["tare_ton"], cleaned["tare_source"] = self._stored_tare(), TareSource.STORED.value
        elif not cleaned["tare_source"]:
            cleaned["tare_source"] = TareSource.WEIGHED.value
        gross, tare, typed = cleaned["gross_ton"], cleaned["tare_ton"], cleaned["qty_ton"]
        if tare is None:
            words = _("Enter the tare, or choose a vehicle whose stored tare is valid.")
            self.add_error("tare_ton", ValidationError(words, code="required"))
        elif gross <= tare:
            self.add_error(
                "gross_ton", ValidationError(_("The gross must be more than the tare."), code="range")
            )
        elif typed is not None and typed != gross - tare:
            net = _now("A weighed load has the gross less the tare: %(net)s t.") % {
                "net": shown_tons(gross - tare)
            }
            self.add_error("qty_ton", ValidationError(net, code="net"))
        else:
            cleaned.update(qty_ton=gross - tare, mass_method=MassMethod.WEIGHED.value)
            cleaned["loads"] = cleaned["loads"] or 1
            self._set_estimate(None)
            self._check_gross()

    def _stored_tare(self) -> Decimal | None:
        """Return the stored tare of the lorry with its container; None where one is not known."""
        date = self.cleaned_data.get("date")
        carrying = [self.cleaned_data["vehicle"], self.cleaned_data["container"]]
        if date is None or carrying[0] is None:
            return None
        tares = [each.tare_on(date) for each in carrying if each is not None]
        return None if None in tares else sum(tares, NO_TONS)

    def _check_gross(self) -> None:
        vehicle, gross = self.cleaned_data["vehicle"], self.cleaned_data["gross_ton"]
        if vehicle is None or not self.site.refuses_over_gross or (vehicle.pk, gross) == self._stored_gross:
            return
        if vehicle.largest_gross_ton is not None and gross > vehicle.largest_gross_ton:
            self.add_error(
                "gross_ton", ValidationError(over_gross(vehicle.largest_gross_ton), code="over_gross")
            )

    def _measure(self, *, is_load: bool) -> None:
        """Take the tons that were typed, or deem them by the loads."""
        cleaned = self.cleaned_data
        cleaned["tare_source"] = ""
        if is_load:
            cleaned["loads"] = cleaned["loads"] or 1
        if cleaned["qty_ton"] is not None:
            self._set_estimate(None)
        elif cleaned["loads"] is not None:
            self._estimate(cleaned["material"], cleaned["loads"])
        else:
            self.add_error("qty_ton", ValidationError(_("Enter tons, or loads."), code="required"))

    def _set_estimate(self, factor: Decimal | None) -> None:
        self.instance.is_estimated = factor is not None
        self.instance.tons_per_load = factor

    def _estimate(self, material: Material, loads: int) -> None:
        factor = material.tons_per_load
        stored_material, stored_loads, was_estimated = self._stored
        if was_estimated and stored_material == material.pk and (factor is None or stored_loads == loads):
            # An estimate keeps its factor when something else is corrected, or where there is no factor now.
            factor = self.instance.tons_per_load
        if factor is None:
            message = _("%(material)s has no tons per load: enter tons.") % {"material": material.name}
            self.add_error("qty_ton", ValidationError(message, code="required"))
            return
        tons = to_kilogram(Decimal(loads) * factor)
        if not LEAST_TONS <= tons <= MOST_TONS:
            self.add_error("loads", ValidationError(QUANTITY_RANGE, code="range"))
            return
        self.cleaned_data.update(qty_ton=tons, mass_method="")
        self._set_estimate(factor)


def _with_date(values: Mapping[str, object] | None, site: Site) -> Mapping[str, object] | None:
    """Return input with the operating date of its time, where it has a time and no date."""
    if values is None or values.get("date") or not values.get("time"):
        return values
    field = SiteMomentField()
    field.zone = site.zone
    try:
        moment = field.to_python(values["time"])
    except ValidationError:
        return values
    assert moment is not None
    return {**values, "date": site.operating_date(moment).isoformat()}
