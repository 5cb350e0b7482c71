from manpower.module import MANPOWER
from records.pages.urls import record_urls

app_name = "manpower"
urlpatterns = record_urls(MANPOWER)
