"""Statements of the hot path: built once with SQLAlchemy, then run by the driver as they are.

SQLAlchemy's execution costs some ten times what SQLite takes for a lookup by key. These statements
keep its one schema and its dialects, and pay for neither on each call. Values are what the driver
takes: whole numbers, texts and bytes; JSON columns hold text (`to_json`, `from_json`).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Dialect, Executable, literal_column
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql import ClauseElement, visitors

__all__ = ["Statement", "command", "from_json", "is_postgresql", "to_json"]

_SQLITE = sqlite.dialect(paramstyle="named")
_POSTGRESQL = asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy does not annotate it
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Statement:
    """`statement`, compiled; its parameters are those that it binds by name."""

    __slots__ = ("_fixed", "_names", "_numbered", "_sql", "_statement")

    def __init__(self, statement: Executable) -> None:
        assert isinstance(statement, ClauseElement)
        self._statement = statement
        self._sql, self._fixed, _ = _compiled(statement, _SQLITE)
        self._numbered = ""
        self._names: Sequence[str] = ()

    def row(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Any] | None:
        """The first row, as a tuple in the order of the columns."""
        found: Sequence[Any] | None
        if is_postgresql(connection):
            sql, arguments = self._for_postgresql(values)
            found = _run_async(connection, "fetchrow", sql, *arguments)
        else:
            found = self._cursor(connection, values).fetchone()
        return found

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Sequence[Any]]:
        """All rows."""
        found: list[Sequence[Any]]
        if is_postgresql(connection):
            sql, arguments = self._for_postgresql(values)
            found = _run_async(connection, "fetch", sql, *arguments)
        else:
            found = self._cursor(connection, values).fetchall()
        return found

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Execute; returns the number of rows that changed."""
        if is_postgresql(connection):
            sql, arguments = self._for_postgresql(values)
            status: str = _run_async(connection, "execute", sql, *arguments)
            return int(status.rpartition(" ")[2])  # such as UPDATE 1
        count: int = self._cursor(connection, values).rowcount
        return count

    def run_many(self, connection: Connection, values: Iterable[Mapping[str, Any]]) -> None:
        """Execute once for each of `values`."""
        if is_postgresql(connection):
            every = [self._for_postgresql(one) for one in values]
            if every:
                arguments = [one for _, one in every]
                _run_async(connection, "executemany", every[0][0], arguments)
        else:
            _driver(connection).executemany(self._sql, [{**self._fixed, **one} for one in values])

    def _cursor(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        return _driver(connection).execute(
            self._sql, {**self._fixed, **values} if self._fixed else values
        )

    def _for_postgresql(self, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
        if not self._numbered:
            self._numbered, _, self._names = _compiled(self._statement, _POSTGRESQL)
        fixed = self._fixed
        return self._numbered, [
            values[name] if name in values else fixed[name] for name in self._names
        ]


def command(connection: Connection, sql: str) -> None:
    """Have the driver execute `sql`, which takes no values, such as COMMIT."""
    if is_postgresql(connection):
        _run_async(connection, "execute", sql)
    else:
        _driver(connection).execute(sql)


def is_postgresql(connection: Connection) -> bool:
    """Whether the connection leads to PostgreSQL; otherwise it is SQLite."""
    return connection.dialect.name == "postgresql"


def to_json(value: object) -> str:
    """`value` as a JSON column holds it.

    U+0000 becomes U+FFFD: PostgreSQL cannot read a text that has it.
    """
    text = _encode(value)
    return text.replace("\\u0000", "\\ufffd") if "\\u0000" in text else text


def from_json(found: Any) -> Any:
    """What a JSON column holds, an object or an array; None for NULL.

    SQLite gives its text; asyncpg has read it already.
    """
    return json.loads(found) if isinstance(found, str) else found


def _compiled(
    statement: ClauseElement, dialect: Dialect
) -> tuple[str, dict[str, Any], Sequence[str]]:
    """SQL, the values that are not bound by name, and the order of all that it takes.

    Constants are written out. Bound, they keep a partial index from being used, and SQLite prepares
    such a statement anew on each run, since the value might allow the index after all.
    """
    written_out = visitors.replacement_traverse(statement, {}, _constant)
    assert isinstance(written_out, ClauseElement)
    compiled = written_out.compile(dialect=dialect)
    fixed = {name: value for name, value in compiled.params.items() if value is not None}
    return str(compiled), fixed, getattr(compiled, "positiontup", None) or ()


def _constant(element: object, **_: object) -> ColumnElement[Any] | None:
    """The SQL of a bound constant; None leaves `element` as it is."""
    if isinstance(element, BindParameter) and not element.required:
        if isinstance(element.value, int):
            return literal_column(str(int(element.value)), element.type)
        if isinstance(element.value, str):
            quoted = element.value.replace("'", "''")
            return literal_column(f"'{quoted}'", element.type)
    return None


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _run_async(connection: Connection, method: str, *arguments: Any) -> Any:
    """What asyncpg answers; the store's functions run where SQLAlchemy can wait for it."""
    adapted: Any = connection.connection.dbapi_connection
    return adapted.run_async(lambda driver: getattr(driver, method)(*arguments))
