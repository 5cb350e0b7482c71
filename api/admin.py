"""The tokens of all users, for admins: their use, and their revocation."""

import datetime as dt
from typing import override

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from api.auth import revoke_token
from api.models import ApiToken
from sites.admin import PortalAdmin
from sites.models import User


@admin.register(ApiToken)
class ApiTokenAdmin(PortalAdmin[ApiToken]):
    list_display = (
        "name",
        "owner",
        "prefix",
        "is_read_only",
        "created_at",
        "expires_at",
        "revoked_at",
        "requests_made",
        "last_used",
    )
    list_filter = ("is_read_only",)
    list_select_related = ("owner",)
    search_fields = ("name", "owner__email", "owner__name")
    actions = ("revoke",)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

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

    @admin.action(description=_("Revoke the selected tokens"), permissions=["view"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        assert isinstance(request.user, User)
        count = 0
        for token in tokens.filter(revoked_at__isnull=True):
            revoke_token(token, by=request.user)
            count += 1
        message = ngettext("%(count)d token revoked.", "%(count)d tokens revoked.", count) % {"count": count}
        messages.success(request, message)
