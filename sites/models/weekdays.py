"""The days of the week on which a site works."""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, override

from django import forms
from django.core.validators import RegexValidator
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

# Each of the seven at most once, in their order, and at least one.
WEEKDAYS_PATTERN = r"^(?=[1-7])1?2?3?4?5?6?7?$"
WEEKDAYS_REFUSAL = _("A site works on at least one day of the week.")


class Weekday(models.IntegerChoices):
    """A day of the week, numbered as `date.isoweekday()` does."""

    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")
    SUNDAY = 7, _("Sunday")


def as_weekdays(value: str) -> tuple[Weekday, ...]:
    """Return the days that a stored value such as `123456` names, Monday first."""
    return tuple(Weekday(int(digit)) for digit in value)


def from_weekdays(days: Iterable[int]) -> str:
    """Return days of the week as they are stored."""
    return "".join(str(int(day)) for day in sorted(set(days)))


def weekdays_in_words(days: Sequence[Weekday]) -> str:
    """Return days of the week as a person says them: `Monday to Friday, Sunday`."""
    runs: list[list[Weekday]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    words: list[str] = []
    for run in runs:
        if len(run) > 2:
            words.append(__("%(first)s to %(last)s") % {"first": run[0].label, "last": run[-1].label})
        else:
            words += [str(day.label) for day in run]
    return ", ".join(words)


class WeekdaysFormField(forms.MultipleChoiceField):
    """A box to tick for each day of the week."""

    widget = forms.CheckboxSelectMultiple(attrs={"class": "weekdays"})

    def __init__(self, **kwargs: object) -> None:
        options = {"choices": Weekday.choices} | kwargs
        super().__init__(**options)  # type: ignore[arg-type]  # the form field's own options, passed on

    @override
    def prepare_value(self, value: object) -> object:
        return list(value) if isinstance(value, str) else value

    @override
    def clean(self, value: object) -> str:
        return from_weekdays(int(day) for day in super().clean(value))

    @override
    def has_changed(self, initial: Collection[str] | None, data: Collection[str] | None) -> bool:
        return super().has_changed(list(initial or ()), data)


if TYPE_CHECKING:
    TextField = models.CharField[str, str]
else:
    TextField = models.CharField


class WeekdaysField(TextField):
    """Days of the week as the digits of their numbers in order: `123456` is Monday to Saturday."""

    description = _("Days of the week")
    default_validators = [  # as Django's fields declare it
        RegexValidator(WEEKDAYS_PATTERN, WEEKDAYS_REFUSAL, code="weekdays")
    ]

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs["max_length"] = len(Weekday)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # the field's own options, passed on

    @override
    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, list(args), dict(kwargs)

    @override
    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)

        # As fields with choices have it, on the model and on its history alike.
        def display(row: models.Model) -> str:
            return weekdays_in_words(as_weekdays(getattr(row, name)))

        setattr(cls, f"get_{name}_display", display)

    @override
    def formfield(self, **kwargs: object) -> forms.Field | None:
        options: dict[str, object] = {
            "required": True,
            "label": capfirst(self.verbose_name),
            "help_text": self.help_text,
            "error_messages": {"required": WEEKDAYS_REFUSAL},
        }
        if self.has_default():
            options["initial"] = self.get_default()
        kwargs.pop("max_length", None)
        return WeekdaysFormField(**options | kwargs)
