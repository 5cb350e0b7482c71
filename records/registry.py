"""The record modules, in the order of the menu."""

from functools import cache

from django.conf import settings
from django.http import Http404
from django.utils.module_loading import import_string

from records.models import DailyRecord
from records.module import RecordModule


@cache
def modules() -> tuple[RecordModule[DailyRecord], ...]:
    """Return the definitions that `settings.RECORD_MODULES` names."""
    return tuple(import_string(path) for path in settings.RECORD_MODULES)


def module(slug: str) -> RecordModule[DailyRecord]:
    """Return the definition with this slug. Raises Http404 where there is none."""
    for definition in modules():
        if definition.slug == slug:
            return definition
    raise Http404


def packages() -> list[str]:
    """Return the Python packages of the modules."""
    return [path.rsplit(".", 2)[0] for path in settings.RECORD_MODULES]
