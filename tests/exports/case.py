"""A yard with records, and short words for exporting them."""

import csv
import datetime as dt
import io
from collections.abc import Mapping

from exports.files import Written
from exports.selection import FileFormat, Granularity, Selection
from exports.subjects import subject
from exports.writing import write_file
from sites.models import Site
from tests.records.case import MONDAY, RecordsTestCase

SUNDAY = MONDAY + dt.timedelta(days=6)


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
            subject=subject(slug),
            sites=sites or (self.site,),
            first=first,
            last=last,
            granularity=granularity,
            filters=filters or {},
            columns=columns,
        )

    def written(self, selection: Selection, file_format: FileFormat) -> tuple[bytes, Written]:
        """Return a file of the selection and what is said of it."""
        file = io.BytesIO()
        written = write_file(selection, file_format=file_format, to=file)
        return file.getvalue(), written


def lines_of(content: bytes) -> list[list[str]]:
    """Return the rows of a CSV file, its headings first."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
