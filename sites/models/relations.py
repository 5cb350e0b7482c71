"""Which rows point to a row, found through the model registry, so that this app need not import others."""

from typing import NamedTuple

from django.db import models
from django.db.models import Count


def points_to(instance: models.Model, *, protected_only: bool = False) -> bool:
    """Return whether a row of another model points to this one, or one that forbids its deletion."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: instance}).exists()
        for relation in instance._meta.related_objects
        if isinstance(relation, models.ManyToOneRel)
        and (not protected_only or relation.on_delete in (models.PROTECT, models.RESTRICT))
    )


class Usage(NamedTuple):
    """How many rows of a model point to a row, and on how many dates, where they have one."""

    model: type[models.Model]
    rows: int
    dates: int


def usage_of(instance: models.Model) -> list[Usage]:
    """Return which models have rows that point to this one. One query for each model that could."""
    found = []
    for relation in instance._meta.related_objects:
        model = relation.related_model
        if not isinstance(relation, models.ManyToOneRel) or isinstance(model, str):
            continue
        rows = model._base_manager.filter(**{relation.field.name: instance})
        is_dated = any(field.name == "date" for field in model._meta.get_fields())
        counts = rows.aggregate(rows=Count("pk"), dates=Count("date" if is_dated else "pk", distinct=True))
        if counts["rows"]:
            found.append(Usage(model, counts["rows"], counts["dates"] if is_dated else 0))
    return found
