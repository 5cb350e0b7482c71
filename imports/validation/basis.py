"""What the check of a file rests on besides its rows: sites, the owner's role there, and lists of names."""

from collections.abc import Iterator, Mapping
from typing import cast

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _

from records.forms import CodedChoiceField, SiteChoiceField
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Role, Site, User

SITE_FIELDS = ("code", "name", "timezone", "day_starts_at", "valid_from", "decimal_mark", "is_active")
NAME_FIELDS = ("code", "name", "is_active", "tons_per_load")
ROLE = "role"

# The values of each row by its id, of each model by its label, as JSON keeps them.
type Values = dict[str, str | bool]
type Basis = dict[str, dict[str, Values]]


def basis_of(module: RecordModule[DailyRecord], by: User) -> Basis:
    """Return the values that a check of a file of this module by this user rests on."""
    sites = list(Site.objects.for_user(by).with_role(by).order_by())
    basis: Basis = {
        Site._meta.label_lower: {
            str(site.pk): {**_values(site, SITE_FIELDS), ROLE: site.role or ""} for site in sites
        }
    }
    for field in module.form.base_fields.values():
        if not isinstance(field, CodedChoiceField):
            continue
        assert field.queryset is not None
        rows = field.queryset.order_by()
        if isinstance(field, SiteChoiceField):
            # Another site's machines must not be disclosed.
            rows = rows.filter(("site__in", sites))
        basis[rows.model._meta.label_lower] = {str(row.pk): _values(row, NAME_FIELDS) for row in rows}
    return basis


def basis_changes(before: object, module: RecordModule[DailyRecord], by: User) -> list[str]:
    """Return a sentence for each value that changed since a basis was saved; none where none was saved."""
    if not isinstance(before, dict) or not before:
        return []
    stored, now = cast("Basis", before), basis_of(module, by)
    return [
        sentence
        for label in now
        for sentence in _changes(_field_names(label), stored.get(label, {}), now[label])
    ]


def _values(row: models.Model, names: tuple[str, ...]) -> Values:
    values: Values = {}
    for name in names:
        value = getattr(row, name, None)
        values[name] = value if isinstance(value, bool) else "" if value is None else str(value)
    return values


def _field_names(label: str) -> dict[str, str]:
    model = apps.get_model(label)
    return {field.name: str(field.verbose_name) for field in model._meta.concrete_fields} | {
        ROLE: _("your role")
    }


def _changes(
    labels: Mapping[str, str], before: Mapping[str, Values], now: Mapping[str, Values]
) -> Iterator[str]:
    for key in sorted({*before, *now}, key=int):
        old, new = before.get(key), now.get(key)
        if old is None:
            assert new is not None
            yield _("%(name)s is new.") % {"name": new["name"]}
        elif new is None:
            yield _("%(name)s is no longer available to you.") % {"name": old["name"]}
        else:
            for name, value in new.items():
                if name in old and old[name] != value:
                    yield _("%(name)s: %(field)s was “%(before)s” and is “%(after)s” now.") % {
                        "name": old["name"],
                        "field": labels[name],
                        "before": _shown(name, old[name]),
                        "after": _shown(name, value),
                    }


def _shown(name: str, value: str | bool) -> str:  # noqa: FBT001  # a value, not an option
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == ROLE and value:
        return str(Role(value).label)
    return value or "–"
