"""What is to be imported, and what its validation found."""

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from django.db.models import Model
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from imports.mapping.column_mapping import SKIP, Layout
from imports.models import Creatable
from imports.parsing.dates import IGNORE
from imports.readers.base import VALUES_ONLY, ReadOptions, shown_line
from imports.readers.workbook_process import HIDDEN, STRUCK
from imports.validation.new_master_data import CREATED, Named, NewMasterData
from imports.validation.staging import StagedRow, StagingTable, problem_of
from records.models import DailyRecord
from records.module import RecordModule
from records.templatetags.figures import count
from sites.models import User

MAX_PREVIEW_ROWS = 5

# Called with the rows done and about how many there are. Whatever it raises ends the work.
type Progress = Callable[[int, int], None]


MAX_NAMED = 10
MARKED_SENTENCES = {
    (HIDDEN, True): ngettext_lazy(
        "%(count)d hidden row is left out: line %(lines)s.",
        "%(count)d hidden rows are left out: lines %(lines)s.",
        "count",
    ),
    (HIDDEN, False): ngettext_lazy(
        "%(count)d hidden row is imported: line %(lines)s.",
        "%(count)d hidden rows are imported: lines %(lines)s.",
        "count",
    ),
    (STRUCK, True): ngettext_lazy(
        "%(count)d struck-out row is left out: line %(lines)s.",
        "%(count)d struck-out rows are left out: lines %(lines)s.",
        "count",
    ),
    (STRUCK, False): ngettext_lazy(
        "%(count)d struck-out row is imported: line %(lines)s.",
        "%(count)d struck-out rows are imported: lines %(lines)s.",
        "count",
    ),
}


def _named(shown: Sequence[str], count: int) -> str:
    return ", ".join(shown) + (" …" if count > len(shown) else "")


def no_progress(_done: int, _total: int) -> None:
    """Report to nobody."""


class RuleAction(StrEnum):
    """What is done in all rows with the same problem."""

    SKIP = "skip"
    VALUE = "value"
    ABOVE = "above"


@dataclass(frozen=True, kw_only=True)
class CorrectionRule:
    """What a user chose for all rows with the same problem: a field, and what the reasons have in common."""

    field: str
    problem: str
    action: str
    # The text for the cell of each of these rows.
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Corrections:
    """What the user changed in the rows of a file after uploading it."""

    # The text of a cell, by line and column.
    cells: Mapping[tuple[int, int], str] = field(default_factory=dict)
    skipped_lines: frozenset[int] = frozenset()
    rules: Sequence[CorrectionRule] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A file, how it is to be read, and by whom it is imported."""

    module: RecordModule[DailyRecord]
    path: Path
    layout: Layout
    by: User
    # The user's name for the file, where `path` has another.
    name: str = ""
    read_options: ReadOptions = field(default_factory=ReadOptions)
    corrections: Corrections = field(default_factory=Corrections)
    # The columns that the workbook hides, counted from 0.
    hidden_columns: Sequence[int] = ()
    creating: frozenset[Creatable] = frozenset()
    # Further fields of new sites and materials.
    site_fields: Mapping[str, str] = field(default_factory=dict)
    material_fields: Mapping[str, str] = field(default_factory=dict)
    skip_rejected: bool = False

    @property
    def file_name(self) -> str:
        return self.name or self.path.name


@dataclass
class Totals:
    """Counts and sums over the records to write."""

    first: dt.date | None = None
    last: dt.date | None = None
    site_ids: set[int] = field(default_factory=set)
    # By the name of the field.
    sums: dict[str, Decimal | int] = field(default_factory=dict)
    # The first few, by site, date and line.
    preview: list[DailyRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, row: StagedRow, record: DailyRecord, summed: Sequence[str]) -> None:
        """Add a record; `summed` are the fields to add up."""
        self._hash.update(repr((row.site_id, row.line, row.columns)).encode())
        self.first = min(self.first or record.date, record.date)
        self.last = max(self.last or record.date, record.date)
        self.site_ids.add(row.site_id)
        for name in summed:
            value = getattr(record, name)
            if value is not None:
                self.sums[name] = self.sums.get(name, 0) + value
        if len(self.preview) < MAX_PREVIEW_ROWS:
            self.preview.append(record)

    def digest(self, new_names: Sequence[str]) -> str:
        """Return the fingerprint of the records, and of the names to create."""
        whole = self._hash.copy()
        whole.update(repr(new_names).encode())
        return whole.hexdigest()


@dataclass
class OldDates:
    """How many rows have dates further back than is usual to enter at their site."""

    count: int = 0
    days: int = 0
    oldest: dt.date = dt.date.max

    def add(self, date: dt.date, days: int) -> None:
        self.count += 1
        self.days = min(self.days, days) if self.days else days
        self.oldest = min(self.oldest, date)

    def __str__(self) -> str:
        if not self.count:
            return ""
        return ngettext(
            "%(shown)s record is more than %(days)d days back: %(date)s.",
            "%(shown)s records are more than %(days)d days back, from %(date)s on.",
            self.count,
        ) % {"shown": count(self.count), "days": self.days, "date": date_format(self.oldest, "j M Y")}


@dataclass
class LeftOutRows:
    """What of a file is not imported though no error is in it, and marked rows that are."""

    sheets: Sequence[str] = ()
    # The line and the text of each total.
    totals: list[tuple[int, str]] = field(default_factory=list)
    # The lines that repeat a load of the file: its number, with the same content.
    repeated: list[int] = field(default_factory=list)
    # The lines that repeat the headings.
    headings: list[int] = field(default_factory=list)
    # The lines that are hidden and struck out.
    marked: dict[str, list[int]] = field(default_factory=lambda: {HIDDEN: [], STRUCK: []})


@dataclass
class ValidatedFile:
    """A file whose rows are validated and compared with existing records. Nothing is written yet."""

    plan: Plan
    staging: StagingTable
    new: NewMasterData
    file_hash: str
    # Field → heading or formula that it comes from.
    columns: dict[str, str] = field(default_factory=dict)
    # The headings of the table, and field → the places of its cells in a row.
    headings: tuple[str, ...] = ()
    # The sheets that are read.
    sheets: tuple[str, ...] = ()
    left_out: LeftOutRows = field(default_factory=LeftOutRows)
    # Whether the workbook tells values only, see `imports.readers.base.FileTable`.
    is_unknown: bool = False
    places: dict[str, tuple[int, ...]] = field(default_factory=dict)
    rows_read: int = 0
    rows_skipped: int = 0
    rows_known: int = 0
    # Ids below zero of the master data that the rows to write name.
    new_ids: dict[type[Model], set[int]] = field(default_factory=lambda: defaultdict(set))
    old_dates: OldDates = field(default_factory=OldDates)
    totals: Totals = field(default_factory=Totals)
    # How many rows each rule changed or left out.
    rule_counts: Counter[CorrectionRule] = field(default_factory=Counter)

    def rule_for(self, name: str, reason: str) -> CorrectionRule | None:
        """Return the rule for rows with this problem, if the user chose one."""
        rules = self.plan.corrections.rules
        if not rules:
            return None
        problem = problem_of(reason)
        return next((rule for rule in rules if (rule.field, rule.problem) == (name, problem)), None)

    def leaves_out(self, name: str, reason: str) -> bool:
        """Return whether rows with this problem are left out by a rule; count the row as skipped then."""
        rule = self.rule_for(name, reason)
        if rule is None or rule.action != RuleAction.SKIP:
            return False
        self.rule_counts[rule] += 1
        self.rows_skipped += 1
        return True

    @property
    def notices(self) -> list[str]:
        """Return in sentences what is left out, and which marked rows of a workbook are imported."""
        sentences = [str(VALUES_ONLY)] if self.is_unknown else []
        used = {place for places in self.places.values() for place in places}
        if hidden := [self.headings[place] for place in sorted(used & {*self.plan.hidden_columns})]:
            sentences.append(
                _("Hidden columns of the workbook that are imported: %(names)s.")
                % {"names": ", ".join(hidden)}
            )
        if self.left_out.sheets:
            sentences.append(
                _("Sheets that are not imported: %(names)s.") % {"names": ", ".join(self.left_out.sheets)}
            )
        if totals := self.left_out.totals:
            shown = [f"{shown_line(line, self.sheets)} ({text})" for line, text in totals[:MAX_NAMED]]
            sentences.append(
                ngettext(
                    "%(count)d row is a total and is left out: line %(lines)s.",
                    "%(count)d rows are totals and are left out: lines %(lines)s.",
                    len(totals),
                )
                % {"count": len(totals), "lines": _named(shown, len(totals))}
            )
        if lines := self.left_out.headings:
            sentences.append(
                ngettext(
                    "%(count)d row repeats the headings and is left out: line %(lines)s.",
                    "%(count)d rows repeat the headings and are left out: lines %(lines)s.",
                    len(lines),
                )
                % {"count": len(lines), "lines": self._shown_lines(lines)}
            )
        if lines := self.left_out.repeated:
            sentences.append(
                ngettext(
                    "%(count)d row repeats a ticket of this file and is left out: line %(lines)s.",
                    "%(count)d rows repeat tickets of this file and are left out: lines %(lines)s.",
                    len(lines),
                )
                % {"count": len(lines), "lines": self._shown_lines(lines)}
            )
        if self.plan.layout.times == IGNORE:
            sentences.append(_("All times of the dates are 00:00: they are read as days."))
        layout = self.plan.layout
        for mark, answer in ((HIDDEN, layout.hidden_rows), (STRUCK, layout.struck_rows)):
            if lines := self.left_out.marked[mark]:
                sentences.append(
                    MARKED_SENTENCES[mark, answer == SKIP]
                    % {"count": len(lines), "lines": self._shown_lines(lines)}
                )
        return sentences

    def _shown_lines(self, lines: Sequence[int]) -> str:
        return _named([shown_line(line, self.sheets) for line in lines[:MAX_NAMED]], len(lines))

    @property
    def rows_to_write(self) -> int:
        return self.staging.row_count

    @property
    def rows_rejected(self) -> int:
        return self.staging.rejected_count

    @property
    def is_committable(self) -> bool:
        """Return whether no row was rejected, or rejected rows are to be skipped."""
        return self.plan.skip_rejected or not self.rows_rejected

    @property
    def new_rows(self) -> list[Named]:
        """Return the master data to create."""
        return [
            self.new.made(model, key)
            for model in CREATED.values()
            for key in sorted(self.new_ids.get(model, ()), reverse=True)
        ]

    @property
    def digest(self) -> str:
        """Return the fingerprint of what would be written: every record, and every name to be created."""
        return self.totals.digest([row.name for row in self.new_rows])
