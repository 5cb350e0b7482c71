"""Workbooks of every kind are read by calamine in a process of its own, or rejected in a sentence."""

import datetime as dt
import struct
import tempfile
import time
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook
from python_calamine import PasswordError

from imports.errors import ImportRefused
from imports.models import UploadStatus
from imports.readers import html_tables, workbook_process
from imports.readers.base import FileRow, ReadOptions
from imports.readers.detect import heads_of_workbook, open_table
from tests.imports.pages_case import PagesCase

XLS = Path(__file__).resolve().parent / "data" / "loads.xls"


def read(path: Path, options: ReadOptions | None = None) -> tuple[tuple[str, ...], list[FileRow]]:
    with open_table(path, options or ReadOptions()) as table:
        return table.headings, list(table.rows)


def rejection(path: Path, options: ReadOptions | None = None) -> str:
    with pytest.raises(ImportRefused) as refused:
        read(path, options)
    return refused.value.message


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


def packed(path: Path, parts: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def with_part(path: Path, name: str, content: str) -> Path:
    """Replace a part of a workbook, or add it."""
    with zipfile.ZipFile(path) as archive:
        parts: dict[str, str | bytes] = {part: archive.read(part) for part in archive.namelist()}
    return packed(path, {**parts, name: content})


def ods(folder: Path) -> Path:
    content = """<?xml version="1.0" encoding="UTF-8"?><office:document-content
        xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
        xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
        xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
        <table:table table:name="Loads"><table:table-row>
        <table:table-cell office:value-type="string"><text:p>date</text:p></table:table-cell>
        <table:table-cell office:value-type="string"><text:p>tons</text:p></table:table-cell>
        </table:table-row><table:table-row>
        <table:table-cell office:value-type="date" office:date-value="2026-03-02"><text:p>2.3.26</text:p>
        </table:table-cell><table:table-cell office:value-type="float"
        office:value="12.5"><text:p>12,5</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body>
        </office:document-content>"""
    content = content.replace("\n        ", " ").replace("> <", "><")
    return packed(
        folder / "loads.ods",
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": "<manifest/>",
            "content.xml": content,
        },
    )


def xlsb(folder: Path) -> Path:
    """Return a binary workbook of one sheet: a heading “tons” and 12.5 below it."""

    def record(number: int, content: bytes = b"") -> bytes:
        kind = bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80, number >> 7])
        return kind + bytes([len(content)]) + content

    def text(words: str) -> bytes:
        return struct.pack("<I", len(words)) + words.encode("utf-16-le")

    def cell(column: int) -> bytes:
        return struct.pack("<II", column, 0)

    def row(line: int) -> bytes:
        return record(0, struct.pack("<I", line) + bytes(13))

    sheet = record(129) + record(148, struct.pack("<IIII", 0, 1, 0, 0)) + record(145)
    sheet += row(0) + record(6, cell(0) + text("tons"))
    sheet += row(1) + record(5, cell(0) + struct.pack("<d", 12.5))
    sheet += record(146) + record(130)
    book = record(131) + record(153, bytes(8)) + record(143)
    book += record(156, struct.pack("<II", 0, 1) + text("rId1") + text("Loads")) + record(144) + record(132)
    relations = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
        <Relationship Id="rId1" Target="worksheets/sheet1.bin"
        Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/></Relationships>"""
    return packed(
        folder / "loads.xlsb",
        {
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": relations,
            "xl/worksheets/sheet1.bin": sheet,
        },
    )


class TestCells:
    def test_are_read_exactly_as_typed(self, tmp_path: Path) -> None:
        path = workbook(
            tmp_path,
            ["day", "at", "net", "count", "hours", "notes"],
            [dt.date(2026, 3, 1), dt.datetime(2026, 3, 1, 5, 30), 0.1, 3, dt.timedelta(hours=30.25), None],  # noqa: DTZ001
            [],
            [dt.date(2026, 3, 2), dt.time(12), 12.5, 1e21, None, True],
        )

        headings, rows = read(path)

        assert headings == ("day", "at", "net", "count", "hours", "notes")
        assert rows == [
            FileRow(2, ("2026-03-01", "2026-03-01 05:30:00", "0.1", "3", "30:15:00", "")),
            FileRow(4, ("2026-03-02", "12:00:00", "12.5", "1000000000000000000000", "", "TRUE")),
        ]

    def test_keep_their_place_right_of_empty_columns(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, [None, "day", "net"], [None, "2026-03-01", 5])

        assert read(path) == (("", "day", "net"), [FileRow(2, ("", "2026-03-01", "5"))])

    def test_with_escaped_characters_hold_these(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, ["notes"], ["a_x000D_b_x005F_x0041__x0000_"])

        assert read(path)[1][0].cells == ("a\rb_x0041_\N{REPLACEMENT CHARACTER}",)

    def test_with_an_error_are_not_taken_for_empty(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, ["net", "loads"], [5, "#DIV/0!"], ["#N/A", 2])

        assert [row.cells for row in read(path)[1]] == [("5", "#DIV/0!"), ("#N/A", "2")]

    def test_with_a_formula_that_was_never_calculated_are_not_taken_for_empty(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, ["net", "tons"], [20, "=A2*20"], [30, '=IF(A3>1,A3&"",1)'])

        assert [row.cells for row in read(path)[1]] == [("20", "=A2*20"), ("30", '=IF(A3>1,A3&"",1)')]

    def test_with_a_formula_whose_result_is_an_empty_text_are_empty(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, ["net", "notes"], [20, "=A2"])
        with zipfile.ZipFile(path) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        formula = sheet[sheet.index('<c r="B2"') : sheet.index("</c>", sheet.index('<c r="B2"')) + 4]

        with_part(
            path,
            "xl/worksheets/sheet1.xml",
            sheet.replace(formula, '<c r="B2" t="str"><f>IF(A2=0,1,"")</f><v></v></c>'),
        )

        assert read(path)[1][0].cells == ("20", "")

    def test_in_the_last_row_and_column_without_values_are_no_obstacle(self, tmp_path: Path) -> None:
        book = Workbook()
        sheet = book.worksheets[0]
        sheet.append(["net"])
        sheet.append([5])
        sheet["XFD1"].number_format = sheet["A1048576"].number_format = "0.00"
        path = tmp_path / "coloured.xlsx"
        book.save(path)

        assert read(path) == (("net",), [FileRow(2, ("5",))])


class TestSheets:
    def test_have_headings_in_any_line(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, [], ["Loads"], ["day", "net"], ["2026-03-01", 5])

        headings, rows = read(path, ReadOptions(headings_line=3))

        assert headings == ("day", "net")
        assert rows == [FileRow(4, ("2026-03-01", "5"))]
        assert "nothing in line 1" in rejection(path, ReadOptions(headings_line=1))

    def test_of_several_one_must_be_chosen(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, ["a"], [1], sheets=("March", "April"))

        assert "March, April" in rejection(path)
        assert read(path, ReadOptions(sheets=("April",)))[0] == ("a",)

    def test_that_are_hidden_are_not_offered(self, tmp_path: Path) -> None:
        book = Workbook()
        book.worksheets[0].append(["net"])
        book.create_sheet("Secret").append(["hidden"])
        book.worksheets[1].sheet_state = "hidden"
        path = tmp_path / "loads.xlsx"
        book.save(path)

        assert [(head.sheet, head.rows) for head in heads_of_workbook(path)] == [("Sheet", [["net"]])]


class TestKinds:
    def test_xls_is_read(self) -> None:
        headings, rows = read(XLS)

        assert headings == ("date", "material", "tons", "loads", "notes")
        assert rows[0] == FileRow(2, ("2026-03-02", "DEBRIS", "12.5", "3", "nass, größer"))

    def test_ods_is_read(self, tmp_path: Path) -> None:
        assert read(ods(tmp_path)) == (("date", "tons"), [FileRow(2, ("2026-03-02", "12.5"))])

    def test_xlsb_is_read_with_a_notice_that_it_has_values_only(self, tmp_path: Path) -> None:
        path = xlsb(tmp_path)

        assert read(path) == (("tons",), [FileRow(2, ("12.5",))])
        assert heads_of_workbook(path)[0].is_unknown

    @pytest.mark.parametrize("name", ["kinds.ods", "kinds.xls"])
    def test_ods_and_xls_have_formats_errors_and_marked_rows(self, name: str) -> None:
        rows = read(XLS.with_name(name))[1]

        assert [row.cells[2] for row in rows] == [
            "12480 kg",
            "12.48 t",
            "12.48 (×1000)",
            "#DIV/0!",
            "9",
            "7",
            "5",
        ]
        assert rows[0].cells[3:] == ("30:15:00", "#DIV/0!")
        # The result of its formula is an empty text.
        assert rows[1].cells[4] == ""
        assert [row.mark for row in rows[-3:]] == ["hidden", "struck", ""]
        assert not heads_of_workbook(XLS.with_name(name))[0].is_unknown

    def test_a_formula_of_an_ods_file_that_was_never_calculated_is_not_taken_for_empty(
        self, tmp_path: Path
    ) -> None:
        path = ods(tmp_path)
        with zipfile.ZipFile(path) as archive:
            content = archive.read("content.xml").decode()
        number = content[
            content.index('<table:table-cell office:value-type="float"') : content.rindex(
                "</table:table-row>"
            )
        ]

        with_part(
            path, "content.xml", content.replace(number, '<table:table-cell table:formula="of:=[.A2]*2"/>')
        )

        assert read(path)[1][0].cells == ("2026-03-02", "=[.A2]*2")

    def test_content_decides_whatever_the_name_says(self, tmp_path: Path) -> None:
        path = tmp_path / "loads.xlsx"
        path.write_bytes(XLS.read_bytes())

        assert read(path)[0][0] == "date"

    def test_a_workbook_with_macros_is_read_without_running_them(self, tmp_path: Path) -> None:
        path = with_part(workbook(tmp_path, ["net"], [5]), "xl/vbaProject.bin", "macro")

        assert read(path.rename(tmp_path / "loads.xlsm"))[0] == ("net",)


class TestPages(PagesCase):
    def test_names_what_an_xlsb_file_does_not_have(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            content = xlsb(Path(folder)).read_bytes()

        upload = self.upload(content, name="loads.xlsb")

        page = self.client.get(f"/imports/{upload.pk}/columns/").content.decode()
        assert "Of this kind of workbook only values can be read" in page
        values = {"site": "code:YARD-NORTH", "always-date": "2026-03-02", "always-material": "DEBRIS"}
        upload = self.post(upload, "columns", {**values, "column-qty_ton": "tons", "unit-qty_ton": "t"})
        assert upload.status == UploadStatus.CHECKED
        assert "Of this kind of workbook only values can be read" in self.page(upload)


class TestRejection:
    @pytest.mark.parametrize(
        "content", [b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 broken", b"\xd0\xcf\x11\xe0" + bytes(4096)]
    )
    def test_of_a_damaged_file_is_a_sentence(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "loads.xlsx"
        path.write_bytes(content)

        assert "damaged or not a workbook" in rejection(path)

    @pytest.mark.parametrize(
        "parts",
        [{"photo.jpg": "jpg"}, {"xl/workbook.xml": "<not closed"}, {"xl/workbook.xml": "<workbook/>"}],
    )
    def test_of_another_zip_file_is_a_sentence(self, tmp_path: Path, parts: dict[str, str | bytes]) -> None:
        assert "damaged or not a workbook" in rejection(packed(tmp_path / "photos.xlsx", parts))

    def test_of_what_is_too_large_unpacked_comes_before_reading(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(workbook_process, "MAX_UNPACKED", 1024)

        path = workbook(tmp_path, ["net"], [5])

        assert workbook_process.main(path, "rows", []) == workbook_process.TOO_LARGE

    def test_of_a_part_that_is_packed_to_almost_nothing_comes_before_reading(self, tmp_path: Path) -> None:
        sheet = "<row><c><v>1</v></c></row>" * 1_500_000

        path = with_part(workbook(tmp_path, ["net"], [5]), "xl/worksheets/sheet1.xml", sheet)

        assert workbook_process.main(path, "heads", ["1", "1"]) == workbook_process.TOO_LARGE

    def test_of_rows_that_an_ods_repeats_without_end_is_a_sentence(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(workbook_process, "FREE_CELLS", 0)
        path = ods(tmp_path)
        with zipfile.ZipFile(path) as archive:
            parts: dict[str, str | bytes] = {part: archive.read(part) for part in archive.namelist()}
        content = parts["content.xml"]
        assert isinstance(content, bytes)
        repeated = b'<table:table-row table:number-rows-repeated="100000">'
        parts["content.xml"] = content.replace(b"<table:table-row>", repeated)

        path = packed(path, parts)

        assert workbook_process.main(path, "heads", ["1", "1"]) == workbook_process.TOO_LARGE

    def test_of_what_takes_too_much_memory_is_a_sentence(self, tmp_path: Path) -> None:
        book = Workbook()
        book.worksheets[0].append(["net"])
        for column in range(1, 1_100):
            book.worksheets[0].cell(1_048_576, column, "far away")
        path = tmp_path / "far.xlsx"
        book.save(path)

        assert "too large" in rejection(path)

    def test_of_a_long_text_that_many_cells_share_is_a_sentence(self, tmp_path: Path) -> None:
        cells = "".join(
            f'<row r="{line}"><c r="A{line}" t="s"><v>0</v></c></row>' for line in range(1, 40_001)
        )
        path = workbook(tmp_path, ["net"])
        with_part(path, "xl/sharedStrings.xml", f"<sst><si><t>{'x' * 30_000}</t></si></sst>")
        with_part(path, "xl/worksheets/sheet1.xml", f"<worksheet><sheetData>{cells}</sheetData></worksheet>")

        assert "too large" in rejection(path)

    def test_declared_entities_are_not_expanded(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, ["net"], [5])
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
        sheet = (
            '<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>&b;</v></c></row></sheetData></worksheet>'
        )

        with_part(path, "xl/worksheets/sheet1.xml", bomb + sheet)

        assert "damaged" in rejection(path) or "aaaa" not in read(path)[0][0]

    def test_of_a_password_says_so_for_each_kind(self, tmp_path: Path) -> None:
        # The second record of a workbook with a password says how it is encrypted.
        xls = XLS.read_bytes().replace(b"\xe1\x00\x02\x00\xb0\x04", b"\x2f\x00\x02\x00\x01\x00", 1)
        (tmp_path / "loads.xls").write_bytes(xls)
        locked = with_part(ods(tmp_path), "META-INF/manifest.xml", "<m><manifest:encryption-data/></m>")

        assert "protected by a password" in rejection(tmp_path / "loads.xls")
        assert "protected by a password" in rejection(locked)

    def test_of_entities_in_an_ods_file_is_a_sentence(self, tmp_path: Path) -> None:
        path = ods(tmp_path)
        with zipfile.ZipFile(path) as archive:
            content = archive.read("content.xml").decode()

        with_part(path, "content.xml", content.replace("?>", '?><!DOCTYPE x [<!ENTITY a "5">]>', 1))

        assert "damaged" in rejection(path)

    def test_of_a_password_says_so(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def locked(_path: Path) -> None:
            raise PasswordError("locked")

        monkeypatch.setattr(workbook_process, "_open", locked)

        assert workbook_process.main(workbook(tmp_path, ["net"]), "rows", []) == workbook_process.ENCRYPTED


class TestWebPages:
    def test_without_an_end_of_their_tags_are_read_at_once(self, tmp_path: Path) -> None:
        path = tmp_path / "page.xls"
        path.write_text("<table><tr><td>net</td></tr><tr><td>5</td></tr><tr><td>" + "<a " * 100_000)
        began = time.process_time()

        headings, rows = read(path)

        assert (headings, [row.cells for row in rows]) == (("net",), [("5",), ()])
        assert time.process_time() - began < 5

    def test_whose_long_texts_take_too_many_lines_are_rejected(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(html_tables, "MAX_CELLS", 20_000)
        path = tmp_path / "page.xls"
        path.write_text("<table><tr>" + f"<td rowspan=100>{'x' * 10_000}" * 3 + "<tr>" * 100 + "</table>")

        assert "too large" in rejection(path)

    def test_repeat_a_cell_in_its_own_lines_where_some_are_shorter(self, tmp_path: Path) -> None:
        path = tmp_path / "page.xls"
        cells = "<td>2<td>b", "<td>3", "<td>4<td>c", "<td>5<td>d"
        path.write_text(
            "<table><tr><td>n<td>name<td>place</tr><tr><td>1<td>a<td rowspan=4>Yard</tr>"
            + "".join(f"<tr>{row}</tr>" for row in cells)
            + "</table>"
        )

        _headings, rows = read(path)

        assert [row.cells for row in rows] == [
            ("1", "a", "Yard"),
            ("2", "b", "Yard"),
            ("3",),
            ("4", "c", "Yard"),
            ("5", "d"),
        ]

    def test_within_a_cell_of_another_are_read(self, tmp_path: Path) -> None:
        path = tmp_path / "page.xls"
        path.write_text("<table><tr><td>Loads<table><tr><td>net</td></tr><tr><td>5</td></tr></table></table>")

        headings, rows = read(path)

        assert (headings, [row.cells for row in rows]) == (("net",), [("5",)])

    def test_whose_cells_take_too_many_columns_and_lines_are_rejected(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(html_tables, "MAX_CELLS", 20_000)
        path = tmp_path / "page.xls"
        path.write_text("<table>" + "<tr><td colspan=100 rowspan=100>" * 100)

        assert "too large" in rejection(path)
