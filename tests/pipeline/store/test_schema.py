"""The schema: made at once or by revisions, it is the same; another one is refused."""

from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from pipeline.store.backend import Backend, Session
from pipeline.store.database import CannotOpenError, Store, read_store, upgrade_store
from pipeline.store.in_force import policy_in_force
from pipeline.store.migrations.next_revision import difference
from pipeline.store.postgresql import Postgresql
from pipeline.store.schema import bring_to, head
from pipeline.store.sqlite import Sqlite
from tests.pipeline.store.postgres import Server


def test_there_is_one_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", "pipeline.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [head()]


def test_the_revisions_lead_to_the_schema_on_sqlite(tmp_path: Path) -> None:
    _revisions_lead_to_the_schema(Sqlite(tmp_path / "store.db"))


@pytest.mark.postgres
def test_the_revisions_lead_to_the_schema_on_postgresql(postgres: Server) -> None:
    _revisions_lead_to_the_schema(Postgresql(postgres.new_database(empty=True)))


def _revisions_lead_to_the_schema(backend: Backend) -> None:
    def changes(connection: Connection) -> list[object]:
        bring_to(connection, "head")
        return list(difference(connection).as_diffs())

    session: Session = backend.connect(read_only=False)
    try:
        found = session.run(changes)
    finally:
        session.close()
        backend.close()
    assert found == [], 'make revision WHAT="what you changed" writes what is missing'


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    if request.param == "sqlite":
        return tmp_path / "store.db"
    server: Server = request.getfixturevalue("postgres")
    return server.new_database(empty=True)


def _run(location: Path | str, *statements: str) -> None:
    backend = Sqlite(location) if isinstance(location, Path) else Postgresql(location)
    session: Session = backend.connect(read_only=False)
    try:
        for statement in statements:
            session.run(lambda connection: connection.execute(text(statement)))  # noqa: B023  # run at once
    finally:
        session.close()
        backend.close()


def test_a_newer_store_is_refused(location: Path | str) -> None:
    Store(location).close()
    _run(location, "UPDATE alembic_version SET version_num = '9999'")
    for use in (Store, upgrade_store):
        with pytest.raises(CannotOpenError, match=r"9999.*later"):
            use(location)
    # and the refusal left nothing locked
    _run(location, f"UPDATE alembic_version SET version_num = '{head()}'")
    Store(location).close()


def test_an_older_store_is_refused_with_the_command_to_run(location: Path | str) -> None:
    Store(location).close()
    _run(location, "UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(CannotOpenError, match="gatepost store upgrade"):
        Store(location)


def test_a_store_from_before_the_first_release_is_refused(location: Path | str) -> None:
    Store(location).close()
    _run(location, "DROP TABLE alembic_version")
    with pytest.raises(CannotOpenError, match="before its first release"):
        Store(location)


def test_tables_of_something_else_are_left_alone(location: Path | str) -> None:
    _run(location, "CREATE TABLE ours (one INTEGER)")
    with pytest.raises(CannotOpenError, match="something else"):
        Store(location)
    _run(location, "DROP TABLE ours")


def test_reading_makes_no_store(location: Path | str) -> None:
    with pytest.raises(CannotOpenError):
        read_store(location, lambda connection: None)
    with pytest.raises(CannotOpenError):
        upgrade_store(location)
    if isinstance(location, Path):
        assert not location.exists()


def test_an_upgrade_keeps_what_is_there_and_guards_it_again(location: Path | str) -> None:
    backend = Sqlite(location) if isinstance(location, Path) else Postgresql(location)
    first: Session = backend.connect(read_only=False)
    first.run(lambda connection: bring_to(connection, "0001"))
    first.close()
    backend.close()
    _run(
        location,
        "INSERT INTO service (id, policy, paused, policy_digest, signing_secret)"
        " VALUES (1, 7, 0, '', '')",
        "INSERT INTO audit VALUES (1, 0, 'system', 'system', 'x', NULL, '{}', '0', '1')",
    )
    assert upgrade_store(location) == ("0001", head())
    Store(location).close()
    assert read_store(location, policy_in_force).version == 7
    with pytest.raises(DBAPIError, match="only grows"):
        _run(location, "DELETE FROM audit")


def test_an_upgrade_of_a_store_that_is_up_to_date_changes_nothing(location: Path | str) -> None:
    Store(location).close()
    assert upgrade_store(location) == (head(), head())
    Store(location).close()
