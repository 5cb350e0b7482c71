"""The admin site: for admins only, through the sign-in page that everybody uses."""

from collections.abc import Iterable, Mapping
from typing import override

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

# Tables of libraries that nobody should edit by hand: addresses, second factors and sessions belong to a
# person and are managed on their account page; jobs and groups are not for editing.
HIDDEN_APPS = frozenset({"account", "auth", "django_tasks_database", "mfa", "socialaccount", "usersessions"})


class PortalAdminSite(admin.AdminSite):
    site_title = _("DeskOps administration")
    site_header = _("DeskOps administration")
    index_title = _("Choose what to manage")
    empty_value_display = "–"
    enable_nav_sidebar = False

    @override
    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser

    @override
    def register(
        self,
        model_or_iterable: type[models.Model] | Iterable[type[models.Model]],
        admin_class: type[admin.ModelAdmin] | None = None,  # type: ignore[type-arg]  # of any model
        **options: object,
    ) -> None:
        registered = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        wanted = [model for model in registered if model._meta.app_label not in HIDDEN_APPS]
        super().register(wanted, admin_class, **options)

    @override
    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context: Mapping[str, object] | None = None) -> HttpResponse:
        """Redirect a signed-in person; everybody else gets the shared sign-in page with its limits."""
        return redirect("admin:index")

    @override
    def logout(  # type: ignore[override]  # a redirect is an answer as well
        self, request: HttpRequest, extra_context: Mapping[str, object] | None = None
    ) -> HttpResponse:
        return redirect("account_logout")

    @override
    def password_change(  # type: ignore[override]  # the same
        self, request: HttpRequest, extra_context: Mapping[str, object] | None = None
    ) -> HttpResponse:
        return redirect("account_change_password")
