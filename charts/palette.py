"""How one series differs from another: never by its colour alone.

The colours are those of Okabe and Ito, moved until each stands out 3 : 1 from a light and from a dark page,
so that one drawing serves both. Each comes with a hatch for what is filled and a dash for what is a line.
"""

from dataclasses import dataclass

# The colour of the words around, for what all others are measured by.
INK = "currentColor"
TILE = 8


@dataclass(frozen=True, slots=True)
class Style:
    """What a series looks like; hatch is a path over a tile of 8 by 8, dash an SVG dash array."""

    colour: str
    hatch: str = ""
    dash: str = ""


PALETTE = (
    Style("#0b78bd"),
    Style("#d55e00", hatch="M-2 2l4-4M0 8l8-8M6 10l4-4", dash="7 4"),
    Style("#00906a", hatch="M0 2h8M0 6h8", dash="2 4"),
    Style("#b5518e", hatch="M-2 6l4 4M0 0l8 8M6-2l4 4", dash="10 3 2 3"),
    Style("#9a7400", hatch="M2 0v8M6 0v8", dash="4 2"),
    Style("#6b7480", hatch="M0 0l8 8M0 8l8-8", dash="12 4"),
    Style("#2a8f8f", hatch="M0 4h8", dash="1 3"),
    Style("#8a63d2", hatch="M4 0v8", dash="8 3 1 3 1 3"),
)
# What is filled without a neighbour needs no hatch.
PLAIN = tuple(Style(style.colour) for style in PALETTE)
NEUTRAL = Style(INK)
THRESHOLD_DASH = "5 4"
# What has fallen below its mark.
LOW = PALETTE[1]


def style_of(number: int) -> Style:
    """Return the style of the series with this number; a ninth looks like the first again."""
    return PALETTE[number % len(PALETTE)]


def pattern(name: str, style: Style) -> str:
    """Return the definition of a hatched fill under a name that is one of its kind on the page."""
    return (
        f'<pattern id="{name}" width="{TILE}" height="{TILE}" patternUnits="userSpaceOnUse">'
        f'<rect width="{TILE}" height="{TILE}" fill="{style.colour}"/>'
        f'<path d="{style.hatch}" fill="none" stroke="#fff" stroke-opacity="0.4"/>'
        "</pattern>"
    )
