import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from pipeline.store.backend import Fault
from pipeline.store.database import Store
from pipeline.store.writer import StoreClosedError, StoreUnavailableError
from tests.pipeline.store.support import Session


def test_one_failing_unit_takes_nothing_with_it(session: Session) -> None:
    def good(connection: object) -> int:
        connection.execute(text("INSERT INTO suppression VALUES ('a@b', 'manual', 1)"))  # type: ignore[attr-defined]  # a Connection
        return 1

    def bad(connection: object) -> None:
        connection.execute(text("INSERT INTO suppression VALUES ('c@d', 'manual', 1)"))  # type: ignore[attr-defined]  # a Connection
        raise KeyError("after it wrote")

    async def both() -> list[object]:
        return await asyncio.gather(
            session.store.write(good), session.store.write(bad), return_exceptions=True
        )

    first, second = session.loop.run_until_complete(both())
    assert first == 1
    assert isinstance(second, KeyError)
    kept = session.read(
        lambda connection: connection.execute(text("SELECT person_key FROM suppression")).all()
    )
    assert [row[0] for row in kept] == ["a@b"]


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    async def use() -> None:
        store = Store(tmp_path / "gatepost.db")
        store.close()
        with pytest.raises(StoreClosedError):
            await store.write(lambda connection: None)

    asyncio.run(use())


def test_a_reader_cannot_write(session: Session) -> None:
    with pytest.raises((DBAPIError, StoreUnavailableError), match=r"read-?only"):
        session.read(lambda connection: connection.execute(text("DELETE FROM suppression")))


def test_an_item_that_fails_takes_no_other_with_it_that_is_read_together(session: Session) -> None:
    def lengths(connection: Connection, texts: Sequence[str]) -> list[int | Exception]:
        query = text("SELECT length(CAST(:text AS VARCHAR))")
        return [
            connection.execute(query, {"text": one}).scalar_one() if one else KeyError(one)[0]  # type: ignore[index]  # it fails, as a mistake of ours would
            for one in texts
        ]

    async def all_of_them() -> list[object]:
        given = (session.store.read_together(lengths, one) for one in ("ab", "", "abc"))
        return [*await asyncio.gather(*given, return_exceptions=True)]

    first, second, third = session.loop.run_until_complete(all_of_them())
    assert (first, third) == (2, 3)
    assert isinstance(second, TypeError)


def test_what_was_deleted_is_forgotten(session: Session) -> None:
    session.write(
        lambda connection: connection.execute(
            text("INSERT INTO suppression VALUES ('narwhal@example.org', 'manual', 1)")
        )
    )
    session.write(lambda connection: connection.execute(text("DELETE FROM suppression")))
    session.loop.run_until_complete(session.store.forget())
    if isinstance(session.location, Path):
        files = session.location.parent.glob("gatepost.db*")
        assert not any(b"narwhal" in file.read_bytes() for file in files)


def test_work_that_was_in_the_way_is_done_again(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = session.store._backend
    ordinary = backend.fault
    monkeypatch.setattr(
        backend,
        "fault",
        lambda error: Fault.IN_THE_WAY if isinstance(error, _InTheWayError) else ordinary(error),
    )
    tries = []

    def work(connection: Connection) -> int:
        connection.execute(
            text("INSERT INTO suppression VALUES (:key, 'manual', 1)"), {"key": str(len(tries))}
        )
        tries.append(1)
        if len(tries) < 3:
            raise _InTheWayError
        return len(tries)

    assert session.write(work) == 3
    kept = session.read(
        lambda connection: connection.execute(text("SELECT person_key FROM suppression")).all()
    )
    assert [row[0] for row in kept] == ["2"], "what was tried before was undone"


class _InTheWayError(Exception):
    pass


def test_what_is_handed_in_together_is_done_in_one_call(session: Session) -> None:
    calls: list[list[str]] = []

    def work(connection: Connection, items: Sequence[str]) -> list[str | Exception]:
        calls.append(list(items))
        return [KeyError(one) if one == "b" else _suppressed(connection, one) for one in items]

    outcomes = _all_together(session, work, ["a", "b", "c"])
    assert [outcomes[0], outcomes[2]] == ["a", "c"]
    assert isinstance(outcomes[1], KeyError)
    assert _suppressions(session) == ["a", "c"]
    assert calls[-1] == ["a", "b", "c"]


def test_when_one_of_those_done_together_fails_the_others_are_done(session: Session) -> None:
    def work(connection: Connection, items: Sequence[str]) -> list[str | Exception]:
        done: list[str | Exception] = [_suppressed(connection, one) for one in items]
        if "b" in items:
            raise KeyError("after all were written")
        return done

    first, second, third = _all_together(session, work, ["a", "b", "c"])
    assert (first, third) == ("a", "c")
    assert isinstance(second, KeyError)
    assert _suppressions(session) == ["a", "c"]


def _all_together(
    session: Session,
    work: Callable[[Connection, Sequence[str]], Sequence[str | Exception]],
    items: Sequence[str],
) -> list[str | BaseException]:
    """What becomes of items that all wait while the store is at other work."""
    go_on = threading.Event()

    async def handed_in() -> list[str | BaseException]:
        other = asyncio.ensure_future(session.store.write(lambda _: go_on.wait(10)))
        tasks = [asyncio.ensure_future(session.store.write_together(work, one)) for one in items]
        await asyncio.sleep(0)
        go_on.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        await other
        return found

    return session.loop.run_until_complete(handed_in())


def _suppressed(connection: Connection, key: str) -> str:
    statement = text("INSERT INTO suppression VALUES (:key, 'manual', 1)")
    connection.execute(statement, {"key": key})
    return key


def _suppressions(session: Session) -> list[str]:
    query = text("SELECT person_key FROM suppression ORDER BY person_key")
    return session.read(lambda connection: list(connection.execute(query).scalars()))
