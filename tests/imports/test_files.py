"""Whatever is handed in is read, or refused in a sentence."""

import datetime as dt
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from imports.errors import ImportRefused
from imports.readers.base import MAX_CELL, Reading, Row
from imports.readers.detect import open_table


def read(path: Path, reading: Reading | None = None) -> tuple[tuple[str, ...], list[Row]]:
    with open_table(path, reading or Reading()) as table:
        return table.headings, list(table.rows)


def written(folder: Path, content: str | bytes, name: str = "loads.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(path: Path, reading: Reading | None = None) -> str:
    with pytest.raises(ImportRefused) as refused:
        read(path, reading)
    return refused.value.message


class TestCsv:
    def test_yields_rows_with_the_lines_they_begin_on(self, tmp_path: Path) -> None:
        path = written(tmp_path, 'day,notes\r\n1,"two\r\nlines"\r\n\r\n2,x\r\n')

        headings, rows = read(path)

        assert headings == ("day", "notes")
        assert [(row.line, row.cells) for row in rows if not row.is_blank] == [
            (2, ("1", "two\r\nlines")),
            (5, ("2", "x")),
        ]

    def test_reads_utf_8_with_and_without_its_mark(self, tmp_path: Path) -> None:
        plain = written(tmp_path, "größe\n1\n", "a.csv")
        marked = written(tmp_path, "\ufeffgröße\n1\n", "b.csv")

        assert read(plain)[0] == read(marked)[0] == ("größe",)

    def test_takes_the_one_mark_that_parts_the_headings(self, tmp_path: Path) -> None:
        path = written(tmp_path, "a;b\n1,5;2\n")

        assert read(path)[1][0].cells == ("1,5", "2")

    def test_asks_where_two_marks_could_part_the_headings(self, tmp_path: Path) -> None:
        path = written(tmp_path, "a;b,c\n1;2,3\n")

        assert "comma or semicolon" in refusal(path)
        assert read(path, Reading(delimiter=";"))[0] == ("a", "b,c")

    def test_skips_what_stands_above_the_headings(self, tmp_path: Path) -> None:
        path = written(tmp_path, "Loads of March\n\na,b\n1,2\n")

        headings, rows = read(path, Reading(headings_line=3))

        assert headings == ("a", "b")
        assert rows[0].line == 4

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("", "empty"),
            ("\n1,2\n", "no headings"),
            ("a,b\n1,\0\n", "Line 2 has a NUL byte"),
            (b"a,b\n1,\xff\n", "not utf-8 text"),
            ('a,b\n1,2\n1,"never closed\n3,4\n', "Line 3 cannot be read as CSV"),
            (f"a,b\n1,{'x' * (MAX_CELL + 1)}\n", "Line 2 has a cell of more than"),
            (f"a,b\n1,{'x' * 1_000_001}\n", "Line 2 is longer than"),
            (",".join("abc" for _column in range(501)), "501 columns"),
            (b"PK\x03\x04 and so on", "is a packed file, not text"),
            (b"\xd0\xcf\x11\xe0 and so on", "old or an encrypted workbook"),
        ],
    )
    def test_is_refused_in_a_sentence(self, tmp_path: Path, content: str | bytes, said: str) -> None:
        path = written(tmp_path, content)

        assert said in refusal(path)

    def test_another_encoding_is_named(self, tmp_path: Path) -> None:
        path = written(tmp_path, "größe\n1\n".encode("cp1252"))

        assert read(path, Reading(encoding="cp1252"))[0] == ("größe",)
        assert "not an encoding" in refusal(path, Reading(encoding="klingon"))
        assert "not an encoding" in refusal(path, Reading(encoding="base64"))


class TestEnding:
    def test_says_what_is_read(self, tmp_path: Path) -> None:
        assert "neither .csv nor .xlsx" in refusal(written(tmp_path, "a,b", "loads.pdf"))

    def test_is_not_believed(self, tmp_path: Path) -> None:
        assert "is not a workbook" in refusal(written(tmp_path, "a,b", "loads.xlsx"))

    def test_of_nothing_there_is_told(self, tmp_path: Path) -> None:
        assert "cannot be read" in refusal(tmp_path / "missing.csv")

    def test_of_a_folder_is_told(self, tmp_path: Path) -> None:
        folder = tmp_path / "folder.csv"
        folder.mkdir()

        assert "is not a file" in refusal(folder)


def workbook(folder: Path, *rows: list[object], sheets: tuple[str, ...] = ("Loads",)) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path = folder / "loads.xlsx"
    book.save(path)
    return path


class TestWorkbook:
    def test_cells_say_exactly_what_was_typed(self, tmp_path: Path) -> None:
        path = workbook(
            tmp_path,
            ["day", "at", "net", "count", "notes"],
            [dt.date(2026, 3, 1), dt.datetime(2026, 3, 1, 5, 30), 0.1, 3, None],  # noqa: DTZ001
            [],
            [dt.date(2026, 3, 2), None, 12.5, 1e21, True],
        )

        headings, rows = read(path)

        assert headings == ("day", "at", "net", "count", "notes")
        assert [(row.line, row.cells) for row in rows if not row.is_blank] == [
            (2, ("2026-03-01", "2026-03-01 05:30:00", "0.1", "3", "")),
            (4, ("2026-03-02", "", "12.5", "1000000000000000000000", "TRUE")),
        ]

    def test_lines_are_those_of_the_sheet(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, [], ["Loads"], ["day", "net"], ["2026-03-01", 5])

        headings, rows = read(path, Reading(headings_line=3))

        assert headings == ("day", "net")
        assert rows[0] == Row(4, ("2026-03-01", "5"))

    def test_asks_which_sheet(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, ["a"], [1], sheets=("March", "April"))

        assert "March, April" in refusal(path)
        assert read(path, Reading(sheet="April"))[0] == ("a",)

    def test_that_unfolds_to_too_many_cells_is_refused_unread(self, tmp_path: Path) -> None:
        book = Workbook()
        book.worksheets[0].cell(1, 1, "a")
        book.worksheets[0].cell(1_048_576, 400, "far away")
        path = tmp_path / "far.xlsx"
        book.save(path)

        assert "too large" in refusal(path)

    def test_that_unfolds_to_too_many_bytes_is_refused_unread(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("imports.readers.workbook_reader.MAX_UNPACKED", 3 * 1024 * 1024)
        path = tmp_path / "bomb.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("xl/workbook.xml", "<workbook/>")
            with packed.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
                for _megabyte in range(4):
                    part.write(b"<t>0123</t>-----" * 65536)

        assert "too large" in refusal(path)

    def test_whose_one_long_text_stands_in_many_cells_is_refused_unread(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, ["a"], ["x" * 30_000])
        with zipfile.ZipFile(path, "a") as packed:
            packed.writestr("xl/elsewhere.xml", "".join(f'<c r="A{n}"/>' for n in range(1, 40_000)))

        assert "too large" in refusal(path)

    @pytest.mark.parametrize("content", [b"PK\x03\x04 broken", b"PK\x05\x06" + b"\0" * 18])
    def test_that_is_broken_is_refused_in_a_sentence(self, tmp_path: Path, content: bytes) -> None:
        assert "workbook" in refusal(written(tmp_path, content, "loads.xlsx"))

    def test_that_is_another_packed_file_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "photos.xlsx"
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("photo.jpg", b"jpg")

        assert "not an XLSX workbook" in refusal(path)

    def test_whose_parts_are_nonsense_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "nonsense.xlsx"
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("xl/workbook.xml", b"<not closed")

        assert "cannot be read" in refusal(path)
