"""The frame of every page: the menu, the site switch and the user's appearance settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import TextChoices
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from alerts.models import MOST_SHOWN, unread_count
from dashboard.addresses import page_address
from deskops.templatetags.components import sprite
from exports.views import BadgeStatus, status_of
from records.pages.table import may_write
from records.registry import modules
from sites.accounts.sessions import is_shared
from sites.models import Site, Theme, User
from sites.scope import PARAMETER, Scope, has_scope, manages, remembered_scope

SIDEBAR_COOKIE = f"{settings.COOKIE_PREFIX}sidebar"
RAIL = "rail"
# What a phone's bottom bar shows next to "More", by what the user may do.
BAR_OF_OPERATOR = ("day:today", "received:list", "dispatch:list", "inventory:stock")
BAR_OF_MANAGER = ("today", "dashboard:page", "day:today", "inventory:stock")
BAR_OF_VIEWER = ("dashboard:page", "day:today", "inventory:stock", "exports:list")
SCRIPTS = (
    "js/htmx-setup.js",
    "js/messages.js",
    "js/appearance.js",
    "js/menus.js",
    "js/keys.js",
    "js/focus-errors.js",
    "js/confirm.js",
    "js/submit-once.js",
    "js/submit-on-change.js",
    "js/poll.js",
    "js/rows.js",
    "js/charts.js",
    "js/copies.js",
    "js/whole-paste.js",
)
# What says where a list was paged to means nothing on another site.
NOT_KEPT = frozenset({PARAMETER, "after", "before", "page"})


class Group(TextChoices):
    """The parts of the menu."""

    ENTER = "enter", _("Enter")
    WATCH = "watch", _("Watch")
    STOCK = "stock", _("Stock")
    FILES = "files", _("Files")
    SETTINGS = "settings", _("Settings")


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A place that the menu leads to."""

    label: str | Promise
    icon: str
    url_name: str
    group: Group
    # Its address carries the site.
    is_scoped: bool = True


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A line of the menu."""

    line: MenuItem
    key: str
    href: str
    is_current: bool

    @property
    def label(self) -> str | Promise:
        return self.line.label

    @property
    def icon(self) -> str:
        return self.line.icon


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """A part of the menu with its entries."""

    label: str | Promise
    entries: list[MenuEntry]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Keys to press one after the other, and what they do."""

    keys: tuple[str, ...]
    label: str | Promise


PAGE_SHORTCUTS = (
    Shortcut(("n",), _("New entry")),
    Shortcut(("/",), _("Filter the list")),
    Shortcut(("j",), _("Next row")),
    Shortcut(("k",), _("Row before")),
    Shortcut(("?",), _("Show these shortcuts")),
    Shortcut(("Esc",), _("Close what is open")),
)


class Shell:
    """The frame of the requested page."""

    def __init__(self, request: HttpRequest, *, is_error: bool = False) -> None:
        self.request = request
        # An error page leads home: its own address may name what the person must not learn of.
        self.is_error = is_error

    @property
    def path(self) -> str:
        """Return where the site switch asks for another site."""
        return reverse("home") if self.is_error else self.request.path

    @property
    def here(self) -> str:
        """Return where to come back to after changing how the portal looks."""
        return reverse("home") if self.is_error else self.request.get_full_path()

    # Looked up once per process: each page has all of them.
    @property
    def who_address(self) -> str:
        return page_address("day:who")

    @property
    def shortcuts_address(self) -> str:
        return page_address("shortcuts")

    @property
    def sidebar_address(self) -> str:
        return page_address("change_sidebar")

    @property
    def theme_address(self) -> str:
        return page_address("change_theme")

    @property
    def sign_out_address(self) -> str:
        return page_address("account_logout")

    @property
    def version(self) -> str:
        return settings.VERSION

    @property
    def theme(self) -> str:
        user = getattr(self.request, "user", None)
        return user.theme if user is not None and user.is_authenticated else Theme.SYSTEM.value

    @property
    def themes(self) -> list[tuple[str, str | Promise]]:
        return list(Theme.choices)

    @property
    def is_rail(self) -> bool:
        """Return whether the person has narrowed the sidebar to its icons."""
        return self.request.COOKIES.get(SIDEBAR_COOKIE) == RAIL

    @property
    def is_shared(self) -> bool:
        """Return whether others use this computer too, so that nothing is kept on it."""
        return is_shared(self.request)

    @property
    def keys_kept_days(self) -> int:
        """Return for how many days a line that is sent again is not saved twice."""
        days: int = settings.SUBMISSION_KEEP_DAYS
        return days

    @property
    def sprite(self) -> str:
        """Return the address of the icons."""
        return sprite()

    @cached_property
    def scope(self) -> Scope:
        return remembered_scope(self.request)

    @property
    def lacks_site(self) -> bool:
        """Return whether the page is about a site and the person has none."""
        return has_scope(self.request) and not self.scope.choices and self.scope.site is None

    @property
    def kept_query(self) -> list[tuple[str, str]]:
        """Return the page's other query parameters, which outlive a switch of the site."""
        if self.is_error:
            return []
        return [
            (name, value)
            for name, values in self.request.GET.lists()
            if name not in NOT_KEPT
            for value in values
        ]

    @property
    def switch_choices(self) -> list[Site]:
        """Return what the site switch offers: the choices, and the page's site where it is inactive."""
        choices = list(self.scope.choices)
        if self.scope.site is not None and self.scope.site not in choices:
            choices.append(self.scope.site)
        return choices

    @property
    def scripts(self) -> tuple[str, ...]:
        return SCRIPTS

    @cached_property
    def _lines(self) -> list[MenuItem]:
        """Return the places that the user may go to, in the order in which they get their keys."""
        lines = [MenuItem(_("Today"), "info", "today", Group.WATCH, is_scoped=False)]
        lines.append(MenuItem(_("Dashboard"), "dashboard", "dashboard:page", Group.WATCH))
        lines.append(MenuItem(_("Day sheet"), "attendance", "day:today", Group.ENTER))
        if len(self.scope.choices) > 1:
            lines.append(MenuItem(_("All sites"), "site", "dashboard:sites", Group.WATCH, is_scoped=False))
        for module in modules():
            if module.is_optional:
                continue
            # A module with a page of its own in the menu is listed next to that page.
            group = Group.STOCK if module.menu_pages else Group.ENTER
            lines += [MenuItem(page.label, page.icon, page.url_name, group) for page in module.menu_pages]
            lines.append(MenuItem(module.label_plural, module.icon, f"{module.slug}:list", group))
        lines.append(MenuItem(_("Plant balance"), "balance", "dashboard:balance", Group.STOCK))
        lines.append(MenuItem(_("Completeness"), "check", "dashboard:month", Group.WATCH, is_scoped=False))
        lines.append(MenuItem(_("Exports"), "exports", "exports:list", Group.FILES, is_scoped=False))
        if self._enters:
            lines.append(MenuItem(_("Imports"), "imports", "imports:list", Group.FILES, is_scoped=False))
        if self._manages:
            lines += [
                MenuItem(page.label, page.icon, page.url_name, Group.SETTINGS)
                for module in modules()
                for page in module.pages
                if page.is_in_manager_menu
            ]
            lines.append(MenuItem(_("Calendar"), "calendar", "calendar", Group.SETTINGS))
        if self._enters:
            lines.append(MenuItem(_("Gate"), "gate", "gate:page", Group.ENTER))
        if getattr(self.request.user, "is_staff", False):
            lines.append(MenuItem(_("Admin"), "admin", "admin:index", Group.SETTINGS, is_scoped=False))
        # Last, so that the keys of the others stay as they were.
        lines.append(MenuItem(_("Analysis"), "filter", "analysis:page", Group.WATCH))
        if self._enters or len(self.scope.choices) > 1:
            lines.append(MenuItem(_("Transfers"), "dispatch", "transfers:list", Group.STOCK))
        return [line for line in lines if page_address(line.url_name)]

    @cached_property
    def _enters(self) -> bool:
        return any(may_write(site) for site in self.scope.choices)

    @cached_property
    def _manages(self) -> bool:
        return any(manages(site) for site in self.scope.choices)

    @cached_property
    def _current(self) -> str:
        """Return the URL name of the place in the menu that the page belongs to."""
        if self.is_error:
            return ""
        # Under "/inventory/counts/" one is at the counts, not at the stock above them.
        here = (
            line.url_name for line in self._lines if self.request.path.startswith(page_address(line.url_name))
        )
        return max(here, key=lambda url_name: len(page_address(url_name)), default="")

    @property
    def menu_key(self) -> str:
        """Return what the menu depends on: with the same key it is the same HTML."""
        names = " ".join(line.url_name for line in self._lines)
        site = self.scope.code if self.scope.choices else ""
        return f"{get_language()} {site} {self._current} {self._enters} {self._manages} {names}"

    @cached_property
    def menu(self) -> list[MenuEntry]:
        """Return the menu, whose links stay on the page's site: another tab may be on another."""
        return list(self._entries())

    @property
    def groups(self) -> list[MenuGroup]:
        """Return the menu in its parts."""
        groups = (
            MenuGroup(group.label, [entry for entry in self.menu if entry.line.group is group])
            for group in Group
        )
        return [group for group in groups if group.entries]

    @cached_property
    def exports(self) -> BadgeStatus:
        """Return the status of the user's exports, for the badge in the top bar."""
        user = getattr(self.request, "user", None)
        return status_of(user) if isinstance(user, User) else BadgeStatus()

    @property
    def alerts_address(self) -> str:
        return page_address("alerts:list")

    @cached_property
    def unread_alerts(self) -> str:
        """Return how many alerts the user has not read, for the bell; empty for none."""
        user = getattr(self.request, "user", None)
        if not isinstance(user, User):
            return ""
        count = unread_count(user, {site.pk for site in self.scope.choices}) if user.has_unread_alerts else 0
        return f"{MOST_SHOWN}+" if count > MOST_SHOWN else str(count or "")

    @property
    def bar(self) -> list[MenuEntry]:
        """Return what a phone's bottom bar shows at once."""
        entries = {entry.line.url_name: entry for entry in self.menu}
        return [entries[url_name] for url_name in self._bar if url_name in entries]

    @property
    def rest(self) -> list[MenuEntry]:
        """Return what a phone's bottom bar keeps under "More"."""
        return [
            entry for group in self.groups for entry in group.entries if entry.line.url_name not in self._bar
        ]

    @property
    def _bar(self) -> tuple[str, ...]:
        if self._manages:
            return BAR_OF_MANAGER
        return BAR_OF_OPERATOR if self._enters else BAR_OF_VIEWER

    @property
    def shortcuts(self) -> list[Shortcut]:
        """Return every keyboard shortcut."""
        places = [
            Shortcut(("g", entry.key), _("Go to %(place)s") % {"place": entry.label}) for entry in self.menu
        ]
        return [*places, *PAGE_SHORTCUTS]

    def _entries(self) -> Iterator[MenuEntry]:
        query = f"?{urlencode({PARAMETER: self.scope.code})}" if self.scope.choices else ""
        taken: set[str] = set()
        for line in self._lines:
            key = next((letter for letter in line.url_name if letter.isalpha() and letter not in taken), "")
            taken.add(key)
            path = page_address(line.url_name)
            yield MenuEntry(
                line=line,
                key=key,
                href=path + query if line.is_scoped else path,
                is_current=line.url_name == self._current,
            )


def shell(request: HttpRequest) -> dict[str, object]:
    """Give templates `shell`, which queries the database only where it is used."""
    return {"shell": Shell(request)}
