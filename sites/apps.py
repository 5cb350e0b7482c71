from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class SitesConfig(AppConfig):
    name = "sites"
    verbose_name = _("Sites and people")

    def ready(self) -> None:
        from sites.accounts.security import connect  # noqa: PLC0415  # models are loaded by now, not before

        connect()


class PortalAdminConfig(AdminConfig):
    """Django's admin with the portal's own sign-in."""

    default_site = "sites.admin_site.PortalAdminSite"
