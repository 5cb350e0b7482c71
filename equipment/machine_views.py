"""The pages of the machines: the fleet, and each machine's own."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from equipment.machines import Fleet, MachinePage
from equipment.models import Machine
from sites.models import User
from sites.scope import page_scope


@require_safe
def machines(request: HttpRequest) -> HttpResponse:
    """Show the machines of a site, or of all the person's, and how they were used."""
    return render(request, "equipment/machines.html", {"fleet": Fleet(request)})


@require_safe
def machine(request: HttpRequest, machine_id: int) -> HttpResponse:
    """Show one machine day by day. Another site's does not exist."""
    assert isinstance(request.user, User)
    found = Machine.objects.for_user(request.user).select_related("site").filter(pk=machine_id).first()
    if found is None:
        raise Http404
    scope = page_scope(request)
    if scope.site is not None and scope.site.pk != found.site_id and "site" in request.GET:
        # The switch of the site leads to the machines there.
        return redirect(f"{reverse('equipment:machines')}?{request.GET.urlencode()}")
    return render(request, "equipment/machine.html", {"page": MachinePage(request, found)})
