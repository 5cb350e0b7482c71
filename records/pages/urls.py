"""The URLs that every record module has."""

from django.urls import URLPattern, path

from records.models import DailyRecord
from records.module import RecordModule
from records.pages import selection, undo, views

app_name = "records"
# The page of all modules.
urlpatterns = [path("undo/", undo.undo, name="undo")]


def record_urls[R: DailyRecord](module: RecordModule[R], prefix: str = "") -> list[URLPattern]:
    """Return the URLs of a module's records, below an optional prefix."""
    record = f"{prefix}<int:record_id>"
    urls = [
        path(prefix, views.RecordList.as_view(module=module), name="list"),
        path(f"{prefix}new/", views.RecordCreate.as_view(module=module), name="create"),
        path(f"{record}/edit/", views.RecordEdit.as_view(module=module), name="edit"),
        path(f"{record}/delete/", views.RecordDelete.as_view(module=module), name="delete"),
        path(f"{prefix}selected/", selection.RecordSelection.as_view(module=module), name="selected"),
        path(f"{prefix}deleted/", undo.RecordDeletions.as_view(module=module), name="deleted"),
        path(f"{record}/restore/", undo.RecordRestore.as_view(module=module), name="restore"),
        path(f"{record}/history/", views.RecordHistory.as_view(module=module), name="history"),
    ]
    if module.completed:
        completion = views.RecordCompletion.as_view(module=module)
        urls.append(path(f"{prefix}complete/<str:field>/", completion, name="complete"))
    return urls
