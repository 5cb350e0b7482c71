"""The dashboard's addresses, and those of a site's day: `/day/CODE/YYYY-MM-DD/` and what is done to it."""

from django.urls import path, register_converter

from dashboard import views
from dashboard.day_sheet import closing_views as closing
from dashboard.day_sheet import views as sheet
from sites.dates import DateInPath

register_converter(DateInPath, "date")

app_name = "dashboard"

urlpatterns = [
    path("", views.page, name="page"),
    path("sites/", views.sites, name="sites"),
    path("month/", views.month, name="month"),
    path("balance/", views.balance, name="balance"),
    path("balance/statements/<slug:name>/", views.statement, name="statement"),
    path("cards/<slug:name>/", views.card, name="card"),
    path("charts/<slug:chart_name>/", views.chart, name="chart"),
    path("latest/", views.latest, name="latest"),
]

# Included under a namespace of their own.
day_urlpatterns = [
    path("", sheet.today, name="today"),
    path("who/", sheet.who, name="who"),
    path("<slug:code>/<date:date>/", sheet.page, name="page"),
    path("<slug:code>/<date:date>/closing/", closing.closing, name="closing"),
    path("<slug:code>/<date:date>/history/", closing.history, name="history"),
    path("<slug:code>/<date:date>/submit/", closing.submit, name="submit"),
    path("<slug:code>/<date:date>/approve/", closing.approve, name="approve"),
    path("<slug:code>/<date:date>/reopen/", closing.reopen, name="reopen"),
    path("<slug:code>/<date:date>/nothing/<slug:module>/", closing.nothing, name="nothing"),
    path("<slug:code>/<date:date>/nothing/<slug:module>/remove/", closing.something, name="something"),
    # A row that waits in a browser is sent by the id of its site, which outlives a new code.
    path("sites/<int:code>/clock/", sheet.clock, name="clock"),
    path("sites/<int:code>/<date:date>/", sheet.page_of_site, name="of_site"),
    path("sites/<int:code>/<date:date>/undo/", sheet.undo, name="undo"),
    path("sites/<int:code>/templates/<slug:module_slug>/", sheet.template, name="template"),
    path("sites/<int:code>/<date:date>/<slug:module_slug>/selection/", sheet.change_many, name="selection"),
    path("sites/<int:code>/<date:date>/<slug:module_slug>/", sheet.save, name="create_by_id"),
    path("sites/<int:code>/<date:date>/<slug:module_slug>/check/", sheet.check, name="check_by_id"),
    path("sites/<int:code>/<date:date>/<slug:module_slug>/many/", sheet.save_many, name="save_many"),
    path("sites/<int:code>/<date:date>/<slug:module_slug>/<int:record_id>/", sheet.save, name="save_by_id"),
    path(
        "sites/<int:code>/<date:date>/<slug:module_slug>/<int:record_id>/delete/",
        sheet.delete,
        name="delete_by_id",
    ),
    # Last: a module is whatever is left, so what else a day can do has a name that no module takes.
    path("<slug:code>/<date:date>/<slug:module_slug>/", sheet.save, name="create"),
    path("<slug:code>/<date:date>/<slug:module_slug>/check/", sheet.check, name="check"),
    path("<slug:code>/<date:date>/<slug:module_slug>/<int:record_id>/", sheet.save, name="save"),
    path("<slug:code>/<date:date>/<slug:module_slug>/<int:record_id>/delete/", sheet.delete, name="delete"),
]
