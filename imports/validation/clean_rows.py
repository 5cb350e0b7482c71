"""Clean the rows of one file with the module's form."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.models import Creatable
from imports.parsing.lookups import Lookup
from imports.readers.base import Row, Table
from imports.validation.existing_records import ExistingRecords
from imports.validation.results import RuleAction, ValidatedFile
from imports.validation.row_parser import RowParser
from imports.validation.staging import RejectedCell, StagedRow
from records.columns import CellError
from records.forms import CodedChoiceField
from records.models import DailyRecord
from records.operations.bulk_cleaning import RowCleaner
from sites.models import MasterData, Material, Role, Site


class FileCleaner:
    """Cleans row after row: stages it as a record, rejects it with reasons, or skips it."""

    def __init__(self, validated: ValidatedFile, table: Table) -> None:
        plan = validated.plan
        model = plan.module.model
        self._validated = validated
        self._staging = validated.staging
        self._new = validated.new
        self._new.on_material = self._learn
        self._form = plan.module.form
        self._width = len(table.headings)
        # The cells of the row before, for the rule that repeats them.
        self._above: Sequence[str] = ("",) * self._width
        self._is_text = table.is_text
        validated.headings = tuple(table.headings)
        self._identity = [
            column.attname for column in model._meta.concrete_fields if column.name in model.identity
        ]
        blank = model()
        self._defaults = {
            column.attname: getattr(blank, column.attname) for column in model._meta.concrete_fields
        }
        self._cleaners: dict[int, RowCleaner[DailyRecord]] = {}
        self._lookups: dict[tuple[str, int], Lookup[MasterData]] = {}
        # Only a column of names creates sites: the one code for all rows, mistyped, must not become a site.
        creates_sites = Creatable.SITES in plan.creating and plan.layout.site_column
        sites = Lookup(
            Site.objects.for_user(plan.by).with_role(plan.by),
            not_found=_("There is no site “%(text)s”."),
            create=self._new.make_site if creates_sites else None,
        )
        self._parser = RowParser(plan.module, plan.layout, table.headings, sites=sites, find=self._find)
        validated.columns, validated.places = self._parser.columns, self._parser.places
        self._corrections = plan.corrections
        self._corrected_lines = frozenset(line for line, _place in plan.corrections.cells)
        # What is the same in every row is part of a row: two equal sheets may be those of two days.
        self._constants = json.dumps(sorted(plan.layout.constants.items())) if plan.layout.constants else ""
        self._existing = ExistingRecords(plan.module, self._parser, plan.by)

    def clean(self, row: Row) -> None:
        self._validated.rows_read += 1
        digest = self._digest(row)
        row = self._corrected(row)
        if len(row.cells) != self._width:
            reason = _("The row has %(cells)d cells, the headings are %(headings)d.")
            self._reject(row, "", reason % {"cells": len(row.cells), "headings": self._width})
        elif row.line in self._corrections.skipped_lines or not self._parser.is_record(row.cells):
            self._validated.rows_skipped += 1
        elif record_id := self._parser.record_id(row.cells):
            self._existing.add(row, record_id)
            if self._existing.is_full:
                self.compare_existing()
        else:
            self._clean_new(row, digest)

    def finish(self) -> None:
        """Compare the last rows with existing records. Raises ImportRefused for ambiguous numbers."""
        self.compare_existing()
        # An export of ours has a decimal point.
        if self._is_text and not self._validated.plan.layout.record_id_column:
            self._parser.require_decimal_mark()

    def compare_existing(self) -> None:
        """Compare the rows that name an existing record, which are looked up together."""
        for row, mismatch in self._existing.compare():
            if mismatch is None:
                self._validated.rows_known += 1
            else:
                self._reject(row, mismatch.field, mismatch.reason)

    def _digest(self, row: Row) -> bytes:
        """Return what identifies a row in this and other files: its original cells, its number among equals.

        Skipped and rejected rows are counted too, so that an equal row keeps its number.
        """
        digest = hashlib.sha256((json.dumps(row.cells) + self._constants).encode()).digest()
        return digest + self._staging.occurrence(digest).to_bytes(4)

    def _corrected(self, row: Row) -> Row:
        """Return a row with the user's corrections; a corrected row is as wide as the headings."""
        if row.line not in self._corrected_lines:
            return row
        cells = tuple(
            self._corrections.cells.get((row.line, place), cell)
            for place, cell in enumerate(_of_width(row.cells, self._width))
        )
        return Row(row.line, cells)

    def _clean_new(self, row: Row, digest: bytes) -> None:
        site, cleaned = self._record_of(row)
        if isinstance(cleaned, dict) and self._corrections.rules:
            if any(self._validated.leaves_out(name, reason) for name, reason in cleaned.items()):
                return
            row = self._by_rules(row, cleaned)
            site, cleaned = self._record_of(row)
        self._above = row.cells
        if isinstance(cleaned, DailyRecord):
            self._stage(row, cleaned, digest)
            return
        if site is not None:
            assert site.pk is not None
            self._staging.add_rejected_key(row.line, site.pk, digest)
        for name, reason in cleaned.items():
            self._reject(row, name, reason)

    def _record_of(self, row: Row) -> tuple[Site | None, DailyRecord | dict[str, str]]:
        """Return the site of a row, and its record or the errors by field."""
        cells = self._parser.with_replacements(row.cells)
        try:
            site = self._parser.site_of(cells)
        except CellError as error:
            return None, {"site": error.message}
        parsed = self._parser.parse(cells, site)
        cleaned = self._cleaner(site).clean(parsed.values)
        if isinstance(cleaned, DailyRecord):
            return site, parsed.errors or cleaned
        errors = {name: " ".join(str(message) for message in messages) for name, messages in cleaned.items()}
        # A cell that could not be parsed was empty to the form: the parser's reason is the true one.
        return site, {**errors, **parsed.errors}

    def _by_rules(self, row: Row, errors: Mapping[str, str]) -> Row:
        """Return a row with the values that the user's rules give to cells with these errors."""
        cells = list(row.cells)
        for name, reason in errors.items():
            rule = self._validated.rule_for(name, reason)
            places = self._parser.places.get(name, ())
            if rule is None or len(places) != 1:
                continue
            (place,) = places
            cells[place] = self._above[place] if rule.action == RuleAction.ABOVE else rule.text
            self._validated.rule_counts[rule] += 1
        return Row(row.line, tuple(cells))

    def _stage(self, row: Row, record: DailyRecord, digest: bytes) -> None:
        if self._identity:
            identity = repr([getattr(record, column) for column in self._identity])
            first = self._staging.first_line_with(identity, row.line)
            if first != row.line:
                self._reject(row, "", _("Line %(line)d is the same record.") % {"line": first})
                return
        columns = {
            name: value
            for name, default in self._defaults.items()
            if (value := getattr(record, name)) != default
        }
        self._staging.add(StagedRow(record.site_id, record.date, row.line, digest, columns), row.cells)

    def _reject(self, row: Row, name: str, reason: str) -> None:
        if self._validated.leaves_out(name, reason):
            return
        heading, value = self._parser.source(name, row.cells)
        # An error that belongs to no cell can be corrected in any cell of the row.
        whole = _of_width(row.cells, self._width)
        places = self._parser.places.get(name)
        cells = whole if places is None else tuple(whole[place] for place in places)
        self._staging.reject(RejectedCell(row.line, name, heading, value, reason, cells, row.summary))

    def _cleaner(self, site: Site) -> RowCleaner[DailyRecord]:
        """Return the cleaner for the rows of a site. Raises ImportRefused where the role is too low."""
        assert site.pk is not None
        cleaner = self._cleaners.get(site.pk)
        if cleaner is None:
            if site not in self._new.sites and not Role(site.role or "").covers(Role.OPERATOR):
                raise ImportRefused(
                    _("Your role at %(site)s does not allow this. Requires the %(role)s role.")
                    % {"site": site.code, "role": Role.OPERATOR.label.lower()}
                )
            cleaner = self._cleaners[site.pk] = RowCleaner(self._form, site=site)
            for material in self._new.materials:
                cleaner.learn(material)
        return cleaner

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
            # What belongs to a site is looked up there only, so that another site's is not disclosed.
            rows = model._default_manager.all() if is_shared else self._cleaner(site).choices_of(name)
            self._lookups[key] = self._lookup(model, rows)
        # An inactive material that is in stock at the site is among the choices of some forms.
        return self._lookups[key].find(text, accepted=self._cleaner(site).choices_of(name))

    def _lookup(self, model: type[MasterData], rows: Iterable[MasterData]) -> Lookup[MasterData]:
        creates = model is Material and Creatable.MATERIALS in self._validated.plan.creating
        return Lookup(
            rows,
            not_found=_("There is no %(kind)s “%%(text)s”.") % {"kind": model._meta.verbose_name},
            create=self._new.make_material if creates else None,
        )


def _of_width(cells: Sequence[str], width: int) -> tuple[str, ...]:
    return (*cells[:width], *[""] * (width - len(cells)))
