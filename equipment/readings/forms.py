import datetime as dt
from decimal import Decimal
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from charts.numbers import exact
from equipment.readings.models import Counter, CounterEvent, CounterReading
from records.choices import Shift
from records.forms import RecordForm, SiteChoiceField
from records.warnings import LONG_AGO, WarningRules

# The order of the shifts of a date; a reading of the whole day is its last.
SHIFTS = (Shift.MORNING, Shift.AFTERNOON, Shift.NIGHT, Shift.WHOLE_DAY)
# What the check of the opening depends on.
OPENED = frozenset({"date", "shift", "counter", "opening", "event"})
# What it counted follows from these.
COUNTED = frozenset({"counter", "opening", "closing", "event"})

# When a reading was taken: the date, and the place of its shift.
type Moment = tuple[dt.date, int]


def moment_of(date: dt.date, shift: str) -> Moment:
    return date, SHIFTS.index(Shift(shift))


def last_closing(counter: Counter, *, before: Moment, without: int | None) -> Decimal | None:
    """Return the closing of the last reading of a counter before a shift; None where there is none."""
    earlier = CounterReading.objects.filter(counter=counter, date__lte=before[0]).exclude(pk=without or 0)
    # A date has as many readings as there are shifts; those of the date itself may be later ones.
    newest = earlier.order_by("-date").values_list("date", "shift", "closing")[: 2 * len(SHIFTS)]
    readings = [(moment_of(date, shift), closing) for date, shift, closing in newest]
    return max((each for each in readings if each[0] < before), default=(before, None))[1]


class CounterReadingForm(RecordForm[CounterReading]):
    warning_rules = WarningRules[CounterReading]((LONG_AGO,))

    class Meta:
        model = CounterReading
        fields = ("date", "shift", "counter", "opening", "closing", "event", "notes")
        field_classes: ClassVar = {"counter": SiteChoiceField}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.fields["opening"].required = False
        self.fields["opening"].help_text = _("Left empty, it is the last closing.")
        self.fields["event"].required = False
        # The last reading of each counter in the rows of one file, which are not stored yet.
        self._read: dict[int, tuple[Moment, Decimal]] = {}

    def clean_event(self) -> str:
        return self.cleaned_data["event"] or CounterEvent.NONE.value

    def clean(self) -> None:
        super().clean()
        cleaned = self.cleaned_data
        if {"date", "shift", "counter", "opening", "closing", "event"} - set(cleaned):
            return
        before, counter = moment_of(cleaned["date"], cleaned["shift"]), cleaned["counter"]
        if counter is None or cleaned["closing"] is None:
            return
        if self.instance._state.adding or OPENED.intersection(self.changed_data):
            self._check_opening(self._last_closing(counter, before))
        # A later change of the counter rewrites nothing.
        if not self.errors and (self.instance._state.adding or COUNTED.intersection(self.changed_data)):
            self._count()
        if not self.errors:
            self._read[counter.pk] = before, cleaned["closing"]

    def _last_closing(self, counter: Counter, before: Moment) -> Decimal | None:
        moment, closing = self._read.get(counter.pk, (None, None))
        if moment is not None and moment < before:
            return closing
        return last_closing(counter, before=before, without=self.instance.pk)

    def _check_opening(self, last: Decimal | None) -> None:
        """Fill in the opening with the last closing, or ask for a reason where it is another."""
        cleaned = self.cleaned_data
        is_reset = cleaned["event"] == CounterEvent.RESET
        if cleaned["opening"] is None:
            if is_reset:
                self.add_error("opening", _("Enter the reading with which it began again."))
            elif last is None:
                self.add_error("opening", _("This is the first reading of the counter: enter the opening."))
            else:
                cleaned["opening"] = last
        elif last is not None and cleaned["opening"] != last and not is_reset:
            self.add_error(
                "opening",
                _(
                    "The last closing was %(last)s. Correct the opening, or choose “Reset or replaced” and"
                    " enter the reason in the notes."
                )
                % {"last": exact(last)},
            )
        if is_reset and not cleaned.get("notes"):
            self.add_error("notes", _("Enter why the counter was reset or replaced."))

    def _count(self) -> None:
        """Set what it counted, or ask what happened where the closing is below the opening."""
        cleaned = self.cleaned_data
        opening, closing, highest = cleaned["opening"], cleaned["closing"], cleaned["counter"].highest
        is_rollover = cleaned["event"] == CounterEvent.ROLLOVER
        if is_rollover and closing >= opening:
            self.add_error("event", _("It did not begin again: the closing is not below the opening."))
        elif is_rollover and highest is None:
            self.add_error("event", _("An admin has not set at which reading this counter begins again."))
        elif is_rollover and opening > highest:
            self.add_error("opening", _("The counter begins again before this reading."))
        elif closing < opening and not is_rollover:
            self.add_error(
                "closing",
                _(
                    "It is below the opening. Choose “Began again from 0”, or “Reset or replaced” and enter"
                    " the opening after the reset."
                ),
            )
        else:
            self.instance.counted = closing - opening + (highest if is_rollover else 0)
