"""The page of a site's day: its sheet, and how far the day is."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboard.closing.panel import ClosingPanel, Refusal
from dashboard.day_sheet.rejected import RefusedLine
from dashboard.day_sheet.sheet import Sheet
from sites.models import Site
from sites.scope import site_in_path


def day_address(code: str, date: dt.date) -> str:
    """Return the address of a site's day."""
    return reverse("day:page", args=[code, date])


def from_the_day[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Lead whoever opens a form's address, or switches site or date after a refusal, to the day's page."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method != "POST":
            asked = request.resolver_match
            assert asked is not None
            site = site_in_path(request, asked.kwargs["code"])
            return redirect(f"{day_address(site.code, asked.kwargs['date'])}?{request.GET.urlencode()}")
        return view(request, *args, **kwargs)

    return answer


def show_day(
    request: HttpRequest,
    site: Site,
    date: dt.date,
    *,
    refused: RefusedLine | None = None,
    refusal: Refusal | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """Show a site's day, with a line that was refused, or what was wanted of the day and refused."""
    closing = ClosingPanel(site, date, refusal)
    sheet = Sheet(closing, refused, copied=request.GET.get("copy", ""))
    response = render(
        request, "dashboard/day_sheet/sheet.html", {"sheet": sheet, "closing": closing}, status=status
    )
    # Read by the service worker, which keeps a copy for this person alone.
    response["X-Person"] = str(request.user.pk)
    response["Cache-Control"] = "private, no-cache"
    return response
