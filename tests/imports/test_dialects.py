"""Random tables in random dialects are read back as they were meant, or something is asked."""

import csv
import datetime as dt
import io
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from openpyxl import Workbook

from imports import actions
from imports.mapping.column_mapping import Answers
from imports.mapping.setup import Setup
from imports.models import Upload, UploadStatus
from imports.uploads import create_upload, local_copy
from imports.validation.validate import validate
from imports.worker import _plan
from records.columns import TonsColumn
from tests.imports.pages_case import PagesCase

# Words that each encoding has, in the order in which they are written.
SOURCES = {
    "utf-8": "Müller رمل Щебень",
    "utf-16": "Müller رمل",
    "cp1252": "Café Müller",
    "cp1251": "Карьер Щебень",
    "cp1256": "شركة الرمال",
    "cp850": "Müller Größe",
    "mac_roman": "Béton Müller",
}
MOST_TONS = 1_000_000
HEADINGS = {"t": "Net (t)", "kg": "net_kg", "lb": "Weight, lbs", "short_ton": "Net short tons", "": "weight"}
ORDERS = {"dmy": "%d.%m.%Y", "mdy": "%m/%d/%Y", "ymd": "%Y/%m/%d", "iso": "%Y-%m-%d", "named": "%d-%b-%Y"}


@dataclass(frozen=True)
class Dialect:
    """How a program writes a table."""

    mark: str
    is_grouped: bool
    decimals: int
    unit: str
    # What a heading without a unit means.
    meant_unit: str
    encoding: str
    order: str
    delimiter: str
    titles: int
    is_workbook: bool = False

    @property
    def factor(self) -> Fraction:
        return TonsColumn.units[self.unit or self.meant_unit]

    def number(self, amount: Decimal) -> str:
        text = f"{amount:,.{self.decimals}f}" if self.is_grouped else f"{amount:.{self.decimals}f}"
        return text if self.mark == "." else text.translate(str.maketrans(".,", ",."))

    def rows(self, loads: "list[tuple[dt.date, Decimal]]") -> list[list[str]]:
        titles = [[f"List {number}"] for number in range(self.titles)]
        source = SOURCES[self.encoding]
        return [
            *titles,
            ["date", "material", HEADINGS[self.unit], "source"],
            *(
                [day.strftime(ORDERS[self.order]), "DEBRIS", self.number(amount), source]
                for day, amount in loads
            ),
        ]

    def write(self, loads: "list[tuple[dt.date, Decimal]]") -> bytes:
        if self.is_workbook:
            book, packed = Workbook(), io.BytesIO()
            for row in self.rows(loads):
                book.worksheets[0].append(row)
            book.save(packed)
            return packed.getvalue()
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.delimiter).writerows(self.rows(loads))
        return text.getvalue().encode(self.encoding)


dialects = st.builds(
    Dialect,
    mark=st.sampled_from([".", ","]),
    is_grouped=st.booleans(),
    decimals=st.integers(0, 3),
    unit=st.sampled_from(list(HEADINGS)),
    meant_unit=st.sampled_from(["t", "kg"]),
    encoding=st.sampled_from(list(SOURCES)),
    order=st.sampled_from(list(ORDERS)),
    delimiter=st.sampled_from([";", "\t"]),
    titles=st.integers(0, 3),
)
loads_lists = st.lists(
    st.tuples(st.dates(dt.date(2025, 1, 1), dt.date(2025, 12, 31)), st.decimals("1.001", "60000", places=3)),
    min_size=1,
    max_size=6,
)


class TestDialects(PagesCase, TestCase):
    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(dialect=dialects, loads=loads_lists)
    def test_of_a_text_are_read_as_meant_or_questions(
        self, dialect: Dialect, loads: list[tuple[dt.date, Decimal]]
    ) -> None:
        self._compare(dialect, loads)

    @settings(max_examples=5, deadline=None, derandomize=True)
    @given(dialect=dialects, loads=loads_lists)
    def test_of_text_cells_are_read_as_meant_or_questions(
        self, dialect: Dialect, loads: list[tuple[dt.date, Decimal]]
    ) -> None:
        self._compare(replace(dialect, is_workbook=True), loads)

    def _compare(self, dialect: Dialect, loads: list[tuple[dt.date, Decimal]]) -> None:
        loads = [(day, round(amount, dialect.decimals)) for day, amount in loads]
        meant = [(day, _tons(Fraction(amount) * dialect.factor)) for day, amount in loads]
        upload = create_upload(file=SimpleUploadedFile("table.csv", dialect.write(loads)), by=self.alice)
        actions.set_up(upload=upload, by=self.alice, module="received", sites=[self.site])
        upload.refresh_from_db()
        if upload.status == UploadStatus.NEW:
            self._answer(upload, dialect)

        found = _read(upload)

        assert found == sorted((day, tons) for day, tons in meant if 0 < tons < MOST_TONS)

    def _answer(self, upload: Upload, dialect: Dialect) -> None:
        """Answer what is asked as the dialect means it."""
        if upload.heads[0]["encodings"]:
            assert dialect.encoding in dict(upload.heads[0]["encodings"])
            answer = self.client.post(f"/imports/{upload.pk}/columns/", {"encoding": dialect.encoding})
            assert answer.status_code == 302
            upload.refresh_from_db()
        setup = Setup(upload, self.alice, sites=[self.site], preferred=[self.site])
        form = setup.form()
        filled = {
            name: value for name, value in (form.initial or {}).items() if value and name in form.fields
        }
        filled |= {"unit-qty_ton": filled.get("unit-qty_ton") or dialect.meant_unit}
        if form.ambiguous_numbers:
            filled["decimal_mark"] = dialect.mark
        if form.ambiguous_dates and not filled.get("date_format"):
            filled["date_format"] = dialect.order
        answered = setup.form(filled)
        assert answered.is_valid(), answered.errors
        upload.answers = answered.answers.to_json()
        assert Answers.from_json(upload.answers).site_code


def _read(upload: Upload) -> list[tuple[dt.date, Decimal]]:
    with local_copy(upload) as path, validate(_plan(upload, path)) as validated:
        return sorted(
            (row.date, Decimal(str(row.columns["qty_ton"])))
            for rows in validated.staging.parts(lambda: 500)
            for row in rows
        )


def _tons(amount: Fraction) -> Decimal:
    exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    return exact.quantize(Decimal("0.001"), ROUND_HALF_UP)
