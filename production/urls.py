from django.urls import path

from production import target_views
from production.module import PRODUCTION
from records.pages.urls import record_urls

app_name = "production"
urlpatterns = [
    *record_urls(PRODUCTION),
    path("targets/", target_views.page, name="targets"),
    path("targets/history/", target_views.history, name="target_history"),
    path("targets/<int:target_id>/edit/", target_views.correct, name="edit_target"),
    path("targets/<int:target_id>/remove/", target_views.remove, name="remove_target"),
]
