"""The URLs of the exports."""

from django.urls import path

from exports import views

app_name = "exports"

urlpatterns = [
    path("", views.job_list, name="list"),
    path("new/", views.new, name="new"),
    path("day-report/", views.day_report, name="day_report"),
    path("reports/<slug:name>/", views.report, name="report"),
    path("badge/", views.badge, name="badge"),
    path("verify/", views.verify, name="verify"),
    path("columns/", views.save_columns, name="save_columns"),
    path("columns/<int:choice_id>/delete/", views.delete_columns, name="delete_columns"),
    path("<int:job_id>/file/", views.download, name="download"),
    path("<int:job_id>/cancel/", views.cancel, name="cancel"),
    path("<int:job_id>/retry/", views.retry, name="retry"),
    path("<int:job_id>/remove/", views.remove, name="remove"),
]
