import pytest
from django.conf import settings
from django.test import Client


@pytest.mark.django_db
class TestBodyLimit:
    def test_refuses_a_body_larger_than_any_form_or_file(self, client: Client) -> None:
        response = client.post("/accounts/login/", {}, CONTENT_LENGTH=str(settings.MAX_BODY_BYTES + 1))

        assert response.status_code == 413
        assert "X-Request-ID" in response

    def test_asks_a_user_who_is_signed_out_to_sign_in_before_sending_a_file(self, client: Client) -> None:
        length = str(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)

        response = client.post("/imports/new/", {}, CONTENT_LENGTH=length)

        assert response.status_code == 413
        assert response.content.decode().startswith("You are signed out. Sign in")

    def test_lets_a_form_through(self, client: Client) -> None:
        assert client.post("/accounts/login/", {}).status_code == 200


@pytest.mark.django_db
class TestPermissionsPolicy:
    @pytest.mark.parametrize("path", ["/accounts/login/", "/nowhere/", "/api/sites", "/admin/"])
    def test_every_page_gives_up_what_it_does_not_use(self, client: Client, path: str) -> None:
        policy = client.get(path).headers["Permissions-Policy"]

        assert "camera=()" in policy
        assert "geolocation=()" in policy
        assert "publickey-credentials" not in policy


@pytest.mark.django_db
class TestContentSecurityPolicy:
    def test_is_on_responses_that_come_before_any_view_too(self, client: Client) -> None:
        refused = client.post("/accounts/login/", {}, CONTENT_LENGTH=str(settings.MAX_BODY_BYTES + 1))

        assert refused.status_code == 413
        for response in (refused, client.get("/livez"), client.get("/nowhere/")):
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            assert response.headers["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
class TestConditional:
    def test_a_page_with_a_csrf_token_has_no_etag_since_the_token_is_new_each_time(
        self, client: Client
    ) -> None:
        assert "ETag" not in client.get("/accounts/login/")

    def test_a_response_without_one_is_sent_once(self, client: Client) -> None:
        first = client.get("/service-worker.js")

        again = client.get("/service-worker.js", headers={"If-None-Match": first["ETag"]})

        assert again.status_code == 304
