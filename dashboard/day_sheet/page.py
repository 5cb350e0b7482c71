"""The page of a site's day: its sheet and its closing panel."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboard.closing.panel import ClosingPanel, Rejection
from dashboard.day_sheet.cells import definition_of
from dashboard.day_sheet.rejected import RejectedRow
from dashboard.day_sheet.sheet import Sheet
from records.pages.table import may_write
from records.registry import modules
from sites.accounts.sessions import is_shared
from sites.models import Site, User
from sites.scope import page_scope, site_in_path


def day_address(code: str, date: dt.date) -> str:
    """Return the address of a site's day."""
    return reverse("day:page", args=[code, date])


def post_to_the_day[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let a view accept POST alone; redirect other requests for its address to the page of the day."""

    @wraps(view)
    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method != "POST":
            match = request.resolver_match
            assert match is not None
            site = site_in_path(request, match.kwargs["code"])
            return redirect(f"{day_address(site.code, match.kwargs['date'])}?{request.GET.urlencode()}")
        return view(request, *args, **kwargs)

    return wrapper


def show_day(
    request: HttpRequest,
    site: Site,
    date: dt.date,
    *,
    rejected: RejectedRow | None = None,
    rejection: Rejection | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """Show a site's day, with a rejected row, or with a rejected action on the day."""
    records = {
        module.slug: definition_of(module).records.all(site=site.pk, date=date) for module in modules()
    }
    closing = ClosingPanel(site, date, rejection, records)
    places = tuple(choice for choice in page_scope(request).choices if may_write(choice))
    assert isinstance(request.user, User)
    sheet = Sheet(
        closing,
        rejected,
        copied=request.GET.get("copy", ""),
        opened=request.GET.get("with", ""),
        user=request.user,
        places=places,
        csrf_token=get_token(request),
    )
    response = render(
        request, "dashboard/day_sheet/sheet.html", {"sheet": sheet, "closing": closing}, status=status
    )
    if not is_shared(request):
        # The service worker keeps a copy for this person alone, for a day.
        response["X-Person"] = str(request.user.pk)
        response["Cache-Control"] = "private, no-cache"
    return response
