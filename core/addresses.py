"""Addresses that a browser sends back, of which only pages of the portal are followed."""

from urllib.parse import urlsplit, urlunsplit

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def page_of_portal(request: HttpRequest, *addresses: str) -> str:
    """Return the first of the addresses that is of the portal, without the host; else the start page's."""
    host, is_secure = request.get_host(), request.is_secure()
    for address in addresses:
        if url_has_allowed_host_and_scheme(address, host, require_https=is_secure):
            page = urlunsplit(("", "", *urlsplit(address)[2:]))
            # The path of `https://portal.example.com//elsewhere` is itself the address of a host.
            if page.startswith("/") and url_has_allowed_host_and_scheme(page, None):
                return page
    return reverse("home")
