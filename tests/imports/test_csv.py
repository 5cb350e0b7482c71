"""CSV files are read, or rejected in a sentence."""

import time
from pathlib import Path

import pytest

from imports.errors import ImportRefused
from imports.readers.base import MAX_CELL, FileRow, ReadOptions
from imports.readers.detect import open_table
from imports.readers.encodings import encodings_of


def read(path: Path, reading: ReadOptions | None = None) -> tuple[tuple[str, ...], list[FileRow]]:
    with open_table(path, reading or ReadOptions()) as table:
        return table.headings, list(table.rows)


def written(folder: Path, content: str | bytes, name: str = "loads.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(path: Path, reading: ReadOptions | None = None) -> str:
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

    def test_reads_utf_8_with_and_without_a_byte_order_mark(self, tmp_path: Path) -> None:
        plain = written(tmp_path, "größe\n1\n", "a.csv")
        marked = written(tmp_path, "\ufeffgröße\n1\n", "b.csv")

        assert read(plain)[0] == read(marked)[0] == ("größe",)

    def test_uses_the_one_delimiter_that_splits_the_headings(self, tmp_path: Path) -> None:
        path = written(tmp_path, "a;b\n1,5;2\n")

        assert read(path)[1][0].cells == ("1,5", "2")

    def test_asks_where_two_delimiters_could_split_the_headings(self, tmp_path: Path) -> None:
        path = written(tmp_path, "a;b,c\n1;2,3\n")

        assert "comma or semicolon" in refusal(path)
        assert read(path, ReadOptions(delimiter=";"))[0] == ("a", "b,c")

    def test_skips_lines_above_the_headings(self, tmp_path: Path) -> None:
        path = written(tmp_path, "Loads of March\n\na,b\n1,2\n")

        headings, rows = read(path, ReadOptions(headings_line=3))

        assert headings == ("a", "b")
        assert rows[0].line == 4

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "empty"),
            ("\n1,2\n", "no headings"),
            ("a,b\n1,\0\n", "Line 2 has a NUL byte"),
            (b"a,b\n1,\xff\n", "not utf-8 text"),
            ('a,b\n1,2\n1,"never closed\n3,4\n', "Line 3 cannot be read as CSV"),
            (f"a,b\n1,{'x' * (MAX_CELL + 1)}\n", "Line 2 has a cell of more than"),
            (f"a,b\n1,{'x' * 1_000_001}\n", "Line 2 is longer than"),
            (",".join("abc" for _column in range(501)), "501 columns"),
            (b"PK\x03\x04 and so on", "is a workbook, not a CSV file"),
            (b"\xd0\xcf\x11\xe0 and so on", "is a workbook, not a CSV file"),
        ],
    )
    def test_rejects_what_is_no_table_in_a_sentence(
        self, tmp_path: Path, content: str | bytes, message: str
    ) -> None:
        path = written(tmp_path, content)

        assert message in refusal(path)

    def test_reads_a_named_encoding(self, tmp_path: Path) -> None:
        path = written(tmp_path, "größe\n1\n".encode("cp1252"))

        assert read(path, ReadOptions(encoding="cp1252"))[0] == ("größe",)
        assert "not an encoding" in refusal(path, ReadOptions(encoding="klingon"))
        assert "not an encoding" in refusal(path, ReadOptions(encoding="base64"))


class TestFileName:
    def test_rejects_an_unknown_kind_of_file(self, tmp_path: Path) -> None:
        assert "neither a CSV file nor a workbook" in refusal(written(tmp_path, "a,b", "loads.pdf"))

    def test_rejects_a_text_that_is_named_as_a_workbook(self, tmp_path: Path) -> None:
        assert "is not a workbook" in refusal(written(tmp_path, "a,b", "loads.xlsx"))

    def test_rejects_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        assert "cannot be read" in refusal(tmp_path / "missing.csv")

    def test_rejects_a_folder(self, tmp_path: Path) -> None:
        folder = tmp_path / "folder.csv"
        folder.mkdir()

        assert "is not a file" in refusal(folder)


class TestEncodings:
    def test_of_a_long_line_without_delimiters_are_found_at_once(self, tmp_path: Path) -> None:
        path = written(tmp_path, b"a" * 300_000 + b"\ncaf\xe9")
        began = time.process_time()

        assert encodings_of(path)

        assert time.process_time() - began < 5

    def test_are_those_that_can_read_the_whole_file(self, tmp_path: Path) -> None:
        rows = "".join(f"caf\u00e9 {number}\n" for number in range(250)).encode("cp1252")
        path = written(tmp_path, rows + b"\x81\n")

        for encoding, _sample in encodings_of(path):
            path.read_text(encoding=encoding)
