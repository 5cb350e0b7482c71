"""The words that an id stands for: of master data, sites and people, read once for a file."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from exports.datasets.columns import Cell, SheetColumn
from exports.datasets.snapshot import Raw, all_rows
from sites.models import User


class Name(NamedTuple):
    """What an id is called by a program, and by a person."""

    code: str
    words: str


type Names = Mapping[Raw, Name]
type NamesOf = Mapping[str, Names]


def names_of(reading: BaseDatabaseWrapper, columns: Iterable[SheetColumn]) -> dict[str, Names]:
    """Return the names of each column that holds ids, by the column's name."""
    known: dict[type[models.Model], Names] = {}
    for column in columns:
        model = column.points_to
        if column.cell is Cell.NAME and model is not None and model not in known:
            known[model] = _people(reading) if model is User else _coded(reading, model)
    return {column.name: known[column.points_to] for column in columns if column.points_to in known}


def _people(reading: BaseDatabaseWrapper) -> Names:
    rows = all_rows(reading, User.objects.order_by().values_list("pk", "name", "email"))
    return {pk: Name(str(name or email), str(name or email)) for pk, name, email in rows}


def _coded(reading: BaseDatabaseWrapper, model: type[models.Model]) -> Names:
    rows = list(all_rows(reading, model._default_manager.order_by().values_list("pk", "code", "name")))
    # Two that share a name would come back as one of them.
    times = Counter(_plain(name) for _pk, _code, name in rows)
    times.update({_plain(code) for _pk, code, _name in rows})
    return {
        pk: Name(str(code), str(name if times[_plain(name)] == 1 or _plain(name) == _plain(code) else code))
        for pk, code, name in rows
    }


def _plain(text: Raw) -> str:
    return " ".join(str(text).split()).casefold()
