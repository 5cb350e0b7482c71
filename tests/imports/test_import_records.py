"""`manage.py import_records` and `undo_import`: what they take, refuse, keep and take back."""

import csv
import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from openpyxl import Workbook

from imports import writing
from inventory.rebuild import verify
from production.models import Production
from received.models import ReceivedMaterial
from records.batches import create_many
from records.choices import BatchStatus, Source
from records.days import submit_day
from records.models import Batch
from sites.models import Material, Role, Site, StockEffect, User
from tests.factories import People, make_material, make_member, make_operation, make_people, make_site

MARCH_1 = dt.date(2026, 3, 1)


@pytest.fixture
def people(db: None) -> People:
    return make_people()


@pytest.fixture
def rock(people: People) -> Material:
    return make_material(code="ROCK", name="Rock")


@pytest.fixture
def folder(tmp_path: Path, rock: Material) -> Path:
    return tmp_path


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "PART", 2)


def loads(folder: Path, *lines: str, headings: str = "day,material,tons", name: str = "loads.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([headings, *lines, ""]), encoding="utf-8")
    return path


def bring_in(path: Path, by: User, *options: str, module: str = "received", site: str = "YARD-NORTH") -> str:
    said = io.StringIO()
    where = [f"--site={site}"] if site else []
    call_command("import_records", module, str(path), f"--by={by.email}", *where, *options, stdout=said)
    return said.getvalue()


def refused(path: Path, by: User, *options: str, module: str = "received", site: str = "YARD-NORTH") -> str:
    with pytest.raises(CommandError) as told:
        bring_in(path, by, *options, module=module, site=site)
    return str(told.value)


def reported(path: Path) -> list[tuple[str, ...]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [tuple(line) for line in csv.reader(file)][1:]


def undo(batch: Batch, by: User) -> None:
    call_command("undo_import", str(batch.pk), f"--by={by.email}", stdout=io.StringIO())


def tons_recorded() -> list[str]:
    return [str(record.qty_ton) for record in ReceivedMaterial.objects.order_by("date", "id")]


def assert_ledger_is_right() -> None:
    assert list(verify(list(Site.objects.all()))) == []


class TestColumns:
    def test_are_known_by_name_label_and_alias(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1.5,B-1", headings="Day,MATERIAL,Weight,vehicle_ref")

        said = bring_in(path, people.alice)

        record = ReceivedMaterial.objects.get()
        assert (record.date, record.qty_ton, record.vehicle_ref) == (MARCH_1, Decimal("1.500"), "B-1")
        assert "qty_ton: [Weight]" in said

    def test_that_could_be_two_are_asked_about(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1,2", headings="day,material,tons,weight")

        assert "tons, weight could each be “Tons”" in refused(path, people.alice)

    def test_that_are_required_are_missed(self, folder: Path, people: People) -> None:
        path = loads(folder, "ROCK,1", headings="material,tons")

        assert "Nothing says date" in refused(path, people.alice)

    def test_of_another_module_are_refused(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1")

        assert "has no column “shift”" in refused(path, people.alice, "--column=shift=tons")

    def test_that_are_there_twice_are_refused_when_used(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1,2", headings="day,material,net,net")

        assert "more than once" in refused(path, people.alice, "--column=qty_ton=net")

    def test_can_be_left_out_and_set(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,1,scribble", headings="day,tons,notes")

        bring_in(path, people.alice, "--column=notes=", "--set=material=rock", "--set=source=Old town")

        record = ReceivedMaterial.objects.get()
        assert (record.notes, record.source, record.material.code) == ("", "Old town", "ROCK")

    def test_a_constant_that_cannot_be_read_refuses_the_whole(self, folder: Path, people: People) -> None:
        path = loads(folder, "ROCK,1", headings="material,tons")

        assert "date: “soon” is not a date" in refused(path, people.alice, "--set=date=soon", "--skip-bad")

    def test_arithmetic_is_rounded_once_half_up(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1000.5,0.0001", headings="day,material,gross kg,tare")

        bring_in(path, people.alice, "--column=qty_ton=([gross kg] - tare * 0) / 1000")

        assert tons_recorded() == ["1.001"]

    def test_values_are_read_as_others(self, folder: Path, people: People) -> None:
        changes = loads(folder, "material,Steine,ROCK", headings="column,from,to", name="values.csv")
        path = loads(folder, "2026-03-01,Steine,1", "2026-03-02,Rock,2")

        bring_in(path, people.alice, f"--values={changes}")

        assert tons_recorded() == ["1.000", "2.000"]

    def test_a_value_map_without_its_headings_is_refused(self, folder: Path, people: People) -> None:
        changes = loads(folder, "a,b,c", headings="one,two,three", name="values.csv")

        assert "column,from,to" in refused(loads(folder), people.alice, f"--values={changes}")

    def test_only_rows_that_meet_every_condition_are_taken(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1", "2026-03-02,ROCK,2", "2026-03-03,wrong,3")

        said = bring_in(path, people.alice, "--where=material=ROCK", "--where=day>=2026-03-02")

        assert tons_recorded() == ["2.000"]
        assert "2 left out" in said


class TestRows:
    def test_of_a_workbook_come_in_too(self, folder: Path, people: People) -> None:
        book = Workbook()
        book.worksheets[0].append(["day", "material", "tons", "loads"])
        book.worksheets[0].append([MARCH_1, "Rock", 0.1 * 3, None])
        path = folder / "loads.xlsx"
        book.save(path)

        bring_in(path, people.alice)

        assert tons_recorded() == ["0.300"]

    def test_that_are_equal_are_all_kept(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1", "2026-03-01,ROCK,1", "2026-03-01,ROCK,1")

        bring_in(path, people.alice)

        assert tons_recorded() == ["1.000"] * 3
        assert len(set(ReceivedMaterial.objects.values_list("import_key", flat=True))) == 3

    def test_known_from_another_file_are_not_added_again(self, folder: Path, people: People) -> None:
        bring_in(loads(folder, "2026-03-01,ROCK,1", "2026-03-01,ROCK,1"), people.alice)
        longer = loads(folder, "2026-03-02,ROCK,2", *["2026-03-01,ROCK,1"] * 3, name="longer.csv")

        said = bring_in(longer, people.alice)

        assert tons_recorded() == ["1.000"] * 3 + ["2.000"]
        assert "2 imported before" in said

    def test_of_two_sites_with_the_same_cells_are_two(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1")
        bring_in(path, people.ada)

        bring_in(path, people.ada, site="QUARRY-1")

        assert ReceivedMaterial.objects.count() == 2

    def test_with_too_few_cells_are_refused(self, folder: Path, people: People) -> None:
        report = folder / "refused.csv"
        path = loads(folder, "2026-03-01,ROCK", "2026-03-01,ROCK,1,2")

        refused(path, people.alice, f"--report={report}")

        assert [line[4] for line in reported(report)] == [
            "The line has 2 cells, the headings are 3.",
            "The line has 4 cells, the headings are 3.",
        ]

    def test_never_name_master_data_by_its_id(self, folder: Path, people: People, rock: Material) -> None:
        path = loads(folder, f"2026-03-01,{rock.pk},1")

        assert "lines are refused" in refused(path, people.alice)

    def test_give_each_wrong_cell_with_its_reason(self, folder: Path, people: People) -> None:
        report = folder / "refused.csv"
        path = loads(folder, "1/3/2026,Gravel,=2+3", "2026-03-01,ROCK,0.0004")

        refused(path, people.alice, f"--report={report}")

        assert reported(report) == [
            (
                "2",
                "date",
                "day",
                "1/3/2026",
                "“1/3/2026” could be more than one date. Say with --date-format: dmy, mdy or ymd.",
            ),
            ("2", "material", "material", "Gravel", "There is no material “Gravel”."),
            ("2", "qty_ton", "tons", "'=2+3", "“=2+3” is not a number."),
            ("3", "qty_ton", "tons", "0.0004", "Tons must be more than 0 and at most 999,999.999."),
        ]

    def test_name_a_choice_in_words(self, folder: Path, people: People) -> None:
        make_operation(code="MAKE")
        path = loads(
            folder,
            "2026-03-01,Morning,ROCK,make,1",
            "2026-03-01,,ROCK,make,2",
            headings="date,shift,material,operation,tons",
        )

        bring_in(path, people.alice, module="production")

        shifts = dict(Production.objects.values_list("qty_ton", "shift"))
        assert shifts == {Decimal(1): "morning", Decimal(2): ""}


class TestAllOrNothing:
    def test_one_bad_line_keeps_every_line_out(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1", "2026-03-01,ROCK,none")

        said = refused(path, people.alice)

        assert "Nothing was written" in said
        assert not ReceivedMaterial.objects.exists()
        assert not Batch.objects.exists()

    def test_bad_lines_are_skipped_when_asked_for(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1", "2026-03-01,ROCK,none")

        bring_in(path, people.alice, "--skip-bad")

        assert tons_recorded() == ["1.000"]
        batch = Batch.objects.get()
        assert (batch.rows_read, batch.rows_written, batch.rows_refused) == (2, 1, 1)

    def test_a_dry_run_writes_nothing(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1", "2026-03-01,Gravel,2")

        said = bring_in(path, people.ada, "--dry-run", "--create-missing=materials")

        assert "2 to write" in said
        assert "material GRAVEL" in said
        assert not ReceivedMaterial.objects.exists()
        assert not Material.objects.filter(code="GRAVEL").exists()

    def test_a_closed_day_is_refused_before_anything_is_written(self, folder: Path, people: People) -> None:
        report = folder / "refused.csv"
        submit_day(site=people.site, date=MARCH_1, by=people.alice)
        path = loads(folder, "2026-03-02,ROCK,1", "2026-03-01,ROCK,2")

        refused(path, people.alice, f"--report={report}")

        assert not ReceivedMaterial.objects.exists()
        assert reported(report) == [
            ("3", "date", "day", "2026-03-01", "This day is closed. A manager can reopen it.")
        ]

    def test_a_record_there_already_is_refused_as_one_of_the_file_is(
        self, folder: Path, people: People
    ) -> None:
        make_operation(code="MAKE")
        headings = "date,material,operation,tons"
        bring_in(
            loads(folder, "2026-03-01,ROCK,MAKE,1", headings=headings), people.alice, module="production"
        )
        path = loads(
            folder,
            "2026-03-01,ROCK,MAKE,2",
            "2026-03-02,ROCK,MAKE,3",
            "2026-03-02,ROCK,MAKE,4",
            headings=headings,
            name="more.csv",
        )
        report = folder / "refused.csv"

        bring_in(path, people.alice, "--skip-bad", f"--report={report}", module="production")

        assert [(line[0], line[4]) for line in reported(report)] == [
            ("2", "There is a record like this already: edit that one."),
            ("4", "Line 3 is a record like this already."),
        ]
        assert Production.objects.count() == 2


@pytest.mark.usefixtures("small_parts")
class TestFailure:
    LINES = ("2026-03-01,ROCK,1", "2026-03-02,ROCK,2", "2026-03-03,Gravel,3")

    def fail_in_second_part(self, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
        parts = iter([create_many])

        def failing(**options: object) -> object:
            write = next(parts, None)
            if write is None:
                raise error
            return write(**options)  # type: ignore[arg-type]  # passed on as they came

        monkeypatch.setattr(writing, "create_many", failing)

    @pytest.mark.parametrize("error", [OSError("the disk is full"), KeyboardInterrupt()])
    def test_takes_everything_back(
        self, folder: Path, people: People, monkeypatch: pytest.MonkeyPatch, error: BaseException
    ) -> None:
        self.fail_in_second_part(monkeypatch, error)

        with pytest.raises((OSError, CommandError)):
            bring_in(loads(folder, *self.LINES), people.ada, "--create-missing=materials")

        batch = Batch.objects.get()
        assert (batch.status, batch.undone_by) == (BatchStatus.FAILED, people.ada)
        assert not ReceivedMaterial.objects.exists()
        assert not Material.objects.filter(code="GRAVEL").exists()
        assert_ledger_is_right()

    def test_leaves_pages_that_can_be_read(
        self, folder: Path, people: People, monkeypatch: pytest.MonkeyPatch, client: Client
    ) -> None:
        self.fail_in_second_part(monkeypatch, OSError("the disk is full"))
        with pytest.raises(OSError, match="the disk is full"):
            bring_in(
                loads(folder, "2026-03-01,Gravel,1", *self.LINES), people.ada, "--create-missing=materials"
            )
        gone = ReceivedMaterial.history.order_by("date", "history_id").last()
        client.force_login(people.ada)

        dates = "site=YARD-NORTH&from=2026-03-01&to=2026-03-31"
        deleted = client.get(f"/received/?{dates}&deleted=1")
        history = client.get(f"/received/{gone.id}/history/")

        assert (deleted.status_code, history.status_code) == (200, 200)
        assert "Gravel" in deleted.content.decode()

    def test_is_made_good_by_running_again(
        self, folder: Path, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = loads(folder, *self.LINES)
        with monkeypatch.context() as patched:
            self.fail_in_second_part(patched, KeyboardInterrupt())
            with pytest.raises(CommandError, match="Stopped"):
                bring_in(path, people.ada, "--create-missing=materials")

        bring_in(path, people.ada, "--create-missing=materials")

        assert tons_recorded() == ["1.000", "2.000", "3.000"]

    def test_that_nobody_could_take_back_is_completed_by_running_again(
        self, folder: Path, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = loads(folder, "2026-03-01,ROCK,1", "2026-03-02,ROCK,2", "2026-03-03,ROCK,3")
        with monkeypatch.context() as patched:
            # As after kill -9: one part is there, and nobody was left to take it back.
            self.fail_in_second_part(patched, KeyboardInterrupt())
            patched.setattr(writing, "take_back", lambda *_args, **_options: 0)
            with pytest.raises(CommandError):
                bring_in(path, people.alice)
        interrupted = Batch.objects.get()
        assert (interrupted.status, ReceivedMaterial.objects.count()) == (BatchStatus.RUNNING, 2)

        said = bring_in(path, people.alice)

        assert f"Batch {interrupted.pk} of the same file was interrupted" in said
        assert tons_recorded() == ["1.000", "2.000", "3.000"]
        undo(interrupted, people.alice)
        assert tons_recorded() == ["3.000"]
        assert_ledger_is_right()

    def test_a_batch_taken_back_while_it_runs_stops(
        self, folder: Path, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def impatient(**options: object) -> object:
            part: object = create_many(**options)  # type: ignore[arg-type]  # passed on as they came
            Batch.objects.update(status=BatchStatus.FAILED)
            return part

        monkeypatch.setattr(writing, "create_many", impatient)

        said = refused(loads(folder, *self.LINES), people.ada, "--create-missing=materials")

        assert "taken back while it ran" in said
        assert not ReceivedMaterial.objects.exists()

    def test_a_day_closed_meanwhile_takes_everything_back(
        self, folder: Path, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def quick(**options: object) -> object:
            monkeypatch.setattr(writing, "create_many", create_many)
            part: object = create_many(**options)  # type: ignore[arg-type]  # passed on as they came
            submit_day(site=people.site, date=dt.date(2026, 3, 3), by=people.alice)
            return part

        monkeypatch.setattr(writing, "create_many", quick)

        said = refused(loads(folder, *self.LINES), people.ada, "--create-missing=materials")

        assert "Line 4: This day is closed" in said
        assert not ReceivedMaterial.objects.exists()


class TestNegativeStock:
    @pytest.fixture
    def strict(self, people: People, rock: Material) -> Site:
        make_operation(code="FEED", stock_effect=StockEffect.REMOVES)
        site = make_site(code="STRICT", refuses_negative_stock=True)
        make_member(site, user=people.alice)
        return site

    HEADINGS = "date,shift,material,operation,tons"
    LINES = (
        "2026-03-01,Morning,ROCK,FEED,5",
        "2026-03-01,Night,ROCK,FEED,50",
        "2026-03-02,Night,ROCK,FEED,4",
    )

    def test_refuses_the_whole_where_the_site_does(self, folder: Path, people: People, strict: Site) -> None:
        path = loads(folder, *self.LINES, headings=self.HEADINGS)

        said = refused(path, people.alice, module="production", site="STRICT")

        assert "This site refuses stock below zero. Nothing of the file was kept." in said
        assert not Production.objects.exists()

    def test_refuses_only_the_lines_that_make_it(self, folder: Path, people: People, strict: Site) -> None:
        bring_in(loads(folder, "2026-02-01,ROCK,10", name="in.csv"), people.alice, site="STRICT")
        path = loads(folder, *self.LINES, headings=self.HEADINGS)
        report = folder / "refused.csv"

        bring_in(path, people.alice, "--skip-bad", f"--report={report}", module="production", site="STRICT")

        assert [line[0] for line in reported(report)] == ["3"]
        assert Production.objects.count() == 2
        assert_ledger_is_right()


class TestPermission:
    def test_a_site_of_others_does_not_exist(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1")

        assert refused(path, people.alice, site="QUARRY-1") == "There is no site “QUARRY-1”."
        assert refused(path, people.alice, site="NOWHERE") == "There is no site “NOWHERE”."

    def test_a_viewer_imports_nothing(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1")

        assert "It takes the role of operator" in refused(path, people.victor, "--skip-bad", "--dry-run")

    def test_each_row_is_refused_whose_site_is_of_others(self, folder: Path, people: People) -> None:
        path = loads(
            folder,
            "2026-03-01,ROCK,1,North yard",
            "2026-03-01,ROCK,1,QUARRY-1",
            "2026-03-01,ROCK,1,",
            headings="day,material,tons,place",
        )
        report = folder / "refused.csv"

        bring_in(path, people.alice, "--site-column=place", "--skip-bad", f"--report={report}", site="")

        assert ReceivedMaterial.objects.get().site == people.site
        assert reported(report) == [
            ("3", "site", "place", "QUARRY-1", "There is no site “QUARRY-1”."),
            ("4", "site", "place", "", "The row names no site."),
        ]

    def test_a_site_that_is_inactive_takes_nothing(self, folder: Path, people: People) -> None:
        Site.objects.filter(pk=people.site.pk).update(is_active=False)

        assert "no longer active" in refused(loads(folder, "2026-03-01,ROCK,1"), people.ada)

    def test_nobody_imports_in_the_name_of_a_stranger(self, folder: Path, people: People) -> None:
        people.alice.is_active = False
        people.alice.save()

        assert "may sign in" in refused(loads(folder, "2026-03-01,ROCK,1"), people.alice)

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

        bring_in(
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

        bring_in(path, people.ada, "--site-column=place", "--create-missing=sites", site="")

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
        ("option", "said"),
        [
            ("--new-site=timezone=Mars", "timezone:"),
            ("--new-site=code=MINE", "cannot be set"),
            ("--new-material=colour=red", "cannot be set"),
            ("--new-material=category=lava", "category:"),
            ("--create-missing=people", "--create-missing takes materials, sites"),
            ("--set=notes", "written NAME=VALUE"),
        ],
    )
    def test_options_that_make_no_sense_are_refused(
        self, folder: Path, people: People, option: str, said: str
    ) -> None:
        path = loads(folder, "2026-03-01,ROCK,1")

        assert said in refused(path, people.ada, option)

    def test_a_name_that_several_have_is_refused(self, folder: Path, people: People) -> None:
        make_material(code="A", name="Gravel")
        make_material(code="B", name="gravel")
        report = folder / "refused.csv"

        refused(loads(folder, "2026-03-01,Gravel,1"), people.alice, f"--report={report}")

        assert "the name of several" in reported(report)[0][4]


class TestUndo:
    def test_is_for_who_made_the_batch_and_for_admins(self, folder: Path, people: People) -> None:
        bring_in(loads(folder, "2026-03-01,ROCK,1"), people.alice)
        batch = Batch.objects.get()

        with pytest.raises(CommandError, match="Only who made a batch"):
            undo(batch, people.mona)
        undo(batch, people.ada)

        assert not ReceivedMaterial.objects.exists()
        batch.refresh_from_db()
        assert (batch.status, batch.undone_by) == (BatchStatus.UNDONE, people.ada)
        assert ReceivedMaterial.history.filter(history_type="-", history_user=people.ada).count() == 1

    def test_is_done_once(self, folder: Path, people: People) -> None:
        bring_in(loads(folder, "2026-03-01,ROCK,1"), people.alice)
        undo(Batch.objects.get(), people.alice)

        with pytest.raises(CommandError, match="taken back already"):
            undo(Batch.objects.get(), people.alice)

    def test_is_refused_whole_where_a_day_was_closed_since(self, folder: Path, people: People) -> None:
        bring_in(loads(folder, "2026-03-01,ROCK,1", "2026-03-02,ROCK,2"), people.alice)
        submit_day(site=people.site, date=MARCH_1, by=people.alice)

        with pytest.raises(CommandError, match="A manager can reopen the day"):
            undo(Batch.objects.get(), people.alice)

        assert ReceivedMaterial.objects.count() == 2
        assert Batch.objects.get().status == BatchStatus.DONE

    def test_lets_the_file_come_in_again(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1")
        bring_in(path, people.alice)
        undo(Batch.objects.get(), people.alice)

        bring_in(path, people.alice)

        assert tons_recorded() == ["1.000"]

    def test_knows_imports_alone(self, folder: Path, people: People) -> None:
        other = Batch.objects.create(module="received", source=Source.API, created_by=people.alice)

        with pytest.raises(CommandError, match="There is no import"):
            undo(other, people.alice)

    def test_of_what_lies_on_a_site_that_was_left_is_refused(self, folder: Path, people: People) -> None:
        bring_in(loads(folder, "2026-03-01,ROCK,1"), people.alice)
        people.alice.memberships.update(role=Role.VIEWER)

        with pytest.raises(CommandError, match="cannot be taken back"):
            undo(Batch.objects.get(), people.alice)
