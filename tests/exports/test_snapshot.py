"""A file has one consistent state of the database and blocks nobody."""

import datetime as dt
import io

from exports.datasets.rows import reading_snapshot
from exports.datasets.selection import FileFormat, Selection
from exports.writers.write import write_file
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from tests.exports.case import CREATION, lines_of
from tests.factories import make_material, make_member, make_site
from tests.inventory.threads import ThreadsTestCase, all_at_once
from tests.records.case import MONDAY


class TestSnapshot(ThreadsTestCase):
    def setUp(self) -> None:
        make_material(code="DEBRIS")
        self.site = make_site()
        self.clerk = make_member(self.site)
        self.enter()

    def enter(self) -> None:
        operations.create(
            module=RECEIVED,
            values={"date": MONDAY, "material": "DEBRIS", "qty_ton": "10"},
            site=self.site,
            by=self.clerk,
            source=Source.PAGE,
            confirmed=True,
        )

    def test_excludes_rows_entered_meanwhile_and_does_not_block_them(self) -> None:
        selection = Selection(
            module="received",
            sites=(self.site,),
            first=MONDAY,
            last=MONDAY + dt.timedelta(days=6),
        )
        file = io.BytesIO()

        written = write_file(
            selection,
            file_format=FileFormat.CSV,
            creation=CREATION,
            to=file,
            progress=lambda _rows, _of: self.enter(),
        )

        assert written == len(lines_of(file.getvalue())) - 1 == 1
        assert ReceivedMaterial.objects.count() == 3

    def test_is_what_a_report_is_calculated_from(self) -> None:
        with reading_snapshot():
            before = ReceivedMaterial.objects.count()
            all_at_once(self.enter)
            counts = (before, ReceivedMaterial.objects.count())

        assert counts == (1, 1)
        assert ReceivedMaterial.objects.count() == 2
