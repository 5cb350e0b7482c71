# ruff: noqa: RUF001  # other scripts are what it is about
"""Files whose numbers have marks and units of every kind."""

from tests.imports.files.build import DAY, HEADINGS, LONG_TABLE, NEXT, File, book, formatted, one, table, text

POINTS = ("date;material;Netto kg", "02.03.2026;DEBRIS;12.480", "13.03.2026;DEBRIS;9.120")

FILES = [
    # The mark of thousands and decimals, over the whole file
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
    # The unit in the heading
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
    # The unit in a number format
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
]
