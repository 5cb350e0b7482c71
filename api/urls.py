"""Everything under /api/, and a person's page of tokens."""

from django.urls import path, re_path

from api import views
from api.app import build_api

app_name = "api"

urlpatterns = [
    path("account/tokens/", views.tokens, name="tokens"),
    path("account/tokens/make/", views.make, name="make_token"),
    path("account/tokens/<int:pk>/revoke/", views.revoke, name="revoke_token"),
    path("api/openapi.json", views.openapi, name="openapi"),
    path("api/docs", views.docs, name="docs"),
    # Before the routes, whose root would lead elsewhere.
    path("api/", views.not_found, name="nothing"),
    path("api/", build_api().urls),
    re_path(r"^api(?:/.*)?$", views.not_found),
]
