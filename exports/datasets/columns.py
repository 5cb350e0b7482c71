"""The columns of a file: what its cells are, and what they are in a query."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from records.choices import Source
from records.module import Column, Kind
from sites.models import Site, User

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text


class Cell(Enum):
    """What stands in a cell, as the database keeps it."""

    TEXT = "text"
    CHOICE = "choice"
    # The id of master data, of a site or of a person.
    NAME = "name"
    DATE = "date"
    MOMENT = "moment"
    # Whole kilograms, and whole hundredths of an hour.
    TONS = "tons"
    HOURS = "hours"
    COUNT = "count"
    # A number that counts nothing: the number of a record.
    NUMBER = "number"
    FLAG = "flag"

    @property
    def is_figure(self) -> bool:
        """Say whether a person reads it as a quantity, so that it stands at the end of its cell."""
        return self in (Cell.TONS, Cell.HOURS, Cell.COUNT)


CELL_OF_KIND = {Kind.TONS: Cell.TONS, Kind.HOURS: Cell.HOURS, Kind.COUNT: Cell.COUNT, Kind.DATE: Cell.DATE}


@dataclass(frozen=True, kw_only=True)
class SheetColumn:
    """A column of a file."""

    # What a program calls it: the heading of a CSV file, and never another.
    name: str
    # What a person calls it: the heading of a sheet and on paper.
    label: "Text"
    cell: Cell
    # What it is in a query; None for what is made of other columns.
    source: Combinable | F | None = None
    unit: "Text" = ""
    choices: Mapping[str, "Text"] = field(default_factory=dict)
    # Where the names are that an id stands for.
    points_to: type[models.Model] | None = None
    # In a file that nobody chose columns for, and on such a paper.
    is_usual: bool = True
    is_on_paper: bool = True


def column_of(model: type[models.Model], column: Column) -> SheetColumn:
    """Return a column of a module as a column of a file."""
    stored = None if column.formula is not None else model._meta.get_field(column.name)
    points_to = stored.related_model if isinstance(stored, models.ForeignKey) else None
    choices = stored.flatchoices if isinstance(stored, models.Field) and stored.flatchoices else ()
    cell = CELL_OF_KIND.get(column.kind, Cell.TEXT)
    if points_to is not None:
        cell = Cell.NAME
    elif choices:
        cell = Cell.CHOICE
    return SheetColumn(
        name=column.name,
        label=column.label,
        cell=cell,
        source=column.expression,
        unit=column.unit,
        choices={str(value): label for value, label in choices},
        points_to=points_to,
    )


SITE = SheetColumn(name="site", label=_("Site"), cell=Cell.NAME, source=F("site"), points_to=Site)
# By it a file that comes back is known again.
RECORD_NUMBER = SheetColumn(name="id", label=_("Record"), cell=Cell.NUMBER, source=F("id"), is_on_paper=False)


def traces_of(model: type[models.Model]) -> tuple[SheetColumn, ...]:
    """Return the columns that say how records came to be, which are there to be chosen."""
    return tuple(
        column
        for column in (
            SheetColumn(
                name="is_estimated",
                label=_("Estimated from loads"),
                cell=Cell.FLAG,
                source=F("is_estimated"),
                is_usual=False,
            ),
            SheetColumn(
                name="entry_source",
                label=_("Entered through"),
                cell=Cell.CHOICE,
                source=F("entry_source"),
                choices=dict(Source.choices),
                is_usual=False,
            ),
            _by("created_by", _("Entered by")),
            _at("created_at", _("Entered at")),
            _by("updated_by", _("Changed by")),
            _at("updated_at", _("Changed at")),
        )
        if _has(model, column.name)
    )


def _has(model: type[models.Model], name: str) -> bool:
    return any(stored.name == name for stored in model._meta.fields)


def _by(name: str, label: "Text") -> SheetColumn:
    return SheetColumn(name=name, label=label, cell=Cell.NAME, source=F(name), points_to=User, is_usual=False)


def _at(name: str, label: "Text") -> SheetColumn:
    return SheetColumn(name=name, label=label, cell=Cell.MOMENT, source=F(name), is_usual=False)
