"""The queue of the store: `python -m benchmarks.sending_queue [MESSAGES]`.

For SQLite, and for PostgreSQL where a server is found, messages of 4 kB go through

    accept    message, recipients, audit, decision and bytes, in rounds of 64
    claim     with its lease, in batches of 256
    dot       the mark before the final dot, one job each, as the worker asks
    settle    in batches of 256

Each is given in messages a second, with the CPU of this process a message, once a batch has gone
through. Beside claim and settle stands their floor: what the database takes for their statements
and commits, as measured around each call of its driver in the same run. The ratios are of ways that
ran beside each other: claim and settle in batches against one message a transaction, and accept
against the usual way of a web service, a SQLAlchemy session and a transaction for each request,
which only inserts message, recipient and bytes, and neither decides nor records anything.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, create_engine, insert, make_url
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session as OrmSession
from uuid_utils import uuid7

from benchmarks.time_within import time_within
from pipeline.store import postgresql, tables, writer
from pipeline.store import sqlite as sqlite_store
from pipeline.store.blobs import digest_of
from pipeline.store.database import Store
from pipeline.store.delivery_queue import Claimed, Outcome, claim_due, mark_dot, settle_all
from pipeline.store.execution import Who
from pipeline.store.mailboxes import StoredMailbox, add_mailbox
from pipeline.store.messages import Decided, Envelope, NewMessage, decide, insert_message
from pipeline.store.statements import Statement
from pipeline.store.tables import MESSAGE_FIELDS
from policy.lifecycle import Actor, LifecycleEvent, initial
from policy.modes import Mode
from tests.pipeline.store.postgres import running_server

ROUND = 64
BATCH = 256
BODY = b"Thank you for your order. We will tell you when it leaves.\r\n" * 68
SENT = Outcome(LifecycleEvent.CONFIRM, "250 ok", "relay")
AUTHOR = Who(Actor.AUTHOR, "agent")
TO_THE_DRIVER = (
    *((Statement, name) for name in ("row", "rows", "run_many")),
    *((module, "command") for module in (writer, postgresql, sqlite_store)),
)


def accept(mailbox: str, number: int) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        key = str(uuid7())
        to = f"customer{number}@example.org"
        new = NewMessage(
            id=key, mailbox_id=mailbox, author_key="none", author="agent", kind="transactional",
            intent=None, message_id=f"<{key}@shop.example>", thread_id=f"<{key}@shop.example>",
            draft={"subject": "Your order", "to": [to], "text": BODY.decode()}, labels=[], tags=[],
            recipients=[(to, to, "to")], not_before=0,
        )  # fmt: skip
        insert_message(connection, new, AUTHOR)
        mime = f"Message-ID: <{key}@shop.example>\r\n\r\n".encode() + BODY
        decided = Decided(
            mode=int(Mode.AUTONOMOUS), approvals_due=1,
            seen={"facts": 1, "content": 1, "policy": 1}, judgement={"mode": "autonomous"},
            envelope=Envelope("orders@shop.example", (to,)), mime=mime,
        )  # fmt: skip
        decide(connection, key, decided)

    return work


class Stage:
    """Seconds for one step of the way: by the clock, of this process, and within the driver."""

    def __init__(self) -> None:
        self.seconds = self.cpu = self.in_driver = 0.0

    async def of(self, work: Any) -> Any:
        with time_within(TO_THE_DRIVER) as driver:
            clock, cpu = perf_counter(), process_time()
            result = await work
            self.seconds += perf_counter() - clock
            self.cpu += process_time() - cpu
        self.in_driver += driver.seconds
        return result

    def shown(self, name: str, messages: int) -> str:
        return (
            f"  {name:<8} {messages / self.seconds:8.0f}/s   "
            f"{1e6 * self.cpu / messages:6.0f} us CPU a message"
        )


async def through(store: Store, messages: int, batch: int) -> dict[str, Stage]:
    stages = {name: Stage() for name in ("accept", "claim", "dot", "settle")}
    mailbox = str(uuid7())
    box = StoredMailbox(
        mailbox, f"{mailbox}@shop.example", "Orders", "autonomous", "orders", None, None, 0
    )
    await store.write(lambda connection: add_mailbox(connection, box, AUTHOR))
    for start in range(0, messages, ROUND):
        works = [accept(mailbox, number) for number in range(start, min(start + ROUND, messages))]
        await stages["accept"].of(asyncio.gather(*(store.write(work) for work in works)))
    while True:
        claims: Sequence[Claimed] = await stages["claim"].of(
            store.write_beside(lambda connection: claim_due(connection, batch))
        )
        if not claims:
            return stages
        marks = [
            store.write_beside(
                lambda connection, one=one: mark_dot(connection, one, one.mime_sha256)
            )
            for one in claims
        ]
        await stages["dot"].of(asyncio.gather(*marks))
        pairs = [(one, SENT) for one in claims]
        refusals = await stages["settle"].of(
            store.write_beside(lambda connection, pairs=pairs: settle_all(connection, pairs))
        )
        assert not any(refusals)


async def usual_way(location: Path | str, messages: int) -> float:
    """Messages a second that a session and a transaction for each request take in."""
    if isinstance(location, Path):
        return await asyncio.to_thread(_usual_sqlite, location.with_name("usual.db"), messages)
    url = make_url(location).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, pool_size=8, max_overflow=0)
    numbers = iter(range(messages))

    async def client() -> None:
        for number in numbers:
            async with AsyncSession(engine) as session:
                await session.run_sync(lambda sync, n=number: _inserts(sync.connection(), n))
                await session.commit()

    start = perf_counter()
    await asyncio.gather(*(client() for _ in range(ROUND)))
    seconds = perf_counter() - start
    await engine.dispose()
    return messages / seconds


def _usual_sqlite(path: Path, messages: int) -> float:
    Store(path).close()
    engine = create_engine("sqlite://", module=sqlite, creator=lambda: _full(path))
    start = perf_counter()
    for number in range(messages):
        with OrmSession(engine) as session:
            _inserts(session.connection(), number)
            session.commit()
    seconds = perf_counter() - start
    engine.dispose()
    return messages / seconds


def _full(path: Path) -> Any:
    connection = sqlite.connect(path)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _inserts(connection: Connection, number: int) -> None:
    key = str(uuid7())
    state, record = initial(inbound=False)
    mime = f"Message-ID: <{key}@shop.example>\r\n\r\n".encode() + BODY
    boxes = {"id": key, "address": key, "address_key": key, "display_name": "", "purpose": "orders",
             "oversight_mode": "monitored", "created_at": 0}  # fmt: skip
    connection.execute(insert(tables.mailbox), boxes)
    row = {"id": key, "state": state.value, "row_version": 0, "mailbox_id": key, "author_key": "",
           "author": "agent", "kind": "transactional", "message_id": key, "thread_id": key,
           "labels": [], "tags": [], "created_at": 0,
           "changed_at": 0, "not_before": 0,
           **{name: record[name] for name in MESSAGE_FIELDS}}  # fmt: skip
    connection.execute(insert(tables.message), row)
    content = {"message": key, "draft": {"text": BODY.decode()}}
    connection.execute(insert(tables.message_content), content)
    to = {
        "message": key,
        "address_key": "to",
        "person_key": "to",
        "address": "to",
        "role": "to",
        "changed_at": 0,
    }
    connection.execute(insert(tables.recipient), to)
    connection.execute(insert(tables.blob), {"sha256": digest_of(mime), "data": mime})


async def measure(name: str, location: Path | str, messages: int) -> None:
    store = Store(location)
    try:
        await through(store, BATCH, BATCH)  # a process builds its statements once
        stages = await through(store, messages, BATCH)
        few = min(messages, 300)
        single = await through(store, few, 1)
        usual = await usual_way(location, few)
    finally:
        store.close()
    print(name)
    for stage, took in stages.items():
        print(took.shown(stage, messages))

    def queue(of: dict[str, Stage], count: int) -> float:
        return count / (of["claim"].seconds + of["settle"].seconds)

    ours, alone = queue(stages, messages), queue(single, few)
    floor = messages / (stages["claim"].in_driver + stages["settle"].in_driver)
    accepted = messages / stages["accept"].seconds
    print(
        f"  accept is {accepted / usual:.1f} times a transaction for each request ({usual:.0f}/s)"
    )
    print(
        f"  claim and settle {ours:.0f}/s, {ours / alone:.1f} times one a transaction; "
        f"{ours / floor:.2f} of what their statements and commits alone allow ({floor:.0f}/s)"
    )


def main() -> None:
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure("SQLite", Path(folder) / "gatepost.db", messages))
    with running_server(durable=True) as server:
        if server is None:
            print("PostgreSQL: no server found")
            return
        asyncio.run(measure("PostgreSQL", server.new_database(), messages))


if __name__ == "__main__":
    main()
