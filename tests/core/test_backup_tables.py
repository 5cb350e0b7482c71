"""How SQLite's values become lines of text and back."""

import pytest

from core.backup.tables import READERS, WRITERS, Cell, _read, _write


@pytest.mark.parametrize(
    ("column_type", "cell", "text"),
    [
        ("bool", 1, "t"),
        ("bool", 0, "f"),
        ("datetime", "2026-03-02 10:00:00", "2026-03-02 10:00:00+00"),
        ("datetime", "2026-03-02 10:00:00.500000", "2026-03-02 10:00:00.5+00"),
        ("time", "08:30:00", "08:30:00"),
        ("time", "08:30:00.250000", "08:30:00.25"),
        ("char(32)", "0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdef"),
        ("blob", b"\x00\xff", "\\\\x00ff"),
        ("text", "tab\tline\nback\\slash\\N", "tab\\tline\\nback\\\\slash\\\\N"),
        ("text", "", ""),
    ],
)
def test_each_type_is_written_as_postgresql_writes_it_and_read_back(
    column_type: str, cell: Cell, text: str
) -> None:
    write, read = WRITERS.get(column_type, _write), READERS.get(column_type, _read)

    assert write(cell) == text
    assert read(text) == cell


def test_a_moment_with_an_offset_becomes_utc() -> None:
    assert WRITERS["datetime"]("2026-03-02 12:00:00+02:00") == "2026-03-02 10:00:00+00"
