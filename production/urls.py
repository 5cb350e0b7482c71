from django.urls import path

from production import target_views, views

app_name = "production"

urlpatterns = [
    path("", views.ProductionList.as_view(), name="list"),
    path("new/", views.ProductionCreate.as_view(), name="create"),
    path("<int:record_id>/edit/", views.ProductionEdit.as_view(), name="edit"),
    path("<int:record_id>/delete/", views.ProductionDelete.as_view(), name="delete"),
    path("<int:record_id>/history/", views.ProductionHistory.as_view(), name="history"),
    path("targets/", target_views.page, name="targets"),
    path("targets/history/", target_views.history, name="target_history"),
    path("targets/<int:target_id>/edit/", target_views.correct, name="edit_target"),
    path("targets/<int:target_id>/remove/", target_views.remove, name="remove_target"),
]
