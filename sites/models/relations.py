"""Which rows point to a row, found through the model registry, so that this app need not import others."""

from django.db import models


def points_to(instance: models.Model, *, protected_only: bool = False) -> bool:
    """Return whether a row of another model points to this one, or one that forbids its deletion."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: instance}).exists()
        for relation in instance._meta.related_objects
        if isinstance(relation, models.ManyToOneRel)
        and (not protected_only or relation.on_delete in (models.PROTECT, models.RESTRICT))
    )
