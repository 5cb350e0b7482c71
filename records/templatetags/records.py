"""Filters for the templates of the record pages."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django import forms, template
from django.contrib.messages.storage.base import Message
from django.forms.boundfield import BoundField
from django.forms.utils import flatatt
from django.utils.safestring import SafeString

from records.pages.dates import DateRange
from records.pages.table import UNDO_TAG

register = template.Library()


@register.filter
def item[T](sequence: Sequence[T], index: int) -> T:
    """Return the item at an index."""
    return sequence[index]


@register.filter
def attributes(of: Mapping[str, object]) -> SafeString:
    """Return the attributes of a widget: Django's own template for them takes ten times as long."""
    return flatatt(dict(of))


@register.filter
def undo_acts(message: Message) -> str:
    """Return what a message offers to undo, as the undo form sends it; empty for nothing."""
    tag = message.extra_tags or ""
    return tag.removeprefix(UNDO_TAG) if tag.startswith(UNDO_TAG) else ""


@register.filter
def autofocused(field: BoundField) -> SafeString:
    """Render a field that takes the focus when it appears."""
    return field.as_widget(attrs={"autofocus": True, "data-shortcut": "n"})


@register.filter
def one_line(field: BoundField) -> SafeString:
    """Render a text as an input of one line, in which Enter sends the form."""
    return field.as_widget(widget=forms.TextInput())


@register.filter
def with_shortcut(field: BoundField, keys: str) -> SafeString:
    """Render a field with a keyboard shortcut."""
    return field.as_widget(attrs={"data-shortcut": keys})


@register.filter
def shown_as(field: BoundField, dates: DateRange) -> SafeString:
    """Render a field of the date range with the dates that the list shows, unless it has input."""
    shown: dict[str, dt.date] = {"from": dates.first, "to": dates.last}
    typed = field.data
    value = typed or shown[field.name].isoformat()
    attributes = field.build_widget_attrs({"id": field.auto_id})
    shown_value: SafeString = field.field.widget.render(field.html_name, value, attrs=attributes)
    return shown_value
