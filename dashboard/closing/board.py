"""The rows of the completeness board, drawn in Python: fifty sites have fifteen hundred days a month."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from dashboard.closing.month import Cell, SiteMonth
from dashboard.closing.states import State
from records.pages.dates import shown_date
from records.templatetags.figures import percent

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

ROW = (
    '<tr><th class="board__site" scope="row">{} <span class="muted">{}</span></th>'
    '<td class="board__share num" data-label="{}">{}</td>{}</tr>'
)
DAY = (
    '<td class="board__day is-{}{} falls-on-{}"><a href="{}" title="{}">'
    '<span class="board__number" aria-hidden="true">{}</span>'
    '<span class="board__mark" aria-hidden="true">{}</span>'
    '<span class="visually-hidden">{}</span></a></td>'
)
LATE_MARK = "\N{ASTERISK}"


def drawn_board(lines: Sequence[SiteMonth]) -> SafeString:
    """Draw a row for each site: its name, how much of it is submitted, and each of its days."""
    share = _("Submitted")
    # A thousand addresses that differ by code and date alone are looked up once.
    before = reverse("day:page", args=["CODE", dt.date.min]).partition("CODE")[0]

    def rows() -> Iterator[tuple[object, ...]]:
        for line in lines:
            days = format_html_join("", DAY, (_day(line, cell, before) for cell in line.cells))
            yield line.site.name, line.site.code, share, _share(line), days

    return format_html_join("\n", ROW, rows())


def legend() -> list[tuple[str, str, "Text"]]:
    """Return the marks of the board with what they mean: the look, the mark, the words."""
    marks = [(state.slug, state.mark, state.label) for state in State if state.mark]
    return [*marks, ("late", LATE_MARK, _("Submitted late"))]


def words_of(cell: Cell) -> str:
    """Return what the mark of a day means, with what the day lacks."""
    told = [shown_date(cell.date, "D j M"), str(cell.state.label)]
    if cell.is_late:
        told.append(_("submitted late"))
    if cell.lacking and cell.state is not State.EMPTY:
        names = get_text_list([str(module.label_plural) for module in cell.lacking], _("and"))
        told.append(_("missing: %(modules)s") % {"modules": names})
    return ", ".join(told)


def _day(line: SiteMonth, cell: Cell, before: str) -> tuple[object, ...]:
    words = words_of(cell)
    mark = cell.state.mark + (LATE_MARK if cell.is_late else "")
    today = " is-today" if cell.is_today else ""
    address = f"{before}{line.site.code}/{cell.date.isoformat()}/"
    return cell.state.slug, today, cell.date.isoweekday(), address, words, cell.date.day, mark, words


def _share(line: SiteMonth) -> SafeString:
    return format_html(
        '{} <span class="muted small">{}</span>',
        percent(line.percent),
        _("%(closed)d of %(due)d") % {"closed": line.closed, "due": line.due},
    )
