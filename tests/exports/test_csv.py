"""CSV files: what programs read in them, and that spreadsheets run nothing."""

import datetime as dt
import io
from unittest import mock

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as PropertyTestCase

from core.csv_injection import restored
from exports.datasets.rows import RecordRows, row_source
from exports.datasets.selection import FileFormat, Granularity, Selection, dataset
from exports.errors import ExportRefused, RowsDifferError
from exports.writers.csv import pieces_of, python_pieces
from exports.writers.write import count_rows, write_file
from received.models import ReceivedMaterial
from records.models import operation_writes
from tests.exports.case import ANY_TEXT, CREATION, SUNDAY, ExportCase, lines_of, make_load
from tests.factories import make_vehicle, make_weighbridge
from tests.records.case import MONDAY, TUESDAY


class CsvCase(ExportCase):
    def rows(self, selection: Selection) -> list[dict[str, str]]:
        """Return the rows of a CSV file by their headings."""
        content, _written = self.written(selection, FileFormat.CSV)
        headings, *rows = lines_of(content)
        return [dict(zip(headings, row, strict=True)) for row in rows]


class TestCsv(CsvCase):
    def test_is_utf_8_with_a_byte_order_mark_and_crlf(self) -> None:
        load = self.receive(qty_ton="12.5", loads="2", source="Élan & Söhne", notes='said "later"').record
        columns = ("site", "date", "material", "qty_ton", "loads", "source", "vehicle_ref", "notes", "id")

        content, _written = self.written(self.selection(columns=columns), FileFormat.CSV)

        assert content.decode() == (
            "\ufeffsite,date,material,qty_ton,loads,source,vehicle_ref,notes,id\r\n"
            f'YARD-NORTH,2026-03-02,DEBRIS,12.500,2,Élan & Söhne,,"said ""later""",{load.pk}\r\n'
        )

    def test_has_the_columns_of_loads_where_they_are_chosen(self) -> None:
        vehicle, bridge = make_vehicle("B-DO 17"), make_weighbridge(self.site)
        self.receive(
            qty_ton="",
            gross_ton="38.46",
            tare_ton="14.12",
            vehicle=vehicle.pk,
            weighbridge=bridge.pk,
            time="2026-03-02T07:31",
        )
        self.receive(qty_ton="5")
        columns = ("qty_ton", "ticket_no", "time", "vehicle", "gross_ton", "tare_ton", "load_state")

        load, line = self.rows(self.selection(columns=columns))

        assert load == {
            "qty_ton": "24.340",
            "ticket_no": "W1-000001",
            "time": "2026-03-02T07:31:00Z",
            "vehicle": "BDO17",
            "gross_ton": "38.460",
            "tare_ton": "14.120",
            "load_state": "complete",
        }
        assert line == {**dict.fromkeys(columns, ""), "qty_ton": "5.000"}
        assert "ticket_no" not in self.rows(self.selection())[0]

    def test_orders_the_rows_of_a_site_by_date_and_then_by_entry(self) -> None:
        later = self.receive(date=TUESDAY).record
        first = self.receive(date=MONDAY).record
        second = self.receive(date=MONDAY).record

        rows = self.rows(self.selection())

        assert [int(row["id"]) for row in rows] == [first.pk, second.pk, later.pk]

    def test_orders_rows_by_site(self) -> None:
        self.receive(date=TUESDAY)
        self.receive(site=self.other_site, by=self.oscar, date=TUESDAY)
        self.receive(date=MONDAY)

        rows = self.rows(self.selection(sites=(self.site, self.other_site)))

        assert [row["site"] for row in rows] == ["QUARRY-1", "YARD-NORTH", "YARD-NORTH"]

    def test_excludes_other_sites_and_dates(self) -> None:
        self.receive(date=MONDAY - dt.timedelta(days=1))
        kept = [self.receive(date=MONDAY).record, self.receive(date=SUNDAY).record]
        self.receive(date=SUNDAY + dt.timedelta(days=1))
        self.receive(site=self.other_site, by=self.oscar)

        rows = self.rows(self.selection())

        assert [int(row["id"]) for row in rows] == [load.pk for load in kept]

    def test_keeps_line_ends_in_a_cell(self) -> None:
        self.receive(notes="one\ntwo\nthree")
        self.receive(notes="plain")

        rows = self.rows(self.selection())

        assert [row["notes"] for row in rows] == ["one\ntwo\nthree", "plain"]

    def test_makes_formulas_harmless_and_restorable(self) -> None:
        texts = ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "'", "-", "5-3"]
        for text in texts:
            self.receive(notes=text)

        rows = self.rows(self.selection())

        assert [row["notes"] for row in rows] == [
            "'=1+1",
            "'+1",
            "'-1",
            "'@SUM(A1)",
            "''=1",
            "'",
            "'-",
            "5-3",
        ]
        assert [restored(row["notes"]) for row in rows] == texts

    def test_keeps_negative_numbers_as_numbers(self) -> None:
        self.produce(operation=self.feeding.pk, material=self.debris.pk, qty_ton="0.005", confirmed=True)

        rows = self.rows(self.selection("stock"))

        assert [row["closing_ton"] for row in rows] == ["-0.005"]

    def test_writes_a_choice_as_its_value_and_master_data_as_its_code(self) -> None:
        self.produce(shift="night")
        self.produce(shift="")

        rows = self.rows(self.selection("production"))

        assert [(row["shift"], row["material"], row["operation"]) for row in rows] == [
            ("night", "AGGREGATE", "MAKE"),
            ("", "AGGREGATE", "MAKE"),
        ]

    def test_has_the_history_columns_of_a_record_if_chosen(self) -> None:
        load = self.receive(qty_ton="", loads="2").record
        columns = ("is_estimated", "entry_source", "created_by", "created_at")

        rows = self.rows(self.selection(columns=columns))

        assert rows == [
            {
                "is_estimated": "true",
                "entry_source": "page",
                "created_by": "Alice",
                "created_at": f"{load.created_at:%Y-%m-%dT%H:%M:%SZ}",
            }
        ]

    def test_has_one_column_if_one_was_chosen(self) -> None:
        self.receive(notes="")
        self.receive(notes="later")

        assert self.rows(self.selection(columns=("notes",))) == [{"notes": ""}, {"notes": "later"}]

    def test_says_below_the_headings_that_no_rows_were_found(self) -> None:
        content, written = self.written(self.selection(columns=("site", "date")), FileFormat.CSV)

        assert lines_of(content) == [
            ["site", "date"],
            ["No rows were found for these sites, dates and filters.", ""],
        ]
        assert written == 0


class TestSelection(CsvCase):
    def test_keeps_the_filter_of_the_list(self) -> None:
        self.receive(notes="wet")
        self.receive(notes="dry", source="Wetland")
        self.receive(notes="dry")

        rows = self.rows(self.selection(filters={"q": "wet", "from": "2026-03-02", "site": "YARD-NORTH"}))

        assert [row["notes"] for row in rows] == ["wet", "dry"]

    def test_rejects_a_filter_value_that_no_longer_exists(self) -> None:
        selection = self.selection(filters={"material": "0"})

        with pytest.raises(ExportRefused, match="no longer exists: Material"):
            self.rows(selection)

    def test_rejects_an_unknown_column(self) -> None:
        with pytest.raises(ExportRefused, match="no column colour"):
            self.rows(self.selection(columns=("site", "colour")))

    def test_is_counted_before_it_is_written(self) -> None:
        self.receive()
        self.receive(material=self.aggregate.pk)

        assert count_rows(self.selection()) == 2
        assert count_rows(self.selection(filters={"material": str(self.aggregate.pk)})) == 1
        assert count_rows(self.selection(granularity=Granularity.WEEKLY)) == 2

    def test_reports_progress_while_it_is_written(self) -> None:
        self.receive()
        self.receive()
        reports: list[tuple[int, int]] = []

        write_file(
            self.selection(),
            file_format=FileFormat.CSV,
            creation=CREATION,
            to=io.BytesIO(),
            progress=lambda rows, of: reports.append((rows, of)),
        )

        assert reports == [(0, 2), (2, 2)]

    def test_stops_when_progress_raises(self) -> None:
        self.receive()

        def stop(rows: int, of: int) -> None:
            if rows:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write_file(
                self.selection(),
                file_format=FileFormat.CSV,
                creation=CREATION,
                to=io.BytesIO(),
                progress=stop,
            )

        assert count_rows(self.selection()) == 1

    def test_fails_if_rows_are_missing(self) -> None:
        self.receive()

        with (
            mock.patch.object(RecordRows, "count", return_value=2),
            pytest.raises(RowsDifferError, match="1 rows were written of 2"),
        ):
            self.written(self.selection(), FileFormat.CSV)


class TestPostgresAndPython(PropertyTestCase, ExportCase):
    """PostgreSQL writes the same bytes as Python."""

    @settings(max_examples=30)
    @given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT, st.integers(1, 999_999_999)), max_size=5))
    def test_write_the_same_bytes(self, loads: list[tuple[str, str, int]]) -> None:
        with transaction.atomic():
            with operation_writes():
                ReceivedMaterial.objects.bulk_create(
                    [make_load(self, source=source, notes=notes, kilograms=kg) for source, notes, kg in loads]
                )
            source = row_source(connection, self.everything(), self.everything().available)

            ways = [
                b"".join(block for block, _rows in blocks)
                for blocks in (pieces_of(source), python_pieces(source))
            ]

            transaction.set_rollback(True)
        assert ways[0] == ways[1]

    def everything(self) -> Selection:
        return self.selection(columns=tuple(column.name for column in dataset("received").columns))
