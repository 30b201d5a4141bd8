"""The file: one process, nothing lost when the disk is full."""

import subprocess
import sys

import pytest
from pysqlite3 import dbapi2 as sqlite

from pipeline.store.database import CannotOpenError, Store
from pipeline.store.writer import StoreUnavailableError
from tests.pipeline.store.support import Session


def test_a_second_process_is_refused(sqlite_session: Session) -> None:
    program = (
        "import sys; from pathlib import Path; from pipeline.store.database import *\n"
        "try: Store(Path(sys.argv[1]))\n"
        "except CannotOpenError as error: print(error)"
    )
    path = str(sqlite_session.location)
    shown = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True
    ).stdout
    assert "another process has" in shown
    with pytest.raises(CannotOpenError):
        Store(sqlite_session.location)


def test_what_is_answered_is_in_the_file(sqlite_session: Session) -> None:
    key = sqlite_session.accept()
    with sqlite.connect(f"file:{sqlite_session.location}?mode=ro", uri=True) as other:
        assert other.execute("SELECT id FROM message").fetchall() == [(key,)]


def test_a_full_disk_keeps_nothing_and_recovers(sqlite_session: Session) -> None:
    def fill(connection: object) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]  # a Connection

    sqlite_session.write(fill)

    def until_full() -> None:
        for _ in range(50):
            sqlite_session.accept()

    with pytest.raises(StoreUnavailableError, match="full"):
        until_full()
    sqlite_session.write(
        lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    )
    sqlite_session.accept()


def test_the_driver_is_one_that_keeps_its_log() -> None:
    assert sqlite.sqlite_version_info >= (3, 51, 3)
