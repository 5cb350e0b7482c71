"""The page of a site's day: its sheet, and how far the day is."""

import datetime as dt
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboard.closing.panel import ClosingPanel, Refusal
from dashboard.day.refusals import RefusedLine
from dashboard.day.sheet import Sheet
from sites.models import Site


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
        request, "dashboard/day/sheet.html", {"sheet": sheet, "closing": closing}, status=status
    )
    # Read by the service worker, which keeps a copy for this person alone.
    response["X-Person"] = str(request.user.pk)
    response["Cache-Control"] = "private, no-cache"
    return response
