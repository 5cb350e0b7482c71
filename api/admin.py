"""The tokens of all users, for admins: their use, their revocation, and new ones of weighbridges."""

import datetime as dt
from typing import ClassVar, override

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from api.auth import make_token, revoke_token
from api.models import ApiToken
from parties.models import Weighbridge
from sites.accounts.mails import send_notice
from sites.accounts.sign_in import require_proof
from sites.admin import PortalAdmin
from sites.models import Role, Site, User

# Where the text of a token waits for its answer.
SHOWN_ONCE = "shown_once"


class WeighbridgeField(forms.ModelChoiceField[Weighbridge]):
    """A weighbridge of any site: two sites may use the same name."""

    @override
    def label_from_instance(self, obj: Weighbridge) -> str:
        return f"{obj.site.code} · {obj.name}"


class WeighbridgeTokenForm(forms.ModelForm[ApiToken]):
    """A token of the program that sends the weights of a weighbridge."""

    weighbridge = WeighbridgeField(
        label=_("Weighbridge"),
        queryset=Weighbridge.objects.filter(is_active=True)
        .select_related("site")
        .order_by("site__code", "name"),
        help_text=_("The token sends its weights and does nothing else."),
    )

    class Meta:
        model = ApiToken
        fields = ("name", "weighbridge", "owner")
        help_texts: ClassVar = {
            "owner": _("An operator of its site, in whose name the weights come."),
        }

    def clean_owner(self) -> User:
        owner: User = self.cleaned_data["owner"]
        weighbridge: Weighbridge | None = self.cleaned_data.get("weighbridge")
        if weighbridge is not None:
            site = Site.objects.with_role(owner).get(pk=weighbridge.site_id)
            if not owner.is_active or not Role(site.role or "").covers(Role.OPERATOR):
                raise ValidationError(_("Choose an operator of the site of this weighbridge."))
        return owner


@admin.register(ApiToken)
class ApiTokenAdmin(PortalAdmin[ApiToken]):
    list_display = (
        "name",
        "owner",
        "weighbridge",
        "prefix",
        "is_read_only",
        "created_at",
        "expires_at",
        "revoked_at",
        "requests_made",
        "last_used",
    )
    list_filter = ("is_read_only",)
    list_select_related = ("owner", "weighbridge")
    search_fields = ("name", "owner__email", "owner__name")
    actions = ("revoke",)
    form = WeighbridgeTokenForm
    fields = ("name", "weighbridge", "owner")

    @override
    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        return ApiToken.objects.with_usage().order_by("-created_at", "-id")

    @admin.display(description=_("requests"), ordering="requests")
    def requests_made(self, token: ApiToken) -> int:
        return token.requests

    @admin.display(description=_("last used"), ordering="last_used_at")
    def last_used(self, token: ApiToken) -> dt.datetime | None:
        return token.last_used_at

    @override
    def save_model(
        self, request: HttpRequest, obj: ApiToken, form: forms.ModelForm[ApiToken], change: bool
    ) -> None:
        """Make the token of a weighbridge, which the answer shows once; tell its owner."""
        del form, change
        require_proof(request)
        assert isinstance(request.user, User)
        assert obj.weighbridge is not None
        made, text = make_token(owner=obj.owner, name=obj.name, weighbridge=obj.weighbridge)
        obj.pk = made.pk
        setattr(request, SHOWN_ONCE, text)
        send_notice(
            _now("A new API token at DeskOps"),
            _now(
                "The API token “%(name)s” was made for your account: it sends the weights of %(weighbridge)s."
            )
            % {"name": made.name, "weighbridge": obj.weighbridge},
            to=made.owner.email,
            by=request.user,
        )

    @override
    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the new token once: no message keeps it."""
        del post_url_continue
        context = {
            **self.admin_site.each_context(request),
            "title": obj.name,
            "token": getattr(request, SHOWN_ONCE),
            "weighbridge": obj.weighbridge,
            "opts": self.opts,
        }
        response = TemplateResponse(request, "admin/api/new_token.html", context)
        add_never_cache_headers(response)
        return response

    @admin.action(description=_("Revoke the selected tokens"), permissions=["view"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        assert isinstance(request.user, User)
        count = 0
        for token in tokens.filter(revoked_at__isnull=True):
            revoke_token(token, by=request.user)
            count += 1
        message = ngettext("%(count)d token revoked.", "%(count)d tokens revoked.", count) % {"count": count}
        messages.success(request, message)
