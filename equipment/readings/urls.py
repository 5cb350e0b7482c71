from django.urls import path

from equipment.readings import views
from equipment.readings.module import READINGS
from records.pages.urls import record_urls

app_name = "readings"
urlpatterns = [
    *record_urls(READINGS),
    path("figures/", views.figures, name="figures"),
]
