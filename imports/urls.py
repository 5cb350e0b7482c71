"""The addresses of the imports."""

from django.urls import path

from imports import setup_views, views

app_name = "imports"

urlpatterns = [
    path("", views.upload_list, name="list"),
    path("new/", setup_views.new, name="new"),
    path("template/<slug:slug>/", setup_views.template, name="template"),
    path("columns/<int:mapping_id>/delete/", setup_views.forget_mapping, name="forget_mapping"),
    path("<int:upload_id>/", views.page, name="page"),
    path("<int:upload_id>/table/", setup_views.table, name="table"),
    path("<int:upload_id>/columns/", setup_views.columns, name="columns"),
    path("<int:upload_id>/mend/", views.mend, name="mend"),
    path("<int:upload_id>/as-it-came/", views.forget_mends, name="forget_mends"),
    path("<int:upload_id>/check/", views.check, name="check"),
    path("<int:upload_id>/write/", views.write, name="write"),
    path("<int:upload_id>/stop/", views.stop, name="stop"),
    path("<int:upload_id>/undo/", views.undo, name="undo"),
    path("<int:upload_id>/remove/", views.remove, name="remove"),
    path("<int:upload_id>/report/", views.report, name="report"),
]
