"""Roots show what the chain alone cannot: a log made anew, or cut off at its end."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text

from pipeline.store import audit_roots
from pipeline.store.audit import FIRST_HASH, BrokenChainError, rows
from pipeline.store.audit_roots import Root, add_root, roots, verify, verify_root
from pipeline.store.constraints import drop_triggers
from pipeline.store.execution import now_ms
from tests.pipeline.store.support import Session


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """One more hour each time that the time is asked for."""
    passed = [now_ms()]

    def later() -> int:
        passed.append(passed[-1] + 3_600_000)
        return passed[-1]

    monkeypatch.setattr(audit_roots, "now_ms", later)
    return passed


def rooted(session: Session) -> Root:
    session.accept()
    root = session.write(add_root)
    assert root is not None
    return root


def test_each_hour_has_its_root(session: Session, hours: list[int]) -> None:
    kept = [rooted(session) for _ in range(3)]
    assert session.read(roots) == kept
    assert session.write(add_root) is None, "nothing was added since"
    assert session.read(verify) == kept[-1].size
    for root in kept:
        session.read(lambda connection, root=root: verify_root(connection, root.size, root.root))


def test_one_root_an_hour_is_enough(session: Session) -> None:
    rooted(session)
    session.accept()
    assert session.write(add_root) is None


def test_a_log_cut_off_at_its_end_is_told(session: Session, hours: list[int]) -> None:
    kept = rooted(session)
    _forge(session, f"DELETE FROM audit WHERE seq = {kept.size}")
    with pytest.raises(BrokenChainError, match="cut off"):
        session.read(verify)


def test_a_log_made_anew_does_not_have_the_root_that_was_kept(
    session: Session, hours: list[int]
) -> None:
    kept = rooted(session)

    def made_anew(connection: Connection) -> None:
        """A chain that fits, over other rows, and no root left to tell."""
        from pipeline.store.audit import _canonical, _hash

        previous = FIRST_HASH
        for row in list(rows(connection)):
            new = {**row, "actor_id": "somebody else", "previous_hash": previous}
            previous = _hash(new, _canonical(new["detail"]))
            connection.execute(
                text(
                    "UPDATE audit SET actor_id = :a, previous_hash = :p, hash = :h WHERE seq = :s"
                ),
                {"a": "somebody else", "p": new["previous_hash"], "h": previous, "s": row["seq"]},
            )

    _forge(session, "DELETE FROM audit_root")
    session.write(made_anew)
    assert session.read(verify) == kept.size, "the chain alone shows nothing"
    with pytest.raises(BrokenChainError, match="not those of the root"):
        session.read(lambda connection: verify_root(connection, kept.size, kept.root))


def _forge(session: Session, statement: str) -> None:
    def work(connection: Connection) -> None:
        for trigger in list(drop_triggers(connection)):
            connection.execute(text(trigger))
        connection.execute(text(statement))

    session.write(work)
