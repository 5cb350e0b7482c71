"""What is known of a file's columns before its user confirms them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext as _

from imports.mapping.column_fields import initial_values
from imports.mapping.column_mapping import Answers
from imports.mapping.columns_form import ColumnsForm
from imports.mapping.guess import (
    MAX_HEADINGS_LINE,
    Samples,
    guess_answers,
    has_two_lines,
)
from imports.models import ColumnMapping, Upload
from imports.parsing.numbers import parse_number
from imports.readers.base import VALUES_ONLY, Head
from imports.readers.survey import LARGE
from imports.uploads import heads_of
from records import registry
from records.columns import CellError
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site, User

MAX_SAMPLE_ROWS = 5


def fingerprint_of(headings: Sequence[str]) -> str:
    """Return what identifies files of one source: their headings, in any order."""
    known = sorted(filter(None, (heading.strip() for heading in headings)))
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()


def find_known_table(
    heads: Sequence[Head], *, by: User, sites: Sequence[Site], module: str = ""
) -> tuple[ColumnMapping, Head, int] | None:
    """Return how a file with the same headings was imported at these sites, with the sheet and the line.

    The user's own way comes first, then the latest.
    """
    tables = {
        fingerprint_of(headings): (table, line)
        for head in reversed(heads)
        for line in range(min(MAX_HEADINGS_LINE, len(head.rows)), 0, -1)
        for depth in ((1, 2) if has_two_lines(head.rows, line) else (1,))
        if any(headings := (table := replace(head, headings_depth=depth)).headings(line))
    }
    known = ColumnMapping.objects.filter(fingerprint__in=tables, site__in=sites).select_related("owner")
    if module:
        known = known.filter(module=module)
    mapping = min(known, key=lambda each: each.owner_id != by.pk, default=None)
    return None if mapping is None else (mapping, *tables[mapping.fingerprint])


def _is_large(text: str, decimal_mark: str | None) -> bool:
    """Return whether a text is a number of more than likely tons."""
    try:
        return parse_number(text, decimal_mark) > LARGE
    except CellError:
        return False


class Setup:
    """What is known of a file's columns, and the form for the rest."""

    def __init__(
        self, upload: Upload, by: User, *, sites: list[Site], preferred: Sequence[Site] | None = None
    ) -> None:
        """`sites` may be imported onto; `preferred` are those that the user most likely means."""
        self.upload = upload
        self.sites = sites
        self._by = by
        self._preferred = preferred
        self._chosen: ColumnMapping | None = None

    def use(self, mapping: ColumnMapping) -> None:
        """Use the answers of a mapping."""
        self._chosen = mapping

    def choose(self, mapping_id: str) -> None:
        """Use the answers of a saved mapping; 0 uses none."""
        if mapping_id:
            self._chosen = next((each for each in self.saved if str(each.pk) == mapping_id), None)
        elif not self.upload.answers and self.saved:
            self._chosen = self.saved[0]

    @property
    def chosen(self) -> ColumnMapping | None:
        return self._chosen

    @cached_property
    def module(self) -> RecordModule[DailyRecord]:
        return registry.module(self.upload.module)

    @cached_property
    def head(self) -> Head:
        heads = heads_of(self.upload)
        return next((head for head in heads if head.sheet == self.upload.sheet), heads[0])

    @cached_property
    def samples(self) -> Samples:
        return Samples.of(self.head, self.upload.headings_line)

    @property
    def sample_rows(self) -> list[list[str]]:
        """Return the first rows below the headings, as wide as these."""
        width = len(self.samples.headings)
        return [list(row[:width]) + [""] * (width - len(row)) for row in self.samples.rows[:MAX_SAMPLE_ROWS]]

    @cached_property
    def saved(self) -> list[ColumnMapping]:
        """Return the mappings that fit the headings: the user's own, and others' of files with the same."""
        found = ColumnMapping.objects.filter(
            Q(owner=self._by) | Q(fingerprint=fingerprint_of(self.samples.headings)),
            module=self.upload.module,
            site__in=self.sites,
        )
        return [
            mapping
            for mapping in sorted(found, key=lambda each: each.owner_id != self._by.pk)
            if set(mapping.headings) <= set(self.samples.headings)
        ]

    @cached_property
    def answers(self) -> Answers:
        """Return the answers of the chosen mapping, else those given before, else a guess."""
        if self._chosen is not None:
            return self._fitted(Answers.from_json(self._chosen.answers))
        if self.upload.answers:
            return Answers.from_json(self.upload.answers)
        return self._guessed

    @cached_property
    def differences(self) -> list[str]:
        """Return what this file shows otherwise than the chosen mapping says; the file is right."""
        if self._chosen is None:
            return []
        saved, found = Answers.from_json(self._chosen.answers), self._guessed
        differing = []
        if found.date_format and saved.date_format and found.date_format != saved.date_format:
            differing.append(_("the order of dates"))
        if found.decimal_mark and saved.decimal_mark and found.decimal_mark != saved.decimal_mark:
            differing.append(_("the decimal mark"))
        if set(saved.sheets) != set(self.other_sheets):
            differing.append(_("the sheets with the same headings"))
        differing += [
            _("the unit of “%(heading)s”") % {"heading": saved.fields[name]["column"]}
            for name in self._fields_with_another_unit(saved)
        ]
        return differing

    def _fitted(self, saved: Answers) -> Answers:
        """Return saved answers with what this file shows in place of what it contradicts."""
        found = self._guessed
        fields = dict(saved.fields)
        for name in self._fields_with_another_unit(saved):
            fields[name] = {**fields[name], "unit": ""}
        return replace(
            saved,
            fields=fields,
            date_format=found.date_format or saved.date_format,
            decimal_mark=found.decimal_mark or saved.decimal_mark,
            sheets=[sheet for sheet in saved.sheets if sheet in self.other_sheets],
        )

    def _fields_with_another_unit(self, saved: Answers) -> list[str]:
        """Return the fields that were in tons and whose numbers are too large for tons only here."""
        is_usual = self._chosen is not None and self._chosen.has_large_tons
        return [] if is_usual else self.large_tons(saved)

    def large_tons(self, saved: Answers) -> list[str]:
        """Return the fields in tons of which a number in the first rows is large for tons."""
        mark = self._guessed.decimal_mark or saved.decimal_mark or None
        return [
            name
            for name, answer in saved.fields.items()
            if answer.get("unit") == "t"
            and any(_is_large(text, mark) for text in self.samples.kinds_under(answer.get("column", "")))
        ]

    @cached_property
    def _guessed(self) -> Answers:
        return guess_answers(self.module, self.samples, self._likely_sites)

    def answers_of_mapping(self) -> Answers | None:
        """Return the answers of the chosen mapping; None where this file differs or leaves a question."""
        if self.differences:
            return None
        form = self.form(initial_values(self.answers, self.module))

        return form.answers if form.is_valid() else None

    @property
    def _likely_sites(self) -> Sequence[Site]:
        """Return the site that is likely where the file names none; several where that is open."""
        if self._preferred is not None:
            return self._preferred
        last = [site for site in self.sites if site.pk == self._by.last_site_id]
        return last or self.sites

    def form(self, values: Mapping[str, object] | None = None) -> ColumnsForm:
        """Return the form of the columns, with the known answers filled in."""
        return ColumnsForm(
            values,
            module=self.module,
            samples=self.samples,
            sites=self.sites,
            may_create=self._by.is_superuser,
            answers=self.answers,
            head=self.head,
            other_sheets=self.other_sheets,
        )

    @cached_property
    def other_sheets(self) -> list[str]:
        """Return the other sheets that have the same headings."""
        return [
            head.sheet
            for head in heads_of(self.upload)
            if head.sheet != self.head.sheet
            and any(
                replace(head, headings_depth=self.head.headings_depth).headings(line) == self.samples.headings
                and head.below(line)
                for line in range(1, len(head.rows) + 1)
            )
        ]

    @property
    def values_only(self) -> str:
        """Return what is not known of a workbook of which only the values are."""
        return str(VALUES_ONLY) if self.head.is_unknown else ""

    @property
    def hidden_columns(self) -> list[str]:
        """Return the headings of the columns that the workbook hides."""
        headings = self.samples.headings
        places = [place for place in self.head.hidden_columns if place < len(headings)]
        return [headings[place] for place in places if headings[place]]

    @property
    def left_out_sheets(self) -> list[str]:
        """Return the sheets that cannot be imported together with the chosen one."""
        taken = {self.head.sheet, *self.other_sheets}
        return [head.sheet for head in heads_of(self.upload) if head.sheet not in taken]

    def needs_no_answers(self, unknown_columns: int) -> bool:
        """Return whether every column is known by its heading and nothing is left to ask."""
        if not self.answers.site or (unknown_columns and not self.answers.number_column):
            return False
        return not self.form().has_questions
