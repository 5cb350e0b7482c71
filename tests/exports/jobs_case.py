"""Export jobs, users and a temporary storage for the files."""

import datetime as dt
from collections.abc import Mapping
from typing import override

from django.test import TransactionTestCase

from exports import actions
from exports.datasets.selection import ExportRequest, FileFormat, Granularity
from exports.models import ExportJob
from exports.worker import ExportRunner
from received.module import RECEIVED
from records import operations
from records.choices import Source
from sites.models import Material, Site, User
from tests.exports.case import SUNDAY
from tests.factories import make_material, make_people
from tests.files import FilesOfTheTest
from tests.records.case import MONDAY, RecordsTestCase, heartbeat_at_rest

runner = ExportRunner()


def request_for(
    *sites: Site,
    module: str = "received",
    first: dt.date = MONDAY,
    last: dt.date = SUNDAY,
    file_format: FileFormat = FileFormat.CSV,
    granularity: Granularity = Granularity.DAILY,
    filters: Mapping[str, str] | None = None,
    columns: tuple[str, ...] = (),
) -> ExportRequest:
    return ExportRequest(
        module=module,
        sites=sites,
        first=first,
        last=last,
        file_format=file_format,
        granularity=granularity,
        filters=filters or {},
        columns=columns,
    )


class JobsCase(FilesOfTheTest, RecordsTestCase):
    """A site with records, in one transaction."""

    storage = "exports"

    @override
    def setUp(self) -> None:
        self.enterContext(heartbeat_at_rest())
        self.keep_files_apart()

    def request(self, *, by: User | None = None, **wanted: object) -> ExportJob:
        """Request a file of the site's loads of the week."""
        return actions.request_export(request=request_for(self.site, **wanted), by=by or self.alice).job  # type: ignore[arg-type]  # keyword arguments of request_for


class SharedJobsCase(FilesOfTheTest, TransactionTestCase):
    """The same with committed data, for threads and processes."""

    storage = "exports"
    site: Site
    other_site: Site
    alice: User
    oscar: User
    debris: Material

    @override
    def setUp(self) -> None:
        self.keep_files_apart()
        people = make_people()
        self.site, self.other_site = people.site, people.other_site
        self.alice, self.oscar = people.alice, people.oscar
        self.debris = make_material(code="DEBRIS", name="Debris", is_final=False)

    def receive(self, *, site: Site | None = None, by: User | None = None, **changes: object) -> None:
        values = {"date": MONDAY, "material": self.debris.pk, "qty_ton": "10", **changes}
        operations.create(
            module=RECEIVED,
            values=values,
            site=site or self.site,
            by=by or self.alice,
            source=Source.PAGE,
            confirmed=True,
        )

    def request(self, *, by: User | None = None, **wanted: object) -> ExportJob:
        return actions.request_export(request=request_for(self.site, **wanted), by=by or self.alice).job  # type: ignore[arg-type]  # keyword arguments of request_for
