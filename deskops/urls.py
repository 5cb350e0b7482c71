"""Every address of the portal."""

from allauth.socialaccount.providers.openid_connect.views import callback
from django.contrib import admin
from django.urls import include, path

from dashboard.day_sheet.views import service_worker
from dashboard.urls import day_urlpatterns
from deskops.monitoring.health import healthz, livez, readyz
from deskops.monitoring.metrics import metrics
from deskops.web import views
from records.registry import packages
from sites.accounts.company import sign_in_with_company

handler400 = "deskops.web.error_pages.bad_request"
handler403 = "deskops.web.error_pages.permission_denied"
handler404 = "deskops.web.error_pages.not_found"
handler500 = "deskops.web.error_pages.server_error"

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("livez", livez, name="livez"),
    path("metrics", metrics, name="metrics"),
    path("api/health", healthz, name="api_health"),
    path("", include("api.urls")),
    path("today/", views.today, name="today"),
    path("no-site/", views.no_site, name="no_site"),
    path("shortcuts/", views.shortcuts, name="shortcuts"),
    path("appearance/theme/", views.change_theme, name="change_theme"),
    path("appearance/sidebar/", views.change_sidebar, name="change_sidebar"),
    path("dashboard/", include("dashboard.urls")),
    path("day/", include((day_urlpatterns, "day"))),
    path("service-worker.js", service_worker, name="service_worker"),
    path("", include("sites.urls")),
    path("", include("records.pages.urls")),
    *(path(f"{package.rpartition('.')[2]}/", include(f"{package}.urls")) for package in packages()),
    path("alerts/", include("alerts.urls")),
    path("analysis/", include("analysis.urls")),
    path("gate/", include("gate.urls")),
    path("transfers/", include("transfers.urls")),
    path("exports/", include("exports.urls")),
    path("imports/", include("imports.urls")),
    # Those of allauth that are wanted: nobody connects accounts of elsewhere to their own here.
    path("accounts/", include("allauth.account.urls")),
    path("accounts/oidc/<slug:provider_id>/login/", sign_in_with_company, name="openid_connect_login"),
    path("accounts/oidc/<slug:provider_id>/login/callback/", callback, name="openid_connect_callback"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("admin/", admin.site.urls),
]
