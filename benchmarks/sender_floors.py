"""What accepting is measured against: two routes of the same application, and its processor time.

Neither route has anything to do with the store. One only validates the body, and is what the
framework costs; the other also judges and composes exactly as accepting does, and keeps nothing: so
what is left is the price of being durable, idempotent and allowed.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from uuid_utils import uuid7

from pipeline.mail.addresses import Mailbox
from pipeline.mail.identity import Provenance
from pipeline.sender.composers import Composers
from pipeline.sender.gate import Gate, Judgement
from pipeline.sender.known import Known
from pipeline.sender.preparing import Author, judge
from pipeline.sender.requests import EmailRequest
from pipeline.sender.settings import Settings
from pipeline.store.threads import Threads

__all__ = ["UNKEPT", "VALIDATED", "Floors", "Processor", "found_first"]

VALIDATED, UNKEPT = "/floor/validated", "/floor/unkept"


def found_first(app: FastAPI, routes: int) -> None:
    """Have `app` try the last so many routes first, or what is measured is the search for them."""
    every = app.router.routes
    every[:] = [*every[-routes:], *every[:-routes]]


class Floors:
    """The two routes, added to `app`; `known` is what the store knows of some message."""

    def __init__(self, app: FastAPI, gate: Gate, settings: Settings) -> None:
        self.known: Known | None = None
        self._gate = gate
        self._settings = settings
        self._judging = Threads(1, "judging-unkept")
        self._composers = Composers(settings.composing_processes, {}, {})

        @app.post(VALIDATED, status_code=202)
        async def validated(body: EmailRequest) -> dict[str, Any]:
            return {"subject": body.subject}

        @app.post(UNKEPT, status_code=202)
        async def unkept(body: EmailRequest) -> dict[str, Any]:
            return await self._unkept(body)

        found_first(app, 2)

    def close(self) -> None:
        """Stop the thread and the processes."""
        self._judging.close()
        self._composers.close()

    async def judged(self, body: EmailRequest) -> tuple[Judgement, bytes]:
        """The judgement on a message and its bytes, made as accepting makes them."""
        identity, at = str(uuid7()), datetime.now(UTC)
        message_id = f"<{identity}@yourstore.example>"
        author = Author("", "", "agent")
        judged = await self._judging.run(
            partial(
                judge, body, author, self._known_of([box for box, _ in body.recipients]),
                self._gate, self._settings, message_id=message_id, at=at, leaves=at,
            )
        )  # fmt: skip
        judgement = judged.judgement
        provenance = Provenance("", author.kind, author.holder, judgement.mode.label,
                                self._gate.digest, self._gate.certificate)  # fmt: skip
        return judgement, await self._composers.composed(judged.draft, provenance, at)

    async def _unkept(self, body: EmailRequest) -> dict[str, Any]:
        judgement, _ = await self.judged(body)
        decision = judgement.as_json()
        return {
            "id": str(uuid7()), "mode": decision["mode"], "reasons": decision["reasons"],
            "message_id": "", "tags": sorted(judgement.tags), "labels": body.tags,
        }  # fmt: skip

    def _known_of(self, boxes: list[Mailbox]) -> Known:
        assert self.known is not None, "it is read before anybody calls"
        (person, *_) = self.known.people.values()
        return Known(
            mailbox=self.known.mailbox,
            people=dict.fromkeys(boxes, person),
            thread=self.known.thread,
            thread_id=self.known.thread_id,
            references=self.known.references,
            policy=self.known.policy,
            listed=self.known.listed,
        )


@dataclass(frozen=True, slots=True)
class Processor:
    """Processor seconds by what they were spent on (Linux); the clients' are not among them."""

    api: float = 0.0
    judge: float = 0.0
    compose: float = 0.0
    reads: float = 0.0
    writes: float = 0.0
    server: float = 0.0

    @classmethod
    def spent(cls) -> "Processor":
        """By this process and its children so far."""
        seconds = dict.fromkeys((one.name for one in fields(cls)), 0.0)
        for name, spent in _tasks():
            seconds[name] += spent
        return cls(**seconds)

    @property
    def all(self) -> float:
        """All of it."""
        return sum(getattr(self, one.name) for one in fields(self))

    def __sub__(self, other: "Processor") -> "Processor":
        return Processor(
            *(getattr(self, one.name) - getattr(other, one.name) for one in fields(self))
        )

    def a_message(self, messages: int) -> str:
        """Milliseconds for each of `messages`, of which nothing was spent left out."""
        parts = {one.name: 1000 * getattr(self, one.name) / messages for one in fields(self)}
        shown = ", ".join(f"{name} {spent:.2f}" for name, spent in parts.items() if spent >= 0.005)
        return f"{1000 * self.all / messages:.2f} ms ({shown})"


def _tasks() -> Iterator[tuple[str, float]]:
    threads = {thread.native_id: thread.name for thread in threading.enumerate()}
    for task in Path("/proc/self/task").iterdir():
        yield _part(threads.get(int(task.name), "")), _seconds(task)
        for child in (task / "children").read_text().split():
            name = Path(f"/proc/{child}/comm").read_text().strip()
            if name == "postgres":
                yield from (("server", spent) for spent in _family(child))
            elif "sender_client" not in Path(f"/proc/{child}/cmdline").read_text():
                yield from (("compose", spent) for spent in _family(child))


def _family(process: str) -> Iterator[float]:
    for task in Path(f"/proc/{process}/task").iterdir():
        yield _seconds(task)
        for child in (task / "children").read_text().split():
            yield from _family(child)


def _seconds(task: Path) -> float:
    return int((task / "schedstat").read_text().split()[0]) / 1e9


def _part(thread: str) -> str:
    return next((part for start, part in _PARTS.items() if thread.startswith(start)), "compose")


_PARTS = {"Main": "api", "judging": "judge", "store-reader": "reads", "store-writer": "writes"}
"""What threads do by how their names start; the others feed the processes that compose."""
