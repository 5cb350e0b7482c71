"""Cleaning the rows of one file with the module's form."""

import hashlib
import json
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from imports.errors import CellRefused, ImportRefused
from imports.models import Creatable
from imports.parsing.lookups import Lookup
from imports.readers.base import Row, Table
from imports.validation.existing_records import NumberedRows
from imports.validation.results import Checked
from imports.validation.row_parser import RowReader
from imports.validation.staging import RefusedCell, Waiting
from records.forms import CodedChoiceField
from records.models import DailyRecord
from records.operations.blanks import Blank
from records.operations.bulk_cleaning import RowCleaner
from sites.models import MasterData, Material, Role, Site


class Cleaning:
    """Takes row after row: lets it wait as a record, refuses it in words, or leaves it out."""

    def __init__(self, checked: Checked, table: Table) -> None:
        plan = checked.plan
        self._checked = checked
        self._spool = checked.spool
        self._missing = checked.missing
        self._missing.on_material = self._learn
        self._form = plan.module.form
        self._blank = Blank(plan.module.model())
        self._width = len(table.headings)
        checked.headings = tuple(table.headings)
        self._identity = [
            column.attname
            for column in plan.module.model._meta.concrete_fields
            if column.name in plan.module.model.identity
        ]
        self._cleaners: dict[int, RowCleaner[DailyRecord]] = {}
        self._lookups: dict[tuple[str, int], Lookup[MasterData]] = {}
        sites = Lookup(
            Site.objects.for_user(plan.by).with_role(plan.by),
            not_found=_("There is no site “%(text)s”."),
            # A code given once is a site that is there: a mistyped one must not become a new site.
            maker=self._missing.new_site
            if Creatable.SITES in plan.creating and plan.layout.site_column
            else None,
        )
        self.reader = RowReader(plan.module, plan.layout, table.headings, sites=sites, find=self._find)
        checked.columns, checked.places = self.reader.columns, self.reader.places
        self._mended = plan.mended
        self._mended_lines = frozenset(line for line, _place in plan.mended.cells)
        # What is the same in every row is part of what a row says: two days may be two equal sheets.
        self._said_of_all = json.dumps(sorted(plan.layout.constants.items())) if plan.layout.constants else ""
        self._numbered = NumberedRows(plan.module, self.reader, plan.by)

    def take(self, row: Row) -> None:
        """Clean a row."""
        self._checked.rows_read += 1
        digest = self._digest(row)
        row = self._mend(row)
        if len(row.cells) != self._width:
            reason = _("The line has %(cells)d cells, the headings are %(headings)d.")
            self._refuse(row, "", reason % {"cells": len(row.cells), "headings": self._width})
        elif row.line in self._mended.left_out or not self.reader.is_meant(row.cells):
            self._checked.rows_left_out += 1
        elif number := self.reader.number_of(row.cells):
            self._numbered.take(row, number)
            if self._numbered.is_full:
                self.end()
        else:
            self._clean(row, digest)

    def end(self) -> None:
        """Settle the rows that name a record by its number, which are looked up together."""
        for row, wrong in self._numbered.settle():
            if wrong is None:
                self._checked.rows_known += 1
            else:
                self._refuse(row, wrong.field, wrong.reason)

    def _digest(self, row: Row) -> bytes:
        """Return by what the row is known again: all its cells as they came, and its number among equal rows.

        What is left out or refused is counted too, so that an equal row keeps its number.
        """
        digest = hashlib.sha256((json.dumps(row.cells) + self._said_of_all).encode()).digest()
        return digest + self._spool.occurrence(digest).to_bytes(4)

    def _mend(self, row: Row) -> Row:
        """Put in what the person has written over cells of the row, which then is as wide as the headings."""
        if row.line not in self._mended_lines:
            return row
        mended = self._mended.cells
        cells = tuple(
            mended.get((row.line, place), cell)
            for place, cell in enumerate(_of_width(row.cells, self._width))
        )
        return Row(row.line, cells)

    def _clean(self, row: Row, digest: bytes) -> None:
        cells = self.reader.changed(row.cells)
        try:
            site = self.reader.site_of(cells)
        except CellRefused as refused:
            self._refuse(row, "site", refused.message)
            return
        cleaner = self._cleaner(site)
        assert site.pk is not None
        filled = self.reader.fill(cells, site)
        cleaned = cleaner.clean(filled.values)
        if isinstance(cleaned, DailyRecord) and not filled.problems:
            self._keep(row, cleaned, digest)
            return
        reasons = (
            {}
            if isinstance(cleaned, DailyRecord)
            else {name: " ".join(str(message) for message in messages) for name, messages in cleaned.items()}
        )
        self._spool.keep_unread(row.line, site.pk, digest)
        # A cell that could not be read was empty to the form: its own reason is the true one.
        for name, reason in {**reasons, **filled.problems}.items():
            self._refuse(row, name, reason)

    def _keep(self, row: Row, record: DailyRecord, digest: bytes) -> None:
        first = row.line
        if self._identity:
            said = repr([getattr(record, column) for column in self._identity])
            first = self._spool.line_with(said, row.line)
        if first == row.line:
            self._spool.keep(
                Waiting(record.site_id, record.date, row.line, digest, self._blank.differing(record)),
                row.cells,
            )
        else:
            self._refuse(row, "", _("Line %(line)d is a record like this already.") % {"line": first})

    def _refuse(self, row: Row, name: str, reason: str) -> None:
        heading, value = self.reader.source(name, row.cells)
        # What no cell of its own says may be mended in any of the line.
        whole = _of_width(row.cells, self._width)
        places = self.reader.places.get(name)
        cells = whole if places is None else tuple(whole[place] for place in places)
        self._spool.refuse(RefusedCell(row.line, name, heading, value, reason, cells, row.summary))

    def _cleaner(self, site: Site) -> RowCleaner[DailyRecord]:
        """Return what cleans the rows of a site. Raises ImportRefused where the role is too low."""
        assert site.pk is not None
        cleaner = self._cleaners.get(site.pk)
        if cleaner is None:
            self._require_role(site)
            cleaner = self._cleaners[site.pk] = RowCleaner(self._form, site=site)
            for material in self._missing.materials:
                cleaner.learn(material)
        return cleaner

    def _require_role(self, site: Site) -> None:
        if site in self._missing.sites or Role(site.role or "").covers(Role.OPERATOR):
            return
        raise ImportRefused(
            _("Your role at %(site)s does not allow this. It takes the role of %(role)s.")
            % {"site": site.code, "role": Role.OPERATOR.label.lower()}
        )

    def _learn(self, material: Material) -> None:
        for cleaner in self._cleaners.values():
            cleaner.learn(material)

    def _find(self, name: str, site: Site, text: str) -> MasterData:
        assert site.pk is not None
        field = self._form.base_fields[name]
        assert isinstance(field, CodedChoiceField)
        assert field.queryset is not None
        model = field.queryset.model
        is_shared = not any(column.name == "site" for column in model._meta.fields)
        key = (name, 0 if is_shared else site.pk)
        if key not in self._lookups:
            # What belongs to one site is looked up among its own, so that another's is not given away.
            known = model._default_manager.all() if is_shared else self._cleaner(site).choices_of(name)
            self._lookups[key] = self._lookup(model, known)
        return self._lookups[key].find(text)

    def _lookup(self, model: type[MasterData], known: Iterable[MasterData]) -> Lookup[MasterData]:
        creates = model is Material and Creatable.MATERIALS in self._checked.plan.creating
        return Lookup(
            known,
            not_found=_("There is no %(kind)s “%%(text)s”.") % {"kind": model._meta.verbose_name},
            maker=self._missing.new_material if creates else None,
        )


def _of_width(cells: Sequence[str], width: int) -> tuple[str, ...]:
    return (*cells[:width], *[""] * (width - len(cells)))
