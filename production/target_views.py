"""The targets page: everybody reads the targets of a site, its managers set them."""

import datetime as dt
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from http import HTTPStatus
from itertools import pairwise
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from production.forms import TargetForm
from production.models import Meaning, Target
from production.months import MonthToDate, TargetMonth
from production.targets import ONE_DAY, correct_target, remove_target, set_target
from records.pages.dates import day_of
from sites.history import changes_of
from sites.models import Site
from sites.scope import manages, page_scope, page_site, person_of, require_manager


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A target with the last day on which it applies, None for no end, and its site's today."""

    target: Target
    until: dt.date | None
    today: dt.date
    # The month to date of what the target is for; None where it has no target in that month.
    month: MonthToDate | None

    @property
    def is_ahead(self) -> bool:
        return self.target.valid_from > self.today

    @property
    def is_over(self) -> bool:
        return self.until is not None and self.until < self.today

    @property
    def is_in_force(self) -> bool:
        return not (self.is_ahead or self.is_over)

    @property
    def ends_the_one_before(self) -> bool:
        """Return whether there is no target from its date on."""
        return not self.target.tons_per_day


def lines_of(sites: Sequence[Site], month: TargetMonth) -> list[TargetLine]:
    """Return all targets of these sites, by site, whole site before materials, oldest first.

    One query in addition to those of the month.
    """
    today = {site.pk: site.today() for site in sites}
    targets = list(
        Target.objects.at(sites)
        .select_related("site", "material")
        .order_by(
            "site__name",
            "site__code",
            F("material__position").asc(nulls_first=True),
            "material__code",
            "valid_from",
        )
    )
    lines = []
    for target, following in pairwise([*targets, None]):
        assert target is not None
        goes_on = following is None or (following.site_id, following.material_id) != (
            target.site_id,
            target.material_id,
        )
        until = None if goes_on or following is None else following.valid_from - ONE_DAY
        lines.append(TargetLine(target, until, today[target.site_id], _month_of(target, month)))
    return lines


def _month_of(target: Target, month: TargetMonth) -> MonthToDate | None:
    """Return the month to date of what a target is for: the whole site, or one material."""
    if target.material_id is not None:
        return month.of_materials.get((target.site_id, target.material_id))
    of_site = month.of_sites[target.site_id]
    return of_site if of_site.target_ton else None


def output_address(month: MonthToDate, code: str) -> str:
    """Return the URL of the list of a month's output records."""
    first = month.date.replace(day=1)
    query = {"site": code, "from": first, "to": month.date, "counts_as": Meaning.OUTPUT}
    return f"{reverse('production:list')}?{urlencode(query)}"


reading_and_sending = require_http_methods(["GET", "HEAD", "POST"])


@reading_and_sending
def page(request: HttpRequest) -> HttpResponse:
    """Show the targets and the month to date of `?date=`; set a new target."""
    if request.method != "POST":
        return _show(request)
    site = page_site(request)
    require_manager(site)
    form = TargetForm(request.POST, instance=Target(site=site))
    if form.is_valid():
        try:
            target = set_target(site=site, by=person_of(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Set. %s.") % target)
            return redirect(_address(site))
    return _show(request, form)


@reading_and_sending
def correct(request: HttpRequest, target_id: int) -> HttpResponse:
    """Correct a target that was set wrongly."""
    target = _target(request, target_id)
    form = TargetForm(request.POST or None, instance=copy(target))
    if form.is_valid():
        try:
            corrected = correct_target(target=target, by=person_of(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Corrected. %s.") % corrected)
            return redirect(_address(target.site))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "production/target_edit.html", {"target": target, "form": form}, status=status)


@reading_and_sending
def remove(request: HttpRequest, target_id: int) -> HttpResponse:
    """Remove a target after a confirmation."""
    target = _target(request, target_id)
    if request.method == "POST":
        remove_target(target=target, by=person_of(request))
        messages.success(request, _("Removed. %s.") % target)
        return redirect(_address(target.site))
    return render(request, "production/target_remove.html", {"target": target})


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """Show the history of the site's targets."""
    site = page_site(request)
    context = {"site": site, "entries": changes_of(Target, related=["material"], site_id=site.pk)}
    return render(request, "production/target_history.html", context)


def _target(request: HttpRequest, target_id: int) -> Target:
    """Return a target that the user may change. Raises Http404, PermissionDenied below manager."""
    person = person_of(request)
    target = get_object_or_404(Target.objects.for_user(person).select_related("material"), pk=target_id)
    target.site = Site.objects.with_role(person).get(pk=target.site_id)
    require_manager(target.site)
    return target


def _address(site: Site) -> str:
    return f"{reverse('production:targets')}?site={site.code}"


def _show(request: HttpRequest, rejected: TargetForm | None = None) -> HttpResponse:
    """Show the page, with the rejected form if there is one."""
    scope = page_scope(request)
    month = TargetMonth(scope.sites, date=day_of(request).date)
    lines = lines_of(scope.sites, month)
    form = rejected
    if form is None and scope.site is not None and manages(scope.site):
        form = TargetForm(instance=Target(site=scope.site, valid_from=scope.site.today()))
    if scope.site is None:
        lines = [line for line in lines if line.is_in_force and not line.ends_the_one_before]
    context = {
        "scope": scope,
        "form": form,
        "current": [line for line in lines if not line.is_over],
        "past": [line for line in reversed(lines) if line.is_over],
        "month": month.whole,
        "output_address": output_address(month.whole, scope.code),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if rejected is not None else HTTPStatus.OK
    return render(request, "production/targets.html", context, status=status)
