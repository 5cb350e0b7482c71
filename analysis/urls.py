from django.urls import path

from analysis import views

app_name = "analysis"

urlpatterns = [
    path("", views.page, name="page"),
    path("save/", views.save, name="save"),
    path("saved/<int:pk>/remove/", views.remove, name="remove"),
]
