"""Lines that a person keeps under a name, such as "Monday crew", for a module of one of their sites."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from records.models import DailyRecord, LineTemplate
from records.module import RecordModule
from sites.models import Site, User

MAX_LINES = 100
MAX_NAME_LENGTH = 60
MAX_VALUE_LENGTH = 2000

type Shown = dict[str, object]


def templates_of(user: User, site: Site) -> Mapping[str, list[Shown]]:
    """Return the templates of a person at a site, by module. One query."""
    found: dict[str, list[Shown]] = defaultdict(list)
    for template in LineTemplate.objects.filter(person=user, site=site):
        found[template.module].append({"name": template.name, "lines": template.lines})
    return found


def keep_template[R: DailyRecord](
    module: RecordModule[R],
    *,
    user: User,
    site: Site,
    name: str,
    lines: Sequence[Mapping[str, str]],
) -> None:
    """Keep lines under a name, in place of those that had it; no lines remove it."""
    name = " ".join(name.replace("\0", "").split())[:MAX_NAME_LENGTH]
    fields = set(module.form.base_fields) - {"date"}
    kept = [
        {
            field: value.replace("\0", "")[:MAX_VALUE_LENGTH]
            for field, value in line.items()
            if field in fields
        }
        for line in lines[:MAX_LINES]
    ]
    if not kept:
        LineTemplate.objects.filter(person=user, site=site, module=module.slug, name=name).delete()
    elif name:
        LineTemplate.objects.update_or_create(
            person=user, site=site, module=module.slug, name=name, defaults={"lines": kept}
        )
