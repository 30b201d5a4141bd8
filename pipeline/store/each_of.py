"""A list that is given to a statement, as rows of a table that it can join: the same everywhere."""

from typing import Any

from sqlalchemy import JSON, String, TableValuedAlias, bindparam, column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

__all__ = ["each_of"]


class _Elements(GenericFunction[Any]):
    name = "each_of"
    inherit_cache = True


@compiles(_Elements, "sqlite")
def _for_sqlite(elements: _Elements, compiler: Any, **more: Any) -> str:
    return f"json_each({compiler.process(elements.clauses, **more)})"


@compiles(_Elements, "postgresql")
def _for_postgresql(elements: _Elements, compiler: Any, **more: Any) -> str:
    return f"json_array_elements(CAST({compiler.process(elements.clauses, **more)} AS JSON))"


def each_of(name: str) -> TableValuedAlias:
    """Rows with a column `value`, one for each element of the JSON array bound as `name`."""
    return _Elements(bindparam(name, type_=String)).table_valued(column("value", JSON), name=name)
