"""What a script of the sheet is answered: always JSON, also where the person is not signed in or may not."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate

import structlog
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse


def is_script(request: HttpRequest) -> bool:
    """Say whether a script of the sheet asks, and not a form."""
    return request.headers.get("Accept", "") == "application/json"


def for_lines[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let a script tell apart: signed out, somebody else signed in, not allowed, not there.

    A line waits on the machine of whoever typed it, and may be sent long after: never in another's name.
    """

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            if is_script(request):
                return JsonResponse({"state": "signed-out"}, status=HTTPStatus.UNAUTHORIZED)
            return redirect_to_login(request.get_full_path(), reverse("account_login"))
        structlog.contextvars.bind_contextvars(user_id=request.user.pk)
        if not is_script(request):
            return view(request, *args, **kwargs)
        if request.POST.get("person", str(request.user.pk)) != str(request.user.pk):
            return JsonResponse({"state": "another-person"}, status=HTTPStatus.CONFLICT)
        try:
            return view(request, *args, **kwargs)
        except Http404:
            return JsonResponse({"state": "gone"}, status=HTTPStatus.NOT_FOUND)
        except PermissionDenied as refusal:
            return JsonResponse({"state": "forbidden", "told": [str(refusal)]}, status=HTTPStatus.FORBIDDEN)

    return login_not_required(answer)
