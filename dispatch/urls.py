from dispatch.module import DISPATCH
from records.pages.urls import record_urls

app_name = "dispatch"
urlpatterns = record_urls(DISPATCH)
