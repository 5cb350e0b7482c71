"""What things are called in JSON."""

from django.db import models

from records.models import DailyRecord
from records.module import RecordModule

# What is named by its code under its own name; other things that a record points to are `somethingId`.
BY_CODE = frozenset({"operation"})


def camel(name: str) -> str:
    """Return a name of ours as JSON writes it: `qty_ton` is `qtyTon`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def codes_of(model: type[models.Model], name: str) -> dict[str, str]:
    """Return the codes of a field's choices, each with what is stored; the empty choice, null, has none."""
    column = model._meta.get_field(name)
    choices = column.flatchoices if isinstance(column, models.Field) and column.flatchoices else ()
    return {str(value).upper(): str(value) for value, _label in choices if value != ""}


def item_key[R: DailyRecord](module: RecordModule[R]) -> str:
    """Return what one record of a module is called."""
    name = module.model.__name__
    return module.item_key or name[0].lower() + name[1:]


def list_key[R: DailyRecord](module: RecordModule[R]) -> str:
    """Return what several records of a module are called."""
    return module.list_key or f"{item_key(module)}s"
