"""What changed at a site since a change number: records as they are now, and what went.

A site's changes happen one after the other under its lock, each with the next number. So everything up to the
number that the site shows is there to be read, and nothing of it can appear later.
"""

from collections.abc import Sequence

from api.records.output import Item, Projection
from records.models import DailyRecord, Departure
from records.module import RecordModule
from sites.models import Site

type Numbered = tuple[int, Item]


def changes_of[R: DailyRecord](
    module: RecordModule[R], projection: Projection, *, site: Site, since: int, limit: int
) -> tuple[list[Item], int, bool]:
    """Return what changed after a number, oldest change first, up to which number, and whether more did.

    The site's number is read first: what changes while the records are read comes with a later answer.
    """
    until = Site.objects.values_list("change_number", flat=True).get(pk=site.pk)
    written = _written(module, projection, site=site, since=since, until=until, most=limit + 1)
    gone = _gone(module, site=site, since=since, until=until, most=limit + 1)
    found = sorted([*written, *gone], key=lambda numbered: numbered[0])
    if len(found) <= limit:
        return [item for _number, item in found], until, False
    shown = found[:limit]
    return [item for _number, item in shown], shown[-1][0], True


def _written[R: DailyRecord](
    module: RecordModule[R], projection: Projection, *, site: Site, since: int, until: int, most: int
) -> list[Numbered]:
    records = module.model._default_manager.filter(
        site=site, change_number__gt=since, change_number__lte=until
    )
    items = projection.page(records.order_by("change_number"), most)
    return [(int(str(item["changeNumber"])), item) for item in items]


def _gone[R: DailyRecord](
    module: RecordModule[R], *, site: Site, since: int, until: int, most: int
) -> Sequence[Numbered]:
    """Return what was deleted, and what left for another site."""
    deleted = module.model.history.filter(
        site=site, history_type="-", change_number__gt=since, change_number__lte=until
    )
    left = Departure.objects.filter(
        site=site, model=module.model._meta.label_lower, change_number__gt=since, change_number__lte=until
    )
    rows = [
        *deleted.order_by("change_number").values_list("change_number", "id")[:most],
        *left.order_by("change_number").values_list("change_number", "record_id")[:most],
    ]
    return [(number, {"id": key, "deleted": True}) for number, key in rows]
