# ruff: noqa: RUF001  # other scripts are what it is about
"""Files in dialects that programs write less often, each with the right outcome; see `corpus`."""

from datetime import date, datetime
from pathlib import Path

from openpyxl.utils.datetime import CALENDAR_MAC_1904
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

DATA = Path(__file__).resolve().parent.parent / "data"


def _count_from_1904(sheet: Worksheet) -> None:
    assert sheet.parent is not None
    sheet.parent.epoch = CALENDAR_MAC_1904


def _far_away(sheet: Worksheet) -> None:
    sheet["XFD1048576"] = "x"


def _merge_down(sheet: Worksheet) -> None:
    for place in ("A2:A4", "B2:B4", "D2:D4"):
        sheet.merge_cells(place)


MIXED_UNITS = (
    ("date", "material", "Quantity", "UoM"),
    (DAY, "DEBRIS", "12480", "KG"),
    (DAY, "DEBRIS", "9.5", "TO"),
)

FILES = [
    # Marks
    File(
        "thousands-in-row-500.csv",
        text("date;material;tons", *["02.03.2026;DEBRIS;2,5"] * 498, "13.03.2026;DEBRIS;1.234,5"),
        ["2.500"] * 498 + ["1234.500"],
    ),
    File(
        "marks-of-two-kinds-in-row-500.csv",
        text("date;material;tons", *["13.03.2026;DEBRIS;2,5"] * 498, "13.03.2026;DEBRIS;1.5"),
        ["2.500"] * 498,
        asks="What is the decimal mark?",
        answers={"decimal_mark": ","},
        rejected=1,
    ),
    *(
        File(f"sign-{number}.csv", one(weight, delimiter=";"), says="Tons must be more than 0", rejected=1)
        for number, weight in enumerate(["12.4-", "\u201112.4", "–12.4"])
    ),
    *(
        File(
            f"mark-at-an-end-{number}.csv",
            table(HEADINGS, (DAY, "DEBRIS", weight), (DAY, "DEBRIS", "7,25"), delimiter=";"),
            ["7.250"],
            says="begins or ends with a mark. Enter the number without it.",
            rejected=1,
        )
        for number, weight in enumerate(["12,5,", "12.5.", "12,5 .", ",5", "12,", "-,5"])
    ),
    File(
        "plus-sign.csv",
        table(HEADINGS, (DAY, "DEBRIS", "+12,5"), (DAY, "DEBRIS", "7,25"), delimiter=";"),
        ["7.250"],
        says="“+12,5” is not a number.",
        rejected=1,
    ),
    File("sign-behind-the-unit.csv", one("12.4 t-"), says="the unit “t-” is not known", rejected=1),
    File("unit-in-brackets.csv", one("(12.4 t)"), says="the unit “t)” is not known", rejected=1),
    File("apostrophe.csv", one("'12.4"), ["12.400"]),
    File("currency-in-brackets.csv", one("($12.40)"), says="is not a number", rejected=1),
    File("exponent.csv", one("1.2E+04"), says="is not a number", rejected=1),
    # Units
    *(
        File(f"unusual-heading-{number}.csv", one(weight, heading=heading), [tons])
        for number, (heading, weight, tons) in enumerate(
            [
                ("Nettogewicht [to]", "12.5", "12.500"),
                ("Weight, metric tonnes", "12.5", "12.500"),
                ("net_lbs", "2000", "0.907"),
                ("Gewicht in kg", "150", "0.150"),
                ("NET WT (LB)", "2000", "0.907"),
            ]
        )
    ),
    *(
        File(
            f"unknown-heading-{number}.csv",
            one("150", heading=heading),
            ["0.150"],
            asks=f'<option value="{heading}"',
            answers={"column-qty_ton": heading, "unit-qty_ton": "kg"},
        )
        for number, heading in enumerate(["Poids net", "Вес нетто", "Menge", "Net (kt)", "الوزن"])
    ),
    File(
        "unit-of-each-row.csv",
        table(*MIXED_UNITS),
        ["12.480", "9.500"],
        asks="as each row says under “UoM”",
        answers={"column-qty_ton": "Quantity"},
    ),
    File(
        "unit-of-each-row.xlsx",
        book(*MIXED_UNITS[:2], (DAY, "DEBRIS", 9.5, None), (DAY, "DEBRIS", 20, "loads")),
        ["12.480"],
        asks="as each row says under “UoM”",
        answers={"column-qty_ton": "Quantity", "unit-qty_ton": "column:UoM"},
        says="has no unit in its row",
        rejected=2,
    ),
    File(
        "unit-of-each-row-against-the-heading.csv",
        table(("date", "material", "Tons", "Unit"), (DAY, "DEBRIS", "12480", "kg")),
        ["12.480"],
        asks="Choose the unit",
        answers={"unit-qty_ton": "column:Unit"},
    ),
    File(
        "two-units-in-two-lines.csv",
        table(("", "", "Net (t)"), ("Date", "Material", "kg"), (DAY, "DEBRIS", "150")),
        ["0.150"],
        asks="is not a unit that is known here",
        answers={"unit-qty_ton": "kg"},
    ),
    File(
        "gross-only.csv",
        table(("date", "material", "Gross (t)"), (DAY, "DEBRIS", "30")),
        ["30.000"],
        asks="No heading of the file is known for this",
        answers={"column-qty_ton": "Gross (t)", "unit-qty_ton": "t"},
    ),
    File(
        "other-headings-below.csv",
        table(HEADINGS, (DAY, "DEBRIS", "5"), ("date", "material", "Net (kg)"), (DAY, "DEBRIS", "7")),
        ["5.000", "7.000"],
        says="has headings again, and others than the first",
        rejected=1,
    ),
    File(
        "same-headings-below.csv",
        table(HEADINGS, (DAY, "DEBRIS", "5"), HEADINGS, (DAY, "DEBRIS", "7")),
        ["5.000", "7.000"],
        says="1 row repeats the headings and is left out: line 3.",
    ),
    *(
        File(f"unit-in-cell-{number}.csv", one(weight, delimiter=";"), [tons])
        for number, (weight, tons) in enumerate(
            [("١٢٫٤ طن", "12.400"), ("१२.४ टन", "12.400"), ("12.4 TO", "12.400"), ("950 кг", "0.950")]
        )
    ),
    # Number formats
    File(
        "format-k.xlsx",
        formatted('0.0,"k"', 12480, heading="tons"),
        says="the unit “k” is not known",
        rejected=1,
    ),
    File("format-currency.xlsx", formatted("#,##0 [$kg-409]", 12480, heading="Net (t)"), ["12.480"]),
    File("format-of-negative.xlsx", formatted('0.0" t";[Red]-0.0" t"', 12.5), ["12.500"]),
    File("format-colour.xlsx", formatted("[Blue]#,##0.0", 12.5, heading="tons"), ["12.500"]),
    *(
        File(
            name,
            (DATA / name).read_bytes(),
            ["12.480", "12.480", "5.000"],
            asks="1 row is hidden or filtered out in the workbook",
            answers={"hidden_rows": "skip", "struck_rows": "skip"},
            says=says,
            rejected=2,
        )
        for name, says in (
            ("kinds.ods", "leaves thousands out"),
            ("kinds.xls", "The cell has the error #DIV/0!"),
        )
    ),
    # Sheets
    File(
        "quarters.xlsx",
        books({f"Q{number}": [HEADINGS, (DAY, "DEBRIS", number)] for number in range(1, 5)}),
        ["1.000", "2.000", "4.000"],
        asks="Sheets with the same headings",
        answers={"sheets": ["Q2", "Q4"]},
        says="Sheets that are not imported: Q3.",
    ),
    File(
        "text-in-the-last-cell.xlsx",
        book(HEADINGS, *LOADS, change=_far_away),
        ["12.500", "9.250", "7.000"],
        says="The row has 16384 cells",
        rejected=1,
    ),
    File(
        "formula-named-by-its-cell.xlsx",
        book(HEADINGS, (DAY, "DEBRIS", 5), (DAY, "DEBRIS", "=B2*2")),
        ["5.000"],
        says="C3: “=B2*2” is a formula without a stored result",
        rejected=1,
    ),
    # Totals and tickets that do not count
    *(
        File(
            f"total-{number}.csv",
            table(HEADINGS, (DAY, "DEBRIS", "12.5"), (DAY, "DEBRIS", "9"), row),
            ["12.500", "9.000"],
            says="1 row is a total and is left out: line 4",
        )
        for number, row in enumerate(
            [
                ("Summe", "", "21.5"),
                ("", "Gesamt", "21.5"),
                ("Total général", "", "21.5"),
                ("Итого:", "", "21.5"),
                ("Razem", "", "21.5"),
                (DAY, "Toplam", "21.5"),
                ("", "Celkem", "25"),
                (DAY, "Übertrag", "500"),
            ]
        )
    ),
    File(
        "carried-forward.csv",
        table((*HEADINGS, "source"), (DAY, "DEBRIS", "500", "Brought forward"), (DAY, "DEBRIS", "9", "Pit")),
        ["9.000"],
        says="1 row is a total and is left out: line 2",
    ),
    File(
        "void.csv",
        table((*HEADINGS, "notes"), (DAY, "DEBRIS", "12.5", ""), (DAY, "DEBRIS", "9", "VOID")),
        ["12.500", "9.000"],
        says="“VOID”: this may be a cancelled ticket.",
    ),
    # Encodings
    *(
        File(
            f"unusual-encoding-{encoding}.csv",
            text("date;material;tons;source", f"2026-03-02;DEBRIS;12;{source}", encoding=encoding),
            ["12.000"],
        )
        for encoding, source in (
            ("utf-16-be", "Müller"),
            ("utf-16-le", "Карьер Северный Карьер Северный"),
            ("koi8_r", "Карьер Северный"),
            ("utf-8-sig", "Müller"),
        )
    ),
    File("mark-inside.csv", text("date,material,tons", "\ufeff2026-03-02,DEBRIS,\ufeff5"), ["5.000"]),
    # Dates
    *(
        File(
            f"unusual-date-{number}.csv",
            one("5", day=day),
            ["5.000"],
            dates=[read],
            asks=asks,
            answers=answers,
        )
        for number, (day, read, asks, answers) in enumerate(
            [
                ("25.03.26", "2026-03-25", "25.03.26", {"date_format": "dmy2000"}),
                ("2026-W10-1", "2026-03-02", "in a form that is not known", {"date_pattern": "%G-W%V-%u"}),
                ("2026-03-02 00:00:00", "2026-03-02", "", {}),
                ("2026-03-02T00:00:00Z", "2026-03-02", "", {}),
                ("3/13/2026 12:00:00 AM", "2026-03-13", "", {}),
                ("5 марта 2026", "2026-03-05", "", {}),
                ("2026‑03‑02", "2026-03-02", "", {}),
                ("13-03-2026 23:59", "2026-03-13", "", {}),
            ]
        )
    ),
    File("time-24.csv", one("5", day="25.03.2026 24:00"), says="24:00 ends one day", rejected=1),
    File(
        "time-of-24.csv",
        table((*HEADINGS, "time"), (DAY, "DEBRIS", "5", "24:00"), (DAY, "DEBRIS", "6", "00:30")),
        ["6.000"],
        says="Write 23:59, or 00:00 and the next date.",
        rejected=1,
    ),
    File(
        "ordinal-days.csv",
        table(HEADINGS, ("2nd March 2026", "DEBRIS", "5"), ("March 3rd, 2026", "DEBRIS", "6")),
        ["5.000", "6.000"],
        dates=["2026-03-02", "2026-03-03"],
    ),
    File(
        "weekdays.csv",
        table(HEADINGS, ("Mo 02.03.2026", "DEBRIS", "5"), ("Di 03.03.2026", "DEBRIS", "6")),
        ["5.000", "6.000"],
        dates=["2026-03-02", "2026-03-03"],
        asks="Mo 02.03.2026",
        answers={"date_format": "dmy"},
    ),
    File("text-day.csv", one("5", day="Monday"), says="is not a date", rejected=1),
    File(
        "dates-of-1904.xlsx",
        book(HEADINGS, (date(2026, 3, 2), "DEBRIS", 5), (44622, "DEBRIS", 6), change=_count_from_1904),
        ["5.000", "6.000"],
        dates=["2026-03-02", "2026-03-03"],
    ),
    File(
        "moments.xlsx",
        book(HEADINGS, (datetime(2026, 3, 2), "DEBRIS", 5), (datetime(2026, 3, 3, 14, 30), "DEBRIS", 6)),  # noqa: DTZ001
        ["5.000", "6.000"],
        dates=["2026-03-02", "2026-03-03"],
    ),
    # Shape
    File(
        "doubled-headings.csv",
        table(("date", "date", "material", "tons"), (DAY, NEXT, "DEBRIS", "5")),
        ["5.000"],
        dates=[str(NEXT)],
        asks="date (1), date (2) could each be this column.",
        answers={"column-date": "date (2)"},
    ),
    File(
        "ends-of-lines.csv",
        b"date,material,tons\r2026-03-02,DEBRIS,5\r2026-03-03,DEBRIS,6\r",
        ["5.000", "6.000"],
    ),
    File(
        "title-of-two-lines.csv",
        text('"Loads of the yard', 'in March",,', "date,material,tons", "2026-03-02,DEBRIS,5"),
        ["5.000"],
    ),
    File(
        "notes-of-two-lines.csv",
        text("date,material,tons,notes", '2026-03-02,DEBRIS,5,"wet', 'and cold"', "2026-03-03,DEBRIS,6,"),
        ["5.000", "6.000"],
    ),
    *(
        File(
            f"index-column-{number}.csv",
            table(
                (heading, "Date", "Material", "Net (t)"),
                *((row, DAY, "DEBRIS", f"{row + 3.5}") for row in range(1, 4)),
            ),
            ["4.500", "5.500", "6.500"],
        )
        for number, heading in enumerate(["Nr", "#", "Lfd. Nr.", "Zähler", "№ п/п"])
    ),
    *(
        File(
            f"index-column-beside-unknown-{number}.csv",
            table(
                (heading, "Date", "Material", "Gewicht xyz"),
                *((row, DAY, "DEBRIS", f"{row + 3.5}") for row in range(1, 4)),
            ),
            ["4.500", "5.500", "6.500"],
            asks='<option value="Gewicht xyz" selected',
            answers={"unit-qty_ton": "t"},
        )
        for number, heading in enumerate(["Pos.", ""])
    ),
    File(
        "two-tables-side-by-side.xlsx",
        book(
            (*HEADINGS, None, *HEADINGS),
            (DAY, "DEBRIS", 1, None, DAY, "AGGREGATE", 9),
            (NEXT, "DEBRIS", 2, None, NEXT, "AGGREGATE", 8),
        ),
        ["9.000", "8.000"],
        asks="date (1), date (2) could each be this column.",
        answers={
            "column-date": "date (2)",
            "column-material": "material (2)",
            "column-qty_ton": "tons (2)",
            "unit-qty_ton": "t",
        },
    ),
    File(
        "printed-pages.csv",
        text(
            *("Report;;", "date;material;tons", "2026-03-02;DEBRIS;5", "Page 1 of 2;;"),
            *("date;material;tons", "2026-03-03;DEBRIS;6", "Page 2 of 2;;"),
        ),
        ["5.000", "6.000"],
        says="1 row repeats the headings and is left out: line 5.",
        rejected=2,
    ),
    File(
        "signature.xlsx",
        book(HEADINGS, *LOADS, (None,), ("Signature: ________",), ("Printed 03.03.2026",)),
        ["12.500", "9.250", "7.000"],
        says="“Printed 03.03.2026” is not a date.",
        rejected=2,
    ),
    File(
        "percents.csv",
        table((*HEADINGS, "Moisture"), (DAY, "DEBRIS", "5", "5%"), (DAY, "DEBRIS", "6", "4.5 %")),
        ["5.000", "6.000"],
    ),
    File(
        "prices.csv",
        table(
            ("date", "material", "Weight (t)", "Price (EUR)", "Amount"),
            (DAY, "DEBRIS", "5", "€12.50", "62.50 EUR"),
        ),
        ["5.000"],
        asks="Weight (t)",
    ),
    File(
        "sep-and-mark.csv", b"\xef\xbb\xbfsep=;\r\ndate;material;tons\r\n2026-03-02;DEBRIS;5\r\n", ["5.000"]
    ),
    File(
        "sep-in-utf-16.csv",
        text("sep=;", "date;material;tons", "2026-03-02;DEBRIS;5", encoding="utf-16"),
        ["5.000"],
    ),
    File("nul.csv", b"date,material,tons\n2026-03-02,DEBRIS,5\0\n", refused="Line 2 has a NUL byte"),
    File(
        "columns-of-spaces.txt",
        text("date        material    tons", "2026-03-02  DEBRIS      5.00", "2026-03-03  DEBRIS     12.50"),
        refused="Only spaces separate the columns of this text.",
    ),
    # Merged cells
    *(
        File(
            name,
            (DATA / name).read_bytes(),
            ["1.500", "2.250", "3.500", "20.000"],
            dates=["2026-03-02"] * 3 + ["2026-03-03"],
            says="C6 is merged with C5: “20” is one number for several rows.",
            rejected=1,
        )
        for name in ("merged.ods", "merged.xls")
    ),
    File(
        "merged.xlsx",
        book(
            (*HEADINGS, "source"),
            *((DAY, "DEBRIS", 5, "Pit"), (None, None, 6, None), (None, None, 7, None)),
            (NEXT, "DEBRIS", 8, None),
            change=_merge_down,
        ),
        ["5.000", "6.000", "7.000", "8.000"],
        dates=["2026-03-02"] * 3 + ["2026-03-03"],
    ),
    File(
        "merged-lines.xls",
        b"<html><body><table><tr><th>date</th><th>material</th><th>tons</th></tr>"
        b"<tr><td rowspan=2>2026-03-02</td><td>DEBRIS</td><td rowspan=2>12.5</td></tr>"
        b"<tr><td>DEBRIS</td></tr><tr><td>2026-03-03</td><td>DEBRIS</td><td>3</td></tr></table></body></html>",
        ["12.500", "3.000"],
        says="Enter tons, or loads.",
        rejected=1,
    ),
    *(
        File(
            f"merged-lines-{number}.xls",
            b"<html><body><table><tr><th>date</th><th>material</th><th>tons</th></tr>"
            b"<tr><td rowspan=2>02.03.2026</td><td>DEBRIS</td><td rowspan=2>%b</td></tr>"
            b"<tr><td>DEBRIS</td></tr><tr><td>13.03.2026</td><td>DEBRIS</td><td>3.25</td></tr></table></body></html>"
            % cell,
            ["12.500", "3.250"],
            dates=["2026-03-02", "2026-03-13"],
            says="Enter tons, or loads.",
            rejected=1,
        )
        for number, cell in enumerate((b"12.5 t", b"12500 kg"), start=1)
    ),
    File("tabs.csv", text("date\tmaterial\ttons", "2026-03-02\tDEBRIS\t5"), ["5.000"]),
    File("sep.csv", text("sep=;", "date;material;tons", "2026-03-02;DEBRIS;5"), ["5.000"]),
]
