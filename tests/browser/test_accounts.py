"""The pages of signing in and of the administration, in a real browser under the real policy."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from sites.models import User
from tests.browser.accessibility import assert_fits, assert_nobody_is_kept_out, give_axe
from tests.browser.people import complaints_of
from tests.factories import PASSWORD, make_material, make_operation, make_people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OWN_PAGES = (
    "account",
    "account_email",
    "account_change_password",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_list_webauthn",
    "usersessions_list",
    "account_logout",
)
ADMIN_LISTS = ("site", "user", "material", "operation", "invitation")


@pytest.fixture
def ada() -> User:
    """Make Ada, an admin, with something of everything to look after."""
    make_material()
    make_operation()
    return make_people().ada


@pytest.fixture
def quiet(page: Page) -> Iterator[Page]:
    """Open a browser in which a complaint, of the content policy say, is a failure."""
    complaints = complaints_of(page, but_for=())
    yield page
    assert complaints == [], "\n".join(complaints)


def sign_in(page: Page, person: User) -> None:
    page.goto(reverse("account_login"))
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda address: reverse("account_login") not in address)


def go(page: Page, address: str) -> None:
    """Open a page, and give the password again where it is asked for."""
    page.goto(address)
    if reverse("account_reauthenticate") in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
        page.wait_for_url(lambda now: reverse("account_reauthenticate") not in now)


def look(page: Page) -> None:
    """Find nothing wrong with a page: for everybody to use, and not wider than the screen."""
    give_axe(page)
    assert_nobody_is_kept_out(page)
    assert_fits(page)


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (320, "dark")])
class TestPages:
    def test_of_signing_in(self, quiet: Page, ada: User, width: int, theme: str) -> None:
        quiet.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        quiet.set_viewport_size({"width": width, "height": 800})

        for name in ("account_login", "account_reset_password", "account_signup", "account_inactive"):
            quiet.goto(reverse(name))
            look(quiet)

    def test_of_ones_own(self, quiet: Page, ada: User, width: int, theme: str) -> None:
        User.objects.filter(pk=ada.pk).update(theme=theme)
        quiet.set_viewport_size({"width": width, "height": 800})
        sign_in(quiet, ada)

        for name in OWN_PAGES:
            go(quiet, reverse(name))
            look(quiet)

    def test_of_the_administration(self, quiet: Page, ada: User, width: int, theme: str) -> None:
        User.objects.filter(pk=ada.pk).update(theme=theme)
        quiet.set_viewport_size({"width": width, "height": 800})
        sign_in(quiet, ada)

        quiet.goto(reverse("admin:index"))
        look(quiet)
        for name in ADMIN_LISTS:
            quiet.goto(reverse(f"admin:sites_{name}_changelist"))
            look(quiet)
            quiet.goto(reverse(f"admin:sites_{name}_add"))
            look(quiet)
        quiet.goto(reverse("admin:sites_user_history", args=[ada.pk]))
        look(quiet)


class TestPasskey:
    def test_is_made_and_signs_in_without_a_password(self, quiet: Page, ada: User) -> None:
        key = quiet.context.new_cdp_session(quiet)
        key.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
        }
        key.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        sign_in(quiet, ada)
        go(quiet, reverse("mfa_add_webauthn"))
        quiet.get_by_label("Sign in with it alone").check()
        quiet.get_by_role("button", name="Make the passkey").click()
        expect(quiet.get_by_role("heading", name="Recovery codes")).to_be_visible()
        quiet.context.clear_cookies()

        quiet.goto(reverse("account_login"))
        quiet.get_by_role("button", name="Sign in with a passkey").click()

        quiet.wait_for_url(lambda address: "login" not in address)
        quiet.goto(reverse("account"))
        expect(quiet.get_by_text("1 passkey")).to_be_visible()

    def test_that_is_not_used_is_stated_in_words(self, quiet: Page, ada: User) -> None:
        quiet.goto(reverse("account_login"))
        quiet.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('cancelled')); }")

        quiet.get_by_role("button", name="Sign in with a passkey").click()

        expect(quiet.get_by_role("alert")).to_contain_text("The passkey was not used.")


class TestWithoutScript:
    def test_one_signs_in_and_moves_a_row(self, browser: Browser, ada: User, base_url: str) -> None:
        first, second = make_material(name="First", position=8), make_material(name="Second", position=9)
        page = browser.new_context(java_script_enabled=False, base_url=base_url).new_page()
        sign_in(page, ada)
        page.goto(reverse("admin:sites_material_changelist"))

        page.get_by_role("button", name="Move Second up").click()

        first.refresh_from_db()
        second.refresh_from_db()
        assert second.position < first.position
