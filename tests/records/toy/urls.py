from django.urls import path

from tests.records.toy import views

app_name = "toy"

urlpatterns = [
    path("", views.ToyList.as_view(), name="list"),
    path("new/", views.ToyCreate.as_view(), name="create"),
    path("<int:record_id>/edit/", views.ToyEdit.as_view(), name="edit"),
    path("<int:record_id>/delete/", views.ToyDelete.as_view(), name="delete"),
    path("<int:record_id>/history/", views.ToyHistory.as_view(), name="history"),
]
