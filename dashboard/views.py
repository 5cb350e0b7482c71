"""The dashboard, and its parts as they are fetched anew."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import condition, require_safe

from dashboard.balance.page import Balance
from dashboard.cards.card import FACES
from dashboard.cards.figures import TREND_DAYS
from dashboard.charts.card import CHART_FACES
from dashboard.closing.board import drawn_board, legend
from dashboard.closing.month import Month, site_months
from dashboard.page import Board
from dashboard.sites_overview import COLUMNS, Heading, in_order, site_lines
from dashboard.sites_rows import drawn_sites, totals
from sites.scope import page_scope


def part[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Answer 304 while nothing can have changed; ask for the whole page once another day runs."""

    def etag(request: HttpRequest, *_args: object, **_kwargs: object) -> str:
        return Board(request).etag

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if Board(request).day.is_outdated:
            return HttpResponse(headers={"HX-Refresh": "true"})
        response = view(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_cache=True)
        return response

    return require_safe(condition(etag_func=etag)(answer))


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show how the sites stand on a date."""
    part_of_page = "#charts" if request.headers.get("HX-Target") == "charts" else ""
    return render(request, f"dashboard/page.html{part_of_page}", {"board": Board(request)})


@require_safe
def sites(request: HttpRequest) -> HttpResponse:
    """Show how every site of the person stands today, in the order of `?sort=`."""
    lines = site_lines(page_scope(request).choices)
    asked = request.GET.get("sort", "")
    column = next((known for known in COLUMNS if known.name == asked.removeprefix("-")), COLUMNS[0])
    descending = asked == f"-{column.name}"
    sorted_by = f"-{column.name}" if descending else column.name
    sums = totals(lines)
    context = {
        "count": len(lines),
        "headings": [Heading(known, sorted_by, sums.get(known.name, "")) for known in COLUMNS],
        "rows": drawn_sites(in_order(lines, column, descending=descending)),
        "trend_days": TREND_DAYS,
    }
    return render(request, "dashboard/sites.html", context)


@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """Show how far each day of `?month=` is at every site of the person."""
    sites = page_scope(request).choices
    asked = Month.asked(request.GET.get("month", ""), sites=sites)
    lines = site_months(sites, first=asked.first, last=asked.last)
    context = {
        "month": asked,
        "lines": lines,
        "rows": drawn_board(lines),
        "legend": legend(),
        "due": sum(line.due for line in lines),
        "closed": sum(line.closed for line in lines),
        "waiting": sum(line.waiting for line in lines),
    }
    return render(request, "dashboard/month.html", context)


@require_safe
def balance(request: HttpRequest) -> HttpResponse:
    """Show what the plant made of its feed and how stock went, over the dates of `?from=` and `?to=`."""
    return render(request, "dashboard/balance.html", {"balance": Balance(request)})


@part
def card(request: HttpRequest, name: str) -> HttpResponse:
    """Show one card. Raises Http404 for a name that no card has."""
    if name not in FACES:
        raise Http404
    board = Board(request)
    return render(request, "dashboard/page.html#card", {"board": board, "card": board.card(name)})


@require_safe
def chart(request: HttpRequest, chart_name: str) -> HttpResponse:
    """Show one chart, alone or, without htmx, as a page. Raises Http404 for a name that no chart has."""
    if chart_name not in CHART_FACES:
        raise Http404
    if request.headers.get("HX-Request"):
        return _chart_part(request, chart_name)
    board = Board(request)
    return render(request, "dashboard/chart.html", {"board": board, "chart": board.chart(chart_name)})


@part
def _chart_part(request: HttpRequest, chart_name: str) -> HttpResponse:
    board = Board(request)
    return render(request, "dashboard/chart.html#chart", {"board": board, "chart": board.chart(chart_name)})


@part
def latest(request: HttpRequest) -> HttpResponse:
    """Show what was entered last."""
    return render(request, "dashboard/page.html#latest", {"board": Board(request)})
