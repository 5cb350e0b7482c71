"""A site's day: `/day/CODE/YYYY-MM-DD/` and what is done to it."""

from django.urls import path, register_converter

from dashboard.closing import views
from sites.dates import DateInPath

register_converter(DateInPath, "date")

app_name = "day"

urlpatterns = [
    path("<slug:code>/<date:date>/", views.page, name="page"),
    path("<slug:code>/<date:date>/closing/", views.closing, name="closing"),
    path("<slug:code>/<date:date>/history/", views.history, name="history"),
    path("<slug:code>/<date:date>/submit/", views.submit, name="submit"),
    path("<slug:code>/<date:date>/approve/", views.approve, name="approve"),
    path("<slug:code>/<date:date>/reopen/", views.reopen, name="reopen"),
    path("<slug:code>/<date:date>/nothing/<slug:module>/", views.nothing, name="nothing"),
    path("<slug:code>/<date:date>/nothing/<slug:module>/remove/", views.something, name="something"),
]
