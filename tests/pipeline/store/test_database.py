import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pipeline.store.database import Store
from pipeline.store.writer import StoreClosedError
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
        lambda connection: connection.execute(text("SELECT address_key FROM suppression")).all()
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
    with pytest.raises(DBAPIError, match=r"read-?only"):
        session.read(lambda connection: connection.execute(text("DELETE FROM suppression")))
