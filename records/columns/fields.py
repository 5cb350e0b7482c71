"""The column of a model's field, by the type of the field."""

from typing import TYPE_CHECKING

from django.db import models

from core.db.fields import HoursField, PercentField, TonsField
from records.columns.base import Column
from records.columns.choice import ChoiceColumn, FlagColumn
from records.columns.dates import DateColumn, MomentColumn
from records.columns.numbers import CountColumn, HoursColumn, NumberColumn, PercentColumn, TonsColumn
from records.columns.reference import PersonColumn, ReferenceColumn
from records.columns.text import TextColumn
from sites.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

# Subclasses come before the classes they are made of.
COLUMN_OF_FIELD: tuple[tuple[type[models.Field[object, object]], type[Column]], ...] = (
    (TonsField, TonsColumn),
    (HoursField, HoursColumn),
    (PercentField, PercentColumn),
    (models.DecimalField, NumberColumn),
    (models.BooleanField, FlagColumn),
    (models.IntegerField, CountColumn),
    (models.DateTimeField, MomentColumn),
    (models.DateField, DateColumn),
)


def column_of_field(
    field: "models.Field[object, object]", *, label: "Text" = "", unit: "Text" = ""
) -> Column:
    """Return the column of a field of any model, labelled as the field is unless a label is given."""
    name, label = field.name, label or field.verbose_name
    if isinstance(field, models.ForeignKey):
        assert isinstance(field.related_model, type)
        kind = PersonColumn if field.related_model is User else ReferenceColumn
        return kind(name=name, label=label, model=field.related_model)
    if field.flatchoices:
        choices = {str(value): words for value, words in field.flatchoices}
        return ChoiceColumn(name=name, label=label, choices=choices)
    for field_type, column_type in COLUMN_OF_FIELD:
        if isinstance(field, field_type):
            return column_type(name=name, label=label, unit=unit)
    return TextColumn(name=name, label=label, unit=unit)
