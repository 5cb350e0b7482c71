from django.urls import path

from alerts import views

app_name = "alerts"

urlpatterns = [
    path("", views.alerts, name="list"),
    path("read/", views.read_all, name="read_all"),
    path("<int:pk>/read/", views.read, name="read"),
    path("rules/", views.rules, name="rules"),
    path("rules/history/", views.history, name="history"),
    path("rules/new/<slug:kind>/", views.new_rule, name="new_rule"),
    path("rules/<int:pk>/", views.edit_rule, name="edit_rule"),
    path("rules/<int:pk>/delete/", views.delete_rule, name="delete_rule"),
]
