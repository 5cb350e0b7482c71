"""A rule for new input does not judge what is stored: at each entrance, a value is judged when it changes."""

import datetime as dt
from decimal import Decimal
from http import HTTPStatus

import pytest

from api.auth import make_token
from exports.datasets.selection import FileFormat
from inventory.models import StockCount
from received.models import ReceivedMaterial
from records import operations, registry
from records.choices import Source
from records.errors import InputRefused
from sites.models import Site
from tests.api.case import Caller
from tests.factories import make_member
from tests.imports.test_exports_and_templates import OwnFilesCase
from tests.records.case import RecordsTestCase

ONE_DAY = dt.timedelta(days=1)


def move_to_honolulu(site: Site) -> None:
    """Put a site's today a day back: between these two zones are 24 hours."""
    site.timezone = "Pacific/Honolulu"
    site.save()


class AheadCase(RecordsTestCase):
    """A record of a day that has not begun at its site any more."""

    def setUp(self) -> None:
        self.site.timezone = "Pacific/Kiritimati"
        self.site.save()
        self.today = self.site.today()
        self.record = self.receive(date=self.today).record
        move_to_honolulu(self.site)
        assert self.today > self.site.today()
        self.client.force_login(self.alice)

    def notes(self) -> str:
        return ReceivedMaterial.objects.get(pk=self.record.pk).notes


class TestDayThatIsAhead(AheadCase):
    def test_can_be_corrected_by_every_operation(self) -> None:
        self.correct(self.record, {"notes": "checked", "date": self.today.isoformat()})

        assert self.notes() == "checked"

    def test_takes_no_new_record_and_no_other_date_in_the_future(self) -> None:
        with pytest.raises(InputRefused, match="cannot be saved yet"):
            self.receive(date=self.today)
        with pytest.raises(InputRefused, match="cannot be saved yet"):
            self.correct(self.record, {"date": (self.today + ONE_DAY).isoformat()})

    def test_is_judged_at_a_site_to_which_the_record_moves(self) -> None:
        make_member(self.other_site, user=self.alice)
        move_to_honolulu(self.other_site)

        with pytest.raises(InputRefused, match="cannot be saved yet"):
            self.correct(self.record, {}, site=self.other_site)

    def test_can_be_corrected_on_the_page(self) -> None:
        values = {**registry.module("received").form.values_of(self.record), "notes": "checked"}

        answer = self.client.post(f"/received/{self.record.pk}/edit/", {**values, "version": "1"})

        assert answer.status_code == HTTPStatus.FOUND, answer.content.decode()
        assert self.notes() == "checked"

    def test_can_be_corrected_on_the_day_sheet(self) -> None:
        address = f"/day/{self.site.code}/{self.today}/"
        page = self.client.get(address).content.decode()

        answer = self.client.post(
            f"{address}received/{self.record.pk}/", {"notes": "checked", "version": "1"}
        )

        assert f'action="{address}received/{self.record.pk}/"' in page
        assert answer.status_code == HTTPStatus.FOUND, answer.content.decode()
        assert self.notes() == "checked"

    def test_can_be_corrected_through_the_api(self) -> None:
        program = Caller(make_token(owner=self.alice, name="Test")[1])

        answer = program.patch(
            f"/api/received/{self.record.pk}", {"notes": "checked", "date": self.today.isoformat()}
        )

        assert answer.status_code == HTTPStatus.OK, answer.content
        assert self.notes() == "checked"


class TestExportOfWhatIsStored(OwnFilesCase):
    def test_is_known_when_its_material_and_machine_are_inactive(self) -> None:
        self.enter("equipment")
        self.enter("received")
        for row in (self.machine, self.debris):
            row.is_active = False
            row.save()

        for slug in ("equipment", "received"):
            upload = self.upload(self.exported(slug, FileFormat.CSV), module=slug)

            assert (upload.rows_known, upload.rows_rejected) == (1, 0), slug


class TestEstimate(RecordsTestCase):
    def test_of_a_material_that_is_weighed_now_keeps_its_factor(self) -> None:
        record = self.receive(qty_ton="", loads="3").record
        self.debris.tons_per_load = None
        self.debris.save()

        changed = self.correct(record, {"loads": "4"}).record

        assert (changed.qty_ton, changed.tons_per_load) == (Decimal(72), Decimal(18))


class TestCountWithoutAReason(RecordsTestCase):
    def test_that_is_saved_as_it_was_is_not_judged_again(self) -> None:
        counts = registry.module("inventory")
        values = {"date": "2026-03-02", "material": self.debris.pk, "counted_ton": "4"}
        count = operations.create(
            module=counts, values=values, site=self.site, by=self.alice, source=Source.API, confirmed=True
        ).record

        operations.update(module=counts, record_id=count.pk, values=values, by=self.alice, source=Source.PAGE)
        with pytest.raises(InputRefused):
            operations.update(
                module=counts,
                record_id=count.pk,
                values={"counted_ton": "5"},
                by=self.alice,
                source=Source.PAGE,
            )

        assert StockCount.objects.get().version == 1
