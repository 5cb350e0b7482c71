"""Rows that name a record by its number: an export that comes back. They must say what the record says."""

from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

from core.csv_injection import restored
from imports.errors import CellRefused
from imports.parsing.lookups import plain
from imports.readers.base import Row
from imports.validation.row_parser import NUMBER, Cells, FieldReader, RowReader
from records.models import DailyRecord
from records.module import Column, Kind, RecordModule
from sites.models import MasterData, User

MOST_HELD = 500


class Wrong(NamedTuple):
    """Why a row is not the record that it names, and in which field that shows."""

    field: str
    reason: str


class NumberedRows:
    """Holds such rows until there are enough to look their records up together."""

    def __init__(self, module: RecordModule[DailyRecord], reader: RowReader, by: User) -> None:
        self._module = module
        self._reader = reader
        self._by = by
        self._columns = {column.name: column for column in module.sheet_columns}
        self._held: list[tuple[Row, str]] = []

    @property
    def is_full(self) -> bool:
        return len(self._held) >= MOST_HELD

    def take(self, row: Row, number: str) -> None:
        """Hold a row that says that it is the record with this number."""
        self._held.append((row, number))

    def settle(self) -> Iterator[tuple[Row, Wrong | None]]:
        """Yield the rows that were held, each with what is wrong with it, and hold none."""
        held, self._held = self._held, []
        records = self._records({int(number) for _row, number in held if _is_number(number)})
        for row, number in held:
            record = records.get(int(number)) if _is_number(number) else None
            yield row, self._no_record(number) if record is None else self._difference(row, record)

    def _records(self, keys: set[int]) -> dict[int, DailyRecord]:
        if not keys:
            return {}
        named = [name for name in self._columns if self._module.model._meta.get_field(name).is_relation]
        visible = self._module.model._default_manager.for_user(self._by)  # type: ignore[attr-defined]  # RecordQuerySet's
        return {record.pk: record for record in visible.filter(pk__in=keys).select_related("site", *named)}

    def _no_record(self, number: str) -> Wrong:
        return Wrong(
            NUMBER,
            _(
                "There is no record %(number)s here; it may have been deleted. Empty the cell to enter the"
                " line as a new record."
            )
            % {"number": number[:20]},
        )

    def _difference(self, row: Row, record: DailyRecord) -> Wrong | None:
        cells = self._reader.changed(row.cells)
        if not self._is_at_its_site(cells, record):
            return self._other(record, _("Site"), cells[self._reader.places["site"][0]], record.site.code)
        for name, reader in self._reader.fields.items():
            column = self._columns[name]
            try:
                same = _says(reader, column, cells, record)
            except CellRefused as refused:
                return Wrong(name, refused.message)
            if not same:
                there = column.value_of(record)
                return self._other(
                    record, str(column.label), reader.cell(cells), "" if there is None else str(there)
                )
        return None

    def _is_at_its_site(self, cells: Cells, record: DailyRecord) -> bool:
        places = self._reader.places.get("site")
        if places is None:
            return bool(self._reader.site_of(cells) == record.site)
        return _names(cells[places[0]], record.site.code, record.site.name)

    def _other(self, record: DailyRecord, label: str, here: str, there: str) -> Wrong:
        return Wrong(
            NUMBER,
            _(
                "Record %(number)d is here already and says something else: %(label)s is “%(there)s”"
                " there and “%(here)s” in the file. Correct the record on its page."
            )
            % {"number": record.pk, "label": label, "there": there[:100], "here": here[:100]},
        )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _says(reader: FieldReader, column: Column, cells: Cells, record: DailyRecord) -> bool:
    """Say whether the cells of a field say what the record holds. Raises CellRefused."""
    held = getattr(record, column.name)
    if isinstance(held, MasterData):
        return _names(reader.cell(cells), held.code, held.name)
    if column.kind.is_number or column.kind in (Kind.DATE, Kind.CHOICE):
        said = reader.read(cells, record.site)
        return bool(said == held) or (said == "" and held is None)
    text = _squared(reader.cell(cells))
    return _squared(held or "") in (text, _squared(restored(text)))


def _names(text: str, *names: str) -> bool:
    wanted = {plain(name) for name in names}
    return plain(text) in wanted or plain(restored(text)) in wanted


def _squared(text: str) -> str:
    """Return a text as it comes back through a file and a form: one kind of line end, no space around."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
