"""`manage.py import_records`: what it accepts, and what it rejects with a sentence."""

from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook

from dispatch.models import Dispatch
from production.models import Production
from received.models import ReceivedMaterial
from records.models import Batch
from sites.models import Material
from tests.factories import People, make_operation, make_submitted_day
from tests.imports.commands import MARCH_1, import_file, loads, refused, reported, tons_recorded


class TestColumns:
    def test_are_known_by_name_label_and_alias(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1.5,B-1", headings="Day,MATERIAL,Weight (t),vehicle_ref")

        output = import_file(path, people.alice)

        record = ReceivedMaterial.objects.get()
        assert (record.date, record.qty_ton, record.vehicle_ref) == (MARCH_1, Decimal("1.500"), "B-1")
        assert "qty_ton: [Weight (t)] t" in output

    def test_of_dispatch_are_known_by_the_words_of_a_delivery_note(
        self, folder: Path, people: People
    ) -> None:
        make_operation(code="SALE")
        path = loads(
            folder,
            "2026-03-01,ROCK,SALE,1.5,Miller,LS-1,2",
            "2026-03-01,ROCK,SALE,1.5,Miller,ls-1,",
            headings="day,product,operation,net tons,Customer,Delivery note,trips",
        )

        import_file(path, people.alice, "--column=qty_ton=net tons", module="dispatch")

        records = Dispatch.objects.order_by("id")
        assert [(record.owner, record.reference, record.trips) for record in records] == [
            ("Miller", "LS-1", 2),
            ("Miller", "ls-1", 1),
        ]

    def test_that_are_ambiguous_must_be_chosen(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1,2", headings="day,material,tons,weight")

        assert "tons, weight could each be “Tons”" in refused(path, people.alice)

    def test_that_are_required_are_missed(self, folder: Path, people: People) -> None:
        path = loads(folder, "ROCK,1", headings="material,tons")

        assert "No column is chosen for Date" in refused(path, people.alice)

    def test_of_another_module_are_refused(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1")

        assert "has no column “shift”" in refused(path, people.alice, "--column=shift=tons")

    def test_that_are_there_twice_are_refused_when_used(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1,2", headings="day,material,net,net")

        assert "net (1), net (2)" in refused(path, people.alice, "--column=qty_ton=net")
        import_file(path, people.alice, "--column=qty_ton=[net (2)] t")
        assert tons_recorded() == ["2.000"]

    def test_can_be_left_out_and_set(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,1,scribble", headings="day,tons,notes")

        import_file(path, people.alice, "--column=notes=", "--set=material=rock", "--set=source=Old town")

        record = ReceivedMaterial.objects.get()
        assert (record.notes, record.source, record.material.code) == ("", "Old town", "ROCK")

    def test_a_constant_that_cannot_be_read_refuses_the_whole(self, folder: Path, people: People) -> None:
        path = loads(folder, "ROCK,1", headings="material,tons")

        assert "Date: “soon” is not a date" in refused(path, people.alice, "--set=date=soon", "--skip-bad")

    def test_arithmetic_is_rounded_once_half_up(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1000.5,0.0001", headings="day,material,gross kg,tare")

        import_file(path, people.alice, "--column=qty_ton=([gross kg] - tare * 0) / 1000")

        assert tons_recorded() == ["1.001"]

    def test_values_are_read_as_others(self, folder: Path, people: People) -> None:
        changes = loads(folder, "material,Steine,ROCK", headings="column,from,to", name="values.csv")
        path = loads(folder, "2026-03-01,Steine,1", "2026-03-02,Rock,2")

        import_file(path, people.alice, f"--values={changes}")

        assert tons_recorded() == ["1.000", "2.000"]

    def test_a_value_map_without_its_headings_is_refused(self, folder: Path, people: People) -> None:
        changes = loads(folder, "a,b,c", headings="one,two,three", name="values.csv")

        assert "column,from,to" in refused(loads(folder), people.alice, f"--values={changes}")

    def test_only_rows_that_meet_every_condition_are_taken(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1", "2026-03-02,ROCK,2", "2026-03-03,wrong,3")

        output = import_file(path, people.alice, "--where=material=ROCK", "--where=day>=2026-03-02")

        assert tons_recorded() == ["2.000"]
        assert "2 skipped" in output


class TestRows:
    def test_of_a_workbook_come_in_too(self, folder: Path, people: People) -> None:
        book = Workbook()
        book.worksheets[0].append(["day", "material", "tons", "loads"])
        book.worksheets[0].append([MARCH_1, "Rock", 0.1 * 3, None])
        path = folder / "loads.xlsx"
        book.save(path)

        import_file(path, people.alice)

        assert tons_recorded() == ["0.300"]

    def test_that_are_equal_are_all_kept(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1", "2026-03-01,ROCK,1", "2026-03-01,ROCK,1")

        import_file(path, people.alice)

        assert tons_recorded() == ["1.000"] * 3
        assert len(set(ReceivedMaterial.objects.values_list("import_key", flat=True))) == 3

    def test_known_from_another_file_are_not_added_again(self, folder: Path, people: People) -> None:
        import_file(loads(folder, "2026-03-01,ROCK,1", "2026-03-01,ROCK,1"), people.alice)
        longer = loads(folder, "2026-03-02,ROCK,2", *["2026-03-01,ROCK,1"] * 3, name="longer.csv")

        output = import_file(longer, people.alice)

        assert tons_recorded() == ["1.000"] * 3 + ["2.000"]
        assert "2 imported before" in output

    def test_of_two_sites_with_the_same_cells_are_two(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1")
        import_file(path, people.ada)

        import_file(path, people.ada, site="QUARRY-1")

        assert ReceivedMaterial.objects.count() == 2

    def test_with_too_few_cells_are_refused(self, folder: Path, people: People) -> None:
        report = folder / "refused.csv"
        path = loads(folder, "2026-03-01,ROCK", "2026-03-01,ROCK,1,2")

        refused(path, people.alice, f"--report={report}")

        assert [line[4] for line in reported(report)] == [
            "The row has 2 cells, the headings are 3.",
            "The row has 4 cells, the headings are 3.",
        ]

    def test_never_name_master_data_by_its_id(self, folder: Path, people: People, rock: Material) -> None:
        path = loads(folder, f"2026-03-01,{rock.pk},1")

        assert "rows are rejected" in refused(path, people.alice)

    def test_give_each_wrong_cell_with_its_reason(self, folder: Path, people: People) -> None:
        report = folder / "refused.csv"
        path = loads(folder, "yesterday,Gravel,=2+3", "2026-03-01,ROCK,0.0004")

        refused(path, people.alice, f"--report={report}")

        assert reported(report) == [
            (
                "2",
                "Date",
                "day",
                "yesterday",
                "“yesterday” is not a date.",
            ),
            ("2", "Material", "material", "Gravel", "There is no material “Gravel”."),
            (
                "2",
                "Tons",
                "tons",
                "'=2+3",
                "“=2+3” is a formula without a stored result: calculate and save the file in Excel or LibreOffice.",  # noqa: E501
            ),
            ("3", "Tons", "tons", "0.0004", "Tons must be more than 0 and at most 999,999.999."),
        ]

    def test_name_a_choice_in_words(self, folder: Path, people: People) -> None:
        make_operation(code="MAKE")
        path = loads(
            folder,
            "2026-03-01,Morning,ROCK,make,1",
            "2026-03-01,,ROCK,make,2",
            headings="date,shift,material,operation,tons",
        )

        import_file(path, people.alice, module="production")

        shifts = dict(Production.objects.values_list("qty_ton", "shift"))
        assert shifts == {Decimal(1): "morning", Decimal(2): ""}


class TestAllOrNothing:
    def test_one_bad_line_keeps_every_line_out(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1", "2026-03-01,ROCK,none")

        output = refused(path, people.alice)

        assert "Nothing was written" in output
        assert not ReceivedMaterial.objects.exists()
        assert not Batch.objects.exists()

    def test_rejected_rows_are_skipped_on_request(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1", "2026-03-01,ROCK,none")

        import_file(path, people.alice, "--skip-bad")

        assert tons_recorded() == ["1.000"]
        batch = Batch.objects.get()
        assert (batch.rows_read, batch.rows_written, batch.rows_refused) == (2, 1, 1)

    def test_a_dry_run_writes_nothing(self, folder: Path, people: People) -> None:
        path = loads(folder, "2026-03-01,ROCK,1", "2026-03-01,Gravel,2")

        output = import_file(path, people.ada, "--dry-run", "--create-missing=materials")

        assert "2 to write" in output
        assert "material GRAVEL" in output
        assert not ReceivedMaterial.objects.exists()
        assert not Material.objects.filter(code="GRAVEL").exists()

    def test_a_closed_day_is_refused_before_anything_is_written(self, folder: Path, people: People) -> None:
        report = folder / "refused.csv"
        make_submitted_day(people.site, MARCH_1, by=people.alice)
        path = loads(folder, "2026-03-02,ROCK,1", "2026-03-01,ROCK,2")

        refused(path, people.alice, f"--report={report}")

        assert not ReceivedMaterial.objects.exists()
        assert reported(report) == [
            ("3", "Date", "day", "2026-03-01", "This day is closed. A manager can reopen it.")
        ]

    def test_a_record_there_already_is_refused_as_one_of_the_file_is(
        self, folder: Path, people: People
    ) -> None:
        make_operation(code="MAKE")
        headings = "date,material,operation,tons"
        import_file(
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

        import_file(path, people.alice, "--skip-bad", f"--report={report}", module="production")

        assert [(line[0], line[4]) for line in reported(report)] == [
            ("2", "There is a record like this already: edit that one."),
            ("4", "Line 3 is the same record."),
        ]
        assert Production.objects.count() == 2
