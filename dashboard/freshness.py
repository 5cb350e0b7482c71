"""Whether a part of the dashboard can have changed, without reading a figure."""

import hashlib

from django.http import HttpRequest
from django.utils.translation import get_language

from records.page_day import Day
from records.prepared import Tally
from sites.models import Material
from sites.scope import Scope

_newest_of_materials = Tally[Material, tuple[int]](
    lambda: Material.history.order_by("-history_id").values_list("history_id")[:1]
)


def etag_of(request: HttpRequest, scope: Scope, day: Day) -> str:
    """Return a tag that differs whenever what the dashboard shows may differ.

    Every change of a record raises its site's change number, which came with the sites; whether a material is
    a product, and its name, are in the history of the materials. What else a part shows follows from the
    person, the date asked for, the dates now and the language. One query.

    The change numbers were read before the figures, so a change in between makes the tag too old, never too
    new, and the next look corrects it.
    """
    materials = _newest_of_materials.ask()
    seen = (
        request.user.pk,
        get_language(),
        (day.date, day.begun_everywhere, day.begun_somewhere),
        materials,
        scope.code,
        [(site.pk, site.change_number, site.code, site.timezone, site.today()) for site in scope.sites],
    )
    return f'"{hashlib.blake2b(repr(seen).encode(), digest_size=16).hexdigest()}"'
