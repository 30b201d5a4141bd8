import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from pipeline.store.audit import BrokenChainError, record, rows, verify
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


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)


def test_the_hash_is_of_the_row_as_canonical_json(session: Session) -> None:
    @given(TEXTS, TEXTS, st.none() | TEXTS, st.dictionaries(TEXTS, TEXTS | st.integers()))
    def holds(actor: str, event: str, key: str | None, detail: dict[str, object]) -> None:
        session.write(
            lambda connection: record(
                connection, at=17, actor=actor[:10], actor_id=actor, event=event, message=key,
                detail=detail,
            )
        )  # fmt: skip
        *_, last = session.read(lambda connection: list(rows(connection)))
        found = last.pop("hash")
        canonical = json.dumps(last, sort_keys=True, separators=(",", ":")).encode()
        assert found == hashlib.sha256(canonical).hexdigest()

    holds()


def test_rows_that_share_a_detail_are_sealed_like_others(session: Session) -> None:
    detail = {"text": "one \x00 and the same"}  # which no database keeps as it is

    def twice(connection: Connection) -> None:
        for event in ("one", "other"):
            record(connection, at=17, actor="x", actor_id="x", event=event, detail=detail)

    session.write(twice)
    assert session.read(verify) > 1
    *_, one, other = session.read(lambda connection: list(rows(connection)))
    assert one["detail"] == other["detail"] == {"text": "one \ufffd and the same"}


def test_the_log_names_nobody_it_must_forget(session: Session) -> None:
    session.accept(to="very.private@example.org")
    rows = session.read(
        lambda connection: connection.execute(text("SELECT * FROM audit")).mappings().all()
    )
    assert rows
    assert "very.private" not in json.dumps([dict(row) for row in rows])
