"""The pages that belong to no module: home, shortcuts and how the portal looks."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from alerts.needs import failed_files, open_alerts
from core.addresses import page_of_portal
from core.numbers import page_mark
from dashboard.today import TodayPage
from deskops.web.shell import RAIL, SIDEBAR_COOKIE
from records.pages.table import may_write
from sites.models import Theme, User
from sites.scope import PARAMETER, manages, page_scope, remembered_scope, shared_mark

COOKIE_AGE = 60 * 60 * 24 * 365


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """Welcome a stranger; lead a signed-in user to their start page.

    A manager starts on the page of today, who enters records on the day sheet of the site used last, and
    everybody else on its dashboard.
    """
    if not request.user.is_authenticated:
        return render(request, "home.html")
    scope = page_scope(request)
    if not scope.choices:
        return redirect("no_site")
    if any(manages(site) for site in scope.choices):
        return redirect("today")
    enters = scope.site is not None and may_write(scope.site)
    page = "day:today" if enters else "dashboard:page"
    return redirect(reverse(page, query={PARAMETER: scope.code}))


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Show yesterday and today of all of the user's sites, and what needs the user."""
    assert isinstance(request.user, User)
    sites = page_scope(request).choices
    # The page is about all of them, whichever one the user looked at last.
    page_mark.set(shared_mark(sites))
    page = TodayPage(sites, others=[*open_alerts(sites), *failed_files(request.user)])
    return render(request, "dashboard/today.html", {"page": page})


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
    return redirect(page_of_portal(request, request.POST.get("next", "")))


@require_POST
def change_sidebar(request: HttpRequest) -> HttpResponse:
    """Remember whether the person wants the sidebar wide or narrow; without a script, this turns it."""
    response = redirect(page_of_portal(request, request.POST.get("next", "")))
    if request.COOKIES.get(SIDEBAR_COOKIE) == RAIL:
        response.delete_cookie(SIDEBAR_COOKIE)
    else:
        response.set_cookie(
            SIDEBAR_COOKIE,
            RAIL,
            max_age=COOKIE_AGE,
            samesite="Lax",
            httponly=True,
            secure=request.is_secure(),
        )
    return response
