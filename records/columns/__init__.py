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
from records.columns.dates import DateColumn, MomentColumn, TimeColumn
from records.columns.numbers import (
    CountColumn,
    HoursColumn,
    IdentifierColumn,
    LitresColumn,
    NumberColumn,
    PartColumn,
    PercentColumn,
    RatioColumn,
    ReadingColumn,
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
    "LitresColumn",
    "MomentColumn",
    "Name",
    "NumberColumn",
    "PartColumn",
    "PercentColumn",
    "PersonColumn",
    "RatioColumn",
    "Raw",
    "ReadingColumn",
    "ReferenceColumn",
    "TextColumn",
    "TimeColumn",
    "TonsColumn",
    "XlsxRule",
    "XlsxValue",
    "column_of_field",
]
