from django.urls import path

from dispatch import views

app_name = "dispatch"

urlpatterns = [
    path("", views.DispatchList.as_view(), name="list"),
    path("new/", views.DispatchCreate.as_view(), name="create"),
    path("<int:record_id>/edit/", views.DispatchEdit.as_view(), name="edit"),
    path("<int:record_id>/delete/", views.DispatchDelete.as_view(), name="delete"),
    path("<int:record_id>/history/", views.DispatchHistory.as_view(), name="history"),
    path("complete/<str:field>/", views.DispatchCompletion.as_view(), name="complete"),
]
