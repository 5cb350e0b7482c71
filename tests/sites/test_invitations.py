import datetime as dt
import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sites.accounts import invitations
from sites.models import Invitation, Membership, Role, User
from tests.factories import PASSWORD, make_people, make_site, make_user, sign_in

pytestmark = pytest.mark.django_db


def invited(*, email: str = "nina@example.com", role: Role = Role.OPERATOR) -> tuple[Invitation, str]:
    """Invite somebody to a new site and return the invitation with the secret of its link."""
    invitation = Invitation(email=email, site=make_site(), role=role)
    token = invitations.invite(invitation=invitation, by=make_user(is_superuser=True))
    return invitation, token


def answers(**changed: str) -> dict[str, str]:
    return {"name": "Nina Okafor", "password": PASSWORD, "again": PASSWORD, **changed}


def link(token: str) -> str:
    return reverse("invitation", args=[token])


class TestInvite:
    def test_keeps_the_address_in_lower_case_and_the_secret_nowhere(self) -> None:
        invitation, token = invited(email=" Nina@Example.com ")

        assert invitation.email == "nina@example.com"
        assert token
        assert token not in str(vars(invitation))

    def test_only_an_admin_invites(self) -> None:
        people = make_people()
        invitation = Invitation(email="nina@example.com", site=people.site, role=Role.VIEWER)

        with pytest.raises(PermissionDenied):
            invitations.invite(invitation=invitation, by=people.mona)

    def test_gives_the_role_at_once_to_somebody_who_is_here(self) -> None:
        people = make_people()
        invitation = Invitation(email=people.oscar.email.upper(), site=people.site, role=Role.MANAGER)

        token = invitations.invite(invitation=invitation, by=people.ada)

        assert token == ""
        assert invitation.accepted_by == people.oscar
        assert Membership.objects.get(user=people.oscar, site=people.site).role == Role.MANAGER

    def test_never_lowers_a_role(self) -> None:
        people = make_people()
        invitation = Invitation(email=people.mona.email, site=people.site, role=Role.VIEWER)

        invitations.invite(invitation=invitation, by=people.ada)

        assert Membership.objects.get(user=people.mona, site=people.site).role == Role.MANAGER

    def test_refuses_somebody_who_may_not_sign_in(self) -> None:
        people = make_people()
        gone = make_user(is_active=False)
        invitation = Invitation(email=gone.email, site=people.site, role=Role.VIEWER)

        with pytest.raises(ValidationError, match="may not sign in"):
            invitations.invite(invitation=invitation, by=people.ada)

    def test_twice_to_the_same_site_is_refused_in_words(self) -> None:
        first, _ = invited()
        again = Invitation(email=first.email, site=first.site, role=Role.VIEWER)

        with pytest.raises(ValidationError, match="invited to this site already"):
            invitations.invite(invitation=again, by=first.invited_by)

    def test_as_an_admin_and_to_a_site_at_once_is_refused(self) -> None:
        invitation = Invitation(email="x@example.com", site=make_site(), role=Role.VIEWER, as_admin=True)

        with pytest.raises(ValidationError, match="or as an admin with neither"):
            invitations.invite(invitation=invitation, by=make_user(is_superuser=True))


class TestRenew:
    def test_gives_a_new_link_and_ends_the_old_one(self) -> None:
        invitation, old = invited()

        new = invitations.renew(invitation=invitation, by=invitation.invited_by)

        assert invitations.find(old) is None
        assert invitations.find(new) == invitation

    def test_revives_one_whose_time_has_run_out(self) -> None:
        invitation, _ = invited()
        Invitation.objects.update(expires_at=timezone.now() - dt.timedelta(minutes=1))

        new = invitations.renew(invitation=invitation, by=invitation.invited_by)

        assert invitations.find(new) == invitation


class TestRevoke:
    def test_ends_the_link_and_says_who_did_it(self) -> None:
        invitation, token = invited()

        count = invitations.revoke(invitations=[invitation], by=invitation.invited_by)

        invitation.refresh_from_db()
        assert count == 1
        assert invitations.find(token) is None
        assert invitation.revoked_by == invitation.invited_by

    def test_leaves_an_accepted_one_alone(self) -> None:
        invitation, token = invited()
        invitations.accept(token=token, name="Nina", password=PASSWORD)

        assert invitations.revoke(invitations=[invitation], by=invitation.invited_by) == 0


class TestConstraints:
    def test_accepted_when_and_by_whom_belong_together(self) -> None:
        invitation, _ = invited()

        with pytest.raises(IntegrityError), transaction.atomic():
            Invitation.objects.filter(pk=invitation.pk).update(accepted_at=timezone.now())


class TestInvitationPage:
    def test_is_open_to_strangers_and_names_the_offer(self, client: Client) -> None:
        invitation, token = invited()

        response = client.get(link(token))

        assert response.status_code == 200
        assert invitation.offer in response.content.decode()

    def test_brings_the_person_in_with_role_and_verified_address(self, client: Client) -> None:
        invitation, token = invited()

        response = client.post(link(token), answers())

        person = User.objects.get(email="nina@example.com")
        assert response.status_code == 302
        assert client.session["_auth_user_id"] == str(person.pk)
        assert person.name == "Nina Okafor"
        assert person.check_password(PASSWORD)
        assert EmailAddress.objects.get(user=person).verified
        assert Membership.objects.get(user=person).role == Role.OPERATOR
        invitation.refresh_from_db()
        assert invitation.accepted_by == person

    def test_makes_an_admin_of_who_was_invited_as_one(self, client: Client) -> None:
        invitation = Invitation(email="nina@example.com", as_admin=True)
        token = invitations.invite(invitation=invitation, by=make_user(is_superuser=True))

        client.post(link(token), answers())

        assert User.objects.get(email="nina@example.com").is_superuser

    def test_settles_every_other_open_invitation_to_the_address(self, client: Client) -> None:
        first, token = invited()
        second, _ = invited()

        client.post(link(token), answers())

        person = User.objects.get(email="nina@example.com")
        assert {membership.site for membership in person.memberships.all()} == {first.site, second.site}

    def test_works_once(self, client: Client) -> None:
        _, token = invited()
        client.post(link(token), answers())
        client.logout()

        response = client.post(link(token), answers(name="Somebody else"))

        assert response.status_code == 404
        assert User.objects.get(email="nina@example.com").name == "Nina Okafor"

    def test_is_over_after_a_week(self, client: Client) -> None:
        _, token = invited()
        Invitation.objects.update(expires_at=timezone.now())

        assert client.get(link(token)).status_code == 404

    def test_an_invented_link_is_over_too(self, client: Client) -> None:
        assert client.get(link("invented")).status_code == 404

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"again": "another one entirely"}, "The two passwords differ."),
            ({"password": "short", "again": "short"}, "This password is too short."),
            ({"password": "nina@example.com", "again": "nina@example.com"}, "too similar to the e-mail"),
            ({"name": ""}, "This field is required."),
        ],
    )
    def test_asks_again_in_words(self, client: Client, changed: dict[str, str], sentence: str) -> None:
        _, token = invited()

        response = client.post(link(token), answers(**changed))

        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert not User.objects.filter(email="nina@example.com").exists()

    def test_shows_somebody_else_who_is_signed_in_how_to_sign_out(self, client: Client) -> None:
        _, token = invited()
        client.force_login(make_user(name="Oscar"))

        response = client.post(link(token), answers())

        assert response.status_code == 403
        assert "You are signed in as somebody else" in response.content.decode()

    def test_somebody_registered_meanwhile_takes_the_role_without_a_new_password(
        self, client: Client
    ) -> None:
        invitation, token = invited()
        person = make_user(email="nina@example.com", password="her own from before")

        response = client.post(link(token), answers())

        person.refresh_from_db()
        assert response.status_code == 302
        assert person.check_password("her own from before")
        assert Membership.objects.filter(user=person, site=invitation.site).exists()
        assert "_auth_user_id" not in client.session

    def test_somebody_deactivated_meanwhile_gets_nothing(self, client: Client) -> None:
        _, token = invited()
        make_user(email="nina@example.com", is_active=False)

        response = client.post(link(token), answers())

        assert response.status_code == 404
        assert not Membership.objects.exists()


class TestInvitationAdmin:
    def invite(self, client: Client, **fields: object) -> str:
        """Fill in the admin's form and return the body of the letter, empty if none was sent."""
        site = make_site()
        data = {"email": "Nina@Example.com", "site": site.pk, "role": "manager", **fields}
        sign_in(client, make_user(is_superuser=True, name="Ada"))
        client.post(reverse("admin:sites_invitation_add"), data)
        return str(mail.outbox[0].body) if mail.outbox else ""

    def test_sends_a_letter_whose_link_works(self, client: Client) -> None:
        body = self.invite(client)

        found = re.search(r"http://testserver:8000(/accounts/invitation/\S+)", body)
        assert found
        assert mail.outbox[0].to == ["nina@example.com"]
        assert "Ada invites you" in body
        assert Client().get(found[1]).status_code == 200
        assert Invitation.objects.get().sent_at

    def test_tells_somebody_who_is_here_of_the_new_role(self, client: Client) -> None:
        person = make_user(email="nina@example.com")

        body = self.invite(client)

        assert "has given you a new role" in body
        assert person.memberships.get().role == Role.MANAGER

    def test_asks_for_a_site_unless_as_an_admin(self, client: Client) -> None:
        body = self.invite(client, site="", role="")

        assert body == ""
        assert not Invitation.objects.exists()

    def test_send_again_mails_a_new_link(self, client: Client) -> None:
        self.invite(client)
        before = Invitation.objects.get().token_hash

        client.post(
            reverse("admin:sites_invitation_changelist"),
            {"action": "send_again", "_selected_action": [Invitation.objects.get().pk]},
        )

        assert len(mail.outbox) == 2
        assert Invitation.objects.get().token_hash != before

    def test_withdrawing_ends_it(self, client: Client) -> None:
        self.invite(client)

        client.post(
            reverse("admin:sites_invitation_changelist"),
            {"action": "withdraw", "_selected_action": [Invitation.objects.get().pk]},
        )

        assert not Invitation.objects.open().exists()

    def test_cannot_be_edited_or_deleted(self, client: Client) -> None:
        self.invite(client)
        invitation = Invitation.objects.get()

        shown = client.get(reverse("admin:sites_invitation_change", args=[invitation.pk]))
        deleted = client.post(reverse("admin:sites_invitation_delete", args=[invitation.pk]), {"post": "yes"})

        assert shown.status_code == 200
        assert b"_save" not in shown.content
        assert deleted.status_code == 403
