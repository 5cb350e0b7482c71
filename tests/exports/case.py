"""A site with records, and helpers to export them."""

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone
from hypothesis import strategies as st

from core.csv_injection import BEGINNINGS
from exports.datasets.selection import FileFormat, Granularity, Selection
from exports.writers.cover import Creation
from exports.writers.write import write_file
from received.models import ReceivedMaterial
from records.choices import Source
from records.models import operation_writes
from sites.models import Site
from tests.records.case import MONDAY, RecordsTestCase

CREATION = Creation(by="Mona", at=dt.datetime(2026, 3, 9, 8, 30, tzinfo=dt.UTC), job_number="17")
# What a database keeps: any text but one with a NUL.
ANY_TEXT = st.lists(
    st.characters(codec="utf-8", exclude_characters="\0")
    | st.sampled_from([*BEGINNINGS, "'", '"', ",", "\\", "\r", "\n", " ", "_x0041_", "&amp;", "\x07"]),
    max_size=8,
).map("".join)
SUNDAY = MONDAY + dt.timedelta(days=6)


@dataclass(frozen=True)
class Load:
    """A received load."""

    day: int
    kilograms: int
    loads: int | None
    source: str
    notes: str

    @property
    def cells(self) -> list[object]:
        """Return its cells in a workbook; an empty text for an empty cell."""
        date = MONDAY + dt.timedelta(days=self.day)
        return [date, self.kilograms / 1000, self.loads or "", self.source, self.notes]


LOAD_COLUMNS = ("date", "qty_ton", "loads", "source", "notes")


def any_load(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Load]:
    """Return loads with such texts."""
    return st.builds(
        Load,
        day=st.integers(0, 6),
        kilograms=st.integers(1, 999_999_999),
        loads=st.none() | st.integers(1, 999),
        source=texts,
        notes=texts,
    )


ANY_LOAD = any_load(ANY_TEXT)


class ExportCase(RecordsTestCase):
    def selection(
        self,
        slug: str = "received",
        *,
        sites: tuple[Site, ...] | None = None,
        first: dt.date = MONDAY,
        last: dt.date = SUNDAY,
        granularity: Granularity = Granularity.DAILY,
        filters: Mapping[str, str] | None = None,
        columns: tuple[str, ...] = (),
    ) -> Selection:
        return Selection(
            module=slug,
            sites=sites or (self.site,),
            first=first,
            last=last,
            granularity=granularity,
            filters=filters or {},
            columns=columns,
        )

    def written(self, selection: Selection, file_format: FileFormat) -> tuple[bytes, int]:
        """Return a file of the selection and how many rows it holds."""
        file = io.BytesIO()
        written = write_file(selection, file_format=file_format, creation=CREATION, to=file)
        return file.getvalue(), written


def make_load(
    case: RecordsTestCase,
    *,
    source: str = "",
    notes: str = "",
    kilograms: int = 1,
    day: int = 0,
    loads: int | None = None,
) -> ReceivedMaterial:
    """Return an unsaved load that no form has cleaned."""
    now = timezone.now()
    return ReceivedMaterial(
        site=case.site,
        date=MONDAY + dt.timedelta(days=day),
        loads=loads,
        material=case.debris,
        qty_ton=Decimal(kilograms).scaleb(-3),
        source=source,
        notes=notes,
        change_number=1,
        entry_source=Source.IMPORT,
        created_at=now,
        updated_at=now,
        created_by=case.alice,
        updated_by=case.mona,
    )


def lines_of(content: bytes) -> list[list[str]]:
    """Return the rows of a CSV file, its headings first."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def enter(case: RecordsTestCase, loads: Sequence[Load]) -> list[list[object]]:
    """Save loads without the operations; return their rows of `LOAD_COLUMNS` in a workbook."""
    with operation_writes():
        ReceivedMaterial.objects.bulk_create(
            [
                make_load(
                    case,
                    source=load.source,
                    notes=load.notes,
                    kilograms=load.kilograms,
                    day=load.day,
                    loads=load.loads,
                )
                for load in loads
            ]
        )
    return [load.cells for load in sorted(loads, key=lambda load: load.day)]
