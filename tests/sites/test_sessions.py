"""How long sessions last, shared computers, and what browsers may keep."""

import datetime as dt
import time
from unittest import mock

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from sites.accounts.sessions import (
    ENDS_AT,
    SEEN_AT,
    SHARED,
    SHARED_COOKIE,
    PrivatePagesMiddleware,
    SessionStore,
)
from sites.models import EventKind, Role, SecurityEvent, User
from tests.factories import PASSWORD, make_member, make_site, make_user, sign_in

pytestmark = pytest.mark.django_db


def signed_in(person: User, *, shared: bool = False) -> Client:
    client = Client()
    sent = {"login": person.email, "password": PASSWORD}
    client.post(reverse("account_login"), {**sent, "shared": "on"} if shared else sent)
    return client


def minutes_left() -> int:
    return round((Session.objects.get().expire_date - timezone.now()) / dt.timedelta(minutes=1))


class TestSharedComputer:
    def test_lets_the_session_end_with_the_browser_and_without_activity(self) -> None:
        client = signed_in(make_user(), shared=True)

        assert client.session[SHARED] is True
        assert client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == ""
        assert minutes_left() == 30

    def test_is_offered_again_and_holds_for_a_passkey_too(self) -> None:
        client = signed_in(make_user(), shared=True)
        client.post(reverse("account_logout"))

        page = client.get(reverse("account_login"))

        assert client.cookies[SHARED_COOKIE].value == "yes"
        assert page.context["form"]["shared"].initial is True

    def test_is_no_known_device_and_keeps_no_copy_of_a_sheet(self) -> None:
        site = make_site()
        alice = make_member(site, role=Role.OPERATOR)
        sheet = reverse("day:page", args=[site.code, site.today()])

        shared, own = signed_in(alice, shared=True), signed_in(alice)

        assert "known-device" not in shared.cookies
        assert "known-device" in own.cookies
        assert "X-Person" not in shared.get(sheet)
        assert shared.get(sheet)["Cache-Control"] == "private, no-store"
        assert " data-shared" in shared.get(sheet).content.decode()
        assert own.get(sheet)["X-Person"] == str(alice.pk)
        assert " data-shared" not in own.get(sheet).content.decode()


class TestOwnComputer:
    def test_keeps_the_session_for_three_days_without_activity(self) -> None:
        client = signed_in(make_user())

        assert client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 3 * 24 * 60 * 60
        assert minutes_left() == 3 * 24 * 60

    def test_of_an_admin_keeps_it_for_a_day(self) -> None:
        client = signed_in(make_user(is_superuser=True))

        assert client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 24 * 60 * 60
        assert minutes_left() == 24 * 60


class TestEndOfASession:
    """However much it is used, a session ends some days after the sign-in."""

    def test_comes_in_spite_of_activity(self, settings: Settings) -> None:
        settings.SESSION_IDLE_MINUTES = 20
        client = signed_in(make_user())
        session = client.session
        session[ENDS_AT] = time.time() + 5 * 60
        session.save()

        session[SEEN_AT] = time.time() - 15 * 60
        session.save()
        used = client.get(reverse("account"))
        left = minutes_left()
        session = client.session
        session[ENDS_AT] = time.time() - 1
        session.save()

        assert used.status_code == 200
        assert left == 5
        assert client.get(reverse("account")).status_code == 302

    def test_is_given_to_a_session_from_before_there_was_one(self) -> None:
        client = signed_in(make_user())
        session = client.session
        del session[ENDS_AT]
        Session.objects.update(session_data=session.encode(dict(session.items())))

        client.session.save()

        assert client.session[ENDS_AT] > time.time()

    def test_begins_again_with_the_next_sign_in(self) -> None:
        alice = make_user()
        client = signed_in(alice)
        session = client.session
        session[ENDS_AT] = time.time() + 5 * 60
        session.save()

        client.post(reverse("account_logout"))
        client.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})

        assert client.session[ENDS_AT] > time.time() + 13 * 24 * 60 * 60


class TestIdleLimit:
    @pytest.fixture(autouse=True)
    def _limit(self, settings: Settings) -> None:
        settings.SESSION_IDLE_MINUTES = 20

    def test_ends_a_session_that_nobody_uses(self) -> None:
        client = signed_in(make_user())
        assert minutes_left() == 20

        Session.objects.update(expire_date=timezone.now())

        assert client.get(reverse("account")).status_code == 302

    @pytest.mark.parametrize(("header", "left"), [({}, 20), ({"X-Background": "true"}, 5)])
    def test_is_moved_by_what_a_person_does_and_not_by_a_script(
        self, header: dict[str, str], left: int
    ) -> None:
        client = signed_in(make_user())
        session = client.session
        session[SEEN_AT] = time.time() - 15 * 60
        session.save()
        Session.objects.update(expire_date=timezone.now() + dt.timedelta(minutes=5))

        client.get(reverse("account"), headers=header)

        assert minutes_left() == left


class TestPagesInTheBrowser:
    @pytest.mark.parametrize("name", ["account", "dashboard:page", "exports:list", "admin:index"])
    def test_are_stored_nowhere(self, client: Client, name: str) -> None:
        client.force_login(make_user(is_superuser=True))
        make_site()

        assert client.get(reverse(name))["Cache-Control"] == "private, no-store"

    def test_that_do_not_exist_neither(self, client: Client) -> None:
        client.force_login(make_user())

        assert client.get("/nowhere/")["Cache-Control"] == "private, no-store"

    def test_are_not_stored_either_where_the_session_cannot_be_read(self) -> None:
        request = RequestFactory().get("/")
        request.session = SessionStore("any")
        with mock.patch.object(SessionStore, "load", side_effect=OperationalError) as load:
            response = PrivatePagesMiddleware(lambda _request: HttpResponse(status=503))(request)

        assert response["Cache-Control"] == "private, no-store"
        load.assert_not_called()

    def test_of_nobody_are_as_they_were(self, client: Client) -> None:
        assert "Cache-Control" not in client.get(reverse("home"))


class TestDeviceReset:
    def test_by_the_owner_raises_the_number_that_pages_carry(
        self, client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        sign_in(client, alice := make_user())

        with django_capture_on_commit_callbacks(execute=True):
            page = client.post(reverse("reset_devices"), follow=True)

        assert 'data-device-resets="1"' in page.content.decode()
        assert mail.outbox[0].to == [alice.email]
        assert SecurityEvent.objects.get(kind=EventKind.DEVICES_RESET).person == alice

    def test_by_an_admin_ends_the_sessions_too(self, client: Client) -> None:
        sign_in(client, make_user(is_superuser=True))
        alice = make_user()
        hers = signed_in(alice)
        address = reverse("admin:sites_user_change", args=[alice.pk])
        action = "reset_devices"
        sent = {"CHANGE_FORM-action": action, "action": action, "_selected_action": alice.pk, "index": 0}

        client.post(address, sent)

        alice.refresh_from_db()
        assert alice.device_resets == 1
        assert hers.get(reverse("account")).status_code == 302
