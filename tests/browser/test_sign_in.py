"""The portal answers a real browser at all."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import complaints_of
from tests.factories import make_member, make_site, make_user
from tests.sites.test_company_sign_in import CompanyServer, company

__all__ = ["company"]
pytestmark = pytest.mark.browser


class TestSignInPage:
    def test_asks_for_an_e_mail_address_and_a_password(self, page: Page) -> None:
        page.goto("/accounts/login/")

        expect(page.locator("input[name=login]")).to_be_visible()
        expect(page.locator("input[name=password]")).to_be_visible()

    @pytest.mark.django_db(transaction=True)
    def test_leads_to_the_companys_account_and_back(self, page: Page, company: CompanyServer) -> None:
        make_member(make_site(), user=make_user(email="alice@example.com"))
        complaints = complaints_of(page)
        page.goto("/accounts/login/?next=/exports/")

        page.get_by_role("button", name="Sign in with Example Works").click()

        page.wait_for_url("**/exports/")
        assert not complaints
