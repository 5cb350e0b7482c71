"""What is known of a file's columns before its user confirms them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from imports.mapping.column_mapping import Answers
from imports.mapping.forms import ColumnsForm
from imports.mapping.guess import Samples, guess_answers
from imports.models import ColumnMapping, Upload
from imports.readers.base import Head
from imports.uploads import heads_of
from records import registry
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site, User

MAX_SAMPLE_ROWS = 5


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
        """Return the user's saved mappings that fit the headings, the latest first."""
        mine = ColumnMapping.objects.filter(owner=self._by, module=self.upload.module, site__in=self.sites)
        return [mapping for mapping in mine if set(mapping.headings) <= set(self.samples.headings)]

    @cached_property
    def answers(self) -> Answers:
        """Return the answers of the chosen mapping, else those given before, else a guess."""
        if self._chosen is not None:
            return Answers.from_json(self._chosen.answers)
        if self.upload.answers:
            return Answers.from_json(self.upload.answers)
        return guess_answers(self.module, self.samples, self._likely_sites)

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
    def left_out_sheets(self) -> list[str]:
        """Return the sheets that cannot be imported together with the chosen one."""
        taken = {self.head.sheet, *self.other_sheets}
        return [head.sheet for head in heads_of(self.upload) if head.sheet not in taken]

    def needs_no_answers(self, unknown_columns: int) -> bool:
        """Return whether every column is known by its heading and nothing is left to ask."""
        if not self.answers.site or (unknown_columns and not self.answers.number_column):
            return False
        return not self.form().has_questions
