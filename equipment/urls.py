from django.urls import path

from equipment import machine_views, views

app_name = "equipment"

urlpatterns = [
    path("", views.EquipmentList.as_view(), name="list"),
    path("new/", views.EquipmentCreate.as_view(), name="create"),
    path("<int:record_id>/edit/", views.EquipmentEdit.as_view(), name="edit"),
    path("<int:record_id>/delete/", views.EquipmentDelete.as_view(), name="delete"),
    path("<int:record_id>/history/", views.EquipmentHistory.as_view(), name="history"),
    path("machines/", machine_views.machines, name="machines"),
    path("machines/<int:machine_id>/", machine_views.machine, name="machine"),
]
