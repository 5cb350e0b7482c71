"""Signing in, and hearing what the browser complains of."""

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from sites.models import User

# What the browser itself says of an answer of ours that is no success: meant so, and shown on the page.
MEANT = "Failed to load resource: the server responded with a status of 4"
# What htmx says of a request that it gave up for a newer one, as when somebody types on.
GIVEN_UP = ("htmx:afterRequest", "htmx:sendAbort")


def sign_in(context: BrowserContext, user: User, base_url: str) -> None:
    """Put the person's session into the browser."""
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base_url}])


def complaints_of(page: Page, *, but_for: tuple[str, ...] = (MEANT, *GIVEN_UP)) -> list[str]:
    """Return a list that fills with the page's errors and warnings, broken security policy included."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(but_for):
            complaints.append(f"{page.url}: {message.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    return complaints
