"""Sign-in with the company's accounts, against a stand-in of an OpenID Connect server."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import override
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from sites.accounts.company import remove_link
from sites.models import User
from tests.factories import make_member, make_site, make_user
from tests.sites.test_second_factor import with_app

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/oidc/company/login/"
CALLBACK = "/accounts/oidc/company/login/callback/"


class CompanyServer(ThreadingHTTPServer):
    """Answers as an OpenID Connect server for one person, who is always signed in there."""

    claims: dict[str, object]
    token_status = 200
    # Where it sends a request for its own description, which is no redirect where that is no path.
    leads_to = ""
    # What the portal sent for a token.
    token_request: dict[str, list[str]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: CompanyServer
    nonce = ""

    def do_GET(self) -> None:
        url = self.server.url
        if self.server.leads_to == "nowhere":
            self.reply({}, status=500)
        elif self.server.leads_to == "nonsense":
            self.reply({})
        elif self.server.leads_to and self.path != self.server.leads_to:
            self.send_response(302)
            self.send_header("Location", self.server.leads_to)
            self.end_headers()
        elif self.path == "/.well-known/openid-configuration":
            self.reply(
                {
                    "issuer": url,
                    "authorization_endpoint": f"{url}/authorize",
                    "token_endpoint": f"{url}/token",
                    "userinfo_endpoint": f"{url}/userinfo",
                    "jwks_uri": f"{url}/keys",
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                }
            )
        elif self.path.startswith("/authorize?"):
            sent = parse_qs(urlsplit(self.path).query)
            type(self).nonce = sent["nonce"][0]
            self.send_response(302)
            back = urlencode({"code": "a-code", "state": sent["state"][0]})
            self.send_header("Location", f"{sent['redirect_uri'][0]}?{back}")
            self.end_headers()
        elif self.path == "/userinfo" and self.headers["Authorization"] == "Bearer access":
            self.reply(self.server.claims)
        else:
            self.reply({}, status=404)

    def do_POST(self) -> None:
        self.server.token_request = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        claims = {"iss": self.server.url, "aud": "portal", "exp": 4_000_000_000, "nonce": self.nonce}
        claims |= self.server.claims
        token = jwt.encode(
            claims, "not looked at: it came over TLS from the server itself", algorithm="HS256"
        )
        answer = {"access_token": "access", "token_type": "Bearer", "id_token": token}
        self.reply(answer, status=self.server.token_status)

    def reply(self, content: Mapping[str, object], *, status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def serving() -> Iterator[CompanyServer]:
    server = CompanyServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def company(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[CompanyServer]:
    """Run a server for alice@example.com, and let the portal know it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as server:
        server.claims = {"sub": "alice-at-work", "email": "Alice@example.com", "email_verified": True}
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {
                "OAUTH_PKCE_ENABLED": True,
                "APPS": [
                    {
                        "provider_id": "company",
                        "name": "Example Works",
                        "client_id": "portal",
                        "secret": "shared",
                        "settings": {"server_url": server.url},
                    }
                ],
            }
        }
        yield server


def leave(client: Client, **query: str) -> dict[str, list[str]]:
    """Press the button; return what the company's server is sent, which repeats the nonce in its answer."""
    leaving = client.post(LOGIN, query)
    assert leaving.status_code == 200
    sent = parse_qs(urlsplit(leaving["Refresh"].removeprefix("0; url=")).query)
    Answers.nonce = sent["nonce"][0]
    return sent


def sign_in(client: Client, **query: str) -> str:
    """Go to the company's server and come back with a code; return where the portal leads then."""
    state = leave(client, **query)["state"][0]
    back = client.get(CALLBACK, {"code": "a-code", "state": state})
    assert back.status_code == 302
    return back["Location"]


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def sign_in_page(client: Client) -> str:
    return client.get(reverse("account_login")).content.decode()


class TestSignIn:
    def test_is_offered_on_the_sign_in_page_and_keeps_the_page_that_was_wanted(
        self, client: Client, company: CompanyServer
    ) -> None:
        page = client.get(reverse("account_login"), {"next": "/exports/"}).content.decode()

        form = page[page.index(f'<form method="post" action="{LOGIN}') :].partition("</form>")[0]
        assert 'name="next" value="/exports/"' in form
        assert "Sign in with Example Works" in form

    def test_leads_to_the_companys_server_with_a_proof_key(
        self, client: Client, company: CompanyServer
    ) -> None:
        leaving = client.post(f"{LOGIN}?scope=admin&auth_params=prompt%3Dnone")

        address = urlsplit(leaving["Refresh"].removeprefix("0; url="))
        query = parse_qs(address.query)
        assert f"{address.scheme}://{address.netloc}{address.path}" == f"{company.url}/authorize"
        assert query["client_id"] == ["portal"]
        assert query["redirect_uri"] == [f"http://testserver{CALLBACK}"]
        assert query["code_challenge_method"] == ["S256"]
        assert set(query["scope"][0].split()) == {"openid", "profile", "email"}
        assert "prompt" not in query
        assert query["nonce"] == [client.session["company_sign_in_nonce"]]

    def test_is_started_by_no_link_of_another_page(self, client: Client, company: CompanyServer) -> None:
        assert client.get(LOGIN)["Location"] == reverse("account_login")
        assert Client(enforce_csrf_checks=True).post(LOGIN).status_code == 403

    @pytest.mark.parametrize("leads_to", ["/elsewhere", "nowhere", "nonsense"])
    def test_is_an_error_in_words_where_the_server_does_not_describe_itself(
        self, client: Client, company: CompanyServer, leads_to: str
    ) -> None:
        company.leads_to = leads_to

        answer = client.post(LOGIN)

        assert answer["Location"] == reverse("account_login")
        assert "did not work" in sign_in_page(client)

    def test_lets_in_the_person_of_that_address(self, client: Client, company: CompanyServer) -> None:
        alice = make_member(make_site(), user=make_user(email="alice@example.com"))

        where = sign_in(client, next="/exports/")

        assert where == "/exports/"
        assert client.session["_auth_user_id"] == str(alice.pk)
        assert company.token_request["client_secret"] == ["shared"]
        assert "code_verifier" in company.token_request

    def test_leaves_the_password_as_it_was_and_keeps_the_number_of_the_account_alone(
        self, client: Client, company: CompanyServer
    ) -> None:
        alice = make_user(email="alice@example.com")

        for _time in range(2):
            sign_in(client)
            client.logout()

        assert User.objects.get().password == alice.password
        link = SocialAccount.objects.get()
        assert (link.user, link.uid, link.extra_data) == (alice, "alice-at-work", {})

    def test_finds_the_person_by_that_number_once_their_address_is_another(
        self, client: Client, company: CompanyServer
    ) -> None:
        alice = make_user(email="alice@example.com")
        sign_in(client)
        client.logout()
        company.claims["email"] = "alice.smith@example.com"

        sign_in(client)

        assert client.session["_auth_user_id"] == str(alice.pk)

    def test_leaves_the_content_security_policy_strict(self, client: Client, company: CompanyServer) -> None:
        policy = client.get(reverse("account_login"))["Content-Security-Policy"]

        assert "form-action 'self'" in policy
        assert company.url not in policy


class TestWhoIsRefused:
    def test_nobody_is_created(self, client: Client, company: CompanyServer) -> None:
        where = sign_in(client)

        assert where == reverse("account_login")
        assert "No user here has the confirmed e-mail address of this account." in sign_in_page(client)
        assert not User.objects.exists()

    @pytest.mark.parametrize("claims", [{"email_verified": False}, {}])
    def test_an_address_that_the_server_has_not_confirmed(
        self, client: Client, company: CompanyServer, claims: dict[str, object]
    ) -> None:
        make_user(email="alice@example.com")
        company.claims = {"sub": "alice-at-work", "email": "alice@example.com", **claims}

        sign_in(client)

        assert not is_signed_in(client)
        assert User.objects.count() == 1

    def test_another_account_to_which_the_company_gave_the_address(
        self, client: Client, company: CompanyServer
    ) -> None:
        alice = make_user(email="alice@example.com")
        sign_in(client)
        client.logout()
        company.claims["sub"] = "another-alice"

        sign_in(client)

        assert not is_signed_in(client)
        assert "signs in with another account of the company" in sign_in_page(client)
        remove_link(alice, by=make_user(email="ada@example.com", is_superuser=True))
        sign_in(client)
        assert SocialAccount.objects.get().uid == "another-alice"

    @pytest.mark.parametrize("nonce", [{"nonce": "of another sign-in"}, {"nonce": None}])
    def test_an_answer_that_was_made_for_another_sign_in(
        self, client: Client, company: CompanyServer, nonce: dict[str, object]
    ) -> None:
        make_user(email="alice@example.com")
        company.claims |= nonce

        sign_in(client)

        assert not is_signed_in(client)
        assert not SocialAccount.objects.exists()

    def test_somebody_who_may_not_sign_in(self, client: Client, company: CompanyServer) -> None:
        make_user(email="alice@example.com", is_active=False)

        where = sign_in(client)

        assert where == reverse("account_inactive")
        assert not is_signed_in(client)

    def test_an_answer_that_nobody_here_waits_for(self, client: Client, company: CompanyServer) -> None:
        make_user(email="alice@example.com")

        client.get(CALLBACK, {"code": "a-code", "state": "invented"})

        assert not is_signed_in(client)
        assert "The sign-in with Example Works did not work." in sign_in_page(client)

    def test_a_server_that_fails(self, client: Client, company: CompanyServer) -> None:
        make_user(email="alice@example.com")
        company.token_status = 500

        sign_in(client)

        assert not is_signed_in(client)
        assert "The sign-in with Example Works did not work." in sign_in_page(client)

    def test_a_sign_in_that_was_cancelled(self, client: Client, company: CompanyServer) -> None:
        state = leave(client)["state"][0]

        client.get(CALLBACK, {"error": "access_denied", "state": state})

        assert "You cancelled the sign-in." in sign_in_page(client)

    @pytest.mark.parametrize("process", ["connect", "redirect"])
    def test_connecting_the_account_to_another_person(
        self, client: Client, company: CompanyServer, process: str
    ) -> None:
        client.force_login(make_user(email="mona@example.com"))

        sign_in(client, process=process)

        assert not SocialAccount.objects.exists()


class TestSecondFactor:
    def test_is_still_required(self, client: Client, company: CompanyServer) -> None:
        alice = make_user(email="alice@example.com")
        with_app(alice)

        where = sign_in(client)

        assert where == reverse("mfa_authenticate")
        assert not is_signed_in(client)

    def test_must_be_set_up_by_an_admin_where_it_is_required(
        self, client: Client, company: CompanyServer, settings: Settings
    ) -> None:
        settings.REQUIRE_ADMIN_MFA = True
        make_user(email="alice@example.com", is_superuser=True)

        sign_in(client)

        response = client.get(reverse("admin:index"))
        assert response.status_code == 302
        assert response["Location"] == reverse("mfa_index")


class TestNotSetUp:
    def test_shows_no_button_and_has_no_pages(self, client: Client) -> None:
        assert "/accounts/oidc/" not in sign_in_page(client)
        assert client.post(LOGIN).status_code == 404
        assert client.get(CALLBACK).status_code == 404
        assert client.get("/accounts/3rdparty/").status_code == 404
