from received.module import RECEIVED
from records.pages.urls import record_urls

app_name = "received"
urlpatterns = record_urls(RECEIVED)
