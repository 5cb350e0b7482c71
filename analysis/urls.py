from django.urls import path

from analysis import views

app_name = "analysis"

urlpatterns = [
    path("", views.page, name="page"),
    path("cards/", views.cards, name="cards"),
    path("save/", views.save, name="save"),
    path("saved/<int:pk>/remove/", views.remove, name="remove"),
    path("saved/<int:pk>/pin/", views.pin, name="pin"),
]
