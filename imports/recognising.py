"""Guessing what a file is: which module, which sheet, where its headings stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from imports.headings import named_by, number_heading, site_headings
from imports.layout import required_fields
from imports.peeking import Head
from records import registry
from records.models import DailyRecord
from records.module import RecordModule

# Headings stand among the first lines of a sheet.
MOST_LINES = 20


@dataclass(frozen=True)
class Guess:
    """A table that could be meant, and how much of it speaks for a module."""

    module: RecordModule[DailyRecord]
    sheet: str
    line: int
    # Fields whose column is known by its heading.
    named: int
    # Columns that say nothing to the module.
    strange: int
    # Whether every field that a record needs has its one column.
    is_whole: bool

    @property
    def weight(self) -> tuple[bool, int, int, int]:
        return self.is_whole, self.named, -self.strange, -self.line


def best_guess(heads: Sequence[Head], modules: Sequence[RecordModule[DailyRecord]] = ()) -> Guess | None:
    """Return the table that most speaks for one of these modules, or of all; None where nothing does."""
    guesses = [
        guess
        for head in heads
        for line in range(1, min(MOST_LINES, len(head.rows)) + 1)
        for module in modules or registry.modules()
        if (guess := _guess(module, head, line)).named
    ]
    return max(guesses, key=lambda guess: guess.weight, default=None)


def is_plain(heads: Sequence[Head], guess: Guess) -> bool:
    """Say whether no other module fits the table as well."""
    head = next(head for head in heads if head.sheet == guess.sheet)
    others = [_guess(module, head, guess.line) for module in registry.modules() if module != guess.module]
    return guess.is_whole and not any(other.is_whole and other.named >= guess.named for other in others)


def likely_headings_line(head: Head) -> int:
    """Return the line that looks most like headings where no name is known: the first of the widest ones."""
    widths = [len([cell for cell in row if cell.strip()]) for row in head.rows[:MOST_LINES]]
    return widths.index(max(widths)) + 1 if widths else 1


def _guess(module: RecordModule[DailyRecord], head: Head, line: int) -> Guess:
    headings = head.headings(line)
    found = {column.name: named_by(column, headings) for column in module.sheet_columns}
    named = {name for name, formulas in found.items() if formulas}
    is_clear = all(len(formulas) < 2 for formulas in found.values())
    derived = {
        word
        for column in module.list_columns
        if column.is_derived
        for word in (column.name, str(column.label))
    }
    extra = bool(site_headings(headings)) + bool(number_heading(module, headings))
    extra += len(derived & set(headings))
    return Guess(
        module=module,
        sheet=head.sheet,
        line=line,
        named=len(named),
        strange=len([heading for heading in headings if heading]) - len(named) - extra,
        is_whole=is_clear and set(required_fields(module)) <= named,
    )
