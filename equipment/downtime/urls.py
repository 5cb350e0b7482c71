from django.urls import path

from equipment.downtime import views
from equipment.downtime.module import DOWNTIME
from records.pages.urls import record_urls

app_name = "downtime"
urlpatterns = [
    *record_urls(DOWNTIME),
    path("availability/", views.availability, name="availability"),
    path("availability/<int:machine_id>/", views.availability_of_machine, name="availability_of_machine"),
]
