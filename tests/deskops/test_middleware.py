import pytest
from django.conf import settings
from django.test import Client


@pytest.mark.django_db
class TestBodyLimit:
    def test_refuses_a_body_larger_than_any_form_or_file(self, client: Client) -> None:
        response = client.post("/accounts/login/", {}, CONTENT_LENGTH=str(settings.MAX_BODY_BYTES + 1))

        assert response.status_code == 413
        assert "X-Request-ID" in response

    def test_lets_a_form_through(self, client: Client) -> None:
        assert client.post("/accounts/login/", {}).status_code == 200
