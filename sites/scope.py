"""Which site, or sites, a page is about, and who may change how a site is run."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import BigIntegerField
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from core.db.prepared import Parameter, PreparedQuery
from core.numbers import page_mark
from sites.models import Role, Site, User

PARAMETER = "site"
ALL = "all"
# A site in an address: its code, or its id where the address has to outlive a new code.
type SiteKey = str | int
# Where the request keeps the answer, and the session the wish to see every site.
CACHED_AS = "page_scope"
ALL_REMEMBERED_AS = "all_sites"


# Read on every page.
_USER = Parameter("user", BigIntegerField())
_sites_of_admin = PreparedQuery(lambda: Site.objects.with_role_of_admin().order_by("name", "code"))
_sites_of_member = PreparedQuery(
    lambda: Site.objects.of_member(_USER).with_role_of_member(_USER).order_by("name", "code")
)


@dataclass(frozen=True, slots=True)
class Scope:
    """The site a page is about, or all of the person's, and what they may switch to."""

    site: Site | None
    choices: tuple[Site, ...]

    @property
    def sites(self) -> tuple[Site, ...]:
        """Return the one site, or every choice where the page is about all of them."""
        return self.choices if self.site is None else (self.site,)

    @property
    def name(self) -> str:
        """Return what the page is about, in words."""
        return _("All my sites") if self.site is None else self.site.name

    @property
    def code(self) -> str:
        """Return what `?site=` says for this scope."""
        return ALL if self.site is None else self.site.code


def person_of(request: HttpRequest) -> User:
    """Return the signed-in user of a page."""
    assert isinstance(request.user, User)
    return request.user


def page_scope(request: HttpRequest) -> Scope:
    """Return what the page is about, from `?site=`, else from what the person looked at last.

    Raises Http404 for a code that the person does not see, without repeating it. One query per request.
    """
    cached: Scope | None = getattr(request, CACHED_AS, None)
    if cached is None:
        cached = _resolve(request, request.GET.get(PARAMETER, "").strip())
        _be_about(request, cached)
    return cached


def page_site(request: HttpRequest) -> Site:
    """Return the one site that the page is about. Raises Http404 where it is about none, or about all."""
    site = page_scope(request).site
    if site is None:
        raise Http404
    return site


class SiteNotVisible(Http404):
    """The site of an address does not exist for this person."""


def site_in_path(request: HttpRequest, key: SiteKey) -> Site:
    """Return the site that a page's path names, and let the page be about it.

    Raises SiteNotVisible for a code or an id that the person does not see, without repeating it.
    """
    if key == ALL:
        raise SiteNotVisible
    scope = _resolve(request, key)
    _be_about(request, scope)
    assert scope.site is not None
    return scope.site


def _be_about(request: HttpRequest, scope: Scope) -> None:
    """Let the page be about a site or several, and write its figures as they all do."""
    setattr(request, CACHED_AS, scope)
    page_mark.set(shared_mark(scope.sites))


def shared_mark(sites: Sequence[Site]) -> str:
    """Return the decimal mark that all of the sites have; empty where they differ, and without a site."""
    marks = {site.decimal_mark for site in sites}
    return marks.pop() if len(marks) == 1 else ""


def has_scope(request: HttpRequest) -> bool:
    """Return whether the page has looked up its site; pages about no site never do."""
    return hasattr(request, CACHED_AS)


def remembered_scope(request: HttpRequest) -> Scope:
    """Return the page's scope where it has one, else what the person looked at last; never raises.

    For the parts around a page: an error page must not fail over the code that made it one.
    """
    if has_scope(request):
        return page_scope(request)
    return _resolve(request, "")


def scope_of(user: User, code: str) -> Scope:
    """Return the scope of an address that is not the page's own. Raises SiteNotVisible."""
    visible, choices = _visible(user)
    if code == ALL:
        return Scope(site=None, choices=choices)
    chosen = next((site for site in visible if site.code == code), None)
    if chosen is None:
        raise SiteNotVisible
    return Scope(site=chosen, choices=choices)


def _visible(user: User) -> tuple[list[Site], tuple[Site, ...]]:
    """Return the sites that a user sees, and those of them that are offered: the active ones."""
    # Inactive sites are not offered, but a link to what was recorded there still works.
    visible = _sites_of_admin.all() if user.is_superuser else _sites_of_member.all(user=user.pk)
    return visible, tuple(site for site in visible if site.is_active)


def _resolve(request: HttpRequest, key: SiteKey) -> Scope:
    user = request.user
    if not user.is_authenticated or not user.is_active:
        return Scope(site=None, choices=())
    visible, choices = _visible(user)
    if key == "":
        return Scope(site=_last_site(request, user, choices), choices=choices)
    if key == ALL:
        _remember(request, user, None)
        return Scope(site=None, choices=choices)
    chosen = next((site for site in visible if key in (site.code, site.pk)), None)
    if chosen is None:
        raise SiteNotVisible
    if chosen.is_active:
        _remember(request, user, chosen)
    return Scope(site=chosen, choices=choices)


def _last_site(request: HttpRequest, user: User, choices: tuple[Site, ...]) -> Site | None:
    if request.session.get(ALL_REMEMBERED_AS):
        return None
    last = next((site for site in choices if site.pk == user.last_site_id), None)
    return last or next(iter(choices), None)


def _remember(request: HttpRequest, user: User, site: Site | None) -> None:
    # A fragment that refreshes itself in a forgotten tab is nobody's choice, nor what a script asks or sends:
    # a sheet that is left open asks for the clock, and sends waiting lines to their own site.
    if request.headers.get("HX-Request") or request.headers.get("Accept") == "application/json":
        return
    remembers_all = bool(request.session.get(ALL_REMEMBERED_AS))
    if site is None:
        if not remembers_all:
            request.session[ALL_REMEMBERED_AS] = True
        return
    if remembers_all:
        del request.session[ALL_REMEMBERED_AS]
    if user.last_site_id != site.pk:
        User.objects.filter(pk=user.pk).update(last_site=site)
        user.last_site_id = site.pk


def manages(site: Site) -> bool:
    """Return whether the role annotated on a site lets its person change how the site is run."""
    return bool(site.role) and Role(site.role or "").covers(Role.MANAGER) and site.is_active


def require_manager(site: Site) -> None:
    """Raise PermissionDenied below manager, or where the site is no longer active."""
    if not Role(site.role or "").covers(Role.MANAGER):
        raise PermissionDenied(
            _("Your role on this site does not allow this. It requires the %(role)s role.")
            % {"role": Role.MANAGER.label}
        )
    if not site.is_active:
        raise PermissionDenied(_("This site is no longer active and takes no changes."))


def lock_as_manager(site_id: int, *, by: User) -> Site:
    """Lock a site for the transaction that changes how it is run, and return it with the person's role.

    Raises Site.DoesNotExist for a site that is not the person's, PermissionDenied as `require_manager` does.
    """
    visible = Site.objects.for_user(by).with_role(by).order_by()
    site = visible.select_for_update(of=("self",), no_key=True).get(pk=site_id)
    require_manager(site)
    return site
