"""The pages that belong to no module: home, shortcuts and how the portal looks."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from deskops.web.shell import RAIL, SIDEBAR_COOKIE
from records.pages.table import may_write
from sites.models import Theme, User
from sites.scope import PARAMETER, manages, page_scope, remembered_scope

COOKIE_AGE = 60 * 60 * 24 * 365


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """Welcome a stranger; lead a signed-in user to the site used last.

    Who enters records there starts on its day sheet, everybody else on its dashboard.
    """
    if not request.user.is_authenticated:
        return render(request, "home.html")
    scope = page_scope(request)
    if not scope.choices:
        return redirect("no_site")
    enters = scope.site is not None and may_write(scope.site) and not manages(scope.site)
    page = "day:today" if enters else "dashboard:page"
    return redirect(reverse(page, query={PARAMETER: scope.code}))


def no_site(request: HttpRequest) -> HttpResponse:
    """Say what it means to be a member of no site, and whom to ask."""
    if remembered_scope(request).choices:
        return redirect("home")
    return render(request, "no_site.html")


def shortcuts(request: HttpRequest) -> HttpResponse:
    """List the keyboard shortcuts."""
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, "shortcuts.html#dialog" if is_fragment else "shortcuts.html")


@require_POST
def change_theme(request: HttpRequest) -> HttpResponse:
    """Remember whether the person wants the portal light or dark."""
    theme = request.POST.get("theme")
    if theme in Theme.values and request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(theme=theme)
    return redirect(_back(request))


@require_POST
def change_sidebar(request: HttpRequest) -> HttpResponse:
    """Remember whether the person wants the sidebar wide or narrow; without a script, this turns it."""
    response = redirect(_back(request))
    if request.COOKIES.get(SIDEBAR_COOKIE) == RAIL:
        response.delete_cookie(SIDEBAR_COOKIE)
    else:
        response.set_cookie(
            SIDEBAR_COOKIE, RAIL, max_age=COOKIE_AGE, samesite="Lax", secure=request.is_secure()
        )
    return response


def _back(request: HttpRequest) -> str:
    """Return the page that a form names as the one to go back to, if it is ours."""
    address = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if allowed else reverse("home")
