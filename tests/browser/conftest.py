"""A browser for the tests: the system's own Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.people import sign_in
from tests.browser.yards import Yard, make_yard

# A slow machine is no failure: what is expected comes at once, or is waited for so long.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session", autouse=True)
def _database_in_threads() -> Iterator[None]:
    """Let a test use the database: Playwright's event loop lives in its thread, though nothing is async."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Start the Chromium that is installed; none is ever downloaded."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.fail(
            "The browser tests need Chromium: scripts/ensure-chromium installs it, CHROMIUM names one."
        )
    # Chromium's own sandbox does not start for root, as which CI runs, nor in most containers.
    return {"executable_path": path, "args": ["--no-sandbox", "--disable-dev-shm-usage"]}


@pytest.fixture(scope="session")
def base_url(live_server: LiveServer) -> str:
    """Let `page.goto("/dashboard/")` reach the portal of this test."""
    return live_server.url


@pytest.fixture
def yard() -> Yard:
    """Make the site of the day sheet's tests."""
    return make_yard()


@pytest.fixture
def clerk(page: Page, yard: Yard, base_url: str) -> Page:
    """Sign Alice in, the yard's operator."""
    sign_in(page.context, yard.alice, base_url)
    return page
