"""Clean the rows of one file with the module's form."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial

from django import forms
from django.utils.translation import gettext as _

from core.numbers import whole_number
from imports.errors import ImportRefused
from imports.mapping.column_mapping import SKIP
from imports.models import Creatable
from imports.parsing.lookups import Lookup, normalize
from imports.parsing.numbers import ERROR
from imports.readers.base import FileRow, FileTable, cell_name, shown_line
from imports.readers.workbook_process import HIDDEN, STRUCK
from imports.validation.existing_records import ExistingRecords
from imports.validation.new_master_data import Named
from imports.validation.results import RuleAction, ValidatedFile
from imports.validation.row_parser import CACHE_SIZE, RowParser, UnknownNameError
from imports.validation.staging import RejectedCell, StagedRow
from parties.models import Container, Party, PartyNumber, Spelling, Vehicle, plain
from records.columns import CellError
from records.forms import CodedChoiceField, RowCleaner
from records.models import DailyRecord
from sites.models import MasterData, Material, Role, Site

# Whole cells of tickets that do not count.
CANCELLED = frozenset(
    {
        *("void", "voided", "cancelled", "canceled", "cancellation", "deleted", "test"),
        *("storno", "storniert", "ungültig", "annulé", "annulée", "anulado", "anulada", "annullato"),
        *("отменен", "отменён", "аннулировано", "ملغى", "ملغي"),
    }
)


class FileCleaner:
    """Cleans row after row: stages it as a record, rejects it with reasons, or skips it."""

    def __init__(self, validated: ValidatedFile, table: FileTable) -> None:
        plan = validated.plan
        model = plan.module.model
        self._validated = validated
        self._staging = validated.staging
        self._new = validated.new
        self._new.on_new = self._learn
        self._form = plan.module.form
        self._width = len(table.headings)
        # The cells of the row before, for the rule that repeats them.
        self._above: Sequence[str] = ("",) * self._width
        validated.headings, validated.sheets = tuple(table.headings), tuple(table.sheets)
        validated.left_out.sheets = tuple(table.left_out)
        validated.is_unknown = table.is_unknown
        self._is_workbook = bool(table.sheets)
        self._identity = [
            column.attname for column in model._meta.concrete_fields if column.name in model.identity
        ]
        blank = model()
        self._defaults = {
            column.attname: getattr(blank, column.attname) for column in model._meta.concrete_fields
        }
        self._parsed_warnings: list[str] = []
        self._cleaners: dict[int, RowCleaner[DailyRecord]] = {}
        self._lookups: dict[tuple[str, int], Lookup[MasterData]] = {}
        # Only a column of names creates sites: the one code for all rows, mistyped, must not become a site.
        creates_sites = Creatable.SITES in plan.creating and plan.layout.site_column
        sites = Lookup(
            Site.objects.for_user(plan.by).with_role(plan.by),
            not_found=CellError(_("There is no site “%(text)s”.")),
            create=self._new.make_site if creates_sites else None,
        )
        self._parser = RowParser(
            plan.module,
            plan.layout,
            table.headings,
            sites=sites,
            find=self._find,
            has_1904_dates=table.has_1904_dates,
        )
        validated.columns, validated.places = self._parser.columns, self._parser.places
        self._corrections = plan.corrections
        self._corrected_lines = frozenset(line for line, _place in plan.corrections.cells)
        # What is the same in every row is part of a row: two equal sheets may be those of two days.
        self._constants = json.dumps(sorted(plan.layout.constants.items())) if plan.layout.constants else ""
        self._existing = ExistingRecords(plan.module, self._parser, plan.by)
        self._totals = TotalRows(self._parser)
        # Files repeat the same values.
        self._is_cancelled = lru_cache(maxsize=CACHE_SIZE)(lambda cell: normalize(cell) in CANCELLED)
        self._date_headings = [
            (place, normalize(table.headings[place])) for place in self._parser.places.get("date", ())
        ]
        self._numbers = [column.name for column in plan.module.entered_columns if column.is_number]
        self._text_places = {
            name: self._parser.fields[name].places[0]
            for name in self._parser.fields
            if isinstance(plan.module.form.base_fields[name], forms.CharField)
        }

    def clean(self, row: FileRow) -> None:
        self._validated.rows_read += 1
        digest = self._digest(row)
        row = self._corrected(row)
        if len(row.cells) != self._width:
            reason = _("The row has %(cells)d cells, the headings are %(headings)d.")
            self._reject(row, "", reason % {"cells": len(row.cells), "headings": self._width})
        elif row.line in self._corrections.skipped_lines or self._is_left_out(row):
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
        left_out, layout = self._validated.left_out, self._validated.plan.layout
        for mark, answer in ((HIDDEN, layout.hidden_rows), (STRUCK, layout.struck_rows)):
            if left_out.marked[mark] and not answer:
                raise ImportRefused(
                    (
                        _("%(count)d rows are hidden or filtered out. Choose whether they are imported.")
                        if mark == HIDDEN
                        else _("%(count)d rows are struck out. Choose whether they are imported.")
                    )
                    % {"count": len(left_out.marked[mark])},
                    option=f"--{mark}-rows keep|skip",
                )
        self._parser.require_one_kind_of_dates()
        self._parser.require_times()
        self._parser.require_ticket_dates()
        self._parser.require_percents()
        # An export of ours has a decimal point.
        if not layout.record_id_column:
            self._parser.require_decimal_mark()

    def _is_left_out(self, row: FileRow) -> bool:
        """Return whether a row is no record: hidden, struck out, filtered, or a total."""
        left_out, layout = self._validated.left_out, self._validated.plan.layout
        if row.mark:
            left_out.marked[row.mark].append(row.line)
            if (layout.hidden_rows if row.mark == HIDDEN else layout.struck_rows) == SKIP:
                return True
        if row.line not in self._corrected_lines:
            self._parser.observe(row.cells)
        if row.cells == self._validated.headings:
            # Of a file that was put together of several.
            left_out.headings.append(row.line)
            return True
        if not self._parser.is_record(row.cells):
            return True
        if whole_number(self._parser.record_id(row.cells)) is None and self._totals.is_total(row):
            left_out.totals.append((row.line, row.summary))
            return True
        return False

    def compare_existing(self) -> None:
        """Compare the rows that name an existing record, which are looked up together."""
        for row, mismatch in self._existing.compare():
            if mismatch is None:
                self._validated.rows_known += 1
            else:
                self._reject(row, mismatch.field, mismatch.reason)

    def _digest(self, row: FileRow) -> bytes:
        """Return what identifies a row in this and other files: its original cells, its number among equals.

        Skipped and rejected rows are counted too, so that an equal row keeps its number.
        """
        digest = hashlib.sha256((json.dumps(row.stored_cells) + self._constants).encode()).digest()
        return digest + self._staging.occurrence(digest).to_bytes(4)

    def _corrected(self, row: FileRow) -> FileRow:
        """Return a row with the user's corrections; a corrected row is as wide as the headings."""
        if row.line not in self._corrected_lines:
            return row
        cells = tuple(
            self._corrections.cells.get((row.line, place), cell)
            for place, cell in enumerate(_of_width(row.cells, self._width))
        )
        corrected = {place for place in row.merged if (row.line, place) in self._corrections.cells}
        return row.without_merged(corrected)._replace(cells=cells)

    def _clean_new(self, row: FileRow, digest: bytes) -> None:
        site, cleaned = self._record_of(row)
        if isinstance(cleaned, dict) and self._corrections.rules:
            if any(self._validated.leaves_out(name, reason) for name, reason in cleaned.items()):
                return
            row = self._by_rules(row, cleaned)
            site, cleaned = self._record_of(row)
        self._above = row.cells
        if isinstance(cleaned, DailyRecord):
            cleaned.confirmed_warnings = [*cleaned.confirmed_warnings, *self._warnings(row)]
            self._stage(row, cleaned, digest)
            return
        if site is not None:
            assert site.pk is not None
            self._staging.add_rejected_key(row.line, site.pk, digest)
        for name, reason in cleaned.items():
            self._reject(row, name, reason)

    def _record_of(self, row: FileRow) -> tuple[Site | None, DailyRecord | dict[str, str]]:
        """Return the site of a row, and its record or the errors by field."""
        cells = self._parser.with_replacements(row.cells)
        if any(
            not cells[place][:1].isdigit() and normalize(cells[place]) == heading
            for place, heading in self._date_headings
        ):
            reason = _("The row has headings again, and others than the first: check what follows.")
            return None, {"date": reason}
        try:
            site = self._parser.site_of(cells)
        except CellError as error:
            return None, self._with_cells(row, {"site": error.message})
        parsed = self._parser.parse(cells, site)
        if row.merged:
            parsed.errors.update(self._merged_numbers(row))
        self._parsed_warnings = parsed.warnings
        cleaned = self._cleaner(site).clean(parsed.values)
        if isinstance(cleaned, DailyRecord):
            return site, self._with_cells(row, parsed.errors) or cleaned
        errors = {name: " ".join(str(message) for message in messages) for name, messages in cleaned.items()}
        # A cell that could not be parsed was empty to the form: the parser's reason is the true one.
        return site, self._with_cells(row, {**errors, **parsed.errors})

    def _with_cells(self, row: FileRow, errors: Mapping[str, str]) -> dict[str, str]:
        """Return errors with the name of the cell, where it has a formula without a result."""
        if not self._is_workbook:
            return dict(errors)
        named = {}
        for name, reason in errors.items():
            places = [place for place in self._parser.places.get(name, ()) if row.cells[place][:1] == "="]
            named[name] = f"{cell_name(row.line, places[0])}: {reason}" if places else reason
        return named

    def _merged_numbers(self, row: FileRow) -> Iterator[tuple[str, str]]:
        """Yield the fields whose number is in a merged cell, with an error: it is not that of each row."""
        for name in self._numbers:
            for place in self._parser.places.get(name, ()):
                if place in row.merged:
                    reason = _(
                        "%(cell)s is merged with %(first)s: “%(text)s” is one number for several rows. Enter"
                        " the number of each of these rows."
                    )
                    yield (
                        name,
                        reason
                        % {
                            "cell": cell_name(row.line, place),
                            "first": cell_name(row.merged[place], place),
                            "text": row.cells[place],
                        },
                    )

    def _by_rules(self, row: FileRow, errors: Mapping[str, str]) -> FileRow:
        """Return a row with the values that the user's rules give to cells with these errors."""
        cells = list(row.cells)
        for name, reason in errors.items():
            rule = self._validated.rule_for(name, reason)
            places = self._parser.places.get(name, ())
            if rule is None or len(places) != 1:
                continue
            (place,) = places
            row = row.without_merged({place})
            cells[place] = self._above[place] if rule.action == RuleAction.ABOVE else rule.text
            self._validated.rule_counts[rule] += 1
        return row._replace(cells=tuple(cells))

    def _warnings(self, row: FileRow) -> Iterator[str]:
        """Yield what is unusual about the cells of a row."""
        yield from self._parsed_warnings
        for cell in filter(self._is_cancelled, row.cells):
            yield _("“%(text)s”: this may be a cancelled ticket.") % {"text": cell.strip()}
        if lines := self._totals.possible_total(row.line):
            yield _("This is the sum of the %(count)d rows above it: it may be a subtotal.") % {
                "count": lines
            }
        for name, place in self._text_places.items():
            text = row.cells[place].strip()
            if text.startswith("=") and self._is_workbook:
                yield _("%(cell)s begins with “=”: if it is a formula, its result is missing.") % {
                    "cell": cell_name(row.line, place)
                }
            if text.startswith("#") and ERROR.fullmatch(text):
                heading, _value = self._parser.source(name, row.cells)
                yield _("%(heading)s has the error %(error)s of the spreadsheet.") % {
                    "heading": heading,
                    "error": text,
                }

    def _stage(self, row: FileRow, record: DailyRecord, digest: bytes) -> None:
        if self._identity:
            identity = repr([getattr(record, column) for column in self._identity])
            first = self._staging.first_line_with(identity, row.line)
            if first != row.line:
                line = shown_line(first, self._validated.sheets)
                self._reject(row, "", _("Line %(line)s is the same record.") % {"line": line})
                return
        stored = vars(record)
        columns = {name: stored[name] for name, default in self._defaults.items() if stored[name] != default}
        if record.outside_number and not self._is_first(row, record, columns):
            return
        self._staging.add(StagedRow(record.site_id, record.date, row.line, digest, columns), row.cells)

    def _is_first(self, row: FileRow, record: DailyRecord, columns: Mapping[str, object]) -> bool:
        """Return whether no earlier row has the number of another system that this record has.

        A row with the same content is left out, one with other content is rejected.
        """
        number = f"number {record.outside_number!r}"
        first = self._staging.first_line_with(number, row.line)
        same = self._staging.first_line_with(f"{number} {columns!r}", row.line)
        if first == row.line:
            return True
        if same == first:
            self._validated.left_out.repeated.append(row.line)
            self._validated.rows_known += 1
        else:
            line = shown_line(first, self._validated.sheets)
            reason = _("Line %(line)s has this ticket number with other content.") % {"line": line}
            self._reject(row, record.outside_number_field, reason)
        return False

    def _reject(self, row: FileRow, name: str, reason: str) -> None:
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
            if site not in self._new.rows[Site] and not Role(site.role or "").covers(Role.OPERATOR):
                raise ImportRefused(
                    _("Your role at %(site)s does not allow this. Requires the %(role)s role.")
                    % {"site": site.code, "role": Role.OPERATOR.label.lower()}
                )
            cleaner = self._cleaners[site.pk] = RowCleaner(self._form, site=site)
            for rows in self._new.rows.values():
                for row in rows:
                    if not isinstance(row, Site):
                        cleaner.learn(row)
        return cleaner

    def _learn(self, row: Named) -> None:
        for cleaner in self._cleaners.values():
            if not isinstance(row, Site):
                cleaner.learn(row)

    def _find(self, name: str, site: Site, text: str) -> MasterData:
        assert site.pk is not None
        field = self._form.base_fields[name]
        assert isinstance(field, CodedChoiceField)
        assert field.queryset is not None
        model = field.queryset.model
        # Of what belongs to a site, or is used at some, another site's is not disclosed.
        is_shared = not any(column.name == "site" for column in model._meta.fields) and model is not Party
        key = (name, 0 if is_shared else site.pk)
        if key not in self._lookups:
            rows = model._default_manager.all() if is_shared else self._cleaner(site).choices_of(name)
            self._lookups[key] = self._lookup(name, model, rows, site)
        # An inactive material that is in stock at the site is among the choices of some forms.
        return self._lookups[key].find(text, accepted=self._cleaner(site).choices_of(name))

    def _lookup(
        self, name: str, model: type[MasterData], rows: Iterable[MasterData], site: Site
    ) -> Lookup[MasterData]:
        kind = self._validated.plan.module.model._meta.get_field(name).verbose_name  # type: ignore[union-attr]  # a column
        sentence = _("There is no %(kind)s “%%(text)s”.") % {"kind": kind}
        creating = self._validated.plan.creating
        if model is Material:
            creates = self._new.make_material if Creatable.MATERIALS in creating else None
            return Lookup(rows, not_found=CellError(sentence), create=creates)
        if model not in (Party, Vehicle, Container):
            return Lookup(rows, not_found=CellError(sentence))
        return Lookup(
            rows,
            not_found=UnknownNameError(sentence),
            create=partial(self._make, name, site) if Creatable.PARTIES in creating else None,
            other_names=_other_names(list(rows)) if model is Party else (),
            key=plain,
        )

    def _make(self, name: str, site: Site, text: str) -> MasterData:
        """Make the party, vehicle or container that a field names. Raises CellError."""
        field = self._form.base_fields[name]
        assert isinstance(field, CodedChoiceField)
        assert field.queryset is not None
        model = field.queryset.model
        if model is not Party:
            return self._new.make_tared(Vehicle if model is Vehicle else Container, text)
        if any(plain(text) in (plain(each.name), plain(each.code)) for each in Party.objects.at(site)):
            raise CellError(_("“%(text)s” is a party, but not of this kind.") % {"text": text[:100]})
        usual = "is_supplier" if self._validated.plan.module.model.arrives_full else "is_customer"  # type: ignore[attr-defined]  # of loads
        return self._new.make_party(text, getattr(field, "kind", "") or usual)


def _other_names(parties: Sequence[MasterData]) -> Iterator[tuple[str, MasterData]]:
    """Yield other names of parties: their numbers, their spellings, and what was merged into them."""
    by_id = {party.pk: party for party in parties}
    for party_id, kind, number in PartyNumber.objects.values_list("party", "kind", "number"):
        if party_id in by_id:
            yield number, by_id[party_id]
            yield f"{kind} {number}", by_id[party_id]
    for spelling in Spelling.objects.select_related("party"):
        party = by_id.get(spelling.party.merged_into_id or spelling.party_id)
        if party is not None:
            yield spelling.key, party
    for merged in Party.objects.filter(merged_into__in=by_id):
        yield merged.name, by_id[merged.merged_into_id or 0]
        yield merged.code, by_id[merged.merged_into_id or 0]


def _of_width(cells: Sequence[str], width: int) -> tuple[str, ...]:
    return (*cells[:width], *[""] * (width - len(cells)))


# The words of a line of sums.
TOTAL_WORDS = (
    *("total", "totals", "subtotal", "sub total", "sum", "grand total", "summe", "zwischensumme", "gesamt"),
    *("gesamtsumme", "insgesamt", "sous total", "somme", "suma", "totaal", "totale", "итого", "всего"),
    *("razem", "celkem", "součet", "spolu", "összesen", "toplam", "ukupno", "skupaj", "σύνολο", "разом"),
    *("summa", "totalt", "i alt", "yhteensä", "усього", "合计", "总计", "कुल", "jumlah", "סהכ", "totais"),
    *("kokku", "kopā", "iš viso", "общо", "укупно", "合計", "합계", "รวม", "tổng cộng", "gjithsej", "جمع"),
    *("المجموع", "الإجمالي", "اجمالي", "إجمالي", "مجموع"),
)
# The sum of an earlier page or month.
CARRIED = re.compile(
    r"\b(?:(?:carried|brought|balance) forward|opening balance|übertrag|vortrag|anfangsbestand|à reporter"
    r"|report à nouveau|saldo anterior|suma y sigue|riporto|входящий остаток)\b"
)
# With so many rows above and so many digits, a sum is no coincidence.
CERTAIN_ROWS, CERTAIN_DIGITS, LIKELY_DIGITS = 3, 4, 3
MAX_TOTAL_LENGTH = 60
# A total may be rounded, or be that of rows that were rejected.
TOLERANCE = Fraction(1, 200)
TOLERANCE_SHARE = float(TOLERANCE)
# More than what adding floats loses.
ROUNDING = 1e-3


class TotalRows:
    """Recognises the rows of a file that are sums of the rows above them."""

    def __init__(self, parser: RowParser) -> None:
        self._parser = parser
        words = (*TOTAL_WORDS, normalize(_("Total")))
        self._word = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b|{CARRIED.pattern}")
        # Files repeat the same values.
        self._without_word = lru_cache(maxsize=CACHE_SIZE)(self._remove_word)
        self._since = _Sum()
        self._all = _Sum()
        self._possible: tuple[int, int] | None = None
        # Columns that are filled in every row since the last total.
        self._filled: set[int] | None = None

    def is_total(self, row: FileRow) -> bool:
        """Return whether a row is a total; add it to the sums if not."""
        amount = self._parser.amount(row.cells)
        nearly = 0.0 if amount is None else float(amount)
        is_equal = amount is not None and (
            self._since.is_near(amount, nearly) or self._all.is_near(amount, nearly)
        )
        if self._is_named(row, is_equal=is_equal) or (
            is_equal and amount is not None and self._is_sum(row, amount)
        ):
            self._since, self._filled = _Sum(), None
            return True
        filled = {place for place, cell in enumerate(row.cells) if cell and not cell.isspace()}
        self._filled = filled if self._filled is None else self._filled & filled
        if amount is not None:
            self._since.add(amount, nearly)
            self._all.add(amount, nearly)
        return False

    def possible_total(self, line: int) -> int:
        """Return of how many rows above it the row of a line is the sum, though it looks like a record."""
        return self._possible[1] if self._possible and self._possible[0] == line else 0

    def _is_named(self, row: FileRow, *, is_equal: bool) -> bool:
        """Return whether a cell says that the row is a total, and nothing else says that it is a record."""
        for place, cell in enumerate(row.cells):
            if (rest := self._without_word(cell)) is None:
                continue
            # A supplier may be called “Total”, but no material is.
            is_alone = not rest.strip(" :=.,0123456789")
            if is_alone and (place in self._parser.identity_places or CARRIED.search(normalize(cell))):
                return True
            if is_equal or self._parser.lacks_identity(row.cells):
                return True
        return False

    def _remove_word(self, cell: str) -> str | None:
        """Return a cell without the word that makes it one of a total; None for other cells."""
        text = " ".join(re.split(r"[\s\-_]+", normalize(cell)))
        if len(text) > MAX_TOTAL_LENGTH or not self._word.search(text):
            return None
        return self._word.sub("", text)

    def _is_sum(self, row: FileRow, amount: Fraction) -> bool:
        """Return whether a row that equals a sum is one, though nothing names it."""
        digits = len(str(amount.numerator * 1000 // amount.denominator).strip("0"))
        if self._parser.lacks_identity(row.cells):
            # A small number may be the sum by chance, in a list that leaves out what is as in the row above.
            return digits >= LIKELY_DIGITS or not any(
                row.cells[place].strip() for place in self._parser.identity_places
            )
        if not self._since.is_exactly(amount):
            return False
        is_emptier = any(not row.cells[place].strip() for place in self._filled or ())
        if is_emptier or (self._since.rows >= CERTAIN_ROWS and digits >= CERTAIN_DIGITS):
            return True
        self._possible = (row.line, self._since.rows)
        return False


@dataclass
class _Sum:
    rows: int = 0
    amount: Fraction = Fraction(0)
    # Nearly the same: nearly every row is far from the sum, which a float shows sooner.
    nearly: float = 0

    def add(self, amount: Fraction, nearly: float) -> None:
        self.rows += 1
        self.amount += amount
        self.nearly += nearly

    def is_exactly(self, amount: Fraction) -> bool:
        return self.rows > 1 and self.amount == amount

    def is_near(self, amount: Fraction, nearly: float) -> bool:
        if self.rows < 2 or abs(self.nearly - nearly) > 2 * TOLERANCE_SHARE * abs(self.nearly) + ROUNDING:
            return False
        return abs(self.amount - amount) <= TOLERANCE * abs(self.amount)
