from received.module import RECEIVED
from records.urls import record_urls

app_name = "received"
urlpatterns = record_urls(RECEIVED)
