"""The responses to scripts that keep what is typed until it is saved: JSON, also without a session."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate

import structlog
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from sites.accounts.sign_in import lead_to_sign_in
from sites.scope import SiteNotVisible

NO_ACCESS = _("You no longer have access to the site of this line.")


def accepts_json(request: HttpRequest) -> bool:
    """Return whether a script sent the request, and not a form."""
    return request.headers.get("Accept", "") == "application/json"


def row_view[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Tell a script why a request failed: signed out, another person, not allowed, or not found.

    A row may wait on a machine and be sent long after it was typed, but never in another person's name.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            if accepts_json(request):
                return JsonResponse({"state": "signed-out"}, status=HTTPStatus.UNAUTHORIZED)
            return lead_to_sign_in(request)
        structlog.contextvars.bind_contextvars(user_id=request.user.pk)
        if not accepts_json(request):
            return view(request, *args, **kwargs)
        if request.POST.get("person", str(request.user.pk)) != str(request.user.pk):
            return JsonResponse({"state": "another-person"}, status=HTTPStatus.CONFLICT)
        try:
            return view(request, *args, **kwargs)
        except SiteNotVisible:
            return JsonResponse(
                {"state": "forbidden", "messages": [str(NO_ACCESS)]}, status=HTTPStatus.NOT_FOUND
            )
        except Http404:
            return JsonResponse({"state": "gone"}, status=HTTPStatus.NOT_FOUND)
        except PermissionDenied as error:
            return JsonResponse({"state": "forbidden", "messages": [str(error)]}, status=HTTPStatus.FORBIDDEN)

    return login_not_required(wrapper)
