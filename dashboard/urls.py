from django.urls import path

from dashboard import views

app_name = "dashboard"

urlpatterns = [
    path("", views.page, name="page"),
    path("sites/", views.sites, name="sites"),
    path("month/", views.month, name="month"),
    path("balance/", views.balance, name="balance"),
    path("cards/<slug:name>/", views.card, name="card"),
    path("charts/<slug:chart_name>/", views.chart, name="chart"),
    path("latest/", views.latest, name="latest"),
]
