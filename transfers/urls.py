from django.urls import path

from transfers import views

app_name = "transfers"
urlpatterns = [
    path("", views.transfer_list, name="list"),
    path("new/", views.new, name="new"),
    path("<int:transfer_id>/receive/", views.receive, name="receive"),
    path("<int:transfer_id>/cancel/", views.cancel, name="cancel"),
]
