"""The URLs of the imports."""

from django.urls import path

from imports.views import columns, preview, uploads

app_name = "imports"

urlpatterns = [
    path("", uploads.upload_list, name="list"),
    path("new/", uploads.new, name="new"),
    path("template/<slug:slug>/", uploads.template, name="template"),
    path("columns/<int:mapping_id>/delete/", columns.delete_mapping, name="delete_mapping"),
    path("<int:upload_id>/", preview.page, name="page"),
    path("<int:upload_id>/table/", columns.table, name="table"),
    path("<int:upload_id>/columns/", columns.columns, name="columns"),
    path("<int:upload_id>/corrections/", preview.correct, name="correct"),
    path("<int:upload_id>/corrections/discard/", preview.discard_corrections, name="discard_corrections"),
    path("<int:upload_id>/corrections/undo/", preview.undo_correction, name="undo_correction"),
    path("<int:upload_id>/check/", preview.check, name="check"),
    path("<int:upload_id>/write/", preview.write, name="write"),
    path("<int:upload_id>/take-over/", preview.take_over, name="take_over"),
    path("<int:upload_id>/stop/", preview.stop, name="stop"),
    path("<int:upload_id>/undo/", preview.undo, name="undo"),
    path("<int:upload_id>/remove/", uploads.remove, name="remove"),
    path("<int:upload_id>/report/", uploads.report, name="report"),
]
