"""Inserting rows without signals and without reading back their ids."""

from collections.abc import Sequence

from django.db import connection, models


def insert_rows(model: type[models.Model], rows: Sequence[models.Model], **same: object) -> None:
    """Insert at least one row, and no more than one statement takes.

    A row's columns are its attributes of these names, whatever its model; `same` has the values that are the
    same in all rows.
    """
    columns = [column for column in model._meta.concrete_fields if not isinstance(column, models.AutoField)]
    values = [
        column.get_db_prep_save(
            same[column.attname] if column.attname in same else getattr(row, column.attname),
            connection=connection,
        )
        for row in rows
        for column in columns
    ]
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(column.column)) for column in columns)
    places = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES {places}", values)  # noqa: S608  # names of our own


def copy_rows(
    model: type[models.Model], source: type[models.Model], keys: Sequence[int], **same: object
) -> None:
    """Copy the rows of another model with these ids, in their order; the database copies them itself.

    The columns that both have are copied; `same` has the values of the others. At least one row, and no more
    than one statement takes.
    """
    theirs = {column.attname: str(column.column) for column in source._meta.concrete_fields}
    ours = {column.attname: column for column in model._meta.concrete_fields}
    quote = connection.ops.quote_name
    copied = {str(column.column): theirs[name] for name, column in ours.items() if name in theirs}
    into = ", ".join(quote(name) for name in [*copied, *(str(ours[name].column) for name in same)])
    read = ", ".join([*map(quote, copied.values()), *["%s"] * len(same)])
    values = [ours[name].get_db_prep_save(value, connection=connection) for name, value in same.items()]
    key = quote(theirs["id"])
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({into})"  # noqa: S608  # names of our own
            f" SELECT {read} FROM {quote(source._meta.db_table)}"
            f" WHERE {key} IN ({', '.join(['%s'] * len(keys))}) ORDER BY {key}",
            [*values, *keys],
        )
