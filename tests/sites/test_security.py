"""Security events, and what an admin does to the access of somebody else."""

import datetime as dt

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from api.auth import make_token
from equipment.readings.models import TelematicsFeed
from imports.models import WatchedPlace
from sites.accounts.invitations import invite
from sites.accounts.security import delete_old_events, hash_address
from sites.models import EventKind, Invitation, Membership, Role, SecurityEvent, User
from tests.factories import PASSWORD, make_member, make_site, make_user, sign_in
from tests.sites.test_second_factor import code_of, with_app

pytestmark = pytest.mark.django_db
TOKENS = "http://testserver/account/tokens/"


def give_password(person: User, password: str = PASSWORD, *, address: str = "203.0.113.7") -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": password}, REMOTE_ADDR=address)
    return client


def kinds_of(person: User | None) -> list[str]:
    return list(SecurityEvent.objects.filter(person=person).order_by("pk").values_list("kind", flat=True))


def person_page(person: User) -> str:
    return reverse("admin:sites_user_change", args=[person.pk])


def fields(person: User, **changed: object) -> dict[str, object]:
    sent = {"email": person.email, "name": person.name, "is_active": "on"}
    return {**sent, "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0, **changed}


def run(client: Client, action: str, person: User) -> str:
    sent = {"CHANGE_FORM-action": action, "action": action, "_selected_action": person.pk, "index": 0}
    return str(client.post(person_page(person), sent, follow=True).content.decode())


class TestEvents:
    def test_of_a_sign_in_name_its_way_and_a_keyed_hash_of_the_address(self) -> None:
        alice = make_user()

        give_password(alice)

        event = SecurityEvent.objects.get(kind=EventKind.SIGNED_IN)
        assert (event.person, event.by, event.detail) == (alice, alice, "password")
        assert event.address_hash == hash_address("203.0.113.7")
        assert "203" not in str(SecurityEvent.objects.values())

    def test_of_failures_have_the_reason(self) -> None:
        alice, gone = make_user(), make_user(is_active=False)
        secret = with_app(alice)

        give_password(alice, "wrong")
        give_password(User(email="nobody@example.com"), "wrong", address="203.0.113.8")
        give_password(gone, address="203.0.113.9")
        client = give_password(alice)
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
        client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})

        failed = SecurityEvent.objects.filter(kind=EventKind.SIGN_IN_FAILED).order_by("pk")
        assert list(failed.values_list("person", "detail")) == [
            (alice.pk, "wrong password"),
            (None, "unknown e-mail address"),
            (gone.pk, "may not sign in"),
            (alice.pk, "wrong code"),
        ]
        assert SecurityEvent.objects.get(kind=EventKind.SIGNED_IN).detail == "password, second factor"

    def test_of_a_lock_are_recorded_once_however_many_tries_follow(self) -> None:
        alice = make_user()
        for number in range(20):
            give_password(alice, "wrong", address=f"203.0.113.{number}")

        assert kinds_of(alice) == [*["sign_in_failed"] * 5, "locked_out"]

    def test_of_recovery_codes_count_what_is_left(self) -> None:
        alice = make_user()
        with_app(alice)
        code = RecoveryCodes.activate(alice).get_unused_codes()[0]

        give_password(alice).post(reverse("mfa_authenticate"), {"code": code})

        assert SecurityEvent.objects.get(kind=EventKind.CODE_USED).detail == "9 left"

    def test_of_roles_name_role_and_site(self) -> None:
        alice = make_member(make_site(code="YARD-1"), role=Role.VIEWER)
        membership = Membership.objects.get()
        membership.role = Role.MANAGER
        membership.save()
        membership.delete()

        details = SecurityEvent.objects.filter(person=alice).order_by("pk").values_list("detail", flat=True)
        assert list(details) == ["Viewer at YARD-1", "Manager at YARD-1", "no role at YARD-1"]

    def test_of_tokens_are_recorded(self) -> None:
        alice = make_user()

        make_token(owner=alice, name="Weighbridge")

        assert kinds_of(alice) == ["token_made"]

    def test_are_logged_without_an_address(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("INFO")
        give_password(make_user(email="alice@example.com"), "wrong")

        lines = [record.getMessage() for record in caplog.records if "security_event" in record.getMessage()]
        assert len(lines) == 1
        assert "sign_in_failed" in lines[0]
        assert "alice@" not in lines[0]
        assert "203.0.113.7" not in lines[0]

    def test_are_deleted_when_they_are_old(self, settings: Settings) -> None:
        settings.SECURITY_EVENT_DAYS = 30
        now = timezone.now()
        for days in (29, 31):
            SecurityEvent.objects.create(kind=EventKind.SIGNED_IN, at=now - dt.timedelta(days=days))

        delete_old_events()

        assert SecurityEvent.objects.get().at == now - dt.timedelta(days=29)

    def test_are_read_only_for_admins(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True, name="Ada"))
        event = SecurityEvent.objects.latest("pk")

        listed = client.get(reverse("admin:sites_securityevent_changelist"))

        assert "role changed" in listed.content.decode()
        assert client.get(reverse("admin:sites_securityevent_add")).status_code == 403
        delete = client.post(reverse("admin:sites_securityevent_delete", args=[event.pk]), {"post": "yes"})
        assert delete.status_code == 403


class TestAdminActsOnAnotherPerson:
    def test_a_new_address_ends_sessions_and_tokens_and_tells_both_addresses(
        self, client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        sign_in(client, make_user(is_superuser=True, name="Ada"))
        oscar = make_user(email="old@example.com", name="Oscar")
        token, _text = make_token(owner=oscar, name="Scale")
        his = give_password(oscar)

        with django_capture_on_commit_callbacks(execute=True):
            client.post(person_page(oscar), fields(oscar, email="new@example.com"))

        token = type(token).objects.select_related("owner").get()
        assert his.get(reverse("account")).status_code == 302
        assert token.is_ended
        assert sorted(letter.to[0] for letter in mail.outbox) == ["new@example.com", "old@example.com"]
        assert all("as new@example.com from now on" in str(letter.body) for letter in mail.outbox)
        assert "Ada" in str(mail.outbox[0].body)
        assert EventKind.ADDRESS_CHANGED in kinds_of(oscar)

    def test_ones_own_new_address_keeps_the_session(self, client: Client) -> None:
        ada = make_user(is_superuser=True)
        sign_in(client, ada)

        client.post(person_page(ada), fields(ada, email="new@example.com", is_superuser="on"))

        assert client.get(person_page(ada)).status_code == 200

    def test_removing_the_second_factor_tells_the_person_and_stays_in_their_history(
        self, client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        sign_in(client, make_user(is_superuser=True, name="Ada"))
        oscar = make_user()
        with_app(oscar)

        with django_capture_on_commit_callbacks(execute=True):
            run(client, "take_second_factor", oscar)

        assert not Authenticator.objects.exists()
        assert mail.outbox[0].to == [oscar.email]
        assert "second factor of your account was removed" in str(mail.outbox[0].body)
        history = client.get(reverse("admin:sites_user_history", args=[oscar.pk])).content.decode()
        assert "Second factor removed" in history
        assert "Ada" in history

    @pytest.mark.parametrize(
        ("action", "shown"),
        [("end_sessions", "Sessions ended"), ("send_password_link", "Link to set a password sent")],
    )
    def test_sessions_and_links_are_in_the_history(self, client: Client, action: str, shown: str) -> None:
        sign_in(client, make_user(is_superuser=True, name="Ada"))
        oscar = make_user()
        give_password(oscar)

        run(client, action, oscar)

        history = client.get(reverse("admin:sites_user_history", args=[oscar.pk])).content.decode()
        assert shown in history


class TestProof:
    """What lets somebody in is changed only by an admin who gave a password or factor just before."""

    @pytest.mark.parametrize(
        "changed", [{"email": "new@example.com"}, {"is_superuser": "on"}, {"is_active": ""}]
    )
    def test_is_required_before_a_person_is_changed(self, client: Client, changed: dict[str, str]) -> None:
        client.force_login(make_user(is_superuser=True))
        oscar = make_user(email="oscar@example.com")

        answer = client.post(person_page(oscar), fields(oscar, **changed))

        oscar.refresh_from_db()
        assert answer["Location"].startswith(reverse("account_reauthenticate"))
        assert (oscar.email, oscar.is_superuser, oscar.is_active) == ("oscar@example.com", False, True)

    def test_is_not_required_for_a_name(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))
        oscar = make_user()

        client.post(person_page(oscar), fields(oscar, name="Oscar"))

        oscar.refresh_from_db()
        assert oscar.name == "Oscar"

    @pytest.mark.parametrize(
        "action", ["send_password_link", "end_sessions", "take_second_factor", "remove_company_link"]
    )
    def test_is_required_before_each_act(self, client: Client, action: str) -> None:
        client.force_login(make_user(is_superuser=True))
        oscar = make_user()
        with_app(oscar)

        body = run(client, action, oscar)

        assert "Is it you?" in body
        assert Authenticator.objects.exists()
        assert not mail.outbox

    def test_is_required_before_a_role_is_given(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))
        oscar, site = make_user(), make_site()
        row = {"user": oscar.pk, "site": site.pk, "role": "manager"}
        sent = {f"memberships-0-{name}": value for name, value in row.items()}

        client.post(person_page(oscar), fields(oscar, **{"memberships-TOTAL_FORMS": 1, **sent}))
        invited = client.post(
            reverse("admin:sites_invitation_add"),
            {"email": oscar.email, "site": site.pk, "role": "manager"},
        )

        assert invited["Location"].startswith(reverse("account_reauthenticate"))
        assert not Membership.objects.exists()

    @pytest.mark.parametrize("action", ["send_again", "withdraw"])
    def test_is_required_before_an_invitation_is_sent_again_or_withdrawn(
        self, client: Client, action: str
    ) -> None:
        ada = make_user(is_superuser=True)
        client.force_login(ada)
        offer = Invitation(email="new@example.com", site=make_site(), role=Role.VIEWER)
        invite(invitation=offer, by=ada)
        page = reverse("admin:sites_invitation_changelist", query={"state": "open"})

        requested = client.post(page, {"action": action, "_selected_action": [offer.pk]})
        before = Invitation.objects.get()
        client.post(requested["Location"], {"password": PASSWORD})

        after = Invitation.objects.get()
        assert requested["Location"].startswith(reverse("account_reauthenticate"))
        assert (before.token_hash, before.revoked_at) == (offer.token_hash, None)
        assert (after.token_hash != offer.token_hash) == (action == "send_again")
        assert (after.revoked_at is not None) == (action == "withdraw")
        kind = EventKind.INVITED if action == "send_again" else EventKind.INVITATION_WITHDRAWN
        event = SecurityEvent.objects.filter(kind=kind).first()
        assert event is not None
        assert (event.by, event.detail) == (
            ada,
            f"invitation {offer.pk}: viewer of {offer.site}",
        )

    def test_is_required_before_a_watched_place_is_changed_or_removed(self, client: Client) -> None:
        ada, site = make_user(is_superuser=True), make_site()
        client.force_login(ada)
        sent = {"name": "Gate", "site": site.pk, "owner": ada.pk, "kind": "folder", "port": 993}
        sent |= {"files-TOTAL_FORMS": 0, "files-INITIAL_FORMS": 0}

        requested = client.post(reverse("admin:imports_watchedplace_add"), sent)
        before = WatchedPlace.objects.count()
        client.post(requested["Location"], {"password": PASSWORD})

        place = WatchedPlace.objects.get()
        other = Client()
        other.force_login(ada)
        removed = other.post(reverse("admin:imports_watchedplace_delete", args=[place.pk]), {"post": "yes"})
        assert before == 0
        assert removed["Location"].startswith(reverse("account_reauthenticate"))
        assert WatchedPlace.objects.exists()
        event = SecurityEvent.objects.get(kind=EventKind.WATCHED_PLACE)
        assert (event.by, event.detail) == (ada, "Gate")

    def test_is_required_before_a_telematics_feed_is_added_or_removed(self, client: Client) -> None:
        ada, site = make_user(is_superuser=True), make_site()
        client.force_login(ada)
        sent = {"name": "Maker", "site": site.pk, "url": "https://maker.example/Fleet", "token": "a-token"}

        requested = client.post(reverse("admin:readings_telematicsfeed_add"), sent)
        before = TelematicsFeed.objects.count()
        client.post(requested["Location"], {"password": PASSWORD})

        feed = TelematicsFeed.objects.get()
        other = Client()
        other.force_login(ada)
        removed = other.post(reverse("admin:readings_telematicsfeed_delete", args=[feed.pk]), {"post": "yes"})
        assert before == 0
        assert feed.token == "a-token"
        assert removed["Location"].startswith(reverse("account_reauthenticate"))
        assert TelematicsFeed.objects.exists()
        event = SecurityEvent.objects.get(kind=EventKind.TELEMATICS_FEED)
        assert (event.by, event.detail) == (ada, "Maker")

    @pytest.mark.parametrize("name", ["usersessions_list", "reset_devices", "export_own_data"])
    def test_is_required_before_a_person_ends_sessions_or_takes_their_data(
        self, client: Client, name: str
    ) -> None:
        client.force_login(make_user())

        assert client.post(reverse(name))["Location"].startswith(reverse("account_reauthenticate"))

    def test_lets_the_change_go_on_afterwards(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))
        oscar = make_user()

        requested = client.post(person_page(oscar), fields(oscar, is_superuser="on"))
        client.post(requested["Location"], {"password": PASSWORD})

        oscar.refresh_from_db()
        assert oscar.is_superuser

    def test_is_given_by_the_sign_in_itself_for_some_minutes(self, client: Client) -> None:
        ada = make_user(is_superuser=True)
        oscar = make_user()
        client = give_password(ada)

        client.post(person_page(oscar), fields(oscar, is_superuser="on"))

        oscar.refresh_from_db()
        assert oscar.is_superuser


class TestInterruptedForm:
    """A form that a sign-in or a proof interrupts is done, or the page says to send it again."""

    def test_with_a_query_is_done_after_the_proof(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))
        oscar = make_user()
        address = f"{person_page(oscar)}?_changelist_filters=is_active__exact%3D1"

        requested = client.post(address, fields(oscar, is_superuser="on"))
        client.post(requested["Location"], {"password": PASSWORD})

        oscar.refresh_from_db()
        assert oscar.is_superuser

    def test_that_another_one_replaced_is_to_be_sent_again(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))
        oscar = make_user()
        first = client.post(reverse("api:make_token"), {"name": "x"}, headers={"Referer": TOKENS})
        client.post(person_page(oscar), fields(oscar, is_superuser="on"))

        answer = client.post(first["Location"], {"password": PASSWORD}, follow=True)

        assert answer.request["PATH_INFO"] == reverse("api:tokens")
        assert "Send it again." in answer.content.decode()
        assert "Send it again." not in client.get(reverse("api:tokens")).content.decode()

    def test_that_was_done_is_not_mentioned_later(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))
        oscar = make_user()

        requested = client.post(person_page(oscar), fields(oscar, is_superuser="on"))
        client.post(requested["Location"], {"password": PASSWORD})

        assert "Send it again." not in client.get(person_page(oscar)).content.decode()

    def test_that_was_given_up_is_to_be_sent_again(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))
        oscar = make_user()

        page = f"http://testserver{person_page(oscar)}"

        client.post(page, fields(oscar, is_superuser="on"), headers={"Referer": page})

        assert "Send it again." in client.get(person_page(oscar)).content.decode()

    def test_of_somebody_who_is_signed_out_leads_back_to_its_page(self, client: Client) -> None:
        oscar = make_user()

        answer = client.post(
            reverse("change_theme"), {"theme": "dark"}, headers={"Referer": f"{TOKENS}?page=2"}
        )
        page = client.get(answer["Location"]).content.decode()
        signed_in = client.post(answer["Location"], {"login": oscar.email, "password": PASSWORD})

        assert "your form was not processed" in page
        assert signed_in["Location"] == f"{reverse('api:tokens')}?page=2"

    @pytest.mark.parametrize(
        "page",
        ["https://elsewhere.example/x/", "", "javascript:alert(1)", "http://testserver//elsewhere.example/"],
    )
    def test_of_an_unknown_page_leads_to_the_start_page(self, client: Client, page: str) -> None:
        answer = client.post(reverse("change_theme"), headers={"Referer": page} if page else {})

        assert answer["Location"] == reverse("account_login", query={"next": "/"}).replace("%2F", "/")


class TestLinks:
    def test_of_emails_never_follow_the_host_header(self, client: Client, settings: Settings) -> None:
        settings.ALLOWED_HOSTS = ["*"]
        settings.PORTAL_URL = "https://portal.example.com"
        ada, oscar = make_user(is_superuser=True), make_user(email="oscar@example.com")
        sign_in(client, ada)

        client.post(
            reverse("admin:sites_invitation_add"),
            {"email": "nina@example.com", "as_admin": "on"},
            headers={"host": "evil.example"},
        )
        Client().post(
            reverse("account_reset_password"), {"email": oscar.email}, headers={"host": "evil.example"}
        )
        his = give_password(oscar)
        his.post(
            reverse("account_email"),
            {"email": "new@example.com", "action_add": ""},
            headers={"host": "evil.example"},
        )

        bodies = [str(letter.body) for letter in mail.outbox]
        assert sum("https://portal.example.com/accounts/" in body for body in bodies) == 3
        assert not [body for body in bodies if "evil.example" in body]
