"""The views of the dashboard and of its parts, each of which is fetched again when it may have changed."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import condition, require_safe

from dashboard.balance import BalancePage
from dashboard.cards import CARDS
from dashboard.chart_figures import CHARTS
from dashboard.closing.month import MonthPage
from dashboard.page import DashboardPage
from dashboard.sites_overview import SitesOverview
from dashboard.statements.page import StatementPage


def part_view[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Answer 304 while nothing can have changed; reload the whole page once another day is running."""

    def etag(request: HttpRequest, *_args: object, **_kwargs: object) -> str:
        return DashboardPage(request).etag

    @wraps(view)
    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if DashboardPage(request).day.is_outdated:
            return HttpResponse(headers={"HX-Refresh": "true"})
        response = view(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_cache=True)
        return response

    return require_safe(condition(etag_func=etag)(wrapper))


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the figures of the sites on a date."""
    part = "#charts" if request.headers.get("HX-Target") == "charts" else ""
    return render(request, f"dashboard/page.html{part}", {"page": DashboardPage(request)})


@require_safe
def sites(request: HttpRequest) -> HttpResponse:
    """Show every site of the person today, in the order of `?sort=`."""
    return render(request, "dashboard/sites.html", {"overview": SitesOverview(request)})


@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """Show the completeness of `?month=` at every site of the person."""
    return render(request, "dashboard/month.html", {"page": MonthPage(request)})


@require_safe
def balance(request: HttpRequest) -> HttpResponse:
    """Show the plant balance and the stock over the dates of `?from=` and `?to=`."""
    return render(request, "dashboard/balance.html", {"balance": BalancePage(request)})


@require_safe
def statement(request: HttpRequest, name: str) -> HttpResponse:
    """Show a statement: mass balance, recovery or recall. Raises Http404 for another name."""
    return render(request, "dashboard/statement.html", {"page": StatementPage(request, name)})


@part_view
def card(request: HttpRequest, name: str) -> HttpResponse:
    """Show one card. Raises Http404 for an unknown name."""
    if name not in CARDS:
        raise Http404
    page = DashboardPage(request)
    return render(request, "dashboard/page.html#card", {"page": page, "card": page.card(name)})


@require_safe
def chart(request: HttpRequest, chart_name: str) -> HttpResponse:
    """Show one chart, as a part, or without htmx as a page. Raises Http404 for an unknown name."""
    if chart_name not in CHARTS:
        raise Http404
    if request.headers.get("HX-Request"):
        return _chart_part(request, chart_name)
    page = DashboardPage(request)
    return render(request, "dashboard/chart.html", {"page": page, "chart": page.chart(chart_name)})


@part_view
def _chart_part(request: HttpRequest, chart_name: str) -> HttpResponse:
    page = DashboardPage(request)
    return render(request, "dashboard/chart.html#chart", {"page": page, "chart": page.chart(chart_name)})


@part_view
def latest(request: HttpRequest) -> HttpResponse:
    """Show the latest entries."""
    return render(
        request, "dashboard/page.html#latest", {"page": DashboardPage(request), "has_entries": True}
    )
