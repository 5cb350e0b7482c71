"""Pages by key: every record once, newest first, whichever way and over however many sites."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from received.models import ReceivedMaterial
from received.module import RECEIVED
from records.choices import Source
from records.models import Batch
from records.operations.bulk import create_many
from records.pages.table import RecordsPage, page_of
from sites.models import Site
from tests.factories import make_site
from tests.records.case import MONDAY, RecordsTestCase

SIZE = 4


class TestPages(RecordsTestCase):
    sites: list[Site]

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.sites = [cls.site, cls.other_site, make_site(), make_site(code="EMPTY")]
        batch = Batch.objects.create(module="received", source=Source.IMPORT, created_by=cls.ada)
        # A busy site, one with little, one whose days lie apart.
        placed = [
            *((0, number // 4) for number in range(20)),
            *((1, number) for number in range(3)),
            *((2, number * 5) for number in range(8)),
        ]
        records = [
            ReceivedMaterial(
                site=cls.sites[site],
                date=MONDAY + dt.timedelta(days=day),
                material=cls.debris,
                qty_ton=Decimal(1),
            )
            for site, day in sorted(placed, key=lambda place: (place[1] % 7, place))
        ]
        create_many(module=RECEIVED, records=records, batch=batch, by=cls.ada, source=Source.IMPORT)

    def page(self, *, sites: list[Site], after: str = "", before: str = "") -> RecordsPage[ReceivedMaterial]:
        records = ReceivedMaterial.objects.filter(site__in=sites)
        return page_of(records, sites=sites, after=after, before=before, size=SIZE)

    def test_walked_to_the_end_and_back_show_every_record_once(self) -> None:
        for sites in (self.sites[:1], self.sites[2:3], self.sites[:2], self.sites, self.sites[3:]):
            in_order = list(ReceivedMaterial.objects.filter(site__in=sites).newest_first())

            pages = [self.page(sites=sites)]
            while pages[-1].older:
                pages.append(self.page(sites=sites, after=pages[-1].older))
            back = [pages[-1]]
            while back[-1].newer:
                back.append(self.page(sites=sites, before=back[-1].newer))

            assert [record for page in pages for record in page.records] == in_order
            assert [record for page in reversed(back) for record in page.records] == in_order
            assert all(len(page.records) == SIZE for page in pages[:-1])

    def test_are_read_with_one_statement(self) -> None:
        with CaptureQueriesContext(connection) as response:
            self.page(sites=self.sites)

        assert len(response) == 1

    def test_of_a_key_that_is_not_ours_are_not_found(self) -> None:
        for key in ("nonsense", "2026-03-02", "2026-13-45.1", "2026-03-02.x"):
            with pytest.raises(Http404):
                self.page(sites=self.sites, after=key)
