"""Setting a file up: by itself where it says what it is, else with a person's answers."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from django.http import Http404
from django.urls import reverse

from imports import actions
from imports.mapping.column_mapping import Answers
from imports.mapping.forms import ColumnsForm
from imports.mapping.guess import Samples, best_guess, guessed, is_plain, likely_headings_line
from imports.models import ColumnMapping, Upload
from imports.readers.detect import Head
from imports.uploads import heads_of
from records import registry
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Site, User

SHOWN_ROWS = 5


def set_up_by_itself(upload: Upload, *, by: User, module: str, sites: Sequence[Site]) -> str:
    """Set a new file up as far as it says what it is; return the address at which its person goes on."""
    heads = heads_of(upload)
    if heads[0].template is not None:
        module, code = heads[0].template
        # Filled in for a site of theirs, it is not brought to another by mistake.
        sites = [site for site in actions.sites_to_import_onto(by) if site.code == code]
    wanted = _wanted(module)
    guess = best_guess(heads, [wanted] if wanted is not None else [])
    if guess is None:
        head = heads[0]
        upload.module, upload.sheet = module if wanted else "", head.sheet
        upload.headings_line = likely_headings_line(head)
        upload.save()
        return reverse("imports:table", args=[upload.pk])
    upload.module, upload.sheet, upload.headings_line = guess.module.slug, guess.sheet, guess.line
    upload.save()
    if wanted is None and not is_plain(heads, guess):
        return reverse("imports:table", args=[upload.pk])
    setup = Setup(upload, by, sites)
    if setup.is_understood(guess.strange):
        actions.answer(upload=upload, by=by, answers=setup.answers)
        return reverse("imports:page", args=[upload.pk])
    return reverse("imports:columns", args=[upload.pk])


def _wanted(slug: str) -> RecordModule[DailyRecord] | None:
    try:
        return registry.module(slug)
    except Http404:
        return None


class Setup:
    """What is known of a file's columns, and the form that asks for the rest."""

    def __init__(self, upload: Upload, by: User, sites: Sequence[Site] | None = None) -> None:
        self.upload = upload
        self._by = by
        self._preferred = sites
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
    def sites(self) -> list[Site]:
        return actions.sites_to_import_onto(self._by)

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
