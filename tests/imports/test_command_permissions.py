"""Who may import onto which site, and who may create sites and materials."""

from pathlib import Path

import pytest

from received.models import ReceivedMaterial
from sites.models import Material, Site
from tests.factories import People, make_material, make_site
from tests.imports.commands import assert_ledger_is_right, import_file, loads, refused, reported


class TestPermission:
    def test_a_site_of_others_does_not_exist(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1")

        assert refused(path, people.alice, site="QUARRY-1") == "There is no site “QUARRY-1”."
        assert refused(path, people.alice, site="NOWHERE") == "There is no site “NOWHERE”."

    def test_a_viewer_imports_nothing(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1")

        assert "Requires the operator role" in refused(path, people.victor, "--skip-bad", "--dry-run")

    def test_each_row_is_refused_whose_site_is_of_others(self, folder: Path, people: People) -> None:
        path = loads(
            folder,
            "2026-03-01,ROCK,1,North yard",
            "2026-03-01,ROCK,1,QUARRY-1",
            "2026-03-01,ROCK,1,",
            headings="day,material,tons,place",
        )
        report = folder / "refused.csv"

        import_file(path, people.alice, "--site-column=place", "--skip-bad", f"--report={report}", site="")

        assert ReceivedMaterial.objects.get().site == people.site
        assert reported(report) == [
            ("3", "Site", "place", "QUARRY-1", "There is no site “QUARRY-1”."),
            ("4", "Site", "place", "", "The row has no site."),
        ]

    def test_a_site_that_is_inactive_takes_nothing(self, folder: Path, people: People) -> None:
        Site.objects.filter(pk=people.site.pk).update(is_active=False)

        assert "no longer active" in refused(loads(folder, "2026-03-01,ROCK,1"), people.ada)

    def test_nobody_imports_in_the_name_of_a_stranger(self, folder: Path, people: People) -> None:
        people.alice.is_active = False
        people.alice.save()

        assert "no active user" in refused(loads(folder, "2026-03-01,ROCK,1"), people.alice)

    def test_only_an_admin_creates_what_is_missing(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,Gravel,1")

        assert "Only an admin" in refused(path, people.mona, "--create-missing=materials")


class TestCreateMissing:
    def test_makes_what_rows_to_be_written_name(self, folder: Path, people: People) -> None:
        path = loads(
            folder,
            "2026-03-01,Crushed rock,1,Old town",
            "2026-03-01,crushed  ROCK,2,OLD TOWN",
            "2026-03-01,Nothing,,Nowhere",
            headings="day,material,tons,place",
        )

        import_file(
            path,
            people.ada,
            "--site-column=place",
            "--skip-bad",
            "--create-missing=sites,materials",
            "--new-site=timezone=Asia/Dubai",
            "--new-material=category=fine",
            site="",
        )

        site = Site.objects.get(code="OLD-TOWN")
        assert (site.name, site.timezone) == ("Old town", "Asia/Dubai")
        material = Material.objects.get(name="Crushed rock")
        assert (material.code, material.category) == ("CRUSHED-ROCK", "fine")
        assert ReceivedMaterial.objects.filter(site=site, material=material).count() == 2
        assert not Site.objects.filter(name="Nowhere").exists()
        assert not Material.objects.filter(name="Nothing").exists()
        assert site.history.get().history_user == people.ada
        assert_ledger_is_right()

    def test_numbers_codes_that_collide(self, folder: Path, people: People) -> None:
        make_site(code="OLD-TOWN", name="Something else")
        path = loads(
            folder,
            "2026-03-01,ROCK,1,Old / town",
            "2026-03-01,ROCK,1,Old & town",
            headings="day,material,tons,place",
        )

        import_file(path, people.ada, "--site-column=place", "--create-missing=sites", site="")

        assert dict(Site.objects.filter(name__contains="town").values_list("name", "code")) == {
            "Old / town": "OLD-TOWN-2",
            "Old & town": "OLD-TOWN-3",
        }

    def test_makes_no_second_of_what_is_inactive(self, folder: Path, people: People) -> None:
        make_material(code="G", name="Gravel", is_active=False)
        report = folder / "refused.csv"

        refused(
            loads(folder, "2026-03-01,Gravel,1"),
            people.ada,
            "--create-missing=materials",
            f"--report={report}",
        )

        assert reported(report)[0][4] == "“Gravel” is no longer active."

    def test_makes_no_site_of_a_mistyped_code(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1")

        assert "no site" in refused(path, people.ada, "--create-missing=sites", site="YARD-NROTH")

    def test_makes_nothing_that_would_not_be_one(self, folder: Path, people: People) -> None:
        report = folder / "refused.csv"
        path = loads(folder, f"2026-03-01,{'x' * 101},1")

        refused(path, people.ada, "--create-missing=materials", f"--report={report}")

        assert "cannot be created" in reported(report)[0][4]

    @pytest.mark.parametrize(
        ("option", "output"),
        [
            ("--new-site=timezone=Mars", "timezone:"),
            ("--new-site=code=MINE", "cannot be set"),
            ("--new-material=colour=red", "cannot be set"),
            ("--new-material=category=lava", "category:"),
            ("--create-missing=people", "--create-missing accepts materials, sites"),
            ("--set=notes", "written NAME=VALUE"),
        ],
    )
    def test_options_that_make_no_sense_are_refused(
        self, folder: Path, people: People, option: str, output: str
    ) -> None:
        path = loads(folder, "2026-03-01,ROCK,1")

        assert output in refused(path, people.ada, option)

    def test_a_name_that_several_have_is_refused(self, folder: Path, people: People) -> None:
        make_material(code="A", name="Gravel")
        make_material(code="B", name="gravel")
        report = folder / "refused.csv"

        refused(loads(folder, "2026-03-01,Gravel,1"), people.alice, f"--report={report}")

        assert "the name of several" in reported(report)[0][4]
