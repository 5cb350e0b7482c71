"""Rows with the number of an existing record: an export that is imported again. They must agree with it."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

from core.csv_injection import restored
from core.numbers import whole_number
from imports.parsing.lookups import normalize
from imports.readers.base import FileRow
from imports.validation.row_parser import RECORD_ID, Cells, FieldParser, RowParser
from records.columns import CellError, Column, TextColumn
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import MasterData, User

# Rows are collected until so many records can be looked up in one query.
QUERY_SIZE = 500


class Mismatch(NamedTuple):
    """Why a row is not the record that it names: the field, and a sentence."""

    field: str
    reason: str


class ExistingRecords:
    """Compares rows with the records that they name, many at a time."""

    def __init__(self, module: RecordModule[DailyRecord], parser: RowParser, by: User) -> None:
        self._module = module
        self._parser = parser
        self._by = by
        self._columns = {column.name: column for column in module.entered_columns}
        self._rows: list[tuple[FileRow, str]] = []

    @property
    def is_full(self) -> bool:
        return len(self._rows) >= QUERY_SIZE

    def add(self, row: FileRow, record_id: str) -> None:
        self._rows.append((row, record_id))

    def compare(self) -> Iterator[tuple[FileRow, Mismatch | None]]:
        """Yield the added rows, each with what does not agree, and forget them."""
        rows, self._rows = self._rows, []
        records = self._records({int(number) for _row, number in rows if whole_number(number)})
        for row, number in rows:
            record = records.get(int(number)) if whole_number(number) else None
            yield row, _no_record(number) if record is None else self._difference(row, record)

    def _records(self, keys: set[int]) -> dict[int, DailyRecord]:
        if not keys:
            return {}
        related = [name for name in self._columns if self._module.model._meta.get_field(name).is_relation]
        visible = self._module.model._default_manager.for_user(self._by)  # type: ignore[attr-defined]  # RecordQuerySet's
        return {record.pk: record for record in visible.filter(pk__in=keys).select_related("site", *related)}

    def _difference(self, row: FileRow, record: DailyRecord) -> Mismatch | None:
        cells = self._parser.with_replacements(row.cells)
        if not self._is_at_its_site(cells, record):
            return _mismatch(record, _("Site"), cells[self._parser.places["site"][0]], record.site.code)
        for name, parser in self._parser.fields.items():
            column = self._columns[name]
            try:
                is_equal = _is_equal(parser, column, cells, record)
            except CellError as error:
                return Mismatch(name, error.message)
            if not is_equal:
                value = column.value_of(record)
                return _mismatch(
                    record, str(column.label), parser.cell(cells), "" if value is None else str(value)
                )
        return None

    def _is_at_its_site(self, cells: Cells, record: DailyRecord) -> bool:
        places = self._parser.places.get("site")
        if places is None:
            return bool(self._parser.site_of(cells) == record.site)
        return _is_named(cells[places[0]], record.site.code, record.site.name)


def _no_record(number: str) -> Mismatch:
    return Mismatch(
        RECORD_ID,
        _(
            "Record %(number)s does not exist; it may have been deleted. Empty the cell to import it as a new"
            " record."
        )
        % {"number": number[:20]},
    )


def _mismatch(record: DailyRecord, label: str, in_file: str, in_record: str) -> Mismatch:
    return Mismatch(
        RECORD_ID,
        _(
            "Record %(number)d exists and differs: %(label)s is “%(record)s” there and “%(file)s” in the"
            " file. Correct the record on its page."
        )
        % {"number": record.pk, "label": label, "record": in_record[:100], "file": in_file[:100]},
    )


def _is_equal(parser: FieldParser, column: Column, cells: Cells, record: DailyRecord) -> bool:
    """Return whether the cells of a field agree with the record. Raises CellError."""
    value = getattr(record, column.name)
    if isinstance(value, MasterData):
        return _is_named(parser.cell(cells), value.code, value.name)
    if isinstance(column, TextColumn):
        text = _trimmed(parser.cell(cells))
        return _trimmed(value or "") in (text, _trimmed(restored(text)))
    parsed = parser.parse(cells, record.site)
    if isinstance(value, dt.datetime):
        # A file has no parts of a second.
        value = value.replace(microsecond=0)
    return bool(parsed == value) or (parsed == "" and value is None)


def _is_named(text: str, *names: str) -> bool:
    wanted = {normalize(name) for name in names}
    return normalize(text) in wanted or normalize(restored(text)) in wanted


def _trimmed(text: str) -> str:
    """Return a text as a file and a form return it: with one kind of line end, without space around."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
