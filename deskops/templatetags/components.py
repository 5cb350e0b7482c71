"""Components that every page uses: one tag each."""

import datetime as dt
from functools import cache

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from deskops.backups import BACKUP_MAX_AGE
from deskops.models import BackupRun

register = template.Library()


@cache
def sprite() -> str:
    """Return the address of the icons. It does not change while the process runs."""
    return static("icons.svg")


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """Return an icon of `static/icons.svg` as an inline SVG, hidden from screen readers."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', sprite(), name)


@register.simple_tag
def number_heading(label: str, unit: str = "") -> SafeString:
    """Return the heading of a column of numbers with its unit."""
    shown = format_html(' <span class="unit">{}</span>', unit) if unit else ""
    return format_html('<th scope="col" class="num">{}{}</th>', label, shown)


@register.simple_block_tag
def figure_card(content: SafeString, label: str, figure: str, unit: str = "") -> SafeString:
    """Return a card of a figure; the block is what stands below it."""
    shown = format_html(' <span class="figure-card__unit">{}</span>', unit) if unit else ""
    return format_html(
        '<div class="figure-card"><h2 class="figure-card__label">{}</h2>'
        '<p class="figure-card__value">{}{}</p><p class="figure-card__change">{}</p></div>',
        label,
        figure,
        shown,
        content,
    )


@register.simple_block_tag
def empty_state(content: SafeString, icon_name: str, title: str, *, is_card: bool = True) -> SafeString:
    """Return what stands in place of a list without rows; the block says what to do, in paragraphs."""
    return format_html(
        '<div class="{}">{}<p><strong>{}</strong></p>{}</div>',
        "card empty" if is_card else "empty",
        icon(icon_name),
        title,
        content,
    )


@register.filter(expects_localtime=True)
def iso(moment: dt.datetime | None) -> str:
    """Return a moment for the `datetime` of a `time`, which takes no microseconds; nothing for None."""
    return "" if moment is None else moment.isoformat(timespec="seconds")


@register.filter
def icon_of_message(level: str) -> str:
    """Return the name of the icon of a message's level."""
    return {"error": "error", "warning": "warning", "success": "check"}.get(level, "info")


@register.simple_tag
def last_backup() -> dict[str, object]:
    """Return the sentence about the last backup, and whether an admin should do something."""
    last = BackupRun.objects.latest_finished()
    if last is None:
        sentence = _("No backup yet.")
    elif last.age < dt.timedelta(minutes=1):
        sentence = _("Last backup just now.")
    else:
        sentence = _("Last backup %(time)s ago.") % {"time": timesince(last.started_at, depth=1)}
    is_late = last is None or last.age > BACKUP_MAX_AGE
    if is_late and not settings.BACKUP_DIR:
        sentence = f"{sentence} {_('Set BACKUP_DIR on the server to make one each day.')}"
    return {"sentence": sentence, "is_late": is_late}


# The first that is found names it: Edge calls itself Chrome as well, and Chrome Safari.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def browser(user_agent: str) -> str:
    """Name the browser and the system that a user agent speaks of, or say that neither is known."""
    name = next((shown for mark, shown in BROWSERS if mark in user_agent), "")
    system = next((shown for mark, shown in SYSTEMS if mark in user_agent), "")
    if name and system:
        return _("%(browser)s on %(system)s") % {"browser": name, "system": system}
    return name or system or _("Another program")
