"""What is said of a database that is locked, read-only or away."""

import sqlite3

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError

from core.db.busy import is_busy


def error_with(cause: Exception, kind: type[Exception] = OperationalError) -> Exception:
    error = kind("no")
    error.__cause__ = cause
    return error


def sqlite_error(name: str) -> sqlite3.Error:
    error = sqlite3.OperationalError("no")
    error.sqlite_errorname = name
    return error


class TestIsBusy:
    @pytest.mark.parametrize(
        "name", ["SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_READONLY", "SQLITE_FULL"]
    )
    def test_is_true_where_sqlite_is_locked_read_only_or_full(self, name: str) -> None:
        assert is_busy(error_with(sqlite_error(name)))

    @pytest.mark.parametrize(
        "cause",
        [
            psycopg.errors.LockNotAvailable(),
            psycopg.errors.QueryCanceled(),
            psycopg.errors.AdminShutdown(),
            psycopg.errors.ReadOnlySqlTransaction(),
            psycopg.errors.DiskFull(),
            psycopg.errors.TooManyConnections(),
            psycopg.OperationalError(),
        ],
    )
    def test_is_true_where_postgresql_is_locked_read_only_full_or_away(self, cause: Exception) -> None:
        assert is_busy(error_with(cause))

    def test_is_true_of_a_closed_connection(self) -> None:
        assert is_busy(InterfaceError("connection already closed"))

    @pytest.mark.parametrize(
        "error",
        [
            error_with(sqlite_error("SQLITE_ERROR")),
            error_with(psycopg.errors.UniqueViolation(), IntegrityError),
            error_with(psycopg.errors.UndefinedTable(), DatabaseError),
            ValueError("no"),
            None,
        ],
    )
    def test_is_false_of_every_other_error(self, error: Exception | None) -> None:
        assert not is_busy(error)
