"""API tokens: their page, the command, the admin."""

import datetime as dt
from http import HTTPStatus
from io import StringIO
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from api.auth import find_token, make_token, revoke_token
from api.models import ApiToken, Usage
from parties.models import Weighbridge
from records.registry import modules
from sites.models import EventKind, SecurityEvent, User
from tests.api.case import ApiCase, Caller, items_of
from tests.factories import PASSWORD, make_user, make_weighbridge, sign_in


class TestTokenPage(ApiCase):
    def browser(self) -> Client:
        client = Client()
        sign_in(client, self.people.alice)
        return client

    def test_shows_a_new_token_once_and_stores_only_its_hash(self) -> None:
        browser = self.browser()

        page = browser.post(reverse("api:make_token"), {"name": "Weighbridge"}).content.decode()
        again = browser.get(reverse("api:tokens")).content.decode()

        text = page.partition('translate="no">')[2].partition("<")[0]
        token = find_token(text)
        assert token is not None
        assert (token.owner, token.name, token.is_read_only) == (self.people.alice, "Weighbridge", False)
        assert text not in again
        assert token.prefix in again
        assert text not in str(ApiToken.objects.values())

    def test_loaded_again_makes_no_second_token(self) -> None:
        browser = self.browser()
        browser.post(reverse("api:make_token"), {"name": "Weighbridge"})

        again = browser.post(reverse("api:make_token"), {"name": "Weighbridge"})

        assert again.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        self.assertContains(again, "There is an active token with this name.", status_code=again.status_code)
        assert ApiToken.objects.filter(name="Weighbridge").count() == 1

    def test_a_revoked_token_leaves_its_name_to_another(self) -> None:
        old, _text = make_token(owner=self.people.alice, name="Weighbridge")
        make_token(owner=self.people.mona, name="Weighbridge")
        revoke_token(old, by=self.people.alice)

        response = self.browser().post(reverse("api:make_token"), {"name": "Weighbridge"})

        assert response.status_code == HTTPStatus.OK
        assert ApiToken.objects.filter(name="Weighbridge", owner=self.people.alice).count() == 2

    def test_a_token_expires_at_the_end_of_its_last_day(self) -> None:
        last = timezone.now().date() + dt.timedelta(days=7)

        self.browser().post(
            reverse("api:make_token"),
            {"name": "A week", "is_read_only": "on", "expires_on": last.isoformat()},
        )

        token = ApiToken.objects.get(name="A week")
        assert token.expires_at is not None
        assert (token.expires_at.date(), token.is_read_only) == (last, True)

    def test_a_token_expires_after_ninety_days_unless_another_end_is_chosen(self) -> None:
        for name, chosen in (("Usual", {}), ("Lasting", {"never_expires": "on"})):
            self.browser().post(reverse("api:make_token"), {"name": name, **chosen})

        usual, lasting = (ApiToken.objects.get(name=name) for name in ("Usual", "Lasting"))
        assert usual.expires_at is not None
        assert (usual.expires_at.date() - timezone.now().date()).days == 90
        assert lasting.expires_at is None

    def test_needs_the_password_of_just_now_and_goes_on_after_it(self) -> None:
        browser = Client()
        browser.force_login(self.people.alice)

        requested = browser.post(reverse("api:make_token"), {"name": "Weighbridge"})
        before = ApiToken.objects.filter(name="Weighbridge").count()
        page = browser.post(requested["Location"], {"password": PASSWORD})

        assert requested["Location"].startswith(reverse("account_reauthenticate"))
        assert before == 0
        self.assertContains(page, ApiToken.objects.get(name="Weighbridge").prefix)

    def test_an_email_tells_the_owner(self) -> None:
        with self.captureOnCommitCallbacks(execute=True):
            self.browser().post(reverse("api:make_token"), {"name": "Weighbridge"})

        letter = mail.outbox[0]
        assert letter.to == [self.people.alice.email]
        assert "“Weighbridge”" in str(letter.body)

    def test_rejects_a_missing_name_and_a_past_date(self) -> None:
        for wrong in ({"name": ""}, {"name": "x", "expires_on": "2020-01-01"}, {"name": "x" * 101}):
            response = self.browser().post(reverse("api:make_token"), wrong)

            assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY

    def test_revokes_only_tokens_of_the_user(self) -> None:
        own, text = make_token(owner=self.people.alice, name="Own")
        other, _text = make_token(owner=self.people.mona, name="Other")

        revoked = self.browser().post(reverse("api:revoke_token", args=[own.pk]))
        theirs = self.browser().post(reverse("api:revoke_token", args=[other.pk]))

        assert revoked.status_code == HTTPStatus.FOUND
        assert theirs.status_code == HTTPStatus.NOT_FOUND
        self.assert_error(Caller(text).get("/api/sites"), HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED")
        other.refresh_from_db()
        assert other.is_active

    def test_shows_the_number_of_requests_and_the_last_use(self) -> None:
        _token, text = make_token(owner=self.people.alice, name="Busy")
        for _ in range(3):
            Caller(text).get("/api/sites")

        page = self.browser().get(reverse("api:tokens")).content.decode()

        found = ApiToken.objects.with_usage().get(name="Busy")
        assert found.requests == 3
        assert found.last_used_at is not None
        assert "Busy" in page
        assert ">3</td>" in page
        assert "never" in page

    def test_shows_only_tokens_of_the_user(self) -> None:
        make_token(owner=self.people.mona, name="Of Mona")

        assert b"Of Mona" not in self.browser().get(reverse("api:tokens")).content

    def test_a_token_has_the_current_permissions_of_its_owner(self) -> None:
        _token, text = make_token(owner=self.people.alice, name="t")
        self.people.alice.memberships.all().delete()

        response = Caller(text).get(f"/api/sites/{self.site.pk}")

        self.assert_error(response, HTTPStatus.NOT_FOUND, "NOT_FOUND")


class TestCommand(ApiCase):
    def run_command(self, *arguments: str) -> str:
        out = StringIO()
        call_command("api_token", *arguments, stdout=out)
        return out.getvalue()

    def test_prints_only_the_token(self) -> None:
        printed = self.run_command(self.people.alice.email.upper())

        assert printed.count("\n") == 1
        found = find_token(printed.strip())
        assert found is not None
        assert (found.owner, found.is_read_only) == (self.people.alice, False)
        assert found.expires_at is not None
        assert dt.timedelta(days=89) < found.expires_at - timezone.now() <= dt.timedelta(days=90)

    def test_makes_a_token_without_an_end_where_that_is_chosen(self) -> None:
        found = find_token(self.run_command(self.people.alice.email, "--never-expires").strip())

        assert found is not None
        assert found.expires_at is None

    def test_accepts_a_name_an_expiry_and_read_only(self) -> None:
        text = self.run_command(
            self.people.alice.email, "--read-only", "--name", "Power BI", "--expires", "30"
        ).strip()

        found = find_token(text)
        assert found is not None
        assert (found.name, found.is_read_only) == ("Power BI", True)
        assert found.expires_at is not None
        assert dt.timedelta(days=29) < found.expires_at - timezone.now() <= dt.timedelta(days=30)

    def test_rejects_unknown_users_and_invalid_options(self) -> None:
        gone = make_user(is_active=False)
        for arguments in (
            ["nobody@example.com"],
            [gone.email],
            [self.people.alice.email, "--expires", "0"],
            [self.people.alice.email, "--name", " "],
        ):
            with pytest.raises(CommandError):
                self.run_command(*arguments)


class TestAdmin(ApiCase):
    def test_shows_all_tokens_and_revokes_the_selected_ones(self) -> None:
        token, text = make_token(owner=self.people.alice, name="Weighbridge")
        Caller(text).get("/api/sites")
        browser = Client()
        browser.force_login(self.people.ada)
        address = reverse("admin:api_apitoken_changelist")

        page = browser.get(address)
        browser.post(address, {"action": "revoke", "_selected_action": [token.pk]})

        self.assertContains(page, "Weighbridge")
        self.assertContains(page, '<td class="field-requests_made">1</td>')
        self.assertContains(page, '<td class="field-last_used nowrap">')
        token.refresh_from_db()
        assert token.revoked_by == self.people.ada
        assert find_token(text) is None


class TestWeighbridgeTokens(ApiCase):
    def make_token(self, browser: Client, owner: User) -> HttpResponse:
        bridge = Weighbridge.objects.filter(site=self.site).first() or make_weighbridge(self.site)
        values = {"name": "Gate PC", "weighbridge": bridge.pk, "owner": owner.pk}
        return browser.post(reverse("admin:api_apitoken_add"), values)  # type: ignore[return-value]  # the client's

    def test_are_made_by_admins_shown_once_and_recorded(self) -> None:
        browser = Client()
        sign_in(browser, self.people.ada)

        with self.captureOnCommitCallbacks(execute=True):
            page = self.make_token(browser, self.people.alice).content.decode()

        text = page.partition('translate="no">')[2].partition("<")[0]
        token = find_token(text)
        assert token is not None
        assert (token.owner, token.weighbridge_id) == (self.people.alice, Weighbridge.objects.get().pk)
        event = SecurityEvent.objects.filter(kind=EventKind.TOKEN_MADE).latest("pk")
        assert (event.person, event.by) == (self.people.alice, self.people.ada)
        assert [message.to for message in mail.outbox] == [[self.people.alice.email]]
        assert text not in browser.get(reverse("admin:api_apitoken_changelist")).content.decode()

    def test_loaded_again_make_no_second_one(self) -> None:
        browser = Client()
        sign_in(browser, self.people.ada)
        self.make_token(browser, self.people.alice)

        again = self.make_token(browser, self.people.alice)

        self.assertContains(again, "There is an active token with this name.")
        assert ApiToken.objects.filter(name="Gate PC").count() == 1

    def test_are_of_an_active_weighbridge_that_is_named_with_its_site(self) -> None:
        closed = make_weighbridge(self.site, code="W2")
        Weighbridge.objects.filter(pk=closed.pk).update(is_active=False)
        make_weighbridge(self.site)
        browser = Client()
        sign_in(browser, self.people.ada)

        page = browser.get(reverse("admin:api_apitoken_add")).content.decode()

        assert f"{self.site.code} · Bridge W1" in page
        assert "Bridge W2" not in page

    def test_are_of_operators_and_need_a_proof(self) -> None:
        browser = Client()
        sign_in(browser, self.people.ada)
        self.assertContains(self.make_token(browser, self.people.victor), "Choose an operator")
        unproved = Client()
        unproved.force_login(self.people.ada)

        answer = self.make_token(unproved, self.people.alice)

        assert answer.status_code == HTTPStatus.FOUND
        assert "reauthenticate" in answer.headers["Location"]
        assert not ApiToken.objects.filter(weighbridge__isnull=False).exists()


class TestToken(ApiCase):
    def test_do_not_work_from_the_moment_they_expire(self) -> None:
        end = timezone.now() + dt.timedelta(days=1)
        _token, text = make_token(owner=self.people.alice, name="t", expires_at=end)

        with patch("api.auth.timezone.now", return_value=end - dt.timedelta(microseconds=1)):
            before = Caller(text).get("/api/sites")
        with patch("api.auth.timezone.now", return_value=end):
            at_the_end = Caller(text).get("/api/sites")

        assert before.status_code == HTTPStatus.OK
        self.assert_error(at_the_end, HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED")

    def test_do_not_work_once_their_owner_is_inactive(self) -> None:
        _token, text = make_token(owner=self.people.alice, name="t")
        self.people.alice.is_active = False
        self.people.alice.save()

        assert find_token(text) is None

    def test_stay_invalid_when_their_owner_becomes_active_again(self) -> None:
        token, text = make_token(owner=self.people.alice, name="t")
        for is_active in (False, True):
            self.people.alice.is_active = is_active
            self.people.alice.save()

        _newer, newer_text = make_token(owner=self.people.alice, name="u")

        assert find_token(text) is None
        assert find_token(newer_text) is not None
        assert ApiToken.objects.select_related("owner").get(pk=token.pk).is_ended

    def test_that_are_read_only_can_read_everything(self) -> None:
        reading = self.caller(self.people.alice, is_read_only=True)

        for module in modules():
            assert reading.get(f"/api/{module.slug}?siteId={self.site.pk}").status_code == HTTPStatus.OK
        assert len(items_of(reading.get("/api/sites"), "sites")) == 1


class TestUse(ApiCase):
    def test_of_old_sessions_is_deleted(self) -> None:
        past = timezone.now() - dt.timedelta(days=3)
        Usage.objects.create(caller="session:old", window_began=0, in_window=1, total=1, last_at=past)
        kept = Usage.objects.create(caller="token:0", window_began=0, in_window=1, total=9, last_at=past)

        self.alice.get("/api/sites")

        assert not Usage.objects.filter(caller="session:old").exists()
        assert Usage.objects.filter(pk=kept.pk).exists()
