"""Errors and warnings as the page shows them, each with inputs for its cells, and what the user sent."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.core.paginator import Page, Paginator
from django.http import QueryDict

from imports.models import Problem, Upload
from imports.validation.row_parser import RECORD_ID
from records import registry
from records.columns import ChoiceColumn
from records.forms import CodedChoiceField, SiteChoiceField
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import _StrOrPromise as Text

PAGE_SIZE = 40
CELL = re.compile(r"cell-(\d{1,9})-(\d{1,4})")


@dataclass(frozen=True)
class CellInput:
    """An input for a cell."""

    name: str
    text: str
    heading: str


@dataclass(frozen=True)
class ProblemItem:
    """An error or warning of a row."""

    problem: Problem
    inputs: Sequence[CellInput]

    @property
    def is_about_a_record(self) -> bool:
        """Return whether the row names an existing record, which has a page of its own."""
        return self.problem.field == RECORD_ID and "".join(self.problem.cells).isdigit()


@dataclass(frozen=True)
class ProblemRow:
    """A row of the file and its errors or warnings."""

    line: int
    problems: Sequence[ProblemItem]


@dataclass(frozen=True)
class UnknownName:
    """A name in the file that nothing has, and the names it can be mapped to."""

    key: str
    heading: str
    value: str
    lines: int
    choices: Sequence[tuple[str, "Text"]]


def problem_page(problems: "QuerySet[Problem]", number: str) -> "Page[Problem]":
    """Return a page of saved errors or warnings."""
    return Paginator(problems, PAGE_SIZE).get_page(number)


def problem_rows(upload: Upload, problems: Sequence[Problem]) -> Iterator[ProblemRow]:
    """Yield the rows of these problems. A cell that two problems share has one input."""
    for line, found in groupby(problems, key=lambda problem: problem.line):
        used: set[int] = set()
        items = []
        for problem in found:
            inputs = []
            for place, heading, text in _cells_of(upload, problem):
                if place not in used:
                    used.add(place)
                    inputs.append(CellInput(f"cell-{line}-{place}", text, heading))
            items.append(ProblemItem(problem, inputs))
        yield ProblemRow(line, items)


def unknown_names(upload: Upload, sites: Sequence[Site]) -> list[UnknownName]:
    """Return the names of the file that nothing has, the most frequent first."""
    module = registry.module(upload.module)
    values = upload.preview.get("values", [])
    choices = {name: _choices(module, name, sites) for name in {each["field"] for each in values}}
    return [
        UnknownName(f"value-{number}", each["heading"], each["value"], each["lines"], choices[each["field"]])
        for number, each in enumerate(values)
    ]


def corrected_cells(upload: Upload, values: QueryDict) -> dict[tuple[int, int], str]:
    """Return the cells that the user changed, of those with a problem."""
    sent = {
        (int(found[1]), int(found[2])): str(values[name])
        for name in values
        if (found := CELL.fullmatch(name))
    }
    before = _cells_before(upload, sent)
    return {key: text for key, text in sent.items() if text != before.get(key, text)}


def skipped_lines(upload: Upload, values: QueryDict) -> list[int]:
    """Return the lines that the user skips, of those with a problem."""
    sent = [int(text) for text in values.getlist("skip") if text.isascii() and text.isdigit()]
    return sorted(set(upload.problems.filter(line__in=sent).values_list("line", flat=True)))


def replacements(names: Sequence[UnknownName], values: QueryDict) -> list[tuple[str, str, str]]:
    """Return column, name and the name it is mapped to."""
    return [
        (name.heading, name.value, chosen)
        for name in names
        if (chosen := values.get(name.key, "")) and chosen in dict(name.choices)
    ]


def _cells_before(upload: Upload, sent: Mapping[tuple[int, int], str]) -> dict[tuple[int, int], str]:
    lines = {line for line, _place in sent}
    return {
        (problem.line, place): text
        for problem in upload.problems.filter(line__in=lines)
        for place, _heading, text in _cells_of(upload, problem)
    }


def _cells_of(upload: Upload, problem: Problem) -> Iterator[tuple[int, str, str]]:
    """Yield place, heading and text of each cell in which a problem can be corrected.

    A problem that belongs to no cell can be corrected in every cell that is imported.
    """
    places: dict[str, list[int]] = upload.preview.get("places", {})
    headings: list[str] = upload.preview.get("headings", [])
    cells: list[str] = problem.cells
    if problem.field in places:
        found = list(zip(places[problem.field], cells, strict=False))
    else:
        imported = sorted({place for named in places.values() for place in named})
        found = [(place, cells[place]) for place in imported if place < len(cells)]
    for place, text in found:
        yield place, headings[place] if place < len(headings) else problem.heading, text


def _choices(module: RecordModule[DailyRecord], name: str, sites: Sequence[Site]) -> list[tuple[str, "Text"]]:
    if name == "site":
        return [(site.code, f"{site.name} · {site.code}") for site in sites]
    column = next(column for column in module.sheet_columns if column.name == name)
    if isinstance(column, ChoiceColumn):
        return [(str(label), label) for label in column.choices.values()]
    field = module.form.base_fields[name]
    assert isinstance(field, CodedChoiceField)
    assert field.queryset is not None
    rows = field.queryset.filter(is_active=True)
    if isinstance(field, SiteChoiceField):
        rows = rows.filter(("site__in", sites))
    return [(row.code, row.name) for row in rows]
