"""How figures stand in a drawing and in its table."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from django.utils.formats import get_format
from django.utils.translation import get_language

from core.numbers import COMMA, POINT, page_mark

type Figure = Decimal | int

NOTHING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
# From here on an axis counts in thousands, millions, ...
SHORT_FROM = 10_000
LARGEST_SHORT = 15
# Room for figures that no site has, so that a drawing of them looks strange and is no error.
HALF_UP = Context(prec=60, rounding=ROUND_HALF_UP)
SUFFIXES = {3: "k", 6: "M", 9: "G", 12: "T"}


def written(figure: Figure | None, decimals: int) -> str:
    """Return a figure in full, rounded half-up, thousands separated; a dash for nothing."""
    if figure is None:
        return NOTHING
    # A count is whole as it is.
    if decimals == 0 and isinstance(figure, int):
        return f"{figure:,d}".translate(_separators(get_language(), page_mark.get()))
    return written_each([figure], decimals)[0]


def written_each(figures: Iterable[Figure | None], decimals: int) -> list[str]:
    """Return many figures in full, faster than one by one."""
    separators = _separators(get_language(), page_mark.get())
    # Not "z", which would leave out the sign of a zero: it is formatted without C's help.
    form = f",.{decimals}f"
    last = Decimal(1).scaleb(-decimals)
    # Rounded by the context's own method: entering a context takes longer than all the rest.
    texts = [
        NOTHING if figure is None else format(HALF_UP.quantize(Decimal(figure), last), form)
        for figure in figures
    ]
    # In one go: a sheet of figures is a thousand short texts.
    signed = "\n".join(_unsigned(text) if text[0] == "-" else text for text in texts)
    return signed.translate(separators).split("\n") if texts else []


def _unsigned(text: str) -> str:
    """Take the sign from what is nothing once it is rounded."""
    return text if text.strip("-0.,") else text[1:]


def shortened(figure: Decimal) -> str:
    """Return a figure as short as an axis needs it: 250, 2,500, 12.5k, 3M."""
    exponent = figure.adjusted() if figure else 0
    if abs(figure) < SHORT_FROM:
        text = f"{figure.normalize():,f}"
    elif exponent < LARGEST_SHORT:
        power = exponent - exponent % 3
        text = f"{figure.scaleb(-power).normalize():f}{SUFFIXES[power]}"
    else:
        text = f"{figure.normalize():E}".replace("E+", "e")
    return text.translate(_separators(get_language(), page_mark.get()))


def exact(figure: Figure) -> str:
    """Return a figure in full with no more decimals than it has: 300, 16,309.5."""
    text = f"{Decimal(figure).normalize():,f}"
    return text.translate(_separators(get_language(), page_mark.get()))


@lru_cache(maxsize=16)
def _separators(_language: str | None, mark: str) -> dict[int, str]:
    """Return the separators and the minus sign of the page's site or language, for Python's own."""
    if mark:
        return str.maketrans({",": POINT if mark == COMMA else COMMA, ".": mark, "-": MINUS})
    return str.maketrans(
        {
            ",": str(get_format("THOUSAND_SEPARATOR")),
            ".": str(get_format("DECIMAL_SEPARATOR")),
            "-": MINUS,
        }
    )
