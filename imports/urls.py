"""The addresses of the imports."""

from django.urls import path

from imports.views import columns, uploads

app_name = "imports"

urlpatterns = [
    path("", uploads.upload_list, name="list"),
    path("new/", columns.new, name="new"),
    path("template/<slug:slug>/", columns.template, name="template"),
    path("columns/<int:mapping_id>/delete/", columns.forget_mapping, name="forget_mapping"),
    path("<int:upload_id>/", uploads.page, name="page"),
    path("<int:upload_id>/table/", columns.table, name="table"),
    path("<int:upload_id>/columns/", columns.columns, name="columns"),
    path("<int:upload_id>/mend/", uploads.mend, name="mend"),
    path("<int:upload_id>/as-it-came/", uploads.forget_mends, name="forget_mends"),
    path("<int:upload_id>/check/", uploads.check, name="check"),
    path("<int:upload_id>/write/", uploads.write, name="write"),
    path("<int:upload_id>/stop/", uploads.stop, name="stop"),
    path("<int:upload_id>/undo/", uploads.undo, name="undo"),
    path("<int:upload_id>/remove/", uploads.remove, name="remove"),
    path("<int:upload_id>/report/", uploads.report, name="report"),
]
