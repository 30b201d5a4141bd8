"""A process that takes messages in and delivers them, to be killed at any moment."""

import asyncio
import resource
from collections.abc import Awaitable, Callable
from itertools import count
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

from sqlalchemy import Connection, select
from uuid_utils import uuid7

from pipeline.sender.delivery.connecting import Route
from pipeline.sender.delivery.routing import Relay
from pipeline.sender.delivery.worker import Worker
from pipeline.store.database import Store
from pipeline.store.messages import Decided, Envelope, NewMessage, decide, insert_message
from pipeline.store.overdue import recover
from pipeline.store.tables import message
from policy.modes import Mode
from tests.pipeline.store.support import ADMIN

__all__ = ["accept_and_send", "drain", "drain_measured", "send_only", "states"]

_SEEN = {"facts": 1, "content": 1, "policy": 1}


def accept_and_send(path: Path | str, port: int, mailbox: str, author: str, accepted: Pipe) -> None:
    """Take messages in and deliver them until killed; each accepted id goes into the pipe.

    Every fifth needs an approval that nobody gives.
    """

    async def take(store: Store) -> None:
        for number in count(1):
            mode = Mode.GATED_SEND if number % 5 == 0 else Mode.AUTONOMOUS
            keys = [str(uuid7()) for _ in range(4)]
            await asyncio.gather(
                *(store.write(accepting(key, mailbox, author, mode)) for key in keys)
            )
            for key in keys:
                accepted.send((key, int(mode)))

    asyncio.run(_delivering(path, port, 4, take))


def send_only(path: Path | str, port: int) -> None:
    """Deliver what is queued, one message after the other, until killed."""

    async def nothing(store: Store) -> None:
        await asyncio.Event().wait()

    asyncio.run(_delivering(path, port, 1, nothing))


def drain(path: Path | str, port: int, connections: int = 8) -> None:
    """Recover and deliver until nothing waits."""

    async def until_empty(store: Store) -> None:
        def waiting(connection: Connection) -> bool:
            return bool(set(states(connection).values()) & {"queued", "sending", "deferred"})

        while await store.read(waiting):  # noqa: ASYNC110  # the worker tells nobody
            await asyncio.sleep(0.02)

    asyncio.run(_delivering(path, port, connections, until_empty))


def drain_measured(path: Path | str, port: int, grown: Pipe) -> None:
    """`drain` on two conversations, and by how many bytes this process grew at the most."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    drain(path, port, 2)
    grown.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)


def states(connection: Connection) -> dict[str, str]:
    """The state of every message, by id."""
    return {row.id: row.state for row in connection.execute(select(message.c.id, message.c.state))}


def accepting(
    key: str, mailbox: str, author: str, mode: Mode, text: bytes = b"hello"
) -> Callable[[Connection], None]:
    """Work that accepts and decides a message of that id and text."""

    def work(connection: Connection) -> None:
        sender, to = "orders@shop.example", f"{key}@example.org"
        insert_message(
            connection,
            NewMessage(
                id=key, mailbox_id=mailbox, author_key=author, author="agent", kind="reply",
                intent=None, message_id=f"<{key}@shop.example>", thread_id=key, draft={},
                labels=[], tags=[], recipients=[(to, to, "to")], not_before=0,
            ),
            ADMIN,
        )  # fmt: skip
        mime = f"Message-ID: <{key}@shop.example>\r\n\r\n".encode() + text + b"\r\n"
        envelope = Envelope(sender, (to,))
        decided = Decided(
            mode=int(mode), approvals_due=1, seen=_SEEN, judgement={}, envelope=envelope, mime=mime
        )
        decide(connection, key, decided)

    return work


async def _delivering(
    path: Path | str, port: int, connections: int, beside: Callable[[Store], Awaitable[None]]
) -> None:
    store = Store(path)
    try:
        await store.write(lambda connection: recover(connection, all_leases=True))
        route = Route("127.0.0.1", port, "off", timeout=5, dot_timeout=5)
        worker = Worker(
            store, Relay(route, connections), asyncio.Event(), _no_house,
            connections=connections, keep_trying_hours=48,
        )  # fmt: skip
        worker.start()
        await beside(store)
        await worker.stop(5)
    finally:
        store.close()


async def _no_house() -> None:
    await asyncio.Event().wait()
