from django.urls import path

from manpower import views

app_name = "manpower"

urlpatterns = [
    path("", views.ManpowerList.as_view(), name="list"),
    path("new/", views.ManpowerCreate.as_view(), name="create"),
    path("<int:record_id>/edit/", views.ManpowerEdit.as_view(), name="edit"),
    path("<int:record_id>/delete/", views.ManpowerDelete.as_view(), name="delete"),
    path("<int:record_id>/history/", views.ManpowerHistory.as_view(), name="history"),
]
