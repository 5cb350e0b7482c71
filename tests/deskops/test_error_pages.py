"""The pages for what went wrong."""

from unittest.mock import patch

import pytest
from django.db import IntegrityError, InterfaceError
from django.test import Client, RequestFactory, override_settings
from pytest_django import DjangoAssertNumQueries

from alerts.models import ScheduledEmail
from deskops.web import error_pages
from tests.factories import make_people

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.deskops.shell_urls")]


@pytest.fixture
def client() -> Client:
    """Return a browser that gets the error page, not the exception."""
    return Client(raise_request_exception=False)


class TestNotFound:
    @pytest.mark.parametrize(
        "address", ["/about-a-site/?site=QUARRY-1", "/nowhere/QUARRY-1/", "/x/?a=QUARRY-1"]
    )
    def test_does_not_repeat_the_address(self, client: Client, address: str) -> None:
        client.force_login(make_people().alice)

        answer = client.get(address)

        assert answer.status_code == 404
        assert "There is nothing here" in answer.content.decode()
        assert "QUARRY-1" not in answer.content.decode()

    def test_stands_inside_the_shell_of_a_signed_in_person(self, client: Client) -> None:
        client.force_login(make_people().alice)

        assert 'class="sidebar"' in client.get("/nowhere/").content.decode()

    def test_shows_a_stranger_no_shell(self, client: Client) -> None:
        page = client.get("/nowhere/")

        assert page.status_code == 404
        assert 'class="sidebar"' not in page.content.decode()

    def test_is_the_same_for_a_site_of_others_and_for_one_that_is_not(self, client: Client) -> None:
        client.force_login(make_people().alice)

        of_others, of_nobody = (
            client.get("/about-a-site/?site=QUARRY-1"),
            client.get("/about-a-site/?site=NONE"),
        )

        assert without_tokens(of_others.content.decode()) == without_tokens(of_nobody.content.decode())


class TestPermissionDenied:
    def test_says_why_where_a_reason_is_given(self, client: Client) -> None:
        client.force_login(make_people().victor)

        answer = client.get("/refuse/")

        assert answer.status_code == 403
        assert "Viewers &lt;change&gt; nothing." in answer.content.decode()


class TestBadRequest:
    def test_keeps_the_reason_for_the_log(self, client: Client) -> None:
        client.force_login(make_people().alice)

        answer = client.get("/distrust/")

        assert answer.status_code == 400
        assert "a secret of the log" not in answer.content.decode()

    def test_answers_a_host_that_is_not_ours(self, client: Client) -> None:
        answer = client.get("/", headers={"host": "evil.example"})

        assert answer.status_code == 400
        assert "evil.example" not in answer.content.decode()


class TestServerError:
    def test_looks_like_the_portal(self, client: Client) -> None:
        client.force_login(make_people().alice)

        answer = client.get("/break-down/")

        assert answer.status_code == 500
        assert "Something broke on our side" in answer.content.decode()
        assert "ZeroDivisionError" not in answer.content.decode()

    def test_needs_neither_person_nor_database(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(0):
            answer = error_pages.server_error(RequestFactory().get("/"))

        assert answer.status_code == 500


class TestCsrfFailure:
    def test_asks_to_send_the_form_again(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(make_people().alice)

        answer = client.post("/appearance/theme/", {"theme": "dark"})

        assert answer.status_code == 403
        assert "Please send that once more" in answer.content.decode()


def without_tokens(page: str) -> str:
    """Take out what differs from answer to answer."""
    return "\n".join(
        line for line in page.splitlines() if "csrfmiddlewaretoken" not in line and "nonce" not in line
    )


class TestConflict:
    @pytest.mark.django_db(transaction=True)
    @pytest.mark.urls("deskops.urls")
    def test_two_equal_forms_at_the_same_moment_save_one_and_offer_to_send_the_other_again(
        self, client: Client
    ) -> None:
        people = make_people()
        client.force_login(people.mona)
        typed = {"subject": "all", "frequency": "daily", "hour": "07:00", "attachment": ""}
        typed["time_zone"] = people.site.timezone
        assert client.post("/alerts/emails/add/", typed).status_code == 302

        # The check of the second form ran before the first one was saved.
        with patch("alerts.models.ScheduledEmail.validate_constraints"):
            answer = client.post("/alerts/emails/add/", typed)

        assert answer.status_code == 409
        assert "The same entry was saved at the same moment." in answer.content.decode()
        assert answer.headers["HX-Retarget"] == "body"
        assert "Retry-After" not in answer.headers
        assert 'name="hour" value="07:00"' in answer.content.decode()
        assert ScheduledEmail.objects.count() == 1

    @pytest.mark.parametrize(
        ("address", "state", "status"),
        [
            ("/received/", "23505", 409),
            ("/received/", "23514", 500),
            ("/api/received", "23505", 500),
        ],
    )
    def test_is_for_equal_values_and_for_pages_alone(self, address: str, state: str, status: int) -> None:
        error = IntegrityError()
        error.__cause__ = Exception()
        error.__cause__.sqlstate = state  # type: ignore[attr-defined]  # as psycopg has it

        with patch("deskops.web.error_pages.sys.exception", return_value=error):
            answer = error_pages.server_error(RequestFactory().get(address))

        assert answer.status_code == status


def fail_busy(*_args: object, **_kwargs: object) -> None:
    raise InterfaceError("connection already closed")


class TestBusy:
    def test_offers_to_send_the_form_again_with_all_that_was_typed(self, client: Client) -> None:
        people = make_people()
        client.force_login(people.alice)
        typed = {"notes": "first line\nsecond “line”", "qty_ton": "12.5", "csrfmiddlewaretoken": "x"}

        with patch("records.operations.create", fail_busy), override_settings(ROOT_URLCONF="deskops.urls"):
            answer = client.post("/received/new/", {"site": people.site.code, **typed})

        page = answer.content.decode()
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert "Nothing was saved." in page
        assert 'name="notes" value="first line\nsecond “line”"' in page
        assert 'name="qty_ton" value="12.5"' in page
        assert page.count("csrfmiddlewaretoken") == 1

    def test_never_repeats_a_password(self, client: Client) -> None:
        with (
            patch("sites.models.people.UserManager.get_by_natural_key", fail_busy),
            patch("allauth.account.auth_backends.AuthenticationBackend.authenticate", fail_busy),
            override_settings(ROOT_URLCONF="deskops.urls"),
        ):
            answer = client.post("/accounts/login/", {"login": "a@example.com", "password": "secret words"})

        assert answer.status_code == 503
        assert "secret words" not in answer.content.decode()

    def test_answers_503_where_the_user_cannot_be_looked_up(self, client: Client) -> None:
        client.force_login(make_people().alice)

        with (
            patch("django.contrib.auth.middleware.get_user", fail_busy),
            override_settings(ROOT_URLCONF="deskops.urls"),
        ):
            answer = client.get("/received/")

        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
