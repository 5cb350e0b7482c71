"""Problems as a page shows them, each with the cells to be written over, and what came back of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.core.paginator import Page, Paginator
from django.http import QueryDict

from imports.models import Problem, Upload
from records import registry
from records.forms import CodedChoiceField, SiteChoiceField
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import _StrOrPromise as Text

LINES_A_PAGE = 40
CELL = re.compile(r"cell-(\d{1,9})-(\d{1,4})")


@dataclass(frozen=True)
class CellInput:
    """A cell that can be written over."""

    name: str
    text: str
    heading: str


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong with a line, or odd about it."""

    problem: Problem
    inputs: Sequence[CellInput]

    @property
    def is_about_a_record(self) -> bool:
        """Say whether the line names a record that is here, which has a page of its own."""
        return self.problem.field == "id" and "".join(self.problem.cells).isdigit()


@dataclass(frozen=True)
class BadLine:
    """A line of the file and all that is wrong with it, or odd."""

    number: int
    troubles: Sequence[Trouble]


@dataclass(frozen=True)
class ValueQuestion:
    """A name that nothing has: as which one is it to be read?"""

    key: str
    heading: str
    value: str
    lines: int
    choices: Sequence[tuple[str, "Text"]]


def problem_page(problems: "QuerySet[Problem]", number: str) -> "Page[Problem]":
    """Return a page of problems that are kept."""
    return Paginator(problems, LINES_A_PAGE).get_page(number)


def bad_lines(upload: Upload, problems: Sequence[Problem]) -> Iterator[BadLine]:
    """Yield the lines of these problems. A cell that two problems share can be written over once."""
    for number, found in groupby(problems, key=lambda problem: problem.line):
        asked: set[int] = set()
        troubles = []
        for problem in found:
            inputs = []
            for place, heading, text in _cells_of(upload, problem):
                if place not in asked:
                    asked.add(place)
                    inputs.append(CellInput(f"cell-{number}-{place}", text, heading))
            troubles.append(Trouble(problem, inputs))
        yield BadLine(number, troubles)


def _cells_of(upload: Upload, problem: Problem) -> Iterator[tuple[int, str, str]]:
    """Yield place, heading and text of each cell that a problem can be mended in.

    What no cell of its own says can be mended in every cell that is read.
    """
    places: dict[str, list[int]] = upload.findings.get("places", {})
    headings: list[str] = upload.findings.get("headings", [])
    cells: list[str] = problem.cells
    if problem.field in places:
        found = list(zip(places[problem.field], cells, strict=False))
    else:
        read = sorted({place for named in places.values() for place in named})
        found = [(place, cells[place]) for place in read if place < len(cells)]
    for place, text in found:
        yield place, headings[place] if place < len(headings) else problem.heading, text


def value_questions(upload: Upload, sites: Sequence[Site]) -> list[ValueQuestion]:
    """Return the names of the file that nothing has, the most frequent first."""
    module = registry.module(upload.module)
    choices = {
        name: _choices(module, name, sites)
        for name in {each["field"] for each in upload.findings.get("values", [])}
    }
    return [
        ValueQuestion(
            f"value-{number}", each["heading"], each["value"], each["lines"], choices[each["field"]]
        )
        for number, each in enumerate(upload.findings.get("values", []))
    ]


def _choices(module: RecordModule[DailyRecord], name: str, sites: Sequence[Site]) -> list[tuple[str, "Text"]]:
    if name == "site":
        return [(site.code, f"{site.name} · {site.code}") for site in sites]
    field = module.form.base_fields[name]
    if not isinstance(field, CodedChoiceField):
        stored = module.model._meta.get_field(name)
        return [(str(words), words) for _value, words in getattr(stored, "flatchoices", ())]
    assert field.queryset is not None
    rows = field.queryset.filter(is_active=True)
    if isinstance(field, SiteChoiceField):
        rows = rows.filter(("site__in", sites))
    return [(row.code, row.name) for row in rows]


def cells_said(upload: Upload, values: QueryDict) -> dict[tuple[int, int], str]:
    """Return the cells that were written over, of those that are in trouble."""
    said = {
        (int(found[1]), int(found[2])): str(values[name])
        for name in values
        if (found := CELL.fullmatch(name))
    }
    before = _before(upload, said)
    return {key: text for key, text in said.items() if text != before.get(key, text)}


def _before(upload: Upload, said: Mapping[tuple[int, int], str]) -> dict[tuple[int, int], str]:
    lines = {line for line, _place in said}
    return {
        (problem.line, place): text
        for problem in upload.problems.filter(line__in=lines)
        for place, _heading, text in _cells_of(upload, problem)
    }


def lines_left_out(upload: Upload, values: QueryDict) -> list[int]:
    """Return the lines that are to be left out, of those that are in trouble."""
    asked = [int(text) for text in values.getlist("leave") if text.isascii() and text.isdigit()]
    return sorted(set(upload.problems.filter(line__in=asked).values_list("line", flat=True)))


def values_said(questions: Sequence[ValueQuestion], values: QueryDict) -> list[tuple[str, str, str]]:
    """Return which names of which column are to be read as which others."""
    return [
        (question.heading, question.value, chosen)
        for question in questions
        if (chosen := values.get(question.key, "")) and chosen in dict(question.choices)
    ]
