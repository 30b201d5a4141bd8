"""The schema of a store: made, checked when it is opened, and brought up to date.

A new store is made from `tables.metadata` at once; an older one by the numbered revisions in
`migrations`. A test holds that both lead to the same schema. Triggers are in no revision: they are
generated anew from the life-cycle table whenever the schema changes.
"""

import secrets
from importlib.resources import files

from sqlalchemy import Connection, bindparam, column, insert, inspect, select, table
from sqlalchemy.exc import DatabaseError

from pipeline.store.backend import CannotOpenError
from pipeline.store.constraints import drop_triggers, triggers
from pipeline.store.statements import command, is_postgresql
from pipeline.store.tables import metadata, service
from policy.lifecycle import FIELDS

__all__ = ["bring_to", "check", "head", "prepare", "upgrade", "version_of"]

_VERSION = table("alembic_version", column("version_num"))


def head() -> str:
    """The newest revision that this program knows, such as 0001: the last file by its number."""
    names = (one.name for one in (files("pipeline.store.migrations") / "versions").iterdir())
    return max(name for name in names if name.endswith(".py") and name[0].isdigit())[:4]


def version_of(connection: Connection) -> str | None:
    """The revision of a store; None when there is no store yet. Raises CannotOpenError."""
    try:
        tables = inspect(connection).get_table_names()
    except DatabaseError as error:
        raise CannotOpenError(f"that is no store of Gatepost: {error.orig}") from None
    if _VERSION.name not in tables:
        if "message" in tables or "audit" in tables:
            raise CannotOpenError(
                "the store was made by Gatepost before its first release and cannot be upgraded; "
                "start with a new one"
            )
        if tables:
            raise CannotOpenError("there are tables of something else, and no store of Gatepost")
        return None
    version: str | None = connection.execute(select(_VERSION.c.version_num)).scalar()
    return version


def check(connection: Connection) -> None:
    """Raises CannotOpenError unless there is a store of exactly this program's schema."""
    version, known = version_of(connection), head()
    if version is None:
        raise CannotOpenError("there is no store of Gatepost yet; `gatepost serve` makes one")
    if version < known:
        raise CannotOpenError(
            f"the store has schema {version}, this program needs {known}: make a backup, stop "
            f"every process that uses the store, and run `gatepost store upgrade`"
        )
    if version > known:
        raise CannotOpenError(
            f"the store has schema {version}, this program knows only {known}: use the Gatepost "
            f"that upgraded it, or a later one"
        )


def prepare(connection: Connection) -> None:
    """Make the store when there is none, inside a transaction; else `check` it."""
    if version_of(connection) is not None:
        return check(connection)
    metadata.create_all(connection)
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
    )
    connection.execute(insert(_VERSION).values(version_num=bindparam("head")), {"head": head()})
    connection.execute(insert(service), _first_service_row())
    _make_triggers(connection)
    return None


def upgrade(connection: Connection) -> tuple[str, str]:
    """Bring a store up to date, inside a transaction; returns the revision before and after.

    Raises CannotOpenError when there is none, or one that is newer than this program.
    """
    before, known = version_of(connection), head()
    if before is None or before > known:
        check(connection)
    assert before is not None, "or the check has raised"
    if before < known:
        for statement in list(drop_triggers(connection)):
            command(connection, statement)
        bring_to(connection, "head")
        _make_triggers(connection)
    return before, known


def bring_to(connection: Connection, revision: str) -> None:
    """Apply every revision that the database lacks up to `revision`, and no triggers."""
    from alembic import command as alembic  # half a second: only who upgrades pays for it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "pipeline.store:migrations")
    config.attributes["connection"] = connection
    alembic.upgrade(config, revision)


def _make_triggers(connection: Connection) -> None:
    for statement in triggers(postgresql=is_postgresql(connection)):
        command(connection, statement)


def _first_service_row() -> dict[str, object]:
    return {
        "id": 1,
        "policy_digest": "",
        "signing_secret": secrets.token_bytes(32),
        **{name: int(spec.initial) for name, spec in FIELDS.items() if spec.of_service},
    }
