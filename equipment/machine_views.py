"""The list of machines, and a page for each machine."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from equipment.machines import Fleet, MachinePage
from equipment.models import Machine
from sites.models import User
from sites.scope import PARAMETER as SITE_PARAMETER
from sites.scope import page_scope


@require_safe
def machines(request: HttpRequest) -> HttpResponse:
    """Show the machines of a site, or of all sites of the user, and their use."""
    return render(request, "equipment/machines.html", {"fleet": Fleet(request)})


@require_safe
def machine(request: HttpRequest, machine_id: int) -> HttpResponse:
    """Show one machine day by day. Raises Http404 for a site that the user may not see."""
    assert isinstance(request.user, User)
    found = Machine.objects.for_user(request.user).select_related("site").filter(pk=machine_id).first()
    if found is None:
        raise Http404
    if SITE_PARAMETER not in request.GET:
        # The dates and records are those of the machine's own site.
        query = request.GET.copy()
        query[SITE_PARAMETER] = found.site.code
        return redirect(f"{request.path}?{query.urlencode()}")
    scope = page_scope(request)
    if scope.site is None or scope.site.pk != found.site_id:
        # Another site was chosen: show the machines there.
        return redirect(f"{reverse('equipment:machines')}?{request.GET.urlencode()}")
    return render(request, "equipment/machine.html", {"page": MachinePage(request, found)})
