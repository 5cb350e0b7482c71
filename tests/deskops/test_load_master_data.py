from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from equipment.models import Machine
from manpower.models import ManpowerRole
from sites.models import Material, Operation
from tests.factories import make_machine, make_site

pytestmark = pytest.mark.django_db


def load(*sites: str) -> str:
    out = StringIO()
    call_command("load_master_data", site=list(sites), stdout=out)
    return out.getvalue()


class TestLoadMasterData:
    def test_creates_what_is_shipped_in_the_order_of_the_files(self) -> None:
        output = load()

        assert list(Material.objects.values_list("code", flat=True)[:3]) == ["AGG-G1", "AGG-3/4", "AGG-3/8"]
        assert list(Operation.objects.values_list("code", flat=True)) == [
            "CRU-PRO",
            "CRU-OP",
            "SEG-OP",
            "CRU-DIS",
            "SITE-USE",
            "SITE-DIS",
            "RES-OUT",
        ]
        assert "18 materials created, 0 were there already." in output
        assert "7 operations created, 0 were there already." in output
        assert "4 manpower roles created, 0 were there already." in output
        assert ManpowerRole.objects.get(code="LABORER").name == "Laborer"

    def test_keeps_the_meaning_of_each_row(self) -> None:
        load()

        debris = Material.objects.get(code="RAW-CONCRETE")
        assert (debris.uom, str(debris.tons_per_load), debris.is_final) == ("load", "18.000", False)
        assert debris.notes == "feed for crushing"
        fed = Operation.objects.get(code="CRU-OP")
        assert (fed.name, fed.stock_effect, fed.purpose) == ("Crushing, feed used", "removes", "feed")

    def test_a_second_time_creates_nothing(self) -> None:
        load()

        output = load()

        assert Material.objects.count() == 18
        assert Operation.objects.count() == 7
        assert "0 materials created, 18 were there already." in output

    @pytest.mark.parametrize("is_active", [True, False])
    def test_knows_what_has_another_code_now_by_its_name(self, *, is_active: bool) -> None:
        load()
        gravel = Material.objects.get(code="AGG-3/4")
        gravel.code, gravel.is_active = "AGG-34", is_active
        gravel.save()

        output = load()

        assert not Material.objects.filter(code="AGG-3/4").exists()
        assert "0 materials created, 18 were there already." in output

    def test_leaves_alone_what_an_admin_changed(self) -> None:
        load()
        gravel = Material.objects.get(code="AGG-G1")
        gravel.name, gravel.is_active, gravel.position = "Gravel one", False, 40
        gravel.save()

        load()

        gravel.refresh_from_db()
        assert (gravel.name, gravel.is_active, gravel.position) == ("Gravel one", False, 40)

    def test_creates_again_only_what_is_missing(self) -> None:
        load()
        Material.objects.get(code="RES-CRUSHER").delete()

        output = load()

        assert "1 material created, 17 were there already." in output
        assert Material.objects.get(code="RES-CRUSHER").position == 18


class TestMachines:
    def test_come_to_the_sites_that_are_named(self) -> None:
        make_site(code="YARD-NORTH")
        make_site(code="YARD-EAST")
        make_site(code="QUARRY-1")

        output = load("YARD-NORTH", "YARD-EAST")

        assert "YARD-EAST: 9 machines created, 0 were there already." in output
        assert Machine.objects.filter(site__code="YARD-NORTH").count() == 9
        assert not Machine.objects.filter(site__code="QUARRY-1").exists()
        truck = Machine.objects.get(site__code="YARD-EAST", code="DUMPTRUCK-02")
        assert (truck.name, truck.type, truck.position) == ("Dump truck 10W", "hauling", 8)

    def test_of_a_site_are_left_alone_where_they_are_there(self) -> None:
        site = make_site(code="YARD-NORTH")
        make_machine(site, code="LOADER-01", name="Our loader")
        make_machine(make_site(code="YARD-EAST"), code="CRUSHER-01")

        output = load("YARD-NORTH")

        assert "YARD-NORTH: 8 machines created, 1 were there already." in output
        assert Machine.objects.get(site=site, code="LOADER-01").name == "Our loader"

    def test_of_a_site_that_is_not_there_are_refused_and_nothing_is_loaded(self) -> None:
        with pytest.raises(CommandError, match="There is no site “NOWHERE”"):
            load("NOWHERE")

        assert not Material.objects.exists()
