# ruff: noqa: RUF001  # other scripts are what it is about
"""Files whose dates are written in every way."""

from datetime import date

from tests.imports.files.build import (
    DAY,
    HEADINGS,
    LONG_TABLE,
    File,
    book,
    one,
    table,
)

FILES = [
    # A column of dates half of which are texts
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
    # Dates
    *(
        File(f"date-{number}.csv", one("5", day=day), ["5.000"], dates=[read], asks=asks, answers=answers)
        for number, (day, read, asks, answers) in enumerate(
            [
                ("3/13/2025 11:30 PM", "2025-03-13", "", {}),
                ("05-Mar-25", "2025-03-05", "05-Mar-25", {"date_format": "dmy2000"}),
                ("5-Mar-2025", "2025-03-05", "", {}),
                ("March 4, 2025", "2025-03-04", "", {}),
                ("5 févr. 2025", "2025-02-05", "", {}),
                ("5 FEVRIER 2025", "2025-02-05", "", {}),
                ("środa, 2 lipca 2025", "2025-07-02", "", {}),
                ("sroda 2 pazdziernika 2025", "2025-10-02", "", {}),
                ("12 Ağustos 2025", "2025-08-12", "", {}),
                ("12 ARALIK 2024", "2024-12-12", "", {}),
                ("miercoles, 5 mar 2025", "2025-03-05", "", {}),
                ("5. listopadu 2024", "2024-11-05", "", {}),
                ("5. červen 2024", "2024-06-05", "", {}),
                ("5. července 2024", "2024-07-05", "", {}),
                ("Tuesday, 4 March 2025", "2025-03-04", "", {}),
                ("20250306", "2025-03-06", "", {}),
                ("45723", "2025-03-07", "days: <strong>7 March 2025", {"date_format": "serial"}),
                ("٢٠٢٥-٠٣-٠٥", "2025-03-05", "", {}),
                ("٢٥/٠٣/٢٠٢٥", "2025-03-25", "", {}),
                ("13|03|2025", "2025-03-13", "in a form that is not known", {"date_pattern": "dd|mm|yyyy"}),
                ("2025/3/5", "2025-03-05", "", {}),
                ("03/04/2025", "2025-04-03", "day first: <strong>3 April 2025", {"date_format": "dmy"}),
            ]
        )
    ),
    # October in Croatia, November in Poland
    File(
        "month-of-two.csv",
        table(HEADINGS, ("5 listopada 2024", "DEBRIS", 5), (DAY, "DEBRIS", 6)),
        ["6.000"],
        says="“5 listopada 2024” can be two months, in two languages. Write the month as a number.",
        rejected=1,
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
]
