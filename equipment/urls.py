from django.urls import path

from equipment import machine_views
from equipment.module import EQUIPMENT
from records.pages.urls import record_urls

app_name = "equipment"
urlpatterns = [
    *record_urls(EQUIPMENT),
    path("machines/", machine_views.machines, name="machines"),
    path("machines/<int:machine_id>/", machine_views.machine, name="machine"),
]
