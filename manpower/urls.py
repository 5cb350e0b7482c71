from manpower.module import MANPOWER
from records.urls import record_urls

app_name = "manpower"
urlpatterns = record_urls(MANPOWER)
