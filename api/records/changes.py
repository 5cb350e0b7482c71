"""What changed at a site since a change number: records as they are now, and the deleted ones.

The changes of a site are made one after the other under its lock, each with the next number. So all changes
up to the site's number are committed, and none of them can appear later.
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

    The site's number is read first: changes made while the records are read belong to a later response.
    """
    until = Site.objects.values_list("change_number", flat=True).get(pk=site.pk)
    changed = _changed(module, projection, site=site, since=since, until=until, limit=limit + 1)
    deleted = _deleted(module, site=site, since=since, until=until, limit=limit + 1)
    found = sorted([*changed, *deleted], key=lambda numbered: numbered[0])
    if len(found) <= limit:
        return [item for _number, item in found], until, False
    shown = found[:limit]
    return [item for _number, item in shown], shown[-1][0], True


def _changed[R: DailyRecord](
    module: RecordModule[R], projection: Projection, *, site: Site, since: int, until: int, limit: int
) -> list[Numbered]:
    records = module.model._default_manager.filter(
        site=site, change_number__gt=since, change_number__lte=until
    )
    items = projection.page(records.order_by("change_number"), limit)
    return [(int(str(item["changeNumber"])), item) for item in items]


def _deleted[R: DailyRecord](
    module: RecordModule[R], *, site: Site, since: int, until: int, limit: int
) -> Sequence[Numbered]:
    """Return the records that were deleted or moved to another site."""
    deleted = module.model.history.filter(
        site=site, history_type="-", change_number__gt=since, change_number__lte=until
    )
    left = Departure.objects.filter(
        site=site, model=module.model._meta.label_lower, change_number__gt=since, change_number__lte=until
    )
    rows = [
        *deleted.order_by("change_number").values_list("change_number", "id")[:limit],
        *left.order_by("change_number").values_list("change_number", "record_id")[:limit],
    ]
    return [(number, {"id": key, "deleted": True}) for number, key in rows]
