"""Conditions of constraints, and the named constraint that the database rejected, for its message."""

import re
import sqlite3

from django.db import IntegrityError, models
from django.db.models.constraints import BaseConstraint
from django.db.models.functions import Length
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThanOrEqual

NAMED = re.compile(r"(?:CHECK constraint failed: |index ')(?P<name>\w+)")
COLUMNS = re.compile(r"UNIQUE constraint failed: (?P<columns>[\w., ]+)")


def has_only(field: str, characters: str, *, least: int, most: int) -> models.Q:
    """Return the condition that a text has no other characters, and so many of them.

    Unlike a regular expression it needs no function of Django's: any program can check an SQLite database.
    """
    rest = models.Func(models.F(field), models.Value(characters), function="RTRIM")
    length = Length(field)
    return (
        models.Q(Exact(rest, models.Value("")))
        & models.Q(GreaterThanOrEqual(length, models.Value(least)))
        & models.Q(LessThanOrEqual(length, models.Value(most)))
    )


def is_unique_violation(error: BaseException | None) -> bool:
    """Return whether the database refused a row because another one has the same unique value."""
    cause = error.__cause__ if isinstance(error, IntegrityError) else None
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorname", "") == "SQLITE_CONSTRAINT_UNIQUE"
    return getattr(cause, "sqlstate", "") == "23505"


def violated_constraint(model: type[models.Model], error: IntegrityError) -> BaseConstraint | None:
    """Return the model's constraint that the database named in its refusal; None if it is another's."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None:
        return _by_name(model, str(diagnosis.constraint_name))
    # SQLite names checks and partial indexes, and the columns of other unique constraints.
    if named := NAMED.search(str(error)):
        return _by_name(model, named["name"])
    if unique := COLUMNS.search(str(error)):
        return _by_columns(model, {column.split(".")[-1] for column in unique["columns"].split(", ")})
    return None


def _by_name(model: type[models.Model], name: str) -> BaseConstraint | None:
    return next((constraint for constraint in model._meta.constraints if constraint.name == name), None)


def _by_columns(model: type[models.Model], columns: set[str]) -> BaseConstraint | None:
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            fields = model._meta.concrete_fields
            named = {field.column for field in fields if field.name in constraint.fields}
            if named == columns:
                return constraint
    return None
