"""What the dashboard shows for a request."""

from functools import cached_property
from typing import NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import time_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.addresses import day_query, fragment_query, page_address
from dashboard.cards import FACES, Card
from dashboard.figures import DayFigures
from dashboard.freshness import etag_of
from dashboard.latest import Entry, latest_entries
from dashboard.latest_rows import drawn
from records.models import DailyRecord
from records.modules import RecordModule
from records.page_day import Day, day_of
from records.registry import modules
from records.rows import may_write
from sites.scope import Scope, page_scope


class EntryLink(NamedTuple):
    """Where a record of a module is entered."""

    module: RecordModule[DailyRecord]
    href: str


class Board:
    """The sites and the date that a request asks for, and what is to be seen of them."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.scope: Scope = page_scope(request)
        self.day: Day = day_of(request)

    @cached_property
    def etag(self) -> str:
        return etag_of(self.request, self.scope, self.day)

    @cached_property
    def figures(self) -> DayFigures:
        return DayFigures(self.scope.sites, self.day.date)

    @cached_property
    def cards(self) -> list[Card]:
        return [self.card(name) for name in FACES]

    def card(self, name: str) -> Card:
        return Card(FACES[name], self.figures, self.day, self.scope.code)

    @cached_property
    def entries(self) -> list[Entry]:
        return latest_entries(self.scope.sites)

    @property
    def latest_rows(self) -> SafeString:
        return drawn(self.entries, shows_site=self.shows_site)

    @property
    def shows_site(self) -> bool:
        """Say whether the page is about several sites, so that a line must say which it is of."""
        return self.scope.site is None

    @property
    def latest_address(self) -> str:
        return f"{reverse('dashboard:latest')}?{fragment_query(self.scope.code, self.day)}"

    @property
    def before_query(self) -> str:
        return self._query(self.day.before)

    @property
    def after_query(self) -> str:
        return self._query(self.day.after)

    @property
    def default_query(self) -> str:
        return self._query(self.day.begun_everywhere)

    @property
    def standing(self) -> str:
        """Say in a sentence how far the date has come, or how long ago it was."""
        if self.day.is_ahead:
            return _("This day has not begun yet.")
        if not self.day.is_running:
            ago = (self.day.begun_everywhere - self.day.date).days
            return _("Yesterday.") if ago == 1 else _("%(days)d days ago.") % {"days": ago}
        site = self.scope.site
        if site is None:
            return _("The day runs, and each site counts it by its own clock.")
        return _("The day runs until %(time)s, %(zone)s.") % {
            "time": time_format(site.day_starts_at, "H:i"),
            "zone": site.timezone,
        }

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was made, came in or left on the date."""
        return not any(card.value for card in self.cards if not card.face.is_level)

    @property
    def entry_links(self) -> list[EntryLink]:
        """Return where the person may enter what is missing: on one site, as its operator or more."""
        site = self.scope.site
        if site is None or not may_write(site):
            return []
        links = [EntryLink(module, page_address(f"{module.slug}:create")) for module in modules()]
        return [EntryLink(link.module, f"{link.href}?site={site.code}") for link in links if link.href]

    def _query(self, date: object) -> str:
        return day_query(self.scope.code, date) if date is not None else ""
