"""Insert a row unless it is there, or change the one that is: the same on every database.

SQLite took `ON CONFLICT` from PostgreSQL, and SQLAlchemy writes PostgreSQL's construct for both; a
test compiles it for both. No other module of the store holds SQL that one database only knows.
"""

from collections.abc import Sequence

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import Insert, insert

__all__ = ["insert_if_new", "upsert"]


def insert_if_new(table: Table) -> Insert:
    """An insert into `table` that does nothing where a unique value is there already."""
    return insert(table).on_conflict_do_nothing()


def upsert(table: Table, columns: Sequence[str]) -> Insert:
    """An insert into `table` that changes `columns` of the row with its primary key, if any."""
    statement = insert(table)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: statement.excluded[name] for name in columns},
    )
