from django.urls import path

from production import views

app_name = "production"

urlpatterns = [
    path("", views.ProductionList.as_view(), name="list"),
    path("new/", views.ProductionCreate.as_view(), name="create"),
    path("<int:record_id>/edit/", views.ProductionEdit.as_view(), name="edit"),
    path("<int:record_id>/delete/", views.ProductionDelete.as_view(), name="delete"),
    path("<int:record_id>/history/", views.ProductionHistory.as_view(), name="history"),
]
