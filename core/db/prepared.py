"""Queries and updates that are compiled once and run many times with other values.

Django builds the SQL of a queryset each time, which costs ten times what running it costs. A page does not
notice; a write runs ten such statements for each record. See docs/decisions/0007-prepared-statements.md.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.base import ModelState
from django.db.models.expressions import Expression
from django.db.models.sql import UpdateQuery

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import _SQLType as Value
    from django.db.models.fetch_modes import FetchMode
    from django.db.models.sql.compiler import SQLCompiler


type Field = models.Field[object, object]
type Converter = Callable[[object, Expression, BaseDatabaseWrapper], object]


class StoredModel(models.Model):
    """A model that is read in large numbers, made without a signal and a descriptor for each column."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(
        cls,
        db: str | None,
        field_names: "Collection[str]",
        values: "Collection[object]",
        *,
        fetch_mode: "FetchMode | None" = None,
    ) -> Self:
        """Return a stored row, in a third of the time."""
        instance = cls.__new__(cls)
        instance._state = ModelState()
        instance._state.adding = False
        instance._state.db = db
        if fetch_mode is not None:
            instance._state.fetch_mode = fetch_mode
        instance.__dict__.update(zip(field_names, values, strict=True))
        return instance


class Parameter(Expression):
    """A place in a queryset for a value that is given when the statement runs."""

    def __init__(self, name: str, field: "Field") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(  # type: ignore[override]  # a parameter is among the values until its value replaces it
        self, compiler: "SQLCompiler", connection: "BaseDatabaseWrapper"
    ) -> "tuple[str, list[Parameter]]":
        del compiler, connection
        return self.place, [self]

    @property
    def place(self) -> str:
        """Return the SQL of its place."""
        return "%s"


class ParameterList(Parameter):
    """A place after `__in` for any number of values; for none of them a query is not run."""

    @property
    def place(self) -> str:
        return f"(%s /* {self.name} */)"


@dataclass
class _Statement:
    """The SQL for one database vendor, and its values with the parameters among them."""

    sql: str
    values: "Sequence[Value | Parameter]"

    def filled(self, given: dict[str, object]) -> "tuple[str, list[Value]]":
        """Return the SQL with a place for each value, and the values."""
        sql = self.sql
        filled: list[Value] = []
        for value in self.values:
            if not isinstance(value, Parameter):
                filled.append(value)
                continue
            values = [given[value.name]]
            if isinstance(value, ParameterList):
                values = list(cast("Iterable[object]", given[value.name]))
                sql = sql.replace(value.place, f"({', '.join(['%s'] * len(values))})")
            prepare = value.output_field.get_db_prep_value
            filled += [prepare(one, connection=connection) for one in values]
        return sql, filled


@dataclass
class _Instances:
    """How the columns of a row become an instance of a model."""

    model: type[models.Model]
    places: list[int]
    columns: list[str]
    converters: "list[tuple[int, list[Converter], Expression]]"
    # Where another instance has this one, by `select_related`, and the place of its key.
    name: str = ""
    key: int = 0

    def of(self, row: list[object], using: "BaseDatabaseWrapper") -> models.Model:
        _convert(row, self.converters, using)
        return self.model.from_db(using.alias, self.columns, [row[place] for place in self.places])


def _convert(
    row: list[object],
    converters: "list[tuple[int, list[Converter], Expression]]",
    using: "BaseDatabaseWrapper",
) -> None:
    for index, several, column in converters:
        for convert in several:
            row[index] = convert(row[index], column, using)


@dataclass
class _Selection(_Statement):
    """A statement that returns rows, and how they are converted."""

    # Of the values that belong to no instance.
    converters: "list[tuple[int, list[Converter], Expression]]"
    # How many columns a row has.
    width: int
    # None for rows of values.
    instances: _Instances | None = None
    annotations: dict[str, int] = field(default_factory=dict)
    related: list[_Instances] = field(default_factory=list)

    def rows_of_values(self, rows: list[tuple[object, ...]], using: "BaseDatabaseWrapper") -> list[object]:
        """Return rows of values, converted column by column."""
        columns: list[Iterable[object]] = list(zip(*rows, strict=True))
        for index, several, column in self.converters if rows else ():
            for convert in several:
                columns[index] = [convert(value, column, using) for value in columns[index]]
        return list(zip(*columns, strict=True))

    def instance(
        self,
        row: list[object],
        known: dict[tuple[str, object], models.Model],
        using: "BaseDatabaseWrapper",
    ) -> models.Model:
        """Return the instance of a row; `known` has the related instances of the rows before."""
        assert self.instances is not None
        _convert(row, self.converters, using)
        instance = self.instances.of(row, using)
        for name, index in self.annotations.items():
            setattr(instance, name, row[index])
        for part in self.related:
            key = (part.name, row[part.key])
            if key not in known and row[part.key] is not None:
                known[key] = part.of(row, using)
            instance._state.fields_cache[part.name] = known.get(key)
        return instance


class PreparedQuery[M: models.Model, Row]:
    """A queryset with `Parameter` in it: of instances, or of rows of values after `values_list`.

    `select_related` reads one step along foreign keys.
    """

    def __init__(self, build: Callable[[], models.QuerySet[M, Row]]) -> None:
        self._build = build
        self._selections: dict[str, _Selection] = {}

    def all(self, **given: object) -> list[Row]:
        """Return the rows for these values."""
        if any(isinstance(values, list) and not values for values in given.values()):
            return []
        selection = self.selection
        with connection.cursor() as cursor:
            cursor.execute(*selection.filled(given))
            rows = cursor.fetchall()
        # Each use of `connection` looks up which one this thread has.
        using = connections[DEFAULT_DB_ALIAS]
        if selection.instances is None:
            return cast("list[Row]", selection.rows_of_values(rows, using))
        known: dict[tuple[str, object], models.Model] = {}
        return [cast("Row", selection.instance(list(row), known, using)) for row in rows]

    def first(self, **given: object) -> Row | None:
        """Return the first row for these values, or None."""
        return next(iter(self.all(**given)), None)

    @property
    def selection(self) -> _Selection:
        """Return the statement for the database."""
        return self._selections.get(connection.vendor) or self._compile()

    def _compile(self) -> _Selection:
        rows = self._build()
        compiler = rows.query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        chosen = [column for column, _sql, _alias in compiler.select]
        converters = [(index, *pair) for index, pair in compiler.get_converters(chosen).items()]
        selection = self._selections[connection.vendor] = _Selection(sql, values, converters, len(chosen))
        if rows.query.default_cols and compiler.klass_info is not None:

            def instances(
                info: dict[str, list[int]], model: type[models.Model], name: str = ""
            ) -> _Instances:
                places = info["select_fields"]
                columns = [chosen[place].target.attname for place in places]
                key = places[columns.index(model._meta.pk.attname)]
                own = [converter for converter in converters if converter[0] in places]
                return _Instances(model, places, columns, own, name, key)

            selection.instances = instances(compiler.klass_info, rows.model)
            selection.annotations = compiler.annotation_col_map or {}
            selection.related = [
                instances(info, info["model"], info["field"].name)
                for info in compiler.klass_info.get("related_klass_infos", ())
            ]
            of_instances = {
                place for part in (selection.instances, *selection.related) for place in part.places
            }
            selection.converters = [each for each in converters if each[0] not in of_instances]
        return selection


class _OfRows(Protocol):
    """A prepared query, whatever its model."""

    @property
    def selection(self) -> _Selection: ...


class JoinedQueries:
    """Queries for at most one row of values each, which run as one statement.

    The first value of a row is never null.
    """

    def __init__(self, queries: Iterable[_OfRows]) -> None:
        self._queries = list(queries)
        self._statements: dict[str, _Statement] = {}

    def rows(self, **given: object) -> list[tuple[object, ...] | None]:
        """Return the row of each query, or None."""
        statement = self._statements.get(connection.vendor) or self._compile()
        with connection.cursor() as cursor:
            cursor.execute(*statement.filled(given))
            _one, *values = cursor.fetchone()
        using = connections[DEFAULT_DB_ALIAS]
        rows: list[tuple[object, ...] | None] = []
        for query in self._queries:
            selection = query.selection
            row, values = values[: selection.width], values[selection.width :]
            found = None if row[0] is None else selection.rows_of_values([tuple(row)], using)[0]
            rows.append(cast("tuple[object, ...] | None", found))
        return rows

    def _compile(self) -> _Statement:
        selections = [query.selection for query in self._queries]
        joined = [
            f" LEFT JOIN ({selection.sql}) AS row_{number} ON 1 = 1"
            for number, selection in enumerate(selections)
        ]
        sql = f"SELECT * FROM (SELECT 1) AS one{''.join(joined)}"  # noqa: S608  # Django's own statements
        values = [value for selection in selections for value in selection.values]
        statement = self._statements[connection.vendor] = _Statement(sql, values)
        return statement


class PreparedWrite[M: models.Model]:
    """An update of a queryset with `Parameter` in it."""

    def __init__(self, build: Callable[[], models.QuerySet[M]], **changes: object) -> None:
        self._build = build
        self._changes = changes
        self._statements: dict[str, _Statement] = {}

    def run(self, **given: object) -> int:
        """Update the rows for these values and return how many there were."""
        statement = self._statements.get(connection.vendor) or self._compile()
        with connection.cursor() as cursor:
            cursor.execute(*statement.filled(given))
            return int(cursor.rowcount)

    def _compile(self) -> _Statement:
        update: UpdateQuery = self._build().query.chain(UpdateQuery)  # type: ignore[assignment]  # it is one
        update.add_update_values(self._changes)
        sql, values = update.get_compiler(connection=connection).as_sql()
        statement = self._statements[connection.vendor] = _Statement(sql, values)
        return statement


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
