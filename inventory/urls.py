from django.urls import path

from inventory import views

app_name = "inventory"

urlpatterns = [
    path("", views.stock, name="stock"),
    path("materials/<int:material_id>/", views.material, name="material"),
    path("thresholds/<int:material_id>/", views.threshold, name="threshold"),
    path("counts/", views.StockCountList.as_view(), name="list"),
    path("counts/new/", views.StockCountCreate.as_view(), name="create"),
    path("counts/book/", views.book, name="book"),
    path("counts/<int:record_id>/edit/", views.StockCountEdit.as_view(), name="edit"),
    path("counts/<int:record_id>/delete/", views.StockCountDelete.as_view(), name="delete"),
    path("counts/<int:record_id>/history/", views.StockCountHistory.as_view(), name="history"),
]
