import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.store.database import CannotOpenError, Store
from pipeline.store.writer import StoreClosedError, StoreUnavailableError
from tests.pipeline.store.support import Session


def test_a_second_process_is_refused(session: Session, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from pipeline.store.database import *\n"
        "try: Store(Path(sys.argv[1]))\n"
        "except CannotOpenError as error: print(error)"
    )
    path = str(session.store.path)
    shown = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True
    ).stdout
    assert "another process has" in shown
    with pytest.raises(CannotOpenError):
        Store(session.store.path)


def test_another_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gatepost.db"
    Store(path).close()
    from pysqlite3 import dbapi2 as sqlite

    with sqlite.connect(path) as connection:
        (ours,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(CannotOpenError, match="schema 99"):
        Store(path)
    # and the refusal left nothing locked
    with sqlite.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {ours}")
    Store(path).close()


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


def test_what_is_answered_is_in_the_file(session: Session) -> None:
    key = session.accept()
    from pysqlite3 import dbapi2 as sqlite

    with sqlite.connect(f"file:{session.store.path}?mode=ro", uri=True) as other:
        assert other.execute("SELECT id FROM message").fetchall() == [(key,)]


def test_a_full_disk_keeps_nothing_and_recovers(session: Session) -> None:
    def fill(connection: object) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]  # a Connection

    session.write(fill)

    def until_full() -> None:
        for _ in range(50):
            session.accept()

    with pytest.raises(StoreUnavailableError, match="full"):
        until_full()
    session.write(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 100000"))
    session.accept()


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    async def use() -> None:
        store = Store(tmp_path / "gatepost.db")
        store.close()
        with pytest.raises(StoreClosedError):
            await store.write(lambda connection: None)

    asyncio.run(use())


def test_a_reader_cannot_write(session: Session) -> None:
    with pytest.raises(Exception, match="readonly"):
        session.read(lambda connection: connection.exec_driver_sql("DELETE FROM suppression"))
