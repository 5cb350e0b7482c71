"""People: who may come in, as what, and help for somebody who cannot."""

from typing import ClassVar, override

from allauth.account.forms import ResetPasswordForm
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from sites.admin.base import MemberInlineBase, PortalAdmin
from sites.changes import Entry, changes_of
from sites.models import Membership, User
from sites.second_factor import has_second_factor, remove_second_factor, second_factor_of

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
    actions = ("send_password_link", "end_sessions", "take_second_factor")

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
    def history_entries(self, row: User) -> list[Entry]:
        entries = super().history_entries(row) + changes_of(Membership, user_id=row.pk)
        return sorted(entries, key=lambda entry: entry.when, reverse=True)

    @admin.action(
        description=_("Send a link to set a new password"), permissions=["change"], location=ON_A_PERSON
    )
    def send_password_link(self, request: HttpRequest, chosen: models.QuerySet[User]) -> None:
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
        for person in chosen:
            for session in UserSession.objects.filter(user=person):
                session.end()
            messages.success(request, __("%(person)s is signed out everywhere.") % {"person": person})

    @admin.action(
        description=_("Remove the second factor, when it is lost"),
        permissions=["change"],
        location=ON_A_PERSON,
    )
    def take_second_factor(self, request: HttpRequest, chosen: models.QuerySet[User]) -> None:
        for person in chosen:
            if person == request.user:
                messages.error(request, __("Change your own second factor on your account page."))
            elif not has_second_factor(person):
                messages.info(request, __("%(person)s has no second factor.") % {"person": person})
            else:
                remove_second_factor(person)
                messages.success(
                    request, __("%(person)s signs in with the password alone.") % {"person": person}
                )
