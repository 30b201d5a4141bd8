"""Statements of the hot path: built once with SQLAlchemy, then run by the driver as they are.

SQLAlchemy's execution costs some ten times what SQLite takes for a lookup by key. These statements
keep its one schema and its dialects, and pay for neither on each call. Values are what the driver
takes: whole numbers, texts and bytes, and for `OneOf` a list of texts; JSON columns hold text
(`to_json`, `from_json`).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    Executable,
    String,
    bindparam,
    literal_column,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ClauseElement, visitors

from pipeline.store.arrays import of_arrays

__all__ = ["OneOf", "Statement", "command", "from_json", "is_postgresql", "to_json"]

_SQLITE = sqlite.dialect(paramstyle="qmark")
_POSTGRESQL = asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy does not annotate it
_NONE: Mapping[str, Any] = {}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class OneOf(ColumnElement[bool]):
    """The condition that `column` is one of the texts in the list that is bound as `name`."""

    inherit_cache = False  # a statement compiles it once and for all

    def __init__(self, column: ColumnElement[str], name: str) -> None:
        self.column = column
        self.name = name
        self.list: BindParameter[Any] = bindparam(name, type_=ARRAY(String))


@compiles(OneOf, "sqlite")
def _of_json(condition: OneOf, compiler: Any, **more: Any) -> str:
    column, texts = (compiler.process(part, **more) for part in (condition.column, condition.list))
    return f"{column} IN (SELECT value FROM json_each({texts}))"  # noqa: S608  # our own statement


@compiles(OneOf, "postgresql")
def _of_array(condition: OneOf, compiler: Any, **more: Any) -> str:
    column, texts = (compiler.process(part, **more) for part in (condition.column, condition.list))
    return f"{column} = ANY ({texts})"


class Statement:
    """`statement`, compiled; its parameters are those that it binds by name."""

    __slots__ = ("_arrays", "_listed", "_postgresql", "_sqlite", "_statement")

    def __init__(self, statement: Executable) -> None:
        assert isinstance(statement, ClauseElement)
        self._statement = statement
        self._sqlite = _Compiled(statement, _SQLITE)
        self._postgresql: _Compiled | None = None
        self._arrays: dict[frozenset[str], _Compiled] = {}
        self._listed = [part.name for part in visitors.iterate(statement) if type(part) is OneOf]

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
            return _changed(_run_async(connection, "execute", sql, *arguments))
        count: int = self._cursor(connection, values).rowcount
        return count

    def run_many(
        self,
        connection: Connection,
        values: Sequence[Mapping[str, Any]],
        alike: Mapping[str, Any] = _NONE,
    ) -> int:
        """Execute once for each of `values`, no two about one row; returns how many rows changed.

        Values that are the same for all of them are given once, as `alike`: PostgreSQL is told of
        them once, too. Raises TypeError for a statement that `of_arrays` cannot express.
        """
        arrays = self._of_arrays(frozenset(alike))  # on SQLite, too: what only it can run shows
        if not values:
            return 0
        if len(values) == 1:  # arrays of one cost more than what is in them
            return self.run(connection, {**alike, **values[0]})
        if is_postgresql(connection):
            arguments = arrays.arguments({**alike, **_columns(values)})
            return _changed(_run_async(connection, "execute", arrays.sql, *arguments))
        every = (self._sqlite.arguments({**alike, **row}) for row in values)
        count: int = _driver(connection).executemany(self._sqlite.sql, every).rowcount
        return count

    def _of_arrays(self, alike: frozenset[str]) -> "_Compiled":
        found = self._arrays.get(alike)
        if found is None:
            many = of_arrays(self._statement, _POSTGRESQL, alike)
            found = self._arrays[alike] = _Compiled(many, _POSTGRESQL)
        return found

    def _cursor(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        if self._listed:
            values = {**values, **{name: to_json(values[name]) for name in self._listed}}
        return _driver(connection).execute(self._sqlite.sql, self._sqlite.arguments(values))

    def _for_postgresql(self, values: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
        if self._postgresql is None:
            self._postgresql = _Compiled(self._statement, _POSTGRESQL)
        return self._postgresql.sql, self._postgresql.arguments(values)


class _Compiled:
    """The SQL of a statement for one database, and the order of the values that it takes."""

    __slots__ = ("_fixed", "_pick", "sql")

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        # Constants are written out. Bound, they keep a partial index from being used, and SQLite
        # prepares such a statement anew on each run, since the value might allow the index.
        written_out = visitors.replacement_traverse(statement, {}, _constant)
        assert isinstance(written_out, ClauseElement)
        compiled: Any = written_out.compile(dialect=dialect)
        self.sql = str(compiled)
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._pick = _picker(compiled.positiontup or ())

    def arguments(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values as the driver takes them, by their places."""
        return self._pick({**self._fixed, **values} if self._fixed else values)


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The values of all rows, as a list for each name."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


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


def _constant(element: object, **_: object) -> ColumnElement[Any] | None:
    """The SQL of a bound constant; None leaves `element` as it is."""
    if isinstance(element, BindParameter) and not element.required:
        if isinstance(element.value, int):
            return literal_column(str(int(element.value)), element.type)
        if isinstance(element.value, str):
            quoted = element.value.replace("'", "''")
            return literal_column(f"'{quoted}'", element.type)
    return None


def _changed(status: str) -> int:
    """How many rows PostgreSQL says that it changed: UPDATE 1, INSERT 0 1."""
    return int(status.rpartition(" ")[2])


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _run_async(connection: Connection, method: str, *arguments: Any) -> Any:
    """What asyncpg answers; the store's functions run where SQLAlchemy can wait for it."""
    adapted: Any = connection.connection.dbapi_connection
    return adapted.run_async(lambda driver: getattr(driver, method)(*arguments))
