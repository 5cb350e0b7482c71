"""The portal answers a real browser at all."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


class TestSignInPage:
    def test_asks_for_an_e_mail_address_and_a_password(self, page: Page) -> None:
        page.goto("/accounts/login/")

        expect(page.locator("input[name=login]")).to_be_visible()
        expect(page.locator("input[name=password]")).to_be_visible()
