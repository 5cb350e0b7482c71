from django.urls import path

from received import views

app_name = "received"

urlpatterns = [
    path("", views.ReceivedList.as_view(), name="list"),
    path("new/", views.ReceivedCreate.as_view(), name="create"),
    path("<int:record_id>/edit/", views.ReceivedEdit.as_view(), name="edit"),
    path("<int:record_id>/delete/", views.ReceivedDelete.as_view(), name="delete"),
    path("<int:record_id>/history/", views.ReceivedHistory.as_view(), name="history"),
    path("complete/<str:field>/", views.ReceivedCompletion.as_view(), name="complete"),
]
