"""A file that waits to be imported is checked again when what its check rests on has changed."""

from imports.models import Upload, UploadStatus
from received.models import ReceivedMaterial
from sites.models import Membership, Role
from tests.factories import make_material
from tests.imports.pages_case import PagesCase
from tests.records.case import MONDAY


class OutdatedCase(PagesCase):
    def checked(self) -> Upload:
        upload = self.upload(f"date,material,tons\n{MONDAY},DEBRIS,4\n".encode())
        assert (upload.status, upload.rows_to_write) == (UploadStatus.CHECKED, 1)
        return upload

    def open(self, upload: Upload) -> Upload:
        """Open the page of a file, and run the worker where that began something."""
        self.client.get(f"/imports/{upload.pk}/")
        upload.refresh_from_db()
        return self.done(upload) if upload.is_active else upload


class TestOutdatedCheck(OutdatedCase):
    def test_says_that_the_time_zone_of_the_site_changed(self) -> None:
        upload = self.checked()
        self.site.timezone = "Pacific/Honolulu"
        self.site.save()

        upload = self.open(upload)

        assert upload.status == UploadStatus.CHECKED
        assert "time zone was “UTC” and is “Pacific/Honolulu” now." in self.page(upload)

    def test_rejects_a_material_that_is_inactive_now(self) -> None:
        upload = self.checked()
        self.debris.is_active = False
        self.debris.save()

        upload = self.open(upload)

        assert (upload.rows_to_write, upload.rows_rejected) == (0, 1)
        assert "Debris: active was “yes” and is “no” now." in upload.error

    def test_says_that_a_material_is_new(self) -> None:
        upload = self.checked()
        make_material(name="Gravel")

        assert "Gravel is new." in self.open(upload).error

    def test_is_given_up_where_the_role_is_too_low_now(self) -> None:
        upload = self.checked()
        Membership.objects.filter(user=self.alice, site=self.site).update(role=Role.VIEWER)

        upload = self.open(upload)

        assert upload.status == UploadStatus.NEW
        assert "does not allow this" in upload.error

    def test_is_checked_again_in_place_of_an_import(self) -> None:
        upload = self.checked()
        self.site.timezone = "Pacific/Honolulu"
        self.site.save()

        upload = self.import_it(upload)

        assert upload.status == UploadStatus.CHECKED
        assert "Checked again" in upload.error
        assert not ReceivedMaterial.objects.exists()

        upload = self.import_it(upload)

        assert upload.status == UploadStatus.DONE
        assert ReceivedMaterial.objects.exists()

    def test_is_not_repeated_where_nothing_changed(self) -> None:
        upload = self.checked()

        self.client.get(f"/imports/{upload.pk}/")

        upload.refresh_from_db()
        assert (upload.status, upload.error) == (UploadStatus.CHECKED, "")
