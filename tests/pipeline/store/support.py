"""A store that tests can use without being coroutines, and messages to put in."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import Connection
from uuid_utils import uuid7

from pipeline.store.database import Store
from pipeline.store.execution import Who, now_ms
from pipeline.store.keys import Key, create_key
from pipeline.store.mailboxes import StoredMailbox, add_mailbox
from pipeline.store.messages import Decided, Envelope, NewMessage, insert_message
from policy.lifecycle import Actor

Result = TypeVar("Result")
ADMIN = Who(Actor.PERSON, "admin")
_numbers = count()


class Session:
    """An open store with a mailbox and a sending key."""

    def __init__(self, location: Path | str) -> None:
        self.loop = asyncio.new_event_loop()
        self.location = location
        self.store = Store(location)
        self.author: Key
        self.mailbox_id = ""

    def __enter__(self) -> Self:
        self.mailbox_id = str(uuid7())
        box = StoredMailbox(
            self.mailbox_id, f"orders{next(_numbers)}@shop.example", "Orders", "monitored",
            "orders", None, None, 0,
        )  # fmt: skip
        self.write(lambda connection: add_mailbox(connection, box, ADMIN))
        self.author, _ = self.write(
            lambda connection: create_key(
                connection, name="agent", scopes=["send"], who=ADMIN, holder="agent-7"
            )
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()
        self.loop.close()

    def write(self, work: Callable[[Connection], Result]) -> Result:
        return self.loop.run_until_complete(self.store.write(work))

    def write_beside(self, work: Callable[[Connection], Result]) -> Result:
        return self.loop.run_until_complete(self.store.write_beside(work))

    @contextmanager
    def holding(self, work: Callable[[Connection], Result]) -> Iterator[Result]:
        """The result of `work` beside others, not committed before the end of the block."""
        done, go_on = threading.Event(), threading.Event()
        results: list[Result] = []

        def held(connection: Connection) -> None:
            results.append(work(connection))
            done.set()
            go_on.wait(10)

        task = self.loop.create_task(self.store.write_beside(held))
        self.loop.run_until_complete(asyncio.sleep(0))
        assert done.wait(10)
        try:
            yield results[0]
        finally:
            go_on.set()
            self.loop.run_until_complete(task)

    def read(self, work: Callable[[Connection], Result]) -> Result:
        return self.loop.run_until_complete(self.store.read(work))

    def accept(self, *, fraud: bool = False, to: str = "customer@example.org") -> str:
        key = str(uuid7())
        new = NewMessage(
            id=key,
            mailbox_id=self.mailbox_id,
            author_key=self.author.id,
            author="agent",
            kind="reply",
            intent=None,
            message_id=f"<{key}@shop.example>",
            thread_id=f"<{key}@shop.example>",
            draft={"subject": "hello"},
            labels=[],
            tags=[],
            recipients=[(to, to, "to")],
            not_before=now_ms(),
            fraud=fraud,
        )
        who = Who(Actor.AUTHOR, self.author.holder)
        self.write(lambda connection: insert_message(connection, new, who))
        return key


def decided(mode: int, seen: dict[str, int], *, approvals_due: int = 1, **more: Any) -> Decided:
    return Decided(
        mode=mode,
        approvals_due=approvals_due,
        seen=seen,
        judgement={"mode": mode},
        envelope=Envelope("orders@shop.example", ("customer@example.org",)),
        mime=f"Subject: hello {seen}\r\n\r\nhello\r\n".encode(),
        **more,
    )
