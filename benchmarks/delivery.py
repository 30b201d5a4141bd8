"""Handing over what is queued, against its floor: `python -m benchmarks.delivery [MESSAGES]`.

Messages of 4 kB go to a server in a process of its own, over as many conversations each time:

    plain    aiosmtplib sends prepared bytes and writes nothing down
    floor    the same, with two records a message made durable: one before it is handed over and one
             after, in a bare file, as many with one fsync as wait for it
    ours     claimed, checked, marked before the final dot, settled, with the audit log

Each is given in messages a second by the clock and in CPU of this process; the last two as a ratio
to plain, too.
"""

import asyncio
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from time import perf_counter, process_time

from aiosmtplib import SMTP
from sqlalchemy import func, select
from uuid_utils import uuid7

from benchmarks.sending_queue import AUTHOR, BODY, ROUND, accept
from pipeline.sender.delivery.connecting import Route
from pipeline.sender.delivery.routing import Relay
from pipeline.sender.delivery.worker import Worker
from pipeline.store.database import Store
from pipeline.store.mailboxes import StoredMailbox, add_mailbox
from pipeline.store.tables import message
from tests.pipeline.store.postgres import running_server

CONVERSATIONS = 20


def sink(port: Pipe) -> None:
    """A server that takes any mail and keeps none."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink\r\n")
        try:
            while line := await reader.readline():
                if line.upper().startswith(b"EHLO"):
                    writer.write(b"250-sink\r\n250 PIPELINING\r\n")
                    continue
                if line.upper().startswith(b"DATA"):
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 ok\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=2**22)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


class Records:
    """A file of records; what waits while one group is written is the next group."""

    def __init__(self, folder: str) -> None:
        self._file = os.open(Path(folder, "records"), os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        self._waiting: list[asyncio.Future[None]] = []
        self._running: asyncio.Task[None] | None = None

    async def durable(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        await turn

    async def _run(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            await asyncio.to_thread(self._write, len(group))
            for turn in group:
                turn.set_result(None)
        self._running = None

    def _write(self, records: int) -> None:
        os.write(self._file, b"x" * 100 * records)
        os.fsync(self._file)


async def plain(port: int, messages: int, records: Records | None = None) -> None:
    numbers, after = iter(range(messages)), set[asyncio.Task[None]]()

    async def conversation() -> None:
        client = SMTP(hostname="127.0.0.1", port=port, start_tls=False)
        await client.connect()
        for _ in numbers:
            if records is not None:
                await records.durable()
            await client.sendmail("orders@shop.example", ["customer@example.org"], BODY)
            if records is not None:
                after.add(asyncio.create_task(records.durable()))
        client.close()

    await asyncio.gather(*(conversation() for _ in range(CONVERSATIONS)))
    await asyncio.gather(*after)


async def ours(store: Store, port: int, messages: int) -> None:
    async def no_house() -> None:
        await asyncio.Event().wait()

    relay = Relay(Route("127.0.0.1", port, "off"), CONVERSATIONS)
    worker = Worker(store, relay, asyncio.Event(), no_house,
                    connections=CONVERSATIONS, keep_trying_hours=48)  # fmt: skip
    sent = select(func.count()).where(message.c.state == "sent")
    worker.start()
    while await store.read(lambda one: one.execute(sent).scalar_one()) < messages:  # noqa: ASYNC110  # the worker tells nobody
        await asyncio.sleep(0.02)
    await worker.stop(5)


async def timed(work: Callable[[], Awaitable[None]]) -> tuple[float, float]:
    clock, cpu = perf_counter(), process_time()
    await work()
    return perf_counter() - clock, process_time() - cpu


async def run(name: str, location: Path | str, messages: int, port: int, folder: str) -> None:
    store = Store(location)
    box = StoredMailbox(str(uuid7()), "orders@shop.example", "Orders", "autonomous", "orders",
                        None, None, 0)  # fmt: skip
    await store.write(lambda connection: add_mailbox(connection, box, AUTHOR))
    for start in range(0, messages, ROUND):
        works = [accept(box.id, one) for one in range(start, min(start + ROUND, messages))]
        await asyncio.gather(*(store.write(work) for work in works))
    records = Records(folder)
    before = await timed(lambda: plain(port, messages))
    found = {
        "floor": await timed(lambda: plain(port, messages, records)),
        "ours": await timed(lambda: ours(store, port, messages)),
    }
    after = await timed(lambda: plain(port, messages))
    store.close()
    least = [(one + other) / 2 for one, other in zip(before, after, strict=True)]
    print(f"{name:<11} plain {messages / least[0]:6.0f}/s {1e6 * least[1] / messages:5.0f} us CPU")
    for way, (clock, cpu) in found.items():
        print(f"{'':<11} {way} {messages / clock:6.0f}/s {1e6 * cpu / messages:5.0f} us CPU   "
              f"ratio {least[0] / clock:.2f} by clock, {least[1] / cpu:.2f} by CPU")  # fmt: skip


def main() -> None:
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("fork").Process(target=sink, args=(there,), daemon=True)
    server.start()
    port: int = here.recv()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run("SQLite", Path(folder) / "gatepost.db", messages, port, folder))
        with running_server(durable=True) as database:
            if database is None:
                print("PostgreSQL: no server found")
            else:
                location = database.new_database()
                asyncio.run(run("PostgreSQL", location, messages, port, folder))
    server.terminate()


if __name__ == "__main__":
    main()
