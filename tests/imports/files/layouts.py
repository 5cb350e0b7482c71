# other scripts are what it is about
"""Files whose sheets, rows, headings or encoding are not the usual ones."""

from collections.abc import Callable

from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from tests.imports.files.build import (
    DAY,
    HEADINGS,
    LOADS,
    NEXT,
    File,
    book,
    books,
    formatted,
    one,
    table,
    text,
)

HTML = (
    "<html><body><table><tr><th>date</th><th>material</th><th>tons</th></tr>"
    "<tr><td>2026-03-02</td><td>DEBRIS</td><td>12.5</td></tr></table></body></html>"
)


def _hide(sheet: Worksheet) -> None:
    sheet.row_dimensions[3].hidden = True


def _filter(sheet: Worksheet) -> None:
    sheet.auto_filter.ref = "A1:C4"
    sheet.row_dimensions[2].hidden = sheet.row_dimensions[4].hidden = True


def _strike(sheet: Worksheet) -> None:
    for cell in sheet[3]:
        cell.font = Font(strike=True)


def _strike_tons(sheet: Worksheet) -> None:
    sheet["C2"].font = Font(strike=True)


def _merge(sheet: Worksheet) -> None:
    sheet.merge_cells("C1:E1")
    sheet.merge_cells("A1:A2")
    sheet.merge_cells("B1:B2")


def _colour(*places: str) -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        for place in places:
            sheet[place].fill = PatternFill("solid", fgColor="FFCC00")

    return change


FILES = [
    # One sheet of many
    File(
        "months.xlsx",
        books({"Jan": [HEADINGS, LOADS[0]], "Feb": [HEADINGS, LOADS[1]], "Notes": [["Called Miller"]]}),
        ["12.500", "9.250"],
        asks="Sheets with the same headings",
        answers={"sheets": ["Feb"]},
        says="Sheets that are not imported: Notes.",
    ),
    File(
        "days.xlsx",
        books(
            {
                "Mon": [["Loads"], HEADINGS, LOADS[0]],
                "Tue": [HEADINGS, (NEXT, "NOPE", 3)],
                "Wed": [HEADINGS, LOADS[2]],
            }
        ),
        ["12.500"],
        asks="Sheets with the same headings",
        answers={"sheets": ["Tue"]},
        says="Tue 2",
        rejected=1,
    ),
    # Formulas without a stored value
    File(
        "formulas.xlsx",
        book(("date", "material", "tons", "loads"), (DAY, "DEBRIS", "=D2*20", 2), (DAY, "DEBRIS", 5, 1)),
        ["5.000"],
        says="is a formula without a stored result",
        rejected=1,
    ),
    File(
        "formula-for-a-date.xlsx",
        book(HEADINGS, ("=TODAY()", "DEBRIS", 5), (DAY, "DEBRIS", 6)),
        ["6.000"],
        says="=TODAY()",
        rejected=1,
    ),
    # Hidden, filtered and struck-out rows
    File(
        "hidden.xlsx",
        book(HEADINGS, *LOADS, change=_hide),
        ["12.500", "7.000"],
        asks="1 row is hidden or filtered out in the workbook",
        answers={"hidden_rows": "skip"},
        says="1 hidden row is left out: line 3.",
    ),
    File(
        "filtered.xlsx",
        book(HEADINGS, *LOADS, change=_filter),
        ["12.500", "9.250", "7.000"],
        asks="2 rows are hidden or filtered out in the workbook",
        answers={"hidden_rows": "keep"},
        says="2 hidden rows are imported: lines 2, 4.",
    ),
    File(
        "struck.xlsx",
        book(HEADINGS, *LOADS, change=_strike),
        ["12.500", "7.000"],
        asks="1 row is struck out in the workbook",
        answers={"struck_rows": "skip"},
        says="1 struck-out row is left out: line 3.",
    ),
    File(
        "struck-tons.xlsx",
        book(HEADINGS, *LOADS, change=_strike_tons),
        ["9.250", "7.000"],
        asks="1 row is struck out in the workbook",
        answers={"struck_rows": "skip"},
    ),
    # Encodings
    *(
        File(
            f"encoding-{encoding}.csv",
            text("date,material,tons,source", f"2026-03-02,DEBRIS,12,{source}", encoding=encoding),
            ["12.000"],
            asks=source if is_question else "",
            answers={"encoding": encoding} if is_question else {},
        )
        for encoding, source, is_question in (
            ("cp1256", "شركة الرمال", False),
            ("cp1251", "Карьер Северный", True),
            ("cp850", "Müller Straße", False),
            ("mac_roman", "Béton Müller", False),
            ("cp1252", "Müller & Söhne", False),
            ("cp1253", "Λατομείο", True),
            ("koi8_r", "Карьер", False),
            ("cp1254", "Kum İstanbul", True),
            ("utf-16", "Müller", False),
            ("utf-16-le", "Müller", False),
        )
    ),
    # Totals
    File(
        "total-in-a-cell.csv",
        table(HEADINGS, (DAY, "DEBRIS", "12.5"), (DAY, "DEBRIS", "9"), (DAY, "Total DEBRIS", "21.5")),
        ["12.500", "9.000"],
        says="1 row is a total and is left out: line 4",
    ),
    File(
        "subtotals.csv",
        table(
            HEADINGS,
            *((DAY, "DEBRIS", "12.5"), (DAY, "DEBRIS", "9.25"), ("", "", "21.75")),
            *(
                (NEXT, "DEBRIS", "3.5"),
                (NEXT, "DEBRIS", "4.25"),
                ("", "Subtotal", "7.75"),
                ("Grand total", "", "29.5"),
            ),
        ),
        ["12.500", "9.250", "3.500", "4.250"],
        says="3 rows are totals and are left out: lines 4 (21.75), 7 (Subtotal · 7.75), 8 (Grand total",
    ),
    File(
        "sum-that-looks-like-a-load.csv",
        table(
            (*HEADINGS, "ticket"),
            *((DAY, "DEBRIS", "12.51", "A1"), (DAY, "DEBRIS", "9.25", "A2"), (DAY, "DEBRIS", "21.76", "")),
        ),
        ["12.510", "9.250"],
        says="1 row is a total and is left out: line 4",
    ),
    File(
        "subtotals-of-excel.xlsx",
        book(
            HEADINGS,
            *(
                (DAY, "AGGREGATE", 12.5),
                (None, "AGGREGATE Total", 12.5),
                (DAY, "DEBRIS", 9),
                (NEXT, "DEBRIS", 3),
            ),
            *((None, "DEBRIS Total", 12), (None, "Grand Total", 24.5)),
        ),
        ["12.500", "9.000", "3.000"],
        says="3 rows are totals and are left out: lines 3",
    ),
    File(
        "supplier-called-total.csv",
        table(
            (*HEADINGS, "source"), (DAY, "DEBRIS", "12.5", "Total"), (DAY, "DEBRIS", "9", "Total Energies")
        ),
        ["12.500", "9.000"],
    ),
    File(
        "mixed-serials.xlsx",
        book(HEADINGS, (45750, "DEBRIS", 1), ("13/03/2025", "DEBRIS", 2)),
        ["1.000", "2.000"],
        dates=["2025-03-04", "2025-03-13"],
        asks="Day and month are swapped: 45750 = 4 March 2025",
        answers={"stored_dates": "swap"},
    ),
    File(
        "sum-by-chance.csv",
        table(HEADINGS, (DAY, "DEBRIS", "10"), (DAY, "DEBRIS", "11"), (DAY, "DEBRIS", "21")),
        ["10.000", "11.000", "21.000"],
        says="it may be a subtotal",
    ),
    # Headings
    File(
        "two-lines.xlsx",
        book(
            ("date", "material", "Weight (kg)", None, None),
            (None, None, "Gross", "Tare", "Net"),
            (DAY, "DEBRIS", 30000, 12000, 18000),
            change=_merge,
        ),
        ["18.000"],
    ),
    File(
        "line-of-units.csv",
        table(("Date", "Material", "Net"), ("", "", "kg"), (DAY, "DEBRIS", "150")),
        ["0.150"],
    ),
    File(
        "doubled-tons.csv",
        table(("date", "material", "tons", "tons"), (DAY, "DEBRIS", "5", "6")),
        ["6.000"],
        asks="tons (2)",
        answers={"column-qty_ton": "tons (2)", "unit-qty_ton": "t"},
    ),
    File(
        "ragged.csv",
        text("date,material,tons", "2026-03-02,DEBRIS,5,,,", "2026-03-03,DEBRIS,6"),
        ["5.000", "6.000"],
    ),
    # Workbooks
    File(
        "coloured-corner.xlsx",
        book(HEADINGS, *LOADS, change=_colour("XFD1", "A1048576", "XFD1048576")),
        ["12.500", "9.250", "7.000"],
    ),
    File("page.xls", HTML.encode(), ["12.500"]),
    File("page-with-another-start.xls", f"<!DOCTYPE html>\n{HTML}".encode("utf-16"), ["12.500"]),
    File(
        "xml.xls",
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        refused="save it as XLSX",
    ),
    File(
        "password.xlsx",
        b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600),
        refused="protected by a password",
    ),
    File(
        "error-in-notes.xlsx",
        book((*HEADINGS, "notes"), (DAY, "DEBRIS", 5, "#DIV/0!")),
        ["5.000"],
        says="has the error #DIV/0! of the spreadsheet",
    ),
    File(
        "error-in-tons.xlsx", book(HEADINGS, (DAY, "DEBRIS", "#DIV/0!")), says="the error #DIV/0!", rejected=1
    ),
    # Totals in other languages
    *(
        File(
            f"total-of-language-{number}.csv",
            table(HEADINGS, (DAY, "DEBRIS", "12.5"), (DAY, "DEBRIS", "9"), (word, "", "21.5")),
            ["12.500", "9.000"],
        )
        for number, word in enumerate(
            ["Kokku", "Kopā", "Iš viso", "Общо", "Укупно", "合計", "합계", "รวม", "Tổng cộng", "جمع کل"]
        )
    ),
    # What other programs write
    File(
        "line-breaks-in-quotes.csv",
        text('"date\n",material,"tons\n(t)",notes', '2026-03-02,DEBRIS,5,"wet\nand late"'),
        ["5.000"],
    ),
    File("per-mille.csv", one("12.5 ‰"), says="“12.5 ‰” is not a number", rejected=1),
    File("scientific.xlsx", formatted("0.00E+00", 12.48, heading="tons"), ["12.480"]),
    File("fraction.xlsx", formatted("# ?/?", 12.5, heading="tons"), ["12.500"]),
    File(
        "rowspan.xls",
        b"<html><table><tr><th>date</th><th>material</th><th>tons</th></tr>"
        b"<tr><td rowspan=2>2026-03-02</td><td>DEBRIS</td><td>12.5</td></tr>"
        b"<tr><td>DEBRIS</td><td>9</td></tr></table></html>",
        ["12.500", "9.000"],
    ),
    File(
        "side-by-side.csv",
        table((*HEADINGS, "", *HEADINGS), (DAY, "DEBRIS", "5", "", DAY, "DEBRIS", "6")),
        ["5.000"],
        asks="tons (2)",
        answers={
            "column-date": "date (1)",
            "column-material": "material (1)",
            "column-qty_ton": "tons (1)",
            "unit-qty_ton": "t",
        },
    ),
]
