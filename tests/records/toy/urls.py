from records.pages.urls import record_urls
from tests.records.toy.module import TOY

app_name = "toy"
urlpatterns = record_urls(TOY)
