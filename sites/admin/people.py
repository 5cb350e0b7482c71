"""People: who may come in, as what, how they are invited, and help for somebody who cannot."""

from typing import TYPE_CHECKING, ClassVar, override

from allauth.account.forms import ResetPasswordForm
from allauth.usersessions.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from sites.accounts import invitations
from sites.accounts.company import remove_link
from sites.accounts.invitations import send_invitation
from sites.accounts.mails import send_notice
from sites.accounts.privacy import anonymise
from sites.accounts.security import entries_of
from sites.accounts.sessions import reset_devices
from sites.accounts.sign_in import has_second_factor, remove_second_factor, require_proof, second_factor_of
from sites.admin.base import MemberInlineBase, PortalAdmin
from sites.history import HistoryEntry, changes_of
from sites.models import Invitation, Membership, SecurityEvent, Site, User

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldOpts
    from django.utils.functional import _StrOrPromise as StrOrPromise


# A change of these needs a password or factor that was given just before.
OPENS_THE_ACCOUNT = frozenset({"email", "is_superuser", "is_active"})
ON_A_PERSON = [ActionLocation.CHANGE_FORM]


class MembershipInline(MemberInlineBase[User]):
    fields = ("site", "role")


class PersonForm(forms.ModelForm[User]):
    """What an admin decides about a person; the rest is their own."""

    # Set by the page that shows the form.
    requester: ClassVar[User | None] = None

    class Meta:
        model = User
        fields = ("email", "name", "is_superuser", "is_active")
        help_texts: ClassVar = {
            "email": _("The login. Anyone who reads this mailbox can set a new password."),
        }

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if self.requester is not None and self.instance.pk == self.requester.pk:
            for name in ("is_superuser", "is_active"):
                if name in cleaned and not cleaned[name]:
                    self.add_error(name, __("You cannot take this away from yourself. Ask another admin."))
        return cleaned


@admin.register(User)
class PersonAdmin(PortalAdmin[User]):
    form = PersonForm
    inlines = (MembershipInline,)
    list_display = ("email", "name", "is_superuser", "sites", "second_factor", "last_login", "is_active")
    list_display_links = ("email", "name")
    list_filter = ("is_active", "is_superuser", "memberships__role", "memberships__site")
    search_fields = ("email", "name")
    readonly_fields = ("second_factor", "joined_at", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "name")}),
        (_("May"), {"fields": ("is_active", "is_superuser")}),
        (_("Sign-in"), {"fields": ("second_factor", "joined_at", "last_login")}),
    )
    actions = (
        "send_password_link",
        "end_sessions",
        "reset_devices",
        "take_second_factor",
        "remove_company_link",
        "anonymise",
    )

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[User]:
        people = super().get_queryset(request).prefetch_related("memberships__site")
        return people.annotate(has_factor=second_factor_of(models.OuterRef("pk")))

    @admin.display(description=_("Second factor"), boolean=True)
    def second_factor(self, person: User) -> bool:
        return bool(getattr(person, "has_factor", False))

    @admin.display(description=_("Sites"))
    def sites(self, person: User) -> str:
        if person.is_superuser:
            return __("every site")
        return ", ".join(membership.site.code for membership in person.memberships.all())

    @override
    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: object
    ) -> type[forms.ModelForm[User]]:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type("PersonForm", (form,), {"requester": request.user})

    @override
    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm[User], change: bool) -> None:
        """Save a person. What lets somebody in is changed only by an admin who has just proved who they are.

        A new address ends all sessions and tokens, and both addresses get an e-mail about it.
        """
        if set(form.changed_data) & OPENS_THE_ACCOUNT:
            require_proof(request)
        is_moved = "email" in form.changed_data
        if is_moved:
            obj.end_access()
        super().save_model(request, obj, form, change)
        if not is_moved:
            return
        if obj == request.user:
            update_session_auth_hash(request, obj)
        before = str(form.initial["email"])
        sentence = __("You sign in to DeskOps as %(new)s from now on, no longer as %(old)s.")
        for address in (before, obj.email):
            send_notice(
                __("Your DeskOps address was changed"),
                sentence % {"new": obj.email, "old": before},
                to=address,
                by=admin_of(request),
            )

    @override
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Lead to the invitation: nobody is made up with a password of somebody else's choice."""
        return redirect("admin:sites_invitation_add")

    @override
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        context = {"show_save_and_add_another": False, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    @override
    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    @override
    def history_entries(self, row: User) -> list[HistoryEntry]:
        entries = super().history_entries(row) + changes_of(Membership, user_id=row.pk) + entries_of(row)
        return sorted(entries, key=lambda entry: entry.when, reverse=True)

    @admin.action(
        description=_("Send a link to set a new password"), permissions=["change"], location=ON_A_PERSON
    )
    def send_password_link(self, request: HttpRequest, chosen: models.QuerySet[User]) -> None:
        require_proof(request)
        for person in chosen:
            if not person.is_active:
                messages.error(request, __("%(person)s may not sign in.") % {"person": person})
                continue
            form = ResetPasswordForm({"email": person.email})
            form.is_valid()
            form.save(request)
            messages.success(request, __("A link is on its way to %(email)s.") % {"email": person.email})

    @admin.action(description=_("End every session"), permissions=["change"], location=ON_A_PERSON)
    def end_sessions(self, request: HttpRequest, chosen: models.QuerySet[User]) -> None:
        require_proof(request)
        for person in chosen:
            get_adapter().end_sessions(list(UserSession.objects.filter(user=person)))
            messages.success(request, __("%(person)s is signed out everywhere.") % {"person": person})

    @admin.action(
        description=_("Reset devices: end every session, remove lines that wait there"),
        permissions=["change"],
        location=ON_A_PERSON,
    )
    def reset_devices(self, request: HttpRequest, chosen: models.QuerySet[User]) -> None:
        require_proof(request)
        for person in chosen:
            get_adapter().end_sessions(list(UserSession.objects.filter(user=person)))
            reset_devices(person, by=admin_of(request))
            messages.success(
                request,
                __("The devices of %(person)s are emptied as soon as a page is opened there.")
                % {"person": person},
            )

    @admin.action(
        description=_("Remove the second factor, when it is lost"),
        permissions=["change"],
        location=ON_A_PERSON,
    )
    def take_second_factor(self, request: HttpRequest, chosen: models.QuerySet[User]) -> None:
        require_proof(request)
        for person in chosen:
            if person == request.user:
                messages.error(request, __("Change your own second factor on your account page."))
            elif not has_second_factor(person):
                messages.info(request, __("%(person)s has no second factor.") % {"person": person})
            else:
                remove_second_factor(person, by=admin_of(request))
                messages.success(
                    request, __("%(person)s signs in with the password alone.") % {"person": person}
                )

    @admin.action(
        description=_("Remove the link with the company's account"),
        permissions=["change"],
        location=ON_A_PERSON,
    )
    def remove_company_link(self, request: HttpRequest, chosen: models.QuerySet[User]) -> None:
        require_proof(request)
        for person in chosen:
            if remove_link(person, by=admin_of(request)):
                text = __("The address of %(person)s finds them at the next sign-in.")
            else:
                text = __("%(person)s has no link with an account of the company.")
            messages.info(request, text % {"person": person})

    @admin.action(
        description=_("Anonymise, when the person has left"), permissions=["change"], location=ON_A_PERSON
    )
    def anonymise(self, request: HttpRequest, chosen: models.QuerySet[User]) -> HttpResponse | None:
        """Ask once, since nothing brings a name back, then remove what names the person."""
        person = chosen.get()
        require_proof(request)
        if person.is_active:
            messages.error(request, __("Turn off “may sign in” first: this is for people who have left."))
            return None
        if request.POST.get("confirmed") != "yes":
            context = {
                **self.admin_site.each_context(request),
                "title": __("Anonymise %(person)s?") % {"person": person},
                "opts": self.opts,
                "object": person,
            }
            return TemplateResponse(request, "admin/anonymise.html", context)
        anonymise(person, by=admin_of(request))
        messages.success(request, __("The person is now Former user %(number)d.") % {"number": person.pk})
        return None


class InvitationForm(forms.ModelForm[Invitation]):
    class Meta:
        model = Invitation
        fields = ("email", "site", "role", "as_admin")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if cleaned.get("as_admin"):
            for name in ("site", "role"):
                if cleaned.get(name):
                    self.add_error(name, __("An admin has every site: leave this empty."))
        else:
            for name in ("site", "role"):
                if not cleaned.get(name):
                    self.add_error(name, __("Choose one, or invite as an admin."))
        blocked = User.objects.filter(email=cleaned.get("email", ""), is_active=False)
        if blocked.exists():
            self.add_error("email", __("This person may not sign in. Allow it on their own page first."))
        return cleaned


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    @override
    def lookups(self, request: HttpRequest, model_admin: object) -> "list[tuple[str, StrOrPromise]]":
        return [("open", _("Open")), ("accepted", _("Accepted")), ("over", _("Expired or withdrawn"))]

    @override
    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Invitation]
    ) -> models.QuerySet[Invitation]:
        invitations = Invitation.objects.filter(pk__in=queryset)
        match self.value():
            case "open":
                return invitations.valid()
            case "accepted":
                return queryset.exclude(accepted_at=None)
            case "over":
                return queryset.filter(accepted_at=None).exclude(pk__in=invitations.valid())
        return queryset


@admin.register(Invitation)
class InvitationAdmin(PortalAdmin[Invitation]):
    form = InvitationForm
    list_display = ("email", "offer", "state", "invited_by", "sent_at", "expires_at")
    list_filter = (StateFilter, "site")
    list_select_related = ("site", "invited_by")
    search_fields = ("email",)
    actions = ("send_again", "withdraw")
    fieldsets = (
        (
            None,
            {
                "fields": ("email", "site", "role", "as_admin"),
                "description": _(
                    "They get an e-mail with a link that works once, for a week. "
                    "Somebody who is here already gets the role at once."
                ),
            },
        ),
    )

    @override
    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[object, object], request: HttpRequest, **kwargs: object
    ) -> forms.ModelChoiceField[models.Model] | None:
        if db_field.name == "site":
            kwargs["queryset"] = Site.objects.active()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @override
    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    @override
    def get_fieldsets(
        self, request: HttpRequest, obj: Invitation | None = None
    ) -> "tuple[tuple[StrOrPromise | None, _FieldOpts], ...]":
        if obj is None:
            return self.fieldsets
        shown = ("email", "offer", "state", "invited_by", "created_at", "sent_at", "expires_at")
        ends = ("accepted_at", "accepted_by", "revoked_at", "revoked_by")
        return ((None, {"fields": (*shown, *(name for name in ends if getattr(obj, name)))}),)

    @admin.display(description=_("Offer"))
    def offer(self, invitation: Invitation) -> str:
        return invitation.offer

    @admin.display(description=_("State"))
    def state(self, invitation: Invitation) -> str:
        return invitation.state

    @override
    def save_model(self, request: HttpRequest, obj: Invitation, form: object, change: object) -> None:
        require_proof(request)
        token = invitations.invite(invitation=obj, by=admin_of(request))
        self._send(request, obj, token)

    def _send(self, request: HttpRequest, invitation: Invitation, token: str) -> None:
        if not send_invitation(invitation, token):
            messages.error(
                request, __("The e-mail could not be sent. Check the mail settings, then send it again.")
            )
        elif not token:
            messages.info(
                request, __("%(email)s is here already and has the role now.") % {"email": invitation.email}
            )

    @admin.action(
        description=_("Send again, with a new link"),
        permissions=["add"],
        location=[ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM],
    )
    def send_again(self, request: HttpRequest, chosen: models.QuerySet[Invitation]) -> None:
        require_proof(request)
        still_open = Invitation.objects.filter(pk__in=chosen).open()
        for invitation in still_open:
            self._send(request, invitation, invitations.renew(invitation=invitation, by=admin_of(request)))
        count = len(still_open)
        messages.success(
            request,
            ngettext("%(count)d invitation sent again.", "%(count)d invitations sent again.", count)
            % {"count": count},
        )

    @admin.action(
        description=_("Withdraw"),
        permissions=["add"],
        location=[ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM],
    )
    def withdraw(self, request: HttpRequest, chosen: models.QuerySet[Invitation]) -> None:
        require_proof(request)
        count = invitations.revoke(invitations=list(chosen), by=admin_of(request))
        messages.success(
            request,
            ngettext("%(count)d invitation withdrawn.", "%(count)d invitations withdrawn.", count)
            % {"count": count},
        )


@admin.register(SecurityEvent)
class SecurityEventAdmin(PortalAdmin[SecurityEvent]):
    """What happened to people's access: nobody adds, changes or deletes a row here."""

    list_display = ("at", "kind", "person", "by", "detail", "address_hash")
    list_display_links = None
    list_filter = ("kind",)
    list_select_related = ("person", "by")
    search_fields = ("person__email", "person__name", "address_hash")
    date_hierarchy = "at"

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: SecurityEvent | None = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: SecurityEvent | None = None) -> bool:
        return False


def admin_of(request: HttpRequest) -> User:
    """Return the admin who asks; the administration lets in nobody else."""
    if not isinstance(request.user, User):
        raise ValidationError(__("Sign in first."))
    return request.user
