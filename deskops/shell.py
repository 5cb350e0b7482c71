"""The frame of every page: the menu, the site switch and the user's appearance settings."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exports.status import Status, status_of
from records.pages.table import may_write
from records.registry import modules
from sites.managing import manages
from sites.models import Site, Theme, User
from sites.scope import PARAMETER, Scope, has_scope, remembered_scope

SIDEBAR_COOKIE = "sidebar"
RAIL = "rail"
# The number of entries that fit next to "More" in a phone's bottom bar.
BAR_LENGTH = 4
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
)
# What says where a list was paged to means nothing on another site.
NOT_KEPT = frozenset({PARAMETER, "after", "before", "page"})


@dataclass(frozen=True, slots=True)
class Line:
    """A place that the menu leads to."""

    label: str | Promise
    icon: str
    url_name: str
    # Its address carries the site.
    is_scoped: bool = True


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A line of the menu."""

    label: str | Promise
    icon: str
    key: str
    href: str
    is_current: bool


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
        """Say whether the person has narrowed the sidebar to its icons."""
        return self.request.COOKIES.get(SIDEBAR_COOKIE) == RAIL

    @property
    def keys_kept_days(self) -> int:
        """Return for how many days a line that is sent again is not saved twice."""
        days: int = settings.SUBMISSION_KEEP_DAYS
        return days

    @cached_property
    def sprite(self) -> str:
        """Return the address of the icons, looked up once for the many of a page."""
        return static("icons.svg")

    @cached_property
    def scope(self) -> Scope:
        return remembered_scope(self.request)

    @property
    def lacks_site(self) -> bool:
        """Say whether the page is about a site and the person has none."""
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
    def menu(self) -> list[MenuEntry]:
        """Return the menu, whose links stay on the page's site: another tab may be on another."""
        lines = [Line(_("Dashboard"), "dashboard", "dashboard:page")]
        lines.append(Line(_("Day sheet"), "attendance", "day:today"))
        if len(self.scope.choices) > 1:
            lines.append(Line(_("All sites"), "site", "dashboard:sites", is_scoped=False))
        for module in modules():
            lines += [Line(page.label, page.icon, page.url_name) for page in module.menu_pages]
            lines.append(Line(module.label_plural, module.icon, f"{module.slug}:list"))
        lines.append(Line(_("Plant balance"), "balance", "dashboard:balance"))
        lines.append(Line(_("Completeness"), "check", "dashboard:month", is_scoped=False))
        lines.append(Line(_("Exports"), "exports", "exports:list", is_scoped=False))
        if any(may_write(site) for site in self.scope.choices):
            lines.append(Line(_("Imports"), "imports", "imports:list", is_scoped=False))
        if any(manages(site) for site in self.scope.choices):
            lines += [
                Line(page.label, page.icon, page.url_name)
                for module in modules()
                for page in module.pages
                if page.is_in_manager_menu
            ]
            lines.append(Line(_("Calendar"), "calendar", "calendar"))
        if getattr(self.request.user, "is_staff", False):
            lines.append(Line(_("Admin"), "admin", "admin:index", is_scoped=False))
        return list(self._entries(lines))

    @cached_property
    def exports(self) -> Status:
        """Return the status of the user's exports, for the badge in the top bar."""
        user = getattr(self.request, "user", None)
        return status_of(user) if isinstance(user, User) else Status()

    @property
    def bar(self) -> list[MenuEntry]:
        """Return what a phone's bottom bar shows at once."""
        return self.menu[:BAR_LENGTH]

    @property
    def rest(self) -> list[MenuEntry]:
        """Return what a phone's bottom bar keeps under "More"."""
        return self.menu[BAR_LENGTH:]

    @property
    def shortcuts(self) -> list[Shortcut]:
        """Return every keyboard shortcut."""
        places = [
            Shortcut(("g", entry.key), _("Go to %(place)s") % {"place": entry.label}) for entry in self.menu
        ]
        return [*places, *PAGE_SHORTCUTS]

    def _entries(self, lines: Iterable[Line]) -> Iterator[MenuEntry]:
        query = f"?{urlencode({PARAMETER: self.scope.code})}" if self.scope.choices else ""
        paths = {line: path for line in lines if (path := path_of(line.url_name))}
        # Under "/inventory/counts/" one is at the counts, not at the stock above them.
        current = max(
            (path for path in paths.values() if self.request.path.startswith(path)), key=len, default=""
        )
        taken: set[str] = set()
        for line, path in paths.items():
            key = next((letter for letter in line.url_name if letter.isalpha() and letter not in taken), "")
            taken.add(key)
            yield MenuEntry(
                label=line.label,
                icon=line.icon,
                key=key,
                href=path + query if line.is_scoped else path,
                is_current=path == current and not self.is_error,
            )


def path_of(url_name: str) -> str:
    """Return a place's path, and nothing while it has no page."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""
