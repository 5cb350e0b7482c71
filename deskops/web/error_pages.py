"""The pages for what went wrong, in the portal's own clothes."""

import sys
from http import HTTPStatus

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

from core.db.busy import RETRY_AFTER, is_busy
from core.db.constraints import is_unique_violation
from deskops.web.shell import Shell

# Forms whose values are never written into a page again: they hold passwords and codes.
PRIVATE_FORMS = ("/accounts/", "/admin/")


def bad_request(
    request: HttpRequest,
    exception: Exception | None = None,  # noqa: ARG001  Django names it
) -> HttpResponse:
    """Answer what cannot be understood."""
    return _page(request, "errors/400.html", 400, is_signed_in=False)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    """Answer what the person's role does not allow, with the reason where one was given."""
    return _page(request, "errors/403.html", 403, reason=str(exception))


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django names it
    """Return the page for a URL that does not exist for this user, without repeating the URL."""
    return _page(request, "errors/404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for an unexpected error. It uses nothing that could fail again: no user, no query."""
    error = sys.exception()
    if is_busy(error):
        return busy(request)
    if is_unique_violation(error) and not request.path_info.startswith("/api/"):
        return conflict(request)
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def too_many_requests(request: HttpRequest, *, is_upload: bool) -> HttpResponse:
    """Return the page for a person of whom too many requests are in progress; the form can be sent again."""
    reason = (
        _("Another file of yours is still being uploaded.")
        if is_upload
        else _("Too many of your requests are still being answered.")
    )
    # This is outside of the middleware that reads the cookie, without which the form's token would be wrong.
    CsrfViewMiddleware(lambda _request: HttpResponse()).process_request(request)
    return _later(request, HTTPStatus.TOO_MANY_REQUESTS, reason=reason, reads_form=not is_upload)


def busy(request: HttpRequest, *, reason: str = "", reads_form: bool = True) -> HttpResponse:
    """Return the page for a database that is locked, read-only or away; the form can be sent again.

    `reason` is the sentence for another cause.
    """
    return _later(request, HTTPStatus.SERVICE_UNAVAILABLE, reason=reason, reads_form=reads_form)


def conflict(request: HttpRequest) -> HttpResponse:
    """Return the page for a value that was not unique any more when the form had accepted it.

    An equal form was faster by an instant; sent again, the form itself says what is wrong.
    """
    response = _repeatable(request, "errors/409.html", HTTPStatus.CONFLICT)
    # A whole page, where htmx wanted a part of one.
    response.headers["HX-Retarget"] = "body"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def _later(
    request: HttpRequest, status: HTTPStatus, *, reason: str = "", reads_form: bool = True
) -> HttpResponse:
    response = _repeatable(request, "errors/503.html", status, reason=reason, reads_form=reads_form)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _repeatable(
    request: HttpRequest, template: str, status: HTTPStatus, *, reason: str = "", reads_form: bool = True
) -> HttpResponse:
    """Return a page from which the form can be sent again, where its values may be repeated."""
    # The page must not look up who is signed in: that may be what failed.
    request.user = AnonymousUser()
    reads_form = reads_form and request.method == "POST" and not request.path.startswith(PRIVATE_FORMS)
    is_kept = reads_form and not request.FILES
    fields = [
        (name, value)
        for name, values in (request.POST.lists() if is_kept else ())
        for value in values
        if name != "csrfmiddlewaretoken"
    ]
    context = {"base": "base_public.html", "shell": Shell(request, is_error=True), "code": int(status)}
    context |= {"is_kept": is_kept, "fields": fields, "address": request.get_full_path(), "reason": reason}
    return render(request, template, context, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  Django names it
    """Answer a form whose proof of origin is missing or has grown old."""
    return _page(request, "errors/403_csrf.html", 403, is_signed_in=False)


def _page(
    request: HttpRequest, template: str, status: int, *, is_signed_in: bool | None = None, reason: str = ""
) -> HttpResponse:
    """Render an error inside the shell of a signed-in person, else on the plain page of strangers.

    A request may fail before anybody has looked who sent it.
    """
    if is_signed_in is None:
        user = getattr(request, "user", None)
        is_signed_in = user is not None and user.is_authenticated
    context = {
        "base": "base.html" if is_signed_in else "base_public.html",
        "shell": Shell(request, is_error=True),
        "reason": reason,
    }
    return render(request, template, context, status=status)
