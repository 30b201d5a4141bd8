import json

import pytest
from sqlalchemy import Connection, text

from pipeline.store.audit import BrokenChainError, verify
from pipeline.store.constraints import drop_triggers
from tests.pipeline.store.support import Session


def forge(session: Session, *statements: str) -> None:
    """Change the log as somebody with the file and time could: the triggers dropped first."""

    def drop(connection: Connection) -> None:
        for statement in list(drop_triggers(connection)):
            connection.execute(text(statement))

    session.write(drop)
    for statement in statements:
        session.write(
            lambda connection, statement=statement: connection.exec_driver_sql(statement)  # type: ignore[misc]  # bound at once
        )


def test_an_untouched_log_verifies(session: Session) -> None:
    before = session.read(verify)
    session.accept()
    assert session.read(verify) == before + 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor_id = 'somebody else' WHERE seq = 2",
        "UPDATE audit SET at = at + 1 WHERE seq = 2",
        "UPDATE audit SET detail = '{}' WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 2",
        "UPDATE audit SET hash = previous_hash WHERE seq = 3",
    ],
)
def test_every_change_breaks_the_chain(session: Session, statement: str) -> None:
    session.accept()
    session.accept()
    forge(session, statement)
    with pytest.raises(BrokenChainError):
        session.read(verify)


def test_the_log_names_nobody_it_must_forget(session: Session) -> None:
    session.accept(to="very.private@example.org")
    rows = session.read(
        lambda connection: connection.execute(text("SELECT * FROM audit")).mappings().all()
    )
    assert rows
    assert "very.private" not in json.dumps([dict(row) for row in rows])
