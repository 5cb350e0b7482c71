"""An import that fails, is stopped or undone leaves no records."""

import datetime as dt
import io
from pathlib import Path
from unittest import mock

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from imports import commit
from imports.errors import ImportRefused
from imports.models import Upload
from imports.worker import ImportRunner
from production.models import Production
from received.models import ReceivedMaterial
from records.choices import BatchStatus, Source
from records.models import Batch
from records.operations.bulk import create_many
from sites.models import Material, Role, Site, StockEffect
from tests.factories import People, make_member, make_operation, make_site, make_submitted_day
from tests.imports.commands import (
    MARCH_1,
    assert_ledger_is_right,
    import_file,
    loads,
    refused,
    reported,
    tons_recorded,
    undo,
)


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

        monkeypatch.setattr(commit, "create_many", failing)

    @pytest.mark.parametrize("error", [OSError("the disk is full"), KeyboardInterrupt()])
    def test_undoes_everything(
        self, folder: Path, people: People, monkeypatch: pytest.MonkeyPatch, error: BaseException
    ) -> None:
        self.fail_in_second_part(monkeypatch, error)

        with pytest.raises((OSError, CommandError)):
            import_file(loads(folder, *self.LINES), people.ada, "--create-missing=materials")

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
            import_file(
                loads(folder, "2026-03-01,Gravel,1", *self.LINES), people.ada, "--create-missing=materials"
            )
        gone = ReceivedMaterial.history.order_by("date", "history_id").last()
        client.force_login(people.ada)

        dates = "site=YARD-NORTH&from=2026-03-01&to=2026-03-31"
        deleted = client.get(f"/received/deleted/?{dates}")
        history = client.get(f"/received/{gone.id}/history/")

        assert (deleted.status_code, history.status_code) == (200, 200)
        assert "Gravel" in deleted.content.decode()

    def test_is_repaired_by_running_again(
        self, folder: Path, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = loads(folder, *self.LINES)
        with monkeypatch.context() as patched:
            self.fail_in_second_part(patched, KeyboardInterrupt())
            with pytest.raises(CommandError, match="Stopped"):
                import_file(path, people.ada, "--create-missing=materials")

        import_file(path, people.ada, "--create-missing=materials")

        assert tons_recorded() == ["1.000", "2.000", "3.000"]

    def test_that_could_not_be_undone_is_completed_by_running_again(
        self, folder: Path, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = loads(folder, "2026-03-01,ROCK,1", "2026-03-02,ROCK,2", "2026-03-03,ROCK,3")
        with monkeypatch.context() as patched:
            # As after kill -9: one part is there, and nobody was left to take it back.
            self.fail_in_second_part(patched, KeyboardInterrupt())
            patched.setattr(commit, "revert", lambda *_args, **_options: 0)
            with pytest.raises(CommandError):
                import_file(path, people.alice)
        interrupted = Batch.objects.get()
        assert (interrupted.status, ReceivedMaterial.objects.count()) == (BatchStatus.RUNNING, 2)

        output = import_file(path, people.alice)

        assert f"Batch {interrupted.pk} of the same file was interrupted" in output
        assert tons_recorded() == ["1.000", "2.000", "3.000"]
        undo(interrupted, people.alice)
        assert tons_recorded() == ["3.000"]
        assert_ledger_is_right()

    def test_a_batch_that_is_undone_while_it_runs_stops(
        self, folder: Path, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def impatient(**options: object) -> object:
            part: object = create_many(**options)  # type: ignore[arg-type]  # passed on as they came
            Batch.objects.update(status=BatchStatus.FAILED)
            return part

        monkeypatch.setattr(commit, "create_many", impatient)

        output = refused(loads(folder, *self.LINES), people.ada, "--create-missing=materials")

        assert "undone while it was in progress" in output
        assert not ReceivedMaterial.objects.exists()

    def test_a_day_closed_meanwhile_takes_everything_back(
        self, folder: Path, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def quick(**options: object) -> object:
            monkeypatch.setattr(commit, "create_many", create_many)
            part: object = create_many(**options)  # type: ignore[arg-type]  # passed on as they came
            make_submitted_day(people.site, dt.date(2026, 3, 3), by=people.alice)
            return part

        monkeypatch.setattr(commit, "create_many", quick)

        output = refused(loads(folder, *self.LINES), people.ada, "--create-missing=materials")

        assert "Line 4: This day is closed" in output
        assert not ReceivedMaterial.objects.exists()

    def test_deletes_new_sites_and_materials_and_takes_the_file_again(
        self, folder: Path, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lines = ("2026-03-01,Basalt,1,Yard A", "2026-03-02,Chalk,2,Yard B", "2026-03-03,Gravel,3,Yard C")
        path = loads(folder, *lines, headings="date,material,tons,place")
        creating = ("--site-column=place", "--create-missing=sites,materials")
        before = (set(Site.objects.all()), set(Material.objects.all()))
        with monkeypatch.context() as patched:
            self.fail_in_second_part(patched, OSError("the disk is full"))
            with pytest.raises(OSError, match="the disk is full"):
                import_file(path, people.ada, *creating, site="")
        assert (set(Site.objects.all()), set(Material.objects.all())) == before

        import_file(path, people.ada, *creating, site="")

        assert tons_recorded() == ["1.000", "2.000", "3.000"]

    def test_deletes_unused_materials_even_where_records_cannot_be_undone(
        self, folder: Path, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.fail_in_second_part(monkeypatch, OSError("the disk is full"))
        monkeypatch.setattr(commit, "revert", mock.Mock(side_effect=ImportRefused("A day was closed.")))

        with pytest.raises(CommandError, match="A day was closed"):
            import_file(loads(folder, *self.LINES), people.ada, "--create-missing=materials")

        assert not Material.objects.filter(name="Gravel").exists()


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

        output = refused(path, people.alice, module="production", site="STRICT")

        assert "This site refuses stock below zero. Nothing was imported." in output
        assert not Production.objects.exists()

    def test_leaves_no_empty_batch_where_every_row_fails_while_writing(
        self, folder: Path, people: People, strict: Site
    ) -> None:
        path = loads(folder, self.LINES[1], headings=self.HEADINGS)
        report = folder / "rejected.csv"
        output = io.StringIO()

        with pytest.raises(CommandError, match="1 row was not written") as error:
            call_command(
                "import_records",
                "production",
                str(path),
                f"--by={people.alice.email}",
                "--site=STRICT",
                "--skip-bad",
                f"--report={report}",
                stdout=output,
            )

        assert error.value.returncode == 1
        assert "1 row (line 2): " in output.getvalue()
        assert "0 written" in output.getvalue()
        assert "1 rejected" in output.getvalue()
        assert [line[0] for line in reported(report)] == ["2"]
        assert not Batch.objects.exists()
        assert not Upload.objects.exists()

    def test_leaves_no_new_material_of_rows_that_fail_while_writing(
        self, folder: Path, people: People, strict: Site
    ) -> None:
        lines = ("2026-03-01,Morning,Basalt,MAKE,5", "2026-03-01,Morning,Chalk,FEED,5")
        make_operation(code="MAKE")
        path = loads(folder, *lines, headings=self.HEADINGS)

        with pytest.raises(CommandError, match="1 row was not written"):
            call_command(
                "import_records",
                "production",
                str(path),
                f"--by={people.ada.email}",
                "--site=STRICT",
                "--skip-bad",
                "--create-missing=materials",
                stdout=io.StringIO(),
            )

        assert set(Material.objects.exclude(code="ROCK").values_list("name", flat=True)) == {"Basalt"}

    def test_leaves_no_empty_batch_where_the_site_refuses_the_whole(
        self, folder: Path, people: People, strict: Site
    ) -> None:
        refused(
            loads(folder, *self.LINES, headings=self.HEADINGS),
            people.alice,
            module="production",
            site="STRICT",
        )

        assert not Batch.objects.exists()

    def test_refuses_only_the_lines_that_make_it(self, folder: Path, people: People, strict: Site) -> None:
        import_file(loads(folder, "2026-02-01,ROCK,10", name="in.csv"), people.alice, site="STRICT")
        path = loads(folder, *self.LINES, headings=self.HEADINGS)
        report = folder / "refused.csv"

        output = import_file(
            path, people.alice, "--skip-bad", f"--report={report}", module="production", site="STRICT"
        )

        assert "1 row (line 3): " in output
        assert "2 written" in output
        assert output.endswith("1 row was not written.\n")
        assert [line[0] for line in reported(report)] == ["3"]
        assert Production.objects.count() == 2
        assert_ledger_is_right()


class TestUndo:
    def test_is_for_the_user_who_imported_and_for_admins(self, folder: Path, people: People) -> None:
        import_file(loads(folder, "2026-03-01,ROCK,1"), people.alice)
        batch = Batch.objects.get()

        with pytest.raises(CommandError, match="Only the user who imported this"):
            undo(batch, people.mona)
        undo(batch, people.ada)

        assert not ReceivedMaterial.objects.exists()
        batch.refresh_from_db()
        assert (batch.status, batch.undone_by) == (BatchStatus.UNDONE, people.ada)
        assert ReceivedMaterial.history.filter(history_type="-", history_user=people.ada).count() == 1

    def test_is_done_once(self, folder: Path, people: People) -> None:
        import_file(loads(folder, "2026-03-01,ROCK,1"), people.alice)
        undo(Batch.objects.get(), people.alice)

        with pytest.raises(CommandError, match="was undone before"):
            undo(Batch.objects.get(), people.alice)

    def test_is_refused_whole_where_a_day_was_closed_since(self, folder: Path, people: People) -> None:
        import_file(loads(folder, "2026-03-01,ROCK,1", "2026-03-02,ROCK,2"), people.alice)
        make_submitted_day(people.site, MARCH_1, by=people.alice)

        with pytest.raises(CommandError, match="A manager can reopen the day"):
            undo(Batch.objects.get(), people.alice)

        assert ReceivedMaterial.objects.count() == 2
        assert Batch.objects.get().status == BatchStatus.DONE

    def test_lets_the_file_come_in_again(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1")
        import_file(path, people.alice)
        undo(Batch.objects.get(), people.alice)

        import_file(path, people.alice)

        assert tons_recorded() == ["1.000"]

    def test_of_what_came_by_command_is_seen_on_the_page_and_done_there_too(
        self, folder: Path, people: People, client: Client
    ) -> None:
        import_file(loads(folder, "2026-03-01,ROCK,1"), people.alice)
        import_file(loads(folder, "2026-03-02,ROCK,2"), people.alice)
        newest, oldest = Upload.objects.all()
        client.force_login(people.mona)
        assert oldest.batch is not None
        undo(oldest.batch, people.alice)

        page = client.get("/imports/").content.decode()

        assert page.count("loads.csv</a>") == 2
        assert page.count(">Undone<") == 1
        client.force_login(people.alice)
        client.post(f"/imports/{newest.pk}/undo/")
        ImportRunner().run(newest.pk)
        assert tons_recorded() == []

    def test_knows_imports_alone(self, folder: Path, people: People) -> None:
        other = Batch.objects.create(module="received", source=Source.API, created_by=people.alice)

        with pytest.raises(CommandError, match="There is no import"):
            undo(other, people.alice)

    def test_of_what_lies_on_a_site_that_was_left_is_refused(self, folder: Path, people: People) -> None:
        import_file(loads(folder, "2026-03-01,ROCK,1"), people.alice)
        people.alice.memberships.update(role=Role.VIEWER)

        with pytest.raises(CommandError, match=r"cannot be undone.*1 of its records are left"):
            undo(Batch.objects.get(), people.alice)
