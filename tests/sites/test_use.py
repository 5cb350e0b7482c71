"""What has been used stays: asked of real records, not of stand-ins."""

from django.urls import reverse

from sites.models import Site
from tests.factories import make_material, make_operation, make_site
from tests.records.case import RecordsTestCase


class TestUsed(RecordsTestCase):
    def test_a_material_an_operation_and_a_site_are_used_by_a_record(self) -> None:
        run = self.produce().record

        assert run.material.is_used()
        assert run.operation.is_used()
        assert self.site.has_records()

    def test_what_no_record_names_is_not_used(self) -> None:
        assert not make_material().is_used()
        assert not make_operation().is_used()
        assert not make_site().has_records()

    def test_members_alone_do_not_keep_a_site(self) -> None:
        assert self.site.memberships.exists()
        assert not self.site.has_records()

    def test_a_site_with_records_stays_in_the_administration(self) -> None:
        self.produce()
        self.client.force_login(self.ada)

        answer = self.client.post(
            reverse("admin:sites_site_delete", args=[self.site.pk]), {"post": "yes"}, follow=True
        )

        assert "has records, so it stays." in answer.content.decode()
        assert Site.objects.filter(pk=self.site.pk).exists()
