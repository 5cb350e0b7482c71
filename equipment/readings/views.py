"""The page of counters and fuel."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from equipment.readings.figures import counters_in, fuel_in
from records.pages.dates import PagePeriod
from sites.scope import page_scope


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Show what the counters of a site counted, belts next to production, and fuel."""
    scope = page_scope(request)
    period = PagePeriod(request, scope)
    first, last = period.dates.first, period.dates.last
    fuel, all_fuel = fuel_in(scope.sites, first=first, last=last)
    return render(
        request,
        "readings/figures.html",
        {
            "scope": scope,
            "period": period,
            "counters": counters_in(scope.sites, first=first, last=last),
            "fuel": fuel,
            "all_fuel": all_fuel,
        },
    )
