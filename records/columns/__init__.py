"""One class per type of column. It knows how its values look on pages, in files, in JSON and in imports."""

from records.columns.base import (
    CellContext,
    CellError,
    CellParser,
    Column,
    Name,
    Raw,
    TextColumn,
    XlsxRule,
    XlsxValue,
)
from records.columns.choice import ChoiceColumn, FlagColumn, PersonColumn, ReferenceColumn, column_of_field
from records.columns.dates import DateColumn, MomentColumn
from records.columns.numbers import (
    CountColumn,
    HoursColumn,
    IdentifierColumn,
    NumberColumn,
    PartColumn,
    PercentColumn,
    RatioColumn,
    TonsColumn,
)

__all__ = [
    "CellContext",
    "CellError",
    "CellParser",
    "ChoiceColumn",
    "Column",
    "CountColumn",
    "DateColumn",
    "FlagColumn",
    "HoursColumn",
    "IdentifierColumn",
    "MomentColumn",
    "Name",
    "NumberColumn",
    "PartColumn",
    "PercentColumn",
    "PersonColumn",
    "RatioColumn",
    "Raw",
    "ReferenceColumn",
    "TextColumn",
    "TonsColumn",
    "XlsxRule",
    "XlsxValue",
    "column_of_field",
]
