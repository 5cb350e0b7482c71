"""The record modules, in the order of the menu."""

from functools import cache

from django.conf import settings
from django.http import Http404
from django.utils.module_loading import import_string

from records.models import DailyRecord
from records.module import RecordModule


@cache
def modules() -> tuple[RecordModule[DailyRecord], ...]:
    """Return the faces that `settings.RECORD_MODULES` names."""
    return tuple(import_string(path) for path in settings.RECORD_MODULES)


def module(slug: str) -> RecordModule[DailyRecord]:
    """Return one module's face. Raises Http404 where no module has this slug."""
    for face in modules():
        if face.slug == slug:
            return face
    raise Http404
