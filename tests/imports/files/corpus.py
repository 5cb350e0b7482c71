# ruff: noqa: RUF001  # other scripts are what it is about
"""Small files of every kind that sites have, each with the right outcome; nothing of them is committed.

    python -m tests.imports.files.corpus FOLDER

writes them into a folder, to be tried by hand. `test_corpus.py` brings each of them through the pages.
"""

import csv
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

HEADINGS = ("date", "material", "tons")


@dataclass(frozen=True)
class File:
    """A file, and what has to become of it."""

    name: str
    content: bytes
    # The tons of the records, in the order of dates and lines, once the questions are answered.
    tons: Sequence[str] = ()
    # What is asked: a part of the page. Empty: nothing is asked.
    asks: str = ""
    # The answers, by the names of the page's inputs.
    answers: Mapping[str, object] = field(default_factory=dict)
    # The dates of the records, where they matter.
    dates: Sequence[str] = ()
    # A part of the preview's page: what is said of rows that are left out or rejected.
    says: str = ""
    # A part of the sentence with which the file is refused at once.
    refused: str = ""
    # How many rows are rejected.
    rejected: int = 0


def text(*lines: str, encoding: str = "utf-8") -> bytes:
    """Return lines as a text."""
    return ("\n".join(lines) + "\n").encode(encoding)


def table(*rows: Sequence[object], delimiter: str = ",") -> bytes:
    """Return rows as CSV."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows(rows)
    return written.getvalue().encode()


def one(tons: str, *, heading: str = "tons", day: str = "2026-03-02", delimiter: str = ",") -> bytes:
    """Return a CSV file of one load."""
    return table(("date", "material", heading), (day, "DEBRIS", tons), delimiter=delimiter)


def book(*rows: Sequence[object], change: Callable[[Worksheet], None] = lambda _sheet: None) -> bytes:
    """Return a workbook of one sheet."""
    return books({"Loads": rows}, change=change)


def books(
    sheets: Mapping[str, Sequence[Sequence[object]]],
    *,
    change: Callable[[Worksheet], None] = lambda _sheet: None,
) -> bytes:
    """Return a workbook; `change` is called with its first sheet."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    change(workbook.worksheets[0])
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()


def formatted(number_format: str, tons: float, *, heading: str = "Net") -> bytes:
    """Return a workbook of one load whose weight has a number format."""

    def change(sheet: Worksheet) -> None:
        sheet["C2"].number_format = number_format

    return book(("date", "material", heading), (DAY, "DEBRIS", tons), change=change)


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


def _hours(sheet: Worksheet) -> None:
    sheet["C2"].number_format = "[h]:mm"


DAY, NEXT = date(2026, 3, 2), date(2026, 3, 3)
LOADS = ((DAY, "DEBRIS", 12.5), (NEXT, "DEBRIS", 9.25), (NEXT, "AGGREGATE", 7))
POINTS = ("date;material;Netto kg", "02.03.2026;DEBRIS;12.480", "13.03.2026;DEBRIS;9.120")
HTML = (
    "<html><body><table><tr><th>date</th><th>material</th><th>tons</th></tr>"
    "<tr><td>2026-03-02</td><td>DEBRIS</td><td>12.5</td></tr></table></body></html>"
)
LONG_TABLE = [*HEADINGS], *((DAY, "DEBRIS", "12") for _row in range(60))

FILES = [
    # 1. The mark of thousands and decimals, over the whole file
    File(
        "thousands-point.csv",
        text(*POINTS),
        ["12.480", "9.120"],
        asks="“12.480” is 12.48 with a decimal point and 12480 with a decimal comma.",
        answers={"decimal_mark": ",", "column-qty_ton": "Netto kg"},
    ),
    File("proven-point.csv", text(*POINTS, "14.03.2026;DEBRIS;850.5"), ["0.012", "0.009", "0.851"]),
    File(
        "thousands-comma.csv",
        one("12,480", heading="Net (kg)"),
        ["12.480"],
        asks="“12,480” is 12480 with a decimal point and 12.48 with a decimal comma.",
        answers={"decimal_mark": "."},
    ),
    File(
        "mark-shown-in-the-last-row.csv",
        table(*LONG_TABLE[:3], (NEXT, "DEBRIS", "12.480"), *LONG_TABLE[3:50], (NEXT, "DEBRIS", "9,5")),
        rejected=0,
        tons=["12.000"] * 49 + ["12480.000", "9.500"],
    ),
    File(
        "both-marks.csv",
        table(HEADINGS, (DAY, "DEBRIS", "12.5"), (DAY, "DEBRIS", "9,25")),
        ["12.500"],
        asks="What is the decimal mark?",
        answers={"decimal_mark": "."},
        rejected=1,
    ),
    File(
        "thousands-point-in-text-cells.xlsx",
        book(("date", "material", "Netto kg"), (DAY, "DEBRIS", "12.480"), (DAY, "DEBRIS", 9120)),
        ["12.480", "9.120"],
        asks="“12.480” is 12.48 with a decimal point and 12480 with a decimal comma.",
        answers={"decimal_mark": ","},
    ),
    File(
        "comma-in-text-cells.xlsx",
        book(HEADINGS, (DAY, "DEBRIS", "12,48"), (DAY, "DEBRIS", 9.125)),
        ["12.480", "9.125"],
    ),
    # 2. The unit in the heading
    File(
        "kg-in-brackets.csv",
        table(("date", "material", "Net (kg)"), (DAY, "DEBRIS", "150"), (DAY, "DEBRIS", "95")),
        ["0.150", "0.095"],
    ),
    *(
        File(f"heading-{number}.csv", one(weight, heading=heading), [tons])
        for number, (heading, weight, tons) in enumerate(
            [
                ("Net, kg", "150", "0.150"),
                ("net_weight_kg", "150", "0.150"),
                ("Weight in kg", "150", "0.150"),
                ("Net [lbs]", "2000", "0.907"),
                ("Weight - pounds", "2000", "0.907"),
                ("Net weight short tons", "10", "9.072"),
                ("Net (short tons)", "10", "9.072"),
                ("net_long_tons", "10", "10.160"),
                ("Quantity (g)", "150000", "0.150"),
                ("Net (Mg)", "12.5", "12.500"),
                ("Net {t}", "12.5", "12.500"),
                ("Net (metric tonnes)", "12.5", "12.500"),
                ("kg net", "150", "0.150"),
                ("Netto/kg", "150", "0.150"),
                ("Weight (US cwt)", "100", "4.536"),
                ("Tons (short)", "10", "9.072"),
                ("Tons (US)", "10", "9.072"),
                ("Net kg (wet)", "150", "0.150"),
                ("Net (quintals)", "125", "12.500"),
            ]
        )
    ),
    *(
        File(
            f"volume-{number}.csv",
            one("10", heading=heading),
            [tons],
            asks="Column",
            answers={"column-qty_ton": heading, "unit-qty_ton": unit, "density-qty_ton": "1.6"},
        )
        for number, (heading, unit, tons) in enumerate(
            [
                ("Quantity (m³)", "m3", "16.000"),
                ("Volume (yd³)", "yd3", "12.233"),
                ("Net cbm", "m3", "16.000"),
            ]
        )
    ),
    File(
        "unknown-unit.csv",
        one("150", heading="Net (bags)"),
        ["0.150"],
        asks="“bags” is not a unit that is known here.",
        answers={"unit-qty_ton": "kg"},
    ),
    File(
        "thousands-of-a-unit.csv",
        one("150", heading="Net 1000 lb"),
        ["68.039"],
        asks="“1000” is not a unit that is known here.",
        answers={"column-qty_ton": "", "formula-qty_ton": "[Net 1000 lb] * 1000 lb"},
    ),
    File(
        "hundredweight.csv",
        one("100", heading="Net (cwt)"),
        ["5.080"],
        asks="“cwt” is not a unit that is known here.",
        answers={"unit-qty_ton": "cwt_uk"},
    ),
    File(
        "bare-weight.csv",
        one("150", heading="weight"),
        ["0.150"],
        asks="150 is in tons 150 t, in kilograms 0.15 t, in pounds 0.068 t.",
        answers={"unit-qty_ton": "kg"},
    ),
    File(
        "bare-net.csv",
        one("12.5", heading="Net"),
        ["12.500"],
        asks="12.5 is in tons 12.5 t",
        answers={"unit-qty_ton": "t"},
    ),
    # 3. The unit in a number format
    File("format-kg.xlsx", formatted('#,##0" kg"', 12480), ["12.480"]),
    File("format-kg-escaped.xlsx", formatted("#,##0\\ \\k\\g", 12480), ["12.480"]),
    File("format-tons-of-kg.xlsx", formatted('0.0,"t"', 12480), ["12.480"]),
    File("format-condition.xlsx", formatted('[>=1000]0.0,"t";0" kg"', 12480), ["12.480"]),
    File("format-lb.xlsx", formatted('0" lb"', 2000), ["0.907"]),
    File(
        "format-percent.xlsx",
        formatted("0.0%", 0.125, heading="tons"),
        says="the unit “%” is not known",
        rejected=1,
    ),
    File(
        "format-scaled.xlsx",
        formatted("#,##0,", 12480, heading="tons"),
        says="leaves thousands out",
        rejected=1,
    ),
    # 4. One sheet of many
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
    # 5. Formulas without a stored value
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
    # 6. Hidden, filtered and struck-out rows
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
    # 7. Encodings
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
    # 8. A column of dates half of which are texts
    File(
        "mixed-dates.xlsx",
        book(HEADINGS, (date(2025, 4, 3), "DEBRIS", 1), ("13/03/2025", "DEBRIS", 2)),
        ["1.000", "2.000"],
        dates=["2025-03-04", "2025-03-13"],
        asks="Some dates are stored as dates, others are texts",
        answers={"stored_dates": "swap"},
    ),
    File(
        "mixed-dates.csv",
        table(HEADINGS, *LONG_TABLE[1:50], ("25.03.2026", "DEBRIS", "2")),
        ["12.000"] * 49 + ["2.000"],
        asks="Some dates are stored as dates, others are texts",
        answers={"stored_dates": "keep"},
    ),
    # 9. Totals
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
    # Dates
    *(
        File(f"date-{number}.csv", one("5", day=day), ["5.000"], dates=[read], asks=asks, answers=answers)
        for number, (day, read, asks, answers) in enumerate(
            [
                ("3/13/2025 11:30 PM", "2025-03-13", "", {}),
                ("05-Mar-25", "2025-03-05", "05-Mar-25", {"date_format": "dmy2000"}),
                ("5-Mar-2025", "2025-03-05", "", {}),
                ("March 4, 2025", "2025-03-04", "", {}),
                ("Tuesday, 4 March 2025", "2025-03-04", "", {}),
                ("20250306", "2025-03-06", "", {}),
                ("45723", "2025-03-07", "days: <strong>7 March 2025", {"date_format": "serial"}),
                ("٢٠٢٥-٠٣-٠٥", "2025-03-05", "", {}),
                ("٢٥/٠٣/٢٠٢٥", "2025-03-25", "", {}),
                ("13|03|2025", "2025-03-13", "without their pattern", {"date_pattern": "dd|mm|yyyy"}),
                ("2025/3/5", "2025-03-05", "", {}),
                ("03/04/2025", "2025-04-03", "day first: <strong>3 April 2025", {"date_format": "dmy"}),
            ]
        )
    ),
    File(
        "serial.xlsx",
        book(HEADINGS, (45723, "DEBRIS", 5), (45724.75, "DEBRIS", 6)),
        ["5.000", "6.000"],
        dates=["2025-03-07", "2025-03-08"],
    ),
    File(
        "order-in-the-last-row.csv",
        table(
            HEADINGS, *(("03/04/2025", "DEBRIS", "1") for _row in range(60)), ("25/04/2025", "DEBRIS", "2")
        ),
        ["1.000"] * 60 + ["2.000"],
        dates=["2025-04-03"] * 60 + ["2025-04-25"],
    ),
    File(
        "serial-60.xlsx",
        book(
            HEADINGS,
            (60, "DEBRIS", 5),
            (DAY, "DEBRIS", 6),
            change=lambda sheet: setattr(sheet["A2"], "number_format", "yyyy-mm-dd"),
        ),
        ["6.000"],
        says="a number that is none",
        rejected=1,
    ),
    # Numbers
    *(
        File(f"number-{number}.csv", one(weight, delimiter=";"), [tons], asks=asks, answers=answers)
        for number, (weight, tons, asks, answers) in enumerate(
            [
                ("12.4 t", "12.400", "", {}),
                ("2,450 kg", "2.450", "“2,450 kg” is 2450", {"decimal_mark": "."}),
                ("27000 lbs", "12.247", "", {}),
                ("10 short tons", "9.072", "", {}),
                ("1,24,800", "124800.000", "", {}),
                ("1\u00a0234,5", "1234.500", "", {}),
                ("1\u202f234.5", "1234.500", "", {}),
                ("٣٫٥", "3.500", "", {}),
                ("١٬٢٣٤٫٥", "1234.500", "", {}),
                ("1'234.5", "1234.500", "", {}),
            ]
        )
    ),
    File("brackets.csv", one("(12.4)"), says="Tons must be more than 0", rejected=1),
    File(
        "cell-with-another-unit.csv",
        table(("date", "material", "Net (kg)"), (DAY, "DEBRIS", "950"), (DAY, "DEBRIS", "12.4 t")),
        ["0.950", "12.400"],
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
]


def write_files(folder: Path) -> None:
    """Write all files into a folder, and a table of their outcomes."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [["file", "asked", "answers", "tons", "rejected or refused"]]
    for file in FILES:
        (folder / file.name).write_bytes(file.content)
        lines.append(
            [file.name, file.asks, str(dict(file.answers)), " ".join(file.tons), file.refused or file.says]
        )
    with (folder / "outcomes.csv").open("w", encoding="utf-8", newline="") as outcomes:
        csv.writer(outcomes).writerows(lines)


if __name__ == "__main__":
    write_files(Path(sys.argv[1]))
