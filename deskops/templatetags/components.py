"""Components that every page uses: one tag each."""

from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

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


@register.filter
def icon_of_message(level: str) -> str:
    """Return the name of the icon of a message's level."""
    return {"error": "error", "warning": "warning", "success": "check"}.get(level, "info")
