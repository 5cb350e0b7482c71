"""What is to be imported, and what has become of it so far."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from imports.layout import Layout
from imports.missing import Creatable, Missing
from imports.spool import ReasonCount, RefusedCell, Spool
from imports.tables import Reading
from records.models import DailyRecord
from records.modules import RecordModule
from sites.models import User


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A file, how it is to be read, and by whom."""

    module: RecordModule[DailyRecord]
    path: Path
    layout: Layout
    by: User
    reading: Reading = field(default_factory=Reading)
    creating: frozenset[Creatable] = frozenset()
    # What new sites and materials have beside their code and name.
    site_fields: Mapping[str, str] = field(default_factory=dict)
    material_fields: Mapping[str, str] = field(default_factory=dict)
    skip_bad: bool = False


@dataclass
class Checked:
    """A file whose rows are cleaned and compared with what is there. Nothing of it is written yet."""

    plan: Plan
    spool: Spool
    missing: Missing
    file_hash: str
    # Field → heading or formula, as it was understood.
    columns: dict[str, str] = field(default_factory=dict)
    rows_read: int = 0
    rows_left_out: int = 0
    rows_known: int = 0
    # Ids below zero of what must be created, since rows that wait name it.
    new_sites: set[int] = field(default_factory=set)
    new_materials: set[int] = field(default_factory=set)

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

    def refusals(self) -> Iterator[RefusedCell]:
        """Yield each refused cell, in the order of the file."""
        return self.spool.refusals()

    def reasons(self) -> list[ReasonCount]:
        """Return why lines were refused, the most frequent reason first."""
        return self.spool.reasons()
