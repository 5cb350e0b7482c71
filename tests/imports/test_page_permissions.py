"""Who may upload a file, see it and change it."""

from imports.models import Upload, UploadStatus
from received.models import ReceivedMaterial
from sites.models import Membership, Role
from tests.factories import make_member
from tests.imports.pages_case import PagesCase, csv_of
from tests.imports.test_pages import GOOD, HEADINGS
from tests.records.case import MONDAY

ACTS = ("corrections", "corrections/discard", "check", "write", "stop", "remove")


class TestUploading(PagesCase):
    def test_takes_the_role_of_operator(self) -> None:
        assert self.as_(self.victor).get("/imports/new/").status_code == 403
        assert self.as_(self.victor).get("/imports/").status_code == 200
        assert self.as_(self.mona).get("/imports/new/").status_code == 200

    def test_is_in_the_menu_and_on_every_list_of_those_who_may(self) -> None:
        for page in ("/dashboard/", "/received/?site=YARD-NORTH"):
            assert "/imports/" in self.client.get(page).content.decode()
            assert "/imports/" not in self.as_(self.victor).get(page).content.decode()

    def test_onto_another_site_is_refused_without_naming_it(self) -> None:
        content = csv_of(("site", *HEADINGS), ("QUARRY-1", MONDAY, "DEBRIS", "1"))

        upload = self.upload(content)

        assert (upload.rows_to_write, upload.rows_rejected) == (0, 1)
        assert "There is no site “QUARRY-1”." in self.page(upload)

    def test_onto_a_site_that_one_may_only_read_is_refused(self) -> None:
        Membership.objects.create(user=self.alice, site=self.other_site, role=Role.VIEWER)
        content = csv_of(("site", *HEADINGS), ("QUARRY-1", MONDAY, "DEBRIS", "1"))

        upload = self.upload(content)

        assert upload.status == UploadStatus.NEW
        assert "Requires the operator role." in upload.error


class TestAnothers(PagesCase):
    def test_file_that_was_not_imported_is_not_there(self) -> None:
        upload = self.upload(GOOD)

        for person in (self.mona, self.victor, self.oscar, self.ada):
            client = self.as_(person)
            assert client.get(f"/imports/{upload.pk}/").status_code == 404
            assert client.get(f"/imports/{upload.pk}/columns/").status_code == 404
            for act in ACTS:
                assert client.post(f"/imports/{upload.pk}/{act}/").status_code == 404

    def test_import_is_seen_by_those_who_see_its_sites(self) -> None:
        upload = self.import_it(self.upload(GOOD))

        for person in (self.mona, self.victor, self.ada):
            assert "2 records imported" in self.page(upload, client=self.as_(person))
            assert "loads.csv" in self.as_(person).get("/imports/").content.decode()
        assert self.as_(self.oscar).get(f"/imports/{upload.pk}/").status_code == 404
        assert "loads.csv" not in self.as_(self.oscar).get("/imports/").content.decode()

    def test_import_is_taken_back_by_who_made_it_and_by_admins_alone(self) -> None:
        upload = self.import_it(self.upload(GOOD))
        for person in (self.mona, self.victor):
            self.post(upload, "undo", client=self.as_(person))
            assert upload.status == UploadStatus.DONE

        upload = self.post(upload, "undo", client=self.as_(self.ada))

        assert upload.status == UploadStatus.UNDONE
        assert not ReceivedMaterial.objects.exists()

    def test_import_is_changed_by_nobody_else(self) -> None:
        upload = self.import_it(self.upload(GOOD))

        for act in ACTS:
            assert self.as_(self.mona).post(f"/imports/{upload.pk}/{act}/").status_code == 403

    def test_import_of_a_site_that_is_no_longer_theirs_is_gone(self) -> None:
        upload = self.import_it(self.upload(GOOD))
        Membership.objects.filter(user=self.alice).delete()

        assert self.client.get(f"/imports/{upload.pk}/").status_code == 404


class TestRightsWhenTheJobRuns(PagesCase):
    def test_are_requested_again(self) -> None:
        upload = self.upload(GOOD)
        self.client.post(f"/imports/{upload.pk}/write/", {"digest": upload.digest})
        Membership.objects.filter(user=self.alice).update(role=Role.VIEWER)

        upload = self.done(upload)

        assert upload.status == UploadStatus.FAILED
        assert "does not allow this" in upload.error
        assert not ReceivedMaterial.objects.exists()

    def test_of_somebody_who_left_count_no_more(self) -> None:
        upload = self.upload(GOOD)
        self.client.post(f"/imports/{upload.pk}/write/", {"digest": upload.digest})
        self.alice.is_active = False
        self.alice.save()

        upload = self.done(upload)

        assert upload.status == UploadStatus.FAILED
        assert not ReceivedMaterial.objects.exists()


class TestCost(PagesCase):
    def test_of_the_list_is_the_same_for_one_import_and_for_many(self) -> None:
        self.import_it(self.upload(GOOD))
        self.client.get("/imports/")
        # Session, person, files, their sites, the sites of the menu, those to import onto, the badge.
        with self.assertNumQueries(7):
            self.client.get("/imports/")
        for person in (self.alice, make_member(self.site)):
            client = self.as_(person)
            for day in range(3, 8):
                content = csv_of(HEADINGS, (f"2026-03-0{day}", "DEBRIS", person.pk))
                self.import_it(self.upload(content, client=client), client=client)
        assert Upload.objects.count() == 11

        with self.assertNumQueries(7):
            self.client.get("/imports/")

    def test_of_a_page_does_not_grow_with_its_problems(self) -> None:
        few = self.upload(csv_of(HEADINGS, (MONDAY, "NOPE", "1")))
        many = self.upload(csv_of(HEADINGS, *((MONDAY, f"NOPE-{n}", "1") for n in range(100))))
        self.page(few)
        # Three of them look whether the check still holds: sites, materials and weighbridges.
        with self.assertNumQueries(13) as of_few:
            self.page(few)

        with self.assertNumQueries(len(of_few.captured_queries)):
            page = self.page(many)

        assert "Page 1 of 3" in page
