"""A person's own data: exported, anonymised, and deleted in time."""

import datetime as dt
import json
from http import HTTPStatus

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from alerts.models import AlertsByEmail, Email, EmailChoice, ScheduledEmail
from api.auth import make_token
from exports.actions import forget_addresses
from exports.models import ExportAudit, ExportDownload
from production.models import Production
from sites.accounts import invitations
from sites.accounts.privacy import anonymise, delete_old_traces
from sites.models import Invitation, Membership, Role, SecurityEvent, Site, User
from tests.factories import (
    PASSWORD,
    make_material,
    make_member,
    make_operation,
    make_production,
    make_site,
    make_user,
    sign_in,
)
from tests.sites.test_second_factor import with_app

pytestmark = pytest.mark.django_db


def make_download(by: User, *, at: dt.datetime) -> ExportDownload:
    audit = ExportAudit.objects.create(
        job_number=1,
        by=by,
        module="production",
        site_codes="YARD-1",
        first=at.date(),
        last=at.date(),
        granularity="daily",
        file_format="csv",
        file_name="production.csv",
        rows=1,
        size=1,
        sha256="0" * 64,
    )
    return ExportDownload.objects.create(audit=audit, by=by, at=at, address="203.0.113.7")


class TestOwnData:
    def test_has_what_is_about_the_person_and_no_secret(self, client: Client) -> None:
        site = make_site(code="YARD-1")
        alice = make_member(site, role=Role.OPERATOR, name="Alice")
        make_production(site, make_material(), make_operation(), by=alice, date=site.today(), tons="5")
        secret = with_app(alice)
        _token, text = make_token(owner=alice, name="Weighbridge")
        bo = make_user(name="Bo", email="bo@example.com")
        sign_in(client, alice)

        response = client.post(reverse("export_own_data"))

        data = json.loads(response.content)
        body = response.content.decode()
        assert response["Content-Disposition"] == 'attachment; filename="deskops-my-data.json"'
        assert data["account"]["email"] == alice.email
        assert [row["name"] for row in data["rows"]["API tokens (owner)"]] == ["Weighbridge"]
        assert data["rows"]["memberships (person)"][0]["role"] == "operator"
        assert sum(data["counts"].values()) >= 1
        for hidden in (alice.password, secret, text, "token_hash", "encrypted:", bo.email):
            assert hidden not in body

    def test_needs_the_password_of_just_now(self, client: Client) -> None:
        client.force_login(make_user())

        response = client.post(reverse("export_own_data"))

        assert response["Location"].startswith(reverse("account_reauthenticate"))


class TestAnonymise:
    def left(self) -> User:
        """Return a person who has left, with everything that names them."""
        site = make_site(code="YARD-1")
        ada = make_user(is_superuser=True, name="Ada")
        oscar = make_user(email="oscar@example.com", name="Oscar Pierce")
        Membership.objects.create(user=oscar, site=site, role=Role.OPERATOR)
        make_production(site, make_material(), make_operation(), by=oscar, date=site.today(), tons="5")
        client = Client()
        client.post(reverse("account_login"), {"login": oscar.email, "password": PASSWORD})
        client.post(reverse("account"), {"name": "Oscar W. Pierce", "theme": "dark"})
        with_app(oscar)
        make_token(owner=oscar, name="Scale")
        admin = Client()
        sign_in(admin, ada)
        admin.post(
            reverse("admin:sites_user_change", args=[oscar.pk]),
            {"email": "pierce@example.com", "name": "Oscar Pierce", "memberships-TOTAL_FORMS": 0}
            | {"memberships-INITIAL_FORMS": 0},
        )
        offer = Invitation(email="oscar@example.com", as_admin=True)
        invitations.invite(invitation=offer, by=ada)
        oscar.refresh_from_db()
        assert not oscar.is_active
        return oscar

    def test_leaves_name_and_address_nowhere_in_the_database(self) -> None:
        oscar = self.left()

        anonymise(oscar, by=User.objects.get(name="Ada"))

        forget_addresses()
        for model in apps.get_models():
            if model._meta.managed and not model._meta.proxy:
                texts = [field.attname for field in model._meta.concrete_fields if _is_text(field)]
                found = str(list(model._base_manager.values_list(*texts))) if texts else ""
                assert "Pierce" not in found, model
                assert "oscar@" not in found, model
                assert "pierce@" not in found, model

    def test_keeps_what_they_entered_under_a_number(self, client: Client) -> None:
        oscar = self.left()
        site = Site.objects.get()
        EmailChoice.objects.create(person=oscar, site=site, alerts=AlertsByEmail.AT_ONCE)
        wanted = ScheduledEmail.objects.create(person=oscar, time_zone="UTC", next_at=timezone.now())
        Email.objects.create(person=oscar, scheduled=wanted)

        anonymise(oscar, by=User.objects.get(name="Ada"))

        oscar.refresh_from_db()
        assert str(Production.objects.get().created_by) == f"Former user {oscar.pk}"
        assert not oscar.has_usable_password()
        assert not Membership.objects.filter(user=oscar).exists()
        assert not Authenticator.objects.filter(user=oscar).exists()
        assert not UserSession.objects.filter(user=oscar).exists()
        assert not oscar.api_tokens.exists()
        for model in (EmailChoice, ScheduledEmail, Email):
            assert not model.objects.filter(person=oscar).exists()
        assert EmailAddress.objects.get(user=oscar).email == oscar.email
        assert (
            not SecurityEvent.objects.filter(person=oscar)
            .exclude(kind="anonymised")
            .exclude(address_hash="")
            .exists()
        )
        assert not Invitation.objects.open().exists()

    def test_is_for_people_who_have_left(self) -> None:
        ada, alice = make_user(is_superuser=True), make_user(name="Alice")

        with pytest.raises(ValidationError):
            anonymise(alice, by=ada)

        alice.refresh_from_db()
        assert alice.name == "Alice"

    def test_is_confirmed_once_more_in_the_administration(self, client: Client) -> None:
        sign_in(client, make_user(is_superuser=True))
        oscar = make_user(name="Oscar", is_active=False)
        address = reverse("admin:sites_user_change", args=[oscar.pk])
        sent = {"CHANGE_FORM-action": "anonymise", "action": "anonymise"}
        sent |= {"_selected_action": str(oscar.pk), "index": "0"}

        requested = client.post(address, sent)
        oscar.refresh_from_db()
        before = oscar.name
        client.post(address, {**sent, "confirmed": "yes"})

        oscar.refresh_from_db()
        assert requested.status_code == HTTPStatus.OK
        text = " ".join(requested.content.decode().split())
        assert "The name cannot be restored, except from a backup." in text
        assert before == "Oscar"
        assert oscar.name == f"Former user {oscar.pk}"


def _is_text(field: models.Field[object, object]) -> bool:
    return isinstance(field, models.CharField | models.TextField | models.JSONField)


class TestRetention:
    def test_removes_addresses_of_old_downloads_and_of_former_users(self, settings: Settings) -> None:
        settings.ADDRESS_DAYS = 30
        now = timezone.now()
        alice, gone = make_user(), make_user(is_active=False)
        rows = [
            make_download(alice, at=now - dt.timedelta(days=29)),
            make_download(alice, at=now - dt.timedelta(days=31)),
            make_download(gone, at=now),
        ]
        anonymise(gone, by=make_user(is_superuser=True))

        forget_addresses()

        for row in rows:
            row.refresh_from_db()
        assert [row.address for row in rows] == ["203.0.113.7", None, None]

    def test_removes_sessions_that_ended_and_old_lines_of_the_log(self, settings: Settings) -> None:
        settings.SECURITY_EVENT_DAYS = 30
        alice = make_user()
        for _ in range(2):
            Client().post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})
        Session.objects.filter(pk=UserSession.objects.latest("pk").session_key).delete()
        old = LogEntry.objects.create(user=alice, action_flag=2, object_repr="x")
        LogEntry.objects.filter(pk=old.pk).update(action_time=timezone.now() - dt.timedelta(days=31))

        delete_old_traces()

        assert UserSession.objects.count() == 1
        assert not LogEntry.objects.exists()

    def test_removes_addresses_and_browsers_of_sessions_that_last(self, settings: Settings) -> None:
        settings.ADDRESS_DAYS = 30
        alice = make_user()
        Client(headers={"user-agent": "Edge"}).post(
            reverse("account_login"), {"login": alice.email, "password": PASSWORD}
        )
        UserSession.objects.update(created_at=timezone.now() - dt.timedelta(days=31))

        delete_old_traces()

        session = UserSession.objects.get()
        assert (session.ip, session.user_agent) == ("0.0.0.0", "")  # noqa: S104  # of nobody
