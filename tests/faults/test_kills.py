"""kill -9 at every phase of a hand-over and at random: nothing lost, nothing past the gate.

`GATEPOST_FAULT_KILLS` says how many random kills there are (15 unless told).
"""

import asyncio
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from time import sleep

import pytest
from uuid_utils import uuid7

from pipeline.store import audit
from pipeline.store.database import read_store
from policy.modes import Mode
from tests.faults.processes import processes
from tests.faults.sending import accept_and_send, accepting, drain, send_only, states
from tests.pipeline.sender.support import Sink, sink, wait_for
from tests.pipeline.store.postgres import Server as Database
from tests.pipeline.store.postgres import postgres
from tests.pipeline.store.support import Session

__all__ = ["postgres"]

KILLS = int(os.environ.get("GATEPOST_FAULT_KILLS", "15"))


def shop(path: Path | str, messages: int = 0) -> tuple[str, str]:
    """A store with a mailbox, a key and so many queued messages; returns the ids of the first."""
    with Session(path) as session:
        author = session.author.id
        for _ in range(messages):
            session.write(accepting(str(uuid7()), session.mailbox_id, author, Mode.AUTONOMOUS))
        return session.mailbox_id, author


def arrived(smtp: Sink) -> Counter[str]:
    return Counter(
        str(message_from_bytes(raw)["Message-ID"])[1:].partition("@")[0] for _, raw in smtp.got
    )


@pytest.mark.timeout(120 if KILLS < 100 else 14_400)
def test_killed_at_random(tmp_path: Path) -> None:
    path = tmp_path / "gatepost.db"
    mailbox, author = shop(path)
    chance = random.Random(KILLS)
    accepted: dict[str, int] = {}
    with sink() as smtp:
        for _ in range(KILLS):
            mine, theirs = processes.Pipe(duplex=False)
            process = processes.Process(
                target=accept_and_send, args=(path, smtp.port, mailbox, author, theirs)
            )
            process.start()
            theirs.close()
            accepted.update([mine.recv()])  # it is up and at work
            sleep(chance.uniform(0, 0.2))
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            try:
                while True:
                    accepted.update([mine.recv()])
            except EOFError:
                mine.close()
        drain(path, smtp.port)
        found, times = read_store(path, states), arrived(smtp)
    assert read_store(path, audit.verify) > len(found)
    lost = set(accepted) - set(found)
    assert not lost
    assert max(times.values()) == 1, "a message was sent twice"
    doubtful = [key for key, state in found.items() if state == "unknown"]
    for key, mode in accepted.items():
        if mode == int(Mode.GATED_SEND):
            assert (found[key], times[key]) == ("held", 0), "a message went past the gate"
        elif found[key] == "sent":
            assert times[key] == 1
        else:
            assert found[key] == "unknown", found[key]
    assert len(doubtful) <= 4 * KILLS  # at most one for each conversation
    print(
        f"\n{KILLS} kills: {len(accepted)} accepted, 0 lost, 0 past the gate, "
        f"{len(doubtful)} unknown of which {sum(times[key] for key in doubtful)} arrived, 0 twice"
    )


@contextmanager
def killer(phase: str, kill: Callable[[], None]) -> Iterator[tuple[int, list[bytes]]]:
    """A mail server that calls `kill` in that phase; yields its port and what it got whole."""
    got: list[bytes] = []
    started: Future[tuple[int, Callable[[], object]]] = Future()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def reached(now: str) -> None:
            if now == phase:
                kill()

        try:
            writer.write(b"220 hello\r\n")
            while line := await reader.readline():
                verb = line[:4].decode().strip().lower()
                reached(verb)
                if verb == "data":
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"hello\r\n")
                    reached("body")
                    await reader.readuntil(b".\r\n")
                    got.append(line)
                    reached("dot")
                writer.write(b"250 ok\r\n")
                await writer.drain()
                if verb == "data":
                    reached("answer")
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the last when the server ends: asyncio's streams log a cancelled handler
        finally:
            writer.close()

    async def serve() -> None:
        """Until told to stop; `asyncio.run` ends conversations while their loop is open."""
        over, loop = asyncio.Event(), asyncio.get_running_loop()
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        port: int = server.sockets[0].getsockname()[1]
        started.set_result((port, lambda: loop.call_soon_threadsafe(over.set)))
        await over.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    port, stop = started.result(5)
    try:
        yield port, got
    finally:
        stop()
        thread.join(5)
        assert not thread.is_alive()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a store is, on each database in turn."""
    if request.param == "sqlite":
        return tmp_path / "gatepost.db"
    server: Database = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data", "body", "dot", "answer"])
def test_killed_in_a_phase(path: Path | str, phase: str) -> None:
    shop(path, messages=3)
    process = None

    def kill() -> None:
        if process is not None and process.pid is not None:
            os.kill(process.pid, signal.SIGKILL)
            process.join()

    with killer(phase, kill) as (port, got):
        process = processes.Process(target=send_only, args=(path, port))
        process.start()
        wait_for(lambda: process.exitcode, lambda code: code is not None)
    with sink() as smtp:
        drain(path, smtp.port)
        times = arrived(smtp)
    found = read_store(path, states)
    unknown = [key for key, state in found.items() if state == "unknown"]
    assert set(found.values()) <= {"sent", "unknown"}
    assert max(times.values()) == 1
    if phase in ("mail", "rcpt", "data"):
        assert (len(got), unknown) == (0, [])
    elif phase == "body":
        assert len(got) == 0  # no dot was read; whether one was on its way nobody knows
        assert len(unknown) <= 1
    elif phase == "dot":
        assert (len(got), len(unknown)) == (1, 1)
    else:
        assert len(got) >= 1
        assert len(unknown) <= 1
    assert not any(times[key] for key in unknown)  # what may have arrived is not sent again
    assert len(got) + len(times) + (phase == "body" and len(unknown)) == 3
