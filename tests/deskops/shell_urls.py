"""Pages for the tests of the shell: one about a site, and one for each thing that goes wrong."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from deskops.urls import handler400, handler403, handler404, handler500
from deskops.urls import urlpatterns as pages_of_the_portal
from sites.scope import page_scope

__all__ = ["handler400", "handler403", "handler404", "handler500"]


def about_a_site(request: HttpRequest) -> HttpResponse:
    """Show the shell around a page that is about a site."""
    page_scope(request)
    return render(request, "shortcuts.html")


def refuse(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("Viewers <change> nothing.")


def distrust(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("a secret of the log")


def break_down(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


urlpatterns = [
    path("about-a-site/", about_a_site),
    path("refuse/", refuse),
    path("distrust/", distrust),
    path("break-down/", break_down),
    *pages_of_the_portal,
]
