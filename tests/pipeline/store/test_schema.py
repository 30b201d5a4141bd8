"""The schema: made at once or by revisions, it is the same; another one is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Connection, Integer, MetaData, String, Table, select, text
from sqlalchemy.exc import DBAPIError

from pipeline.store.audit import rows
from pipeline.store.backend import Backend, Session
from pipeline.store.constraints import drop_triggers
from pipeline.store.database import CannotOpenError, Store, read_store, upgrade_store
from pipeline.store.erasing import messages_of
from pipeline.store.in_force import policy_in_force
from pipeline.store.ledger import people
from pipeline.store.migrations.next_revision import difference
from pipeline.store.postgresql import Postgresql
from pipeline.store.schema import bring_to, head
from pipeline.store.sqlite import Sqlite
from pipeline.store.stored_messages import find_message
from tests.pipeline.store.postgres import Server

_DRAFTS: dict[str, tuple[dict[str, object], dict[str, object] | None]] = {
    "judged": ({"subject": "Größe ✓", "to": []}, {"mode": "gated_send", "reasons": [{"a": None}]}),
    "not-judged": ({"text": "x" * 20_000}, None),
    "erased": ({}, None),
}


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
    for statement in statements:
        _with(location, lambda connection: connection.execute(text(statement)))  # noqa: B023  # run at once


def _with(location: Path | str, work: Callable[[Connection], object]) -> object:
    backend = Sqlite(location) if isinstance(location, Path) else Postgresql(location)
    session: Session = backend.connect(read_only=False)
    try:
        return session.run(work)
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
    _with(location, lambda connection: bring_to(connection, "0001"))
    _run(
        location,
        "INSERT INTO service (id, policy, paused, policy_digest, signing_secret)"
        " VALUES (1, 7, 0, '', '')",
        "INSERT INTO audit VALUES (1, 0, 'system', 'system', 'x', NULL, '{}', '0', '1')",
    )
    assert upgrade_store(location) == ("0001", head())
    Store(location).close()
    assert read_store(location, policy_in_force).version == 7
    assert [row["hash"] for row in read_store(location, lambda one: list(rows(one)))] == ["1"]
    with pytest.raises(DBAPIError, match="only grows"):
        _run(location, "DELETE FROM audit")


def test_an_upgrade_of_a_store_that_is_up_to_date_changes_nothing(location: Path | str) -> None:
    Store(location).close()
    assert upgrade_store(location) == (head(), head())
    Store(location).close()


def test_what_messages_say_stays_when_it_moves_to_rows_of_its_own_and_back(
    location: Path | str,
) -> None:
    def old_store(connection: Connection) -> None:
        bring_to(connection, "0003")
        tables = {name: _reflected(connection, name) for name in ("mailbox", "message")}
        connection.execute(tables["mailbox"].insert(), _filled(tables["mailbox"], id="box"))
        for key, (draft, judgement) in _DRAFTS.items():
            row = _filled(tables["message"], id=key, message_id=key, mailbox_id="box")
            row |= {"state": "held", "draft": draft}
            if judgement is not None:
                row["judgement"] = judgement
            connection.execute(tables["message"].insert(), row)

    _with(location, old_store)
    _run(location, "INSERT INTO service (id, policy, paused, policy_digest, signing_secret)"
         " VALUES (1, 7, 0, '', '')")  # fmt: skip
    assert upgrade_store(location) == ("0003", head())
    found = read_store(location, lambda one: {key: find_message(one, key) for key in _DRAFTS})
    assert {key: (row["draft"], row["judgement"]) for key, row in found.items()} == _DRAFTS
    with pytest.raises(DBAPIError, match="never deleted"):
        _run(location, "DELETE FROM message_content")

    def back(connection: Connection) -> None:
        for statement in list(drop_triggers(connection)):
            connection.exec_driver_sql(statement)
        config = Config()
        config.set_main_option("script_location", "pipeline.store:migrations")
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")

    def old_drafts(connection: Connection) -> dict[str, tuple[Any, Any]]:
        table = _reflected(connection, "message")
        query = select(table.c.id, table.c.draft, table.c.judgement)
        return {key: (draft, judgement) for key, draft, judgement in connection.execute(query)}

    _with(location, back)
    assert _with(location, old_drafts) == _DRAFTS


def test_addresses_of_one_person_are_joined_and_the_latest_of_them_counts(
    location: Path | str,
) -> None:
    ann, plus, other = "ann@example.org", "ann+shop@example.org", "bob@example.org"

    def old_store(connection: Connection) -> None:
        bring_to(connection, "0006")

        def put(name: str, *rows: dict[str, object]) -> None:
            table = _reflected(connection, name)
            for row in rows:
                connection.execute(table.insert(), _filled(table, **row))

        put("suppression", {"address_key": plus}, {"address_key": ann}, {"address_key": other})
        put("case", {"id": "1", "address_key": plus, "kind": "fraud"})
        put(
            "channel_contact",
            {"address_key": plus, "channel": "chat", "wrote_at": 9, "answered_at": None},
            {"address_key": ann, "channel": "chat", "wrote_at": 5, "answered_at": 6},
        )
        put("mailbox", {"id": "box"})
        put("message", {"id": "m", "message_id": "m", "mailbox_id": "box", "state": "held"})
        put("recipient", *({"message": "m", "address_key": one, "address": one, "role": "to",
                            "outcome": "pending"} for one in (ann, plus)))  # fmt: skip

    _with(location, old_store)
    _run(location, "INSERT INTO service (id, policy, paused, policy_digest, signing_secret)"
         " VALUES (1, 7, 0, '', '')")  # fmt: skip
    assert upgrade_store(location) == ("0006", head())
    known = read_store(location, lambda one: people(one, [ann, plus, other]))
    assert known[ann] == known[plus]
    assert known[ann].suppressed
    assert known[other].suppressed
    assert known[ann].fraud_open
    assert known[ann].other_channel_open
    assert known[ann].last_wrote_at == 9
    assert read_store(location, lambda one: messages_of(one, plus)) == ["m"]


def _reflected(connection: Connection, name: str) -> Table:
    """A table as the database has it, whatever this program knows of it."""
    return Table(name, MetaData(), autoload_with=connection, resolve_fks=False)


def _filled(table: Table, **known: object) -> dict[str, object]:
    """A row of which every column that must have a value has one."""
    plain = {Integer: 0, String: "", JSON: []}
    wanted = [one for one in table.c if not one.nullable and one.name not in known]
    values = {
        one.name: next(value for kind, value in plain.items() if isinstance(one.type, kind))
        for one in wanted
    }
    return {**values, **known}
