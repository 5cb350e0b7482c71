"""Errors and warnings as the page shows them, each with inputs for its cells, and what the user sent."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.numbers import whole_number
from imports.models import Problem, Upload
from imports.readers.base import shown_line
from imports.validation.results import CorrectionRule, RuleAction
from imports.validation.row_parser import RECORD_ID
from records import registry
from records.columns import ChoiceColumn
from records.forms import CodedChoiceField, SiteChoiceField
from records.models import DailyRecord
from records.module import RecordModule
from records.templatetags.figures import count
from sites.models import Site

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import _StrOrPromise as Text

type Choices = Mapping[str, Sequence[tuple[str, "Text"]]]

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
    # With its sheet, where several are imported.
    shown_line: str
    problems: Sequence[ProblemItem]


@dataclass(frozen=True)
class UnknownName:
    """A text that was rejected; the names it can be mapped to, or none where it is replaced with a text."""

    key: str
    heading: str
    value: str
    lines: int
    choices: Sequence[tuple[str, "Text"]]


@dataclass(frozen=True)
class RejectedGroup:
    """Rows with the same problem, and what can be done in all of them."""

    key: str
    field: str
    problem: str
    heading: str
    reason: str
    lines: int
    line: str
    # Whether the problem is in one cell of each row, which can get another value.
    has_cell: bool
    choices: Sequence[tuple[str, "Text"]]


@dataclass(frozen=True)
class CorrectedAlike:
    """What was done in all rows that are alike: a sentence, and the name by which it is undone."""

    key: str
    sentence: str


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
        yield ProblemRow(line, shown_line(line, upload.preview.get("sheets", ())), items)


def choices_of(upload: Upload, sites: Sequence[Site]) -> Choices:
    """Return what a field with unknown names or a common problem can be, by field; each is read once."""
    module = registry.module(upload.module)
    fields = {each["field"] for each in upload.preview.get("values", [])}
    fields |= {each["field"] for each in upload.preview.get("reasons", []) if each.get("is_set_by_rule")}
    return {name: _choices(module, name, sites) for name in fields}


def unknown_names(upload: Upload, choices: Choices) -> list[UnknownName]:
    """Return the names of the file that nothing has, the most frequent first."""
    return [
        UnknownName(f"value-{number}", each["heading"], each["value"], each["lines"], choices[each["field"]])
        for number, each in enumerate(upload.preview.get("values", []))
    ]


def problem_groups(upload: Upload, choices: Choices) -> list[RejectedGroup]:
    """Return the problems that rows have in common, the most frequent first."""
    # A preview that an earlier release saved has no groups; a new check makes them.
    reasons = [each for each in upload.preview.get("reasons", []) if "problem" in each]
    return [
        RejectedGroup(
            key=f"group-{number}",
            field=each["field"],
            problem=each["problem"],
            heading=each["heading"],
            reason=each["reason"],
            lines=each["lines"],
            line=each["first_line"],
            has_cell=each["is_set_by_rule"],
            choices=choices.get(each["field"], ()),
        )
        for number, each in enumerate(reasons)
    ]


def chosen_rules(upload: Upload, values: QueryDict) -> list[CorrectionRule]:
    """Return what the user chose for all rows with the same problem."""
    rules = []
    for group in problem_groups(upload, {}):
        text = values.get(f"{group.key}-text", "").strip()
        # A text alone is enough.
        action = values.get(group.key, "") or (RuleAction.VALUE.value if text else "")
        is_possible = action == RuleAction.SKIP or (
            group.has_cell and (action == RuleAction.ABOVE or (action == RuleAction.VALUE and text))
        )
        if is_possible:
            text = text if action == RuleAction.VALUE else ""
            rules.append(CorrectionRule(field=group.field, problem=group.problem, action=action, text=text))
    return rules


def corrected_alike(upload: Upload) -> list[CorrectedAlike]:
    """Return what was done in all rows that are alike, with the number of rows where it is known."""
    counts = {(each["field"], each["problem"]): each["lines"] for each in upload.preview.get("rules", [])}
    found = []
    for number, rule in enumerate(upload.rules):
        lines = counts.get((rule["field"], rule["problem"]), 0)
        rows = ngettext("%(count)s row", "%(count)s rows", lines) % {"count": count(lines)}
        done = {
            RuleAction.SKIP: _("left out"),
            RuleAction.ABOVE: _("the value of the row above is used"),
        }.get(rule["action"], _("“%(text)s” is used") % {"text": rule["text"]})
        heading = _heading_of(upload, rule["field"])
        problem = f"{heading}: {rule['problem']}" if heading else rule["problem"]
        found.append(CorrectedAlike(f"rule-{number}", f"{problem.removesuffix('.')} ({rows}): {done}."))
    for number, (column, before, after) in enumerate(upload.replacements):
        sentence = _("%(column)s: “%(before)s” is “%(after)s”.")
        values = {"column": column, "before": before, "after": after}
        found.append(CorrectedAlike(f"replacement-{number}", sentence % values))
    return found


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
    sent = [line for text in values.getlist("skip") if (line := whole_number(text)) is not None]
    return sorted(set(upload.problems.filter(line__in=sent).values_list("line", flat=True)))


def replacements(names: Sequence[UnknownName], values: QueryDict) -> list[tuple[str, str, str]]:
    """Return column, name and the name it is mapped to."""
    return [
        (name.heading, name.value, chosen)
        for name in names
        if (chosen := values.get(name.key, "").strip())
        and (chosen in dict(name.choices) if name.choices else chosen != name.value)
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


def _heading_of(upload: Upload, name: str) -> str:
    headings: list[str] = upload.preview.get("headings", [])
    return " · ".join(headings[place] for place in upload.preview.get("places", {}).get(name, ()))


def _choices(module: RecordModule[DailyRecord], name: str, sites: Sequence[Site]) -> list[tuple[str, "Text"]]:
    if name == "site":
        return [(site.code, f"{site.name} · {site.code}") for site in sites]
    column = next((column for column in module.entered_columns if column.name == name), None)
    if column is None:
        # The number of a record can be any.
        return []
    if isinstance(column, ChoiceColumn):
        return [(str(label), label) for label in column.choices.values()]
    field = module.form.base_fields[name]
    if not isinstance(field, CodedChoiceField):
        return []
    assert field.queryset is not None
    rows = field.queryset.filter(is_active=True)
    if isinstance(field, SiteChoiceField):
        rows = rows.filter(("site__in", sites))
    return [(row.code, row.name) for row in rows]
