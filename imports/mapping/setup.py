"""What is known of a file's columns before its user confirms them."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from imports.mapping.column_mapping import Answers
from imports.mapping.forms import ColumnsForm
from imports.mapping.guess import Samples, guessed
from imports.models import ColumnMapping, Upload
from imports.readers.base import Head
from imports.uploads import heads_of
from records import registry
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site, User

SHOWN_ROWS = 5


class Setup:
    """What is known of a file's columns, and the form that asks for the rest."""

    def __init__(
        self, upload: Upload, by: User, *, sites: list[Site], preferred: Sequence[Site] | None = None
    ) -> None:
        """`sites` may be imported onto; `preferred` are those that the user most likely means."""
        self.upload = upload
        self.sites = sites
        self._by = by
        self._preferred = preferred
        self._chosen: ColumnMapping | None = None

    def choose(self, kept: str) -> None:
        """Take the answers that were kept under a name; 0 takes none."""
        if kept:
            self._chosen = next((mapping for mapping in self.kept if str(mapping.pk) == kept), None)
        elif not self.upload.answers and self.kept:
            self._chosen = self.kept[0]

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
    def shown_rows(self) -> list[list[str]]:
        """Return the first rows below the headings, as wide as these."""
        width = len(self.samples.headings)
        return [list(row[:width]) + [""] * (width - len(row)) for row in self.samples.rows[:SHOWN_ROWS]]

    @cached_property
    def kept(self) -> list[ColumnMapping]:
        """Return what was kept under a name and fits the headings, the latest first."""
        mine = ColumnMapping.objects.filter(owner=self._by, module=self.upload.module, site__in=self.sites)
        return [mapping for mapping in mine if set(mapping.headings) <= set(self.samples.headings)]

    @cached_property
    def answers(self) -> Answers:
        """Return what was said of the file, else what was kept under a name, else what it says itself."""
        if self._chosen is not None:
            return Answers.kept(self._chosen.answers)
        if self.upload.answers:
            return Answers.kept(self.upload.answers)
        return guessed(self.module, self.samples, self._likely_sites)

    @property
    def _likely_sites(self) -> Sequence[Site]:
        """Return the site that is meant where the file names none; several where that is open."""
        if self._preferred is not None:
            return self._preferred
        last = [site for site in self.sites if site.pk == self._by.last_site_id]
        return last or self.sites

    def form(self, values: Mapping[str, object] | None = None) -> ColumnsForm:
        """Return the form of the columns, filled in as far as the answers are known."""
        return ColumnsForm(
            values,
            module=self.module,
            samples=self.samples,
            sites=self.sites,
            creates=self._by.is_superuser,
            answers=self.answers,
        )

    def is_understood(self, strange: int) -> bool:
        """Say whether every column is known by its heading and nothing is left to ask."""
        if not self.answers.site or (strange and not self.answers.number_column):
            return False
        form = self.form()
        return not form.asked_dates and not form.asked_numbers and self._has_every_unit()

    def _has_every_unit(self) -> bool:
        units = {name for name, answer in self.answers.fields.items() if "unit" in answer}
        return all(self.answers.fields[name].get("unit") for name in units)
