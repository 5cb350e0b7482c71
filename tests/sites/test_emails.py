import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from sites.accounts import invitations
from sites.accounts.invitations import send_invitation
from sites.models import Invitation, Role
from tests.factories import PASSWORD, make_site, make_user

pytestmark = pytest.mark.django_db


def signed_in(client: Client, name: str = "Ann O'Brien & Co") -> Client:
    person = make_user(email="ann@example.com", name=name)
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


class TestEmails:
    def test_of_a_changed_password_says_when_and_from_where(self, client: Client) -> None:
        new = "gravel at midnight"

        signed_in(client).post(
            reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
        )

        message = mail.outbox[0]
        assert message.subject == "Your DeskOps password was changed"
        assert "The password of your account was changed." in str(message.body)
        assert "from 127.0.0.1" in str(message.body)

    def test_name_the_browser_and_repeat_no_text_of_it(self) -> None:
        client = signed_in(Client(headers={"user-agent": "Call 555-0100 at once. Edg/142.0 Windows"}))
        new = "gravel at midnight"

        client.post(
            reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
        )

        assert "with Edge on Windows." in str(mail.outbox[0].body)
        assert "555" not in str(mail.outbox[0].body)

    def test_write_names_as_they_are(self, client: Client) -> None:
        signed_in(client).post(reverse("account_email"), {"email": "new@example.com", "action_add": ""})

        message = next(message for message in mail.outbox if message.to == ["new@example.com"])
        assert message.subject == "Confirm your new address at DeskOps"
        assert "Ann O'Brien & Co wants to sign in with this address" in str(message.body)

    def test_for_an_unknown_address_show_whom_to_ask(self, client: Client) -> None:
        client.post(reverse("account_reset_password"), {"email": "nobody@example.com"})

        assert mail.outbox[0].subject == "No DeskOps account with this address"
        assert "ask an admin of your company to invite you" in str(mail.outbox[0].body)


class TestSendInvitation:
    def test_says_when_the_letter_could_not_go_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        invitation = Invitation(email="nina@example.com", site=make_site(), role=Role.VIEWER)
        token = invitations.invite(invitation=invitation, by=make_user(is_superuser=True))

        def refuse(*_args: object, **_kwargs: object) -> int:
            raise ConnectionRefusedError

        monkeypatch.setattr("sites.accounts.mails.EmailMessage.send", refuse)

        assert send_invitation(invitation, token) is False
        assert Invitation.objects.get().sent_at is None
