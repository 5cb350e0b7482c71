from django.urls import path

from inventory import views
from inventory.module import STOCK_COUNTS
from records.pages.urls import record_urls

app_name = "inventory"
urlpatterns = [
    path("", views.stock, name="stock"),
    path("materials/<int:material_id>/", views.material, name="material"),
    path("thresholds/<int:material_id>/", views.threshold, name="threshold"),
    path("counts/book/", views.book, name="book"),
    *record_urls(STOCK_COUNTS, prefix="counts/"),
]
