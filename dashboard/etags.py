"""Whether a part of the dashboard can have changed, without reading a figure."""

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
# What decides how a part looks, beside what it shows.
CODE = {".py", ".html", ".css", ".js", ".svg"}
NO_CODE = {"tests", "bench", "docs", "var"}


def etag_of(request: HttpRequest, scope: Scope, day: Day) -> str:
    """Return a tag that differs whenever what the dashboard shows may differ.

    Every change of a record raises its site's change number, which came with the sites; whether a material is
    a product, what a machine is called, when a site works: all that is in the history of the master data.
    What else a part shows follows from the person, the date asked for, the dates now, the language and the
    code itself. One query.

    The change numbers were read before the figures, so a change in between makes the tag too old, never too
    new, and the next look corrects it.
    """
    seen = (
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
    return f'"{hashlib.blake2b(repr(seen).encode(), digest_size=16).hexdigest()}"'


@cache
def _code() -> str:
    """Return a digest of the code of this release, the same in all of its processes."""
    digest = hashlib.blake2b(digest_size=16)
    for room in sorted(settings.BASE_DIR.iterdir()):
        if room.name not in NO_CODE and not room.name.startswith("."):
            for file in sorted(room.rglob("*")):
                if file.suffix in CODE:
                    digest.update(file.read_bytes())
    return digest.hexdigest()


def _master_data() -> tuple[type[models.Model], ...]:
    """Return what is shown beside records: what these name, when the sites work, and what was aimed at."""
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
    """Return the newest line in the history of each, and how many there are.

    A line may be committed after one that is newer by its number: then there is one more.
    """

    def newest(number: int, model: type[models.Model]) -> Newest:
        history: models.Manager[models.Model] = model.history  # type: ignore[attr-defined]  # all keep one
        lines = history.order_by().values_list(Value(number))
        newest: Newest = lines.annotate(Count("history_id"), Max("history_id"))
        return newest

    first, *others = [newest(number, model) for number, model in enumerate(kinds)]
    # A history has an order of its own, which a union of several has no column for.
    return first.union(*others, all=True).order_by()
