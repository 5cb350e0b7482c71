"""Questions that are compiled once and asked many times with other values.

Django builds a query's SQL anew each time, which costs ten times what asking costs. That is no matter for a
page, but the one way in asks ten questions for every record. See docs/decisions/0013-prepared-questions.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from django.db import connection, models
from django.db.models.expressions import Expression
from django.db.models.sql import UpdateQuery

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import _SQLType as Value
    from django.db.models.sql.compiler import SQLCompiler

type Field = models.Field[object, object]
type Converter = Callable[[object, Expression, BaseDatabaseWrapper], object]


class Asked(Expression):
    """A place in a query for a value that is given when it is asked."""

    def __init__(self, name: str, field: "Field") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(  # type: ignore[override]  # the place itself stands among the values until one takes it
        self, compiler: "SQLCompiler", connection: "BaseDatabaseWrapper"
    ) -> "tuple[str, list[Asked]]":
        del compiler, connection
        return "%s", [self]


@dataclass
class _Statement:
    """The SQL for one kind of database, and its values with the places among them."""

    sql: str
    values: "Sequence[Value | Asked]"

    def filled(self, given: dict[str, object]) -> "list[Value]":
        return [
            value.output_field.get_db_prep_value(given[value.name], connection=connection)
            if isinstance(value, Asked)
            else value
            for value in self.values
        ]


@dataclass
class _Related:
    """What `select_related` reads beside an instance."""

    name: str
    model: type[models.Model]
    places: list[int]
    columns: list[str]


@dataclass
class _Selection(_Statement):
    """A statement that returns rows, and how a row becomes an instance."""

    columns: list[str]
    annotations: dict[str, int]
    converters: "list[tuple[int, list[Converter], Expression]]" = field(default_factory=list)
    related: list[_Related] = field(default_factory=list)


class Question[M: models.Model]:
    """A query for rows of a model, written once in Django's words with `Asked` in it.

    It may read one step along with `select_related`, where that is never null.
    """

    def __init__(self, build: Callable[[], models.QuerySet[M]]) -> None:
        self._build = build
        self._selections: dict[str, _Selection] = {}
        self._model: type[M]

    def ask(self, **given: object) -> list[M]:
        """Return the rows for these values, annotations set on them."""
        selection = self._selections.get(connection.vendor) or self._compile()
        with connection.cursor() as cursor:
            cursor.execute(selection.sql, selection.filled(given))
            return [self._instance(selection, list(row)) for row in cursor.fetchall()]

    def first(self, **given: object) -> M | None:
        """Return the first row for these values; None where there is none."""
        return next(iter(self.ask(**given)), None)

    def _compile(self) -> _Selection:
        rows = self._build()
        compiler = rows.query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        chosen = [column for column, _sql, _alias in compiler.select]
        converters = compiler.get_converters(chosen)
        assert compiler.klass_info is not None
        self._model = rows.model
        selection = self._selections[connection.vendor] = _Selection(
            sql,
            values,
            columns=[chosen[index].target.attname for index in compiler.klass_info["select_fields"]],
            annotations=compiler.annotation_col_map or {},
            converters=[(index, *converter) for index, converter in converters.items()],
            related=[
                _Related(
                    name=told["field"].name,
                    model=told["model"],
                    places=told["select_fields"],
                    columns=[chosen[index].target.attname for index in told["select_fields"]],
                )
                for told in compiler.klass_info.get("related_klass_infos", ())
            ],
        )
        return selection

    def _instance(self, selection: _Selection, row: list[object]) -> M:
        for index, converters, column in selection.converters:
            for convert in converters:
                row[index] = convert(row[index], column, connection)
        instance = self._model.from_db(connection.alias, selection.columns, row[: len(selection.columns)])
        for name, index in selection.annotations.items():
            setattr(instance, name, row[index])
        for part in selection.related:
            values = [row[index] for index in part.places]
            setattr(instance, part.name, part.model.from_db(connection.alias, part.columns, values))
        return instance


class Tally[M: models.Model, Row: tuple[object, ...]]:
    """A query for rows of values, sums mostly, written once in Django's words with `Asked` in it."""

    def __init__(self, build: Callable[[], models.QuerySet[M, Row]]) -> None:
        self._build = build
        self._selections: dict[str, _Selection] = {}

    def ask(self, **given: object) -> list[Row]:
        """Return the rows for these values."""
        selection = self._selections.get(connection.vendor) or self._compile()
        with connection.cursor() as cursor:
            cursor.execute(selection.sql, selection.filled(given))
            return [self._converted(selection, list(row)) for row in cursor.fetchall()]

    def _compile(self) -> _Selection:
        compiler = self._build().query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])
        selection = self._selections[connection.vendor] = _Selection(
            sql,
            values,
            columns=[],
            annotations={},
            converters=[(index, *converter) for index, converter in converters.items()],
        )
        return selection

    @staticmethod
    def _converted(selection: _Selection, row: list[object]) -> Row:
        for index, converters, column in selection.converters:
            for convert in converters:
                row[index] = convert(row[index], column, connection)
        return cast("Row", tuple(row))


class Instruction[M: models.Model]:
    """An update of rows of a model, written once in Django's words with `Asked` in it."""

    def __init__(self, build: Callable[[], models.QuerySet[M]], **changes: object) -> None:
        self._build = build
        self._changes = changes
        self._statements: dict[str, _Statement] = {}

    def carry_out(self, **given: object) -> int:
        """Update the rows for these values and return how many they were."""
        statement = self._statements.get(connection.vendor) or self._compile()
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.filled(given))
            return int(cursor.rowcount)

    def _compile(self) -> _Statement:
        update: UpdateQuery = self._build().query.chain(UpdateQuery)  # type: ignore[assignment]  # it is one
        update.add_update_values(self._changes)
        sql, values = update.get_compiler(connection=connection).as_sql()
        statement = self._statements[connection.vendor] = _Statement(sql, values)
        return statement


class Insertion[M: models.Model]:
    """New rows of a model, written without signals; they do not learn their ids."""

    def __init__(self, model: type[M]) -> None:
        self._table = model._meta.db_table
        self._columns = {
            column.attname: column
            for column in model._meta.concrete_fields
            if not isinstance(column, models.AutoField)
        }

    def write(self, rows: Sequence[models.Model], **given: object) -> None:
        """Write at least one row, and no more than one statement takes.

        A row's columns are the attributes of that name, of whatever model; what is given is the same in all.
        """
        quote = connection.ops.quote_name
        columns = ", ".join(quote(str(column.column)) for column in self._columns.values())
        places = "(" + ", ".join(["%s"] * len(self._columns)) + ")"
        prepared = {
            name: self._columns[name].get_db_prep_save(value, connection=connection)
            for name, value in given.items()
        }
        values = [
            prepared[name]
            if name in prepared
            else column.get_db_prep_save(getattr(row, name), connection=connection)
            for row in rows
            for name, column in self._columns.items()
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {quote(self._table)} ({columns}) VALUES {', '.join([places] * len(rows))}",  # noqa: S608  # names of our own
                values,
            )


class Transcript[M: models.Model]:
    """Lines of a model that keeps what the rows of another say, copied by the database itself."""

    def __init__(self, model: type[M], of: type[models.Model]) -> None:
        own = {column.attname: column for column in of._meta.concrete_fields}
        self._of = of._meta.db_table
        self._key = str(own["id"].column)
        self._table = model._meta.db_table
        self._said = {
            column.column: own[column.attname].column
            for column in model._meta.concrete_fields
            if column.attname in own
        }
        self._added = {
            column.attname: column
            for column in model._meta.concrete_fields
            if column.attname not in own and not isinstance(column, models.AutoField)
        }

    def write(self, keys: Sequence[int], **given: object) -> None:
        """Write a line for each stored row of these ids, in their order; what is given is the same in all.

        At least one, and no more than one statement takes.
        """
        quote = connection.ops.quote_name
        into = ", ".join(quote(str(column)) for column in self._said)
        added = "".join(f", {quote(str(self._added[name].column))}" for name in given)
        said = ", ".join(quote(str(column)) for column in self._said.values())
        values = [
            self._added[name].get_db_prep_save(value, connection=connection) for name, value in given.items()
        ]
        key = quote(self._key)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {quote(self._table)} ({into}{added})"  # noqa: S608  # names of our own
                f" SELECT {said}{', %s' * len(values)} FROM {quote(self._of)}"
                f" WHERE {key} IN ({', '.join(['%s'] * len(keys))}) ORDER BY {key}",
                [*values, *keys],
            )
