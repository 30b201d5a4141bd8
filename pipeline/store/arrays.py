"""Inserts and updates that run once for each row, as one statement about all of them.

Run row by row, a statement costs PostgreSQL several times the work that it does. Here the values
come as one array for each parameter, and a row of `unnest` stands for each run.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BinaryExpression,
    BindParameter,
    Column,
    ColumnElement,
    Dialect,
    Insert,
    String,
    Text,
    Update,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql import ClauseElement, operators, visitors

__all__ = ["of_arrays"]

_IF_NEW = "ON CONFLICT DO NOTHING"


def of_arrays(
    statement: ClauseElement, dialect: Dialect, alike: Collection[str] = ()
) -> ClauseElement:
    """`statement` with an array in place of each parameter but those of `alike`, by the same names.

    It does the same as one run for each place of the arrays, if no two of those are about the same
    row. Raises TypeError unless `statement` inserts one row of parameters that are named as their
    columns (ON CONFLICT DO NOTHING, if need be), or updates rows of which a column equals a
    parameter.
    """
    compiled: Any = statement.compile(dialect=dialect)
    types = {name: one.type for name, one in compiled.binds.items() if one.required}
    if not _runs_for_many(statement, types, str(compiled)):
        raise TypeError(
            "only an INSERT of parameters that are named as their columns, or an UPDATE where a "
            f"column equals a parameter, can be run for many rows at once; this is: {compiled}"
        )
    varying = {name: of for name, of in types.items() if name not in alike}
    arrays = [bindparam(name, type_=ARRAY(_sent(of))) for name, of in varying.items()]
    columns = [column(name, _sent(of)) for name, of in varying.items()]
    given = func.unnest(*arrays).table_valued(*columns, name="given").render_derived()

    def value(name: str) -> ColumnElement[Any]:
        of = types[name]
        if name not in varying:
            return bindparam(name, type_=of)
        return cast(given.c[name], of) if isinstance(of, JSON) else given.c[name]

    def replaced(element: object, **_: object) -> ColumnElement[Any] | None:
        return value(element.key) if _is_parameter(element) else None  # type: ignore[attr-defined]  # it is one

    if isinstance(statement, Insert):
        rows = select(*(value(name) for name in types))
        many = insert(statement.table).from_select(list(types), rows, include_defaults=False)
        return many.on_conflict_do_nothing() if _IF_NEW in str(compiled) else many
    changed = visitors.replacement_traverse(statement, {}, replaced)
    assert isinstance(changed, ClauseElement)
    return changed


def _runs_for_many(statement: ClauseElement, names: dict[str, Any], sql: str) -> bool:
    """Whether runs of `statement`, which reads `sql`, are those of one that can be built."""
    if isinstance(statement, Insert) and "DO UPDATE" not in sql:
        parts = [one for one in visitors.iterate(statement) if isinstance(one, ColumnElement)]
        own = all(_is_parameter(one) or isinstance(one, Column) for one in parts)
        named = names.keys() <= set(statement.table.c.keys())
        return own and named and not statement.returning_column_descriptions
    if isinstance(statement, Update) and statement.whereclause is not None:
        found = any(map(_finds_by_parameter, visitors.iterate(statement.whereclause)))
        return found and not statement.returning_column_descriptions
    return False


def _finds_by_parameter(part: object) -> bool:
    return (
        isinstance(part, BinaryExpression)
        and part.operator is operators.eq
        and isinstance(part.left, Column)
        and _is_parameter(part.right)
    )


def _is_parameter(element: object) -> bool:
    return isinstance(element, BindParameter) and element.required


def _sent(of: Any) -> Any:
    """The type that values travel as: not one of a length, to which a cast would cut them."""
    return Text() if isinstance(of, String | JSON) else of
