"""The ETag of the parts of the dashboard, computed without reading a figure."""

import hashlib
from functools import cache

from django.conf import settings
from django.db import models
from django.db.models import Count, Max, Value
from django.http import HttpRequest
from django.utils.translation import get_language

from inventory.thresholds import StockThreshold
from production.models import Target
from records.pages.dates import Day
from records.registry import modules
from sites.models import EarlierSettings, Holiday, Site
from sites.scope import Scope

type Newest = models.QuerySet[models.Model, tuple[int, int, int | None]]
# Files that decide how a part looks.
CODE = {".py", ".html", ".css", ".js", ".svg"}
NO_CODE = {"tests", "bench", "docs", "var"}


def etag_of(request: HttpRequest, scope: Scope, day: Day) -> str:
    """Return an ETag that changes whenever the dashboard may show something else.

    Every change of a record raises the change number of its site, which was read with the sites. Master data,
    calendars and targets have a history. The rest depends on the person, the requested date, the dates now,
    the language and the release. One query.

    The change numbers are read before the figures, so a change in between makes the ETag too old, never too
    new, and the next request corrects it.
    """
    state = (
        _code(),
        request.user.pk,
        get_language(),
        (day.date, day.begun_everywhere, day.begun_somewhere),
        list(_newest_of(_master_data())),
        scope.code,
        [
            (site.pk, site.change_number, site.code, site.timezone, site.today(), site.role, site.is_active)
            for site in scope.sites
        ],
    )
    return f'"{hashlib.blake2b(repr(state).encode(), digest_size=16).hexdigest()}"'


@cache
def _code() -> str:
    """Return a digest of the code of this release, the same in all of its processes."""
    digest = hashlib.blake2b(digest_size=16)
    for folder in sorted(settings.BASE_DIR.iterdir()):
        if folder.name not in NO_CODE and not folder.name.startswith("."):
            for file in sorted(folder.rglob("*")):
                if file.suffix in CODE:
                    digest.update(file.read_bytes())
    return digest.hexdigest()


def _master_data() -> tuple[type[models.Model], ...]:
    """Return the models of what is shown with records: their master data, calendars, targets, thresholds."""
    named = {
        module.model._meta.get_field(name).related_model: None
        for module in modules()
        for name in module.related
    }
    return (
        Site,
        EarlierSettings,
        Holiday,
        Target,
        StockThreshold,
        *(model for model in named if isinstance(model, type)),
    )


def _newest_of(kinds: tuple[type[models.Model], ...]) -> Newest:
    """Return the newest row in the history of each model, and the number of rows.

    A row may be committed after one with a higher id: then there is one more.
    """

    def newest(number: int, model: type[models.Model]) -> Newest:
        history: models.Manager[models.Model] = model.history  # type: ignore[attr-defined]  # each has one
        lines = history.order_by().values_list(Value(number))
        newest: Newest = lines.annotate(Count("history_id"), Max("history_id"))
        return newest

    first, *others = [newest(number, model) for number, model in enumerate(kinds)]
    # A history has a default order, for which a union has no column.
    return first.union(*others, all=True).order_by()
