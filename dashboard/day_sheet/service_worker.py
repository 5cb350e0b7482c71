"""The service worker: a script that shows the day sheet without a connection."""

from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

SCRIPT = "js/day/service-worker.js"


@login_not_required
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Serve the script from the root: its path limits the addresses that it may handle."""
    path = finders.find(SCRIPT)
    assert isinstance(path, str)
    return HttpResponse(
        Path(path).read_bytes(),
        content_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "no-cache"},
    )
