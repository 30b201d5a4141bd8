"""Statements of the hot path: built once with SQLAlchemy, then run by the driver as they are.

SQLAlchemy's execution costs some ten times what SQLite takes for a lookup by key. These statements
keep its one schema and its dialects, and pay for neither on each call. Values are what the driver
takes: whole numbers, texts and bytes; JSON columns hold text (`to_json`, `from_json`).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement

__all__ = ["Statement", "from_json", "to_json"]

_DIALECT = sqlite.dialect(paramstyle="named")


class Statement:
    """`statement`, compiled; its parameters are those that it binds by name."""

    __slots__ = ("_fixed", "_sql")

    def __init__(self, statement: Executable) -> None:
        assert isinstance(statement, ClauseElement)
        compiled = statement.compile(dialect=_DIALECT)
        self._sql = str(compiled)
        self._fixed = {
            name: value for name, value in (compiled.params or {}).items() if value is not None
        }

    def row(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Any] | None:
        """The first row, as a tuple in the order of the columns."""
        found: Sequence[Any] | None = self._cursor(connection, values).fetchone()
        return found

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Sequence[Any]]:
        """All rows."""
        found: list[Sequence[Any]] = self._cursor(connection, values).fetchall()
        return found

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Execute; returns the number of rows that changed."""
        count: int = self._cursor(connection, values).rowcount
        return count

    def run_many(self, connection: Connection, values: Iterable[Mapping[str, Any]]) -> None:
        """Execute once for each of `values`."""
        _driver(connection).executemany(self._sql, [{**self._fixed, **one} for one in values])

    def _cursor(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        return _driver(connection).execute(
            self._sql, {**self._fixed, **values} if self._fixed else values
        )


def to_json(value: object) -> str:
    """`value` as a JSON column holds it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str | None) -> Any:
    """What a JSON column holds; None for NULL."""
    return None if text is None else json.loads(text)


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
