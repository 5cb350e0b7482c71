"""What is to be imported, and what has become of it so far."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from imports.mapping.column_mapping import Layout
from imports.models import Creatable
from imports.readers.base import ReadOptions
from imports.validation.new_master_data import Missing
from imports.validation.staging import ReasonCount, RefusedCell, Spool, Waiting
from imports.validation.warnings import OldRows
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import User

MOST_SHOWN = 5

# Told of the rows that are done and of about how many there are. Whatever it raises ends the work.
type Progress = Callable[[int, int], None]


def untold(_done: int, _of: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class Mended:
    """What a person changed in the rows of a file since it came."""

    # What a cell is to be read as, by its line and place.
    cells: Mapping[tuple[int, int], str] = field(default_factory=dict)
    # Lines that are to be left out.
    left_out: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A file, how it is to be read, and by whom."""

    module: RecordModule[DailyRecord]
    path: Path
    layout: Layout
    by: User
    # How its person calls the file, where it lies here under another name.
    name: str = ""
    reading: ReadOptions = field(default_factory=ReadOptions)
    mended: Mended = field(default_factory=Mended)
    creating: frozenset[Creatable] = frozenset()
    # What new sites and materials have beside their code and name.
    site_fields: Mapping[str, str] = field(default_factory=dict)
    material_fields: Mapping[str, str] = field(default_factory=dict)
    skip_bad: bool = False

    @property
    def file_name(self) -> str:
        return self.name or self.path.name


@dataclass
class Outlook:
    """Counts and sums over records that are to be written."""

    first: dt.date | None = None
    last: dt.date | None = None
    site_ids: set[int] = field(default_factory=set)
    # By the name of the field.
    sums: dict[str, Decimal | int] = field(default_factory=dict)
    # The first few, by site, date and line.
    shown: list[DailyRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._hash = hashlib.sha256()

    def take(self, row: Waiting, record: DailyRecord, summed: Sequence[str]) -> None:
        """Add a record, whose fields of these names are added up."""
        self._hash.update(repr((row.site_id, row.line, row.columns)).encode())
        self.first = min(self.first or record.date, record.date)
        self.last = max(self.last or record.date, record.date)
        self.site_ids.add(row.site_id)
        for name in summed:
            value = getattr(record, name)
            if value is not None:
                self.sums[name] = self.sums.get(name, 0) + value
        if len(self.shown) < MOST_SHOWN:
            self.shown.append(record)

    def digest(self, named: Sequence[str]) -> str:
        """Return the fingerprint of the records taken, and of these names."""
        whole = self._hash.copy()
        whole.update(repr(named).encode())
        return whole.hexdigest()


@dataclass
class Checked:
    """A file whose rows are cleaned and compared with what is there. Nothing of it is written yet."""

    plan: Plan
    spool: Spool
    missing: Missing
    file_hash: str
    # Field → heading or formula, as it was understood.
    columns: dict[str, str] = field(default_factory=dict)
    # The headings of the table, and field → the places of its cells in a row.
    headings: tuple[str, ...] = ()
    places: dict[str, tuple[int, ...]] = field(default_factory=dict)
    rows_read: int = 0
    rows_left_out: int = 0
    rows_known: int = 0
    # Ids below zero of what must be created, since rows that wait name it.
    new_sites: set[int] = field(default_factory=set)
    new_materials: set[int] = field(default_factory=set)
    # Those of the rows that wait that are of days long ago.
    old: OldRows = field(default_factory=OldRows)
    # What the rows that wait come to.
    outlook: Outlook = field(default_factory=Outlook)

    @property
    def rows_waiting(self) -> int:
        """Return how many rows are to be written."""
        return self.spool.waiting

    @property
    def rows_refused(self) -> int:
        return self.spool.refused_lines

    @property
    def may_be_written(self) -> bool:
        """Say whether nothing was refused, or what was is to be skipped."""
        return self.plan.skip_bad or not self.rows_refused

    @property
    def digest(self) -> str:
        """Return the fingerprint of what would be written: every record, and every name to be created."""
        return self.outlook.digest(
            [self.missing.sites[-key - 1].name for key in sorted(self.new_sites)]
            + [self.missing.materials[-key - 1].name for key in sorted(self.new_materials)]
        )

    def refusals(self) -> Iterator[RefusedCell]:
        """Yield each refused cell, in the order of the file."""
        return self.spool.refusals()

    def reasons(self) -> list[ReasonCount]:
        """Return why lines were refused, the most frequent reason first."""
        return self.spool.reasons()
