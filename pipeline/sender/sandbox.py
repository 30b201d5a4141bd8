"""Where messages of test keys end: no mail server, but every outcome that one could have.

They are accepted, judged, held and approved like any other message, by the same table. What the
"server" says of a recipient is chosen by the part before the @ of the address:

- `bounced` is refused for good, `deferred` for now (and taken at the second try),
- `unknown` loses the acknowledgement, `complained` takes the message and complains,
- everybody else takes it.

Nobody is suppressed by it, and nothing of it counts as contact with a person.
"""

import asyncio
from contextlib import suppress

import structlog
from sqlalchemy import Connection

from pipeline.store import audit
from pipeline.store.blobs import digest_of
from pipeline.store.database import Store
from pipeline.store.delivery_queue import Claimed, Outcome, claim_due, mark_dot, settle
from pipeline.store.execution import WORKER, now_ms
from policy.lifecycle import LifecycleEvent

__all__ = ["Sandbox", "outcome_of"]

_log = structlog.get_logger()
_ROUTE = "sandbox"
_POLL = 1.0
_AT_ONCE = 20
_NEXT_TRY_MS = 1000


class Sandbox:
    """Settles the messages of test keys in `store`, each as its recipients say."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wakes = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start working, in the running event loop."""
        self._task = asyncio.create_task(self._work(), name="sandbox")

    def wake(self) -> None:
        """Look at the queue now."""
        self._wakes.set()

    async def stop(self) -> None:
        """Stop; what is not settled is claimed again at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            self._wakes.clear()
            try:
                done = await self._store.write(_settle_due)
            except Exception as error:  # whatever it is, the messages stay where they are
                _log.error("sandbox_failed", error=type(error).__name__)
                done = 0
            if not done:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_POLL):
                        await self._wakes.wait()


def outcome_of(claimed: Claimed) -> Outcome:
    """What becomes of a message to these recipients."""
    recipients = claimed.envelope.recipients
    parts = [address.partition("@")[0].partition("+")[0].casefold() for address in recipients]
    if "unknown" in parts:
        return Outcome(LifecycleEvent.DOUBT, "sandbox: the acknowledgement was lost", _ROUTE)
    if "deferred" in parts and not claimed.attempts:
        reply, later = "451 4.7.1 sandbox: not now", now_ms() + _NEXT_TRY_MS
        return Outcome(LifecycleEvent.DEFER, reply, _ROUTE, next_try=later)
    refusal = "550 5.1.1 sandbox: no such mailbox"
    refused = tuple(
        (address, refusal)
        for address, part in zip(recipients, parts, strict=True)
        if part == "bounced"
    )
    if len(refused) == len(recipients):
        return Outcome(LifecycleEvent.FAIL, refusal, _ROUTE, refused)
    return Outcome(LifecycleEvent.CONFIRM, "250 2.0.0 sandbox: taken", _ROUTE, refused)


def _settle_due(connection: Connection) -> int:
    claimed = claim_due(connection, _AT_ONCE, test=True)
    for one in claimed:
        outcome = outcome_of(one)
        if outcome.event is not LifecycleEvent.DEFER:
            mark_dot(connection, one, digest_of(one.mime))
        settle(connection, one, outcome)
        for event, word in (("bounce", "bounced"), ("complaint", "complained")):
            if any(address.startswith(f"{word}@") for address in one.envelope.recipients):
                audit.record(
                    connection, at=now_ms(), actor=WORKER.actor.value, actor_id=_ROUTE,
                    event=event, message=one.id,
                )  # fmt: skip
    return len(claimed)
