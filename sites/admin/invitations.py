"""Inviting people, and what became of each invitation."""

from typing import TYPE_CHECKING, override

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from sites import invitations
from sites.admin.base import PortalAdmin
from sites.mail import send_invitation
from sites.models import Invitation, Site, User

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldOpts
    from django.utils.functional import _StrOrPromise as StrOrPromise


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
        return [("open", _("Open")), ("accepted", _("Accepted")), ("over", _("Expired or taken back"))]

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
    actions = ("send_again", "take_back")
    fieldsets = (
        (
            None,
            {
                "fields": ("email", "site", "role", "as_admin"),
                "description": _(
                    "They get a letter with a link that works once, for a week. "
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
        token = invitations.invite(invitation=obj, by=admin_of(request))
        self._send(request, obj, token)

    def _send(self, request: HttpRequest, invitation: Invitation, token: str) -> None:
        if not send_invitation(request, invitation, token):
            messages.error(
                request, __("The letter could not be sent. Look at the mail settings, then send it again.")
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
        description=_("Take back"),
        permissions=["add"],
        location=[ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM],
    )
    def take_back(self, request: HttpRequest, chosen: models.QuerySet[Invitation]) -> None:
        count = invitations.revoke(invitations=list(chosen), by=admin_of(request))
        messages.success(
            request, ngettext("%(count)d taken back.", "%(count)d taken back.", count) % {"count": count}
        )


def admin_of(request: HttpRequest) -> User:
    """Return the admin who asks; the administration lets in nobody else."""
    if not isinstance(request.user, User):
        raise ValidationError(__("Sign in first."))
    return request.user
