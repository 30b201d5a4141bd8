"""The store on a machine that fails: disk, file, clock."""

import asyncio
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2 as sqlite

from pipeline.sender.delivery.connecting import Route
from pipeline.sender.delivery.routing import Relay
from pipeline.sender.delivery.worker import Worker
from pipeline.store import delivery_queue, execution, messages, overdue, writer
from pipeline.store.database import CannotOpenError, Store, read_store
from pipeline.store.writer import StoreUnavailableError
from policy.modes import Mode
from tests.faults.processes import processes
from tests.faults.sending import accepting, drain_measured, states
from tests.pipeline.sender.support import Sink, sink
from tests.pipeline.store.support import Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session(tmp_path / "gatepost.db") as opened:
        yield opened


def put(session: Session, key: str, mode: Mode = Mode.AUTONOMOUS) -> None:
    session.write(accepting(key, session.mailbox_id, session.author.id, mode))


_FILL = """
import resource, sys
from pathlib import Path
from tests.faults.sending import accepting
from tests.pipeline.store.support import Session
from pipeline.store.writer import StoreUnavailableError
from policy.modes import Mode
path = Path(sys.argv[1])
with Session(path) as session:
    def put(key):
        session.write(accepting(key, session.mailbox_id, session.author.id, Mode.GATED_SEND))
    size = path.with_name(path.name + "-wal").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 600_000, hard))
    kept, number = [], 0
    try:
        while True:
            put(str(number))
            kept.append(str(number))
            number += 1
    except StoreUnavailableError:
        pass
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    try:
        put("after")
        kept.append("after")
    except StoreUnavailableError:
        print("shut", end=" ")
    print(*kept)
"""


def test_a_file_that_cannot_grow_keeps_what_was_answered(tmp_path: Path) -> None:
    path = tmp_path / "gatepost.db"
    signal_ignored = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    shown = subprocess.run(
        [sys.executable, "-c", signal_ignored + _FILL, str(path)],
        stdout=subprocess.PIPE, text=True, check=True, cwd=Path(__file__).parents[2],
    ).stdout.split()  # fmt: skip
    kept = {key for key in shown if key != "shut"}
    assert len(kept) >= 2
    assert set(read_store(path, states)) == kept  # what was answered, and nothing half-written


def test_after_a_failed_fsync_nothing_is_promised(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(session, "before")
    commit = writer.command

    def failing(connection: Any, sql: str, *more: Any) -> Any:
        if sql == "COMMIT":
            raise sqlite.OperationalError("disk I/O error")
        return commit(connection, sql, *more)

    monkeypatch.setattr(writer, "command", failing)
    with pytest.raises(StoreUnavailableError):
        put(session, "during")
    monkeypatch.undo()
    # The kernel may have dropped the pages: no later commit could be trusted (fsync returns once).
    with pytest.raises(StoreUnavailableError):
        put(session, "after")
    session.store.close()
    assert set(read_store(session.location, states)) == {"before"}


@pytest.mark.parametrize("damage", ["no database", "cut short", "another file"])
def test_a_damaged_store_is_refused_and_left_as_it_is(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "gatepost.db"
    with Session(path) as session:
        put(session, "kept")
    whole = path.read_bytes()
    octets = {
        "no database": b"x" * len(whole),
        "cut short": whole[: len(whole) // 2],
        "another file": b"SQLite format 3\0" + b"\0" * 4080,
    }[damage]
    path.write_bytes(octets)
    with pytest.raises(CannotOpenError):
        Store(path)
    assert path.read_bytes() == octets  # no new and empty store in its place


def test_a_copy_of_the_files_while_it_runs_opens(session: Session, tmp_path: Path) -> None:
    put(session, "kept")
    copy = tmp_path / "copy"
    copy.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(f"{session.location}{suffix}", copy / f"gatepost.db{suffix}")
    assert read_store(copy / "gatepost.db", states) == {"kept": "queued"}


def test_a_clock_that_jumps_loses_and_doubles_nothing(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = execution.now_ms
    put(session, "before")
    with sink() as smtp:
        for hours, arrived in ((-1, ["back"]), (0, ["back", "before"]), (1, ["forth"])):
            for module in (execution, delivery_queue, overdue, messages):
                monkeypatch.setattr(module, "now_ms", lambda: real() + hours * 3_600_000)  # noqa: B023  # until the next turn
            if hours:
                put(session, "back" if hours < 0 else "forth")
            deliver(session, smtp, until=len(arrived) if hours <= 0 else 3)
            found = [recipients[0].partition("@")[0] for recipients, _ in smtp.got]
            assert set(arrived) <= set(found)
            assert len(found) == len(set(found))
    assert set(session.read(states).values()) == {"sent"}


def test_stopping_finishes_what_is_begun_and_gives_back_the_rest(session: Session) -> None:
    for number in range(3):
        put(session, str(number))
    with sink() as smtp:
        begun, stopping = threading.Event(), threading.Event()

        def slowly(phase: str, argument: str) -> None:
            if phase == "data":
                begun.set()
                assert stopping.wait(10)

        smtp.hook = slowly

        async def run() -> None:
            worker = worker_for(session, smtp, connections=1)
            worker.start()
            while not begun.is_set():  # noqa: ASYNC110  # the sink is another thread
                await asyncio.sleep(0.01)
            stop = asyncio.create_task(worker.stop(10))
            await asyncio.sleep(0)
            stopping.set()
            await stop

        session.loop.run_until_complete(run())
        assert len(smtp.got) == 1
        found = session.read(states)
    assert sorted(found.values()) == ["queued", "queued", "sent"]


def worker_for(session: Session, smtp: Sink, connections: int) -> Worker:
    async def no_house() -> None:
        await asyncio.Event().wait()

    route = Route("127.0.0.1", smtp.port, "off")
    return Worker(
        session.store, Relay(route, connections), asyncio.Event(), no_house,
        connections=connections, keep_trying_hours=48,
    )  # fmt: skip


def deliver(session: Session, smtp: Sink, until: int) -> None:
    async def run() -> None:
        worker = worker_for(session, smtp, 2)
        worker.start()
        while len(smtp.got) < until:  # noqa: ASYNC110  # the sink is another thread
            await asyncio.sleep(0.01)
        await worker.stop(5)

    session.loop.run_until_complete(asyncio.wait_for(run(), 20))


def test_large_messages_that_wait_are_not_in_memory(tmp_path: Path) -> None:
    text = (b"x" * 98 + b"\r\n") * 4_000
    grown = []
    for queued, held in ((10, 0), (60, 40)):
        path = tmp_path / f"{queued}.db"
        with Session(path) as session, sink() as smtp:
            for number in range(queued + held):
                mode = Mode.AUTONOMOUS if number < queued else Mode.GATED_SEND
                session.write(
                    accepting(str(number), session.mailbox_id, session.author.id, mode, text)
                )
            session.store.close()
            mine, theirs = processes.Pipe(duplex=False)
            process = processes.Process(target=drain_measured, args=(path, smtp.port, theirs))
            process.start()
            grown.append(mine.recv())
            process.join()
            assert len(smtp.got) == queued
    assert grown[1] - grown[0] < 12_000_000, grown  # of 36 MB that are more
