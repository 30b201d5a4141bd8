"""Mail that comes in: read, classified, kept, decided by the policy."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from pipeline.inbound.keeping import Arrival, Received, keep
from pipeline.inbound.reports import read_report
from pipeline.mail.message import Message
from pipeline.mail.reading import read_message
from pipeline.sender.acceptance import Acceptance
from pipeline.sender.gate import Gate
from pipeline.sender.inbound_facts import Inbound, facts_of_received
from pipeline.sender.settings import Settings
from pipeline.store.database import Store
from pipeline.store.execution import RefusedError, Who, current
from pipeline.store.in_force import OtherPolicyError, demand_in_force
from pipeline.store.inbound import Reading, decide_inbound
from pipeline.store.ledger import person
from pipeline.store.mailboxes import mailbox_by_id
from pipeline.store.stored_messages import find_message, in_state, thread_messages
from pipeline.store.writer import StoreUnavailableError
from policy.lifecycle import State

__all__ = ["Receiving"]

_log = structlog.get_logger()
_VERSIONS = ("facts", "content", "policy")


class Receiving:
    """Takes in mail for the shop's mailboxes; judges it by the policy in force."""

    def __init__(self, store: Store, acceptance: Acceptance, settings: Settings) -> None:
        self._store = store
        self._acceptance = acceptance
        self._settings = settings
        self._trusted = frozenset(name.lower() for name in settings.trusted_mail_servers)

    async def receive(self, raw: bytes, to: str, who: Who, key: str) -> Received:
        """Keep and decide the message `raw` (RFC 5322) that came for the mailbox `to`.

        The same message twice is one. A report about mail that we sent is acted upon. Raises
        NotFoundError for an unknown mailbox, and StoreUnavailableError.
        """
        message = await asyncio.to_thread(read_message, raw)
        reading = await asyncio.to_thread(_read, self._acceptance.gate, message)
        report = await asyncio.to_thread(read_report, raw)
        arrival = Arrival(raw, message, reading, report, to, key)

        def work(connection: Connection) -> Received:
            return keep(connection, arrival, who, self._trusted)

        try:
            received = await self._store.write(work)
        except IntegrityError:  # another process on this store took the same message just now
            received = await self._store.write(work)
        if not received.repeated:
            with suppress(OtherPolicyError):  # a process with that policy decides it soon
                await self._decide(received.id)
            await self._acceptance.decide_waiting()
        return received

    async def decide_waiting(self) -> int:
        """Decide every received message that is not decided; returns how many."""
        rows = await self._store.read(
            lambda connection: in_state(connection, State.RECEIVED, limit=100)
        )
        count = 0
        for row in rows:
            try:
                await self._decide(row["id"])
                count += 1
            except (RefusedError, StoreUnavailableError) as error:
                # It stays received, so no agent sees it, and is tried again.
                _log.warning("cannot_decide", message=row["id"], error=type(error).__name__)
        return count

    async def _decide(self, identity: str) -> None:
        # The gate is asked for inside of the transaction, as a reload exchanges it inside of one.
        await self._store.write(
            lambda connection: _decide(connection, identity, self._acceptance.gate, self._settings)
        )


def _read(gate: Gate, message: Message) -> Reading | None:
    """What the classifier reads; None when it fails, and then every answer waits for people."""
    labels = gate.labels(message.subject, message.text, message.hidden_text, message.quoted)
    if labels is None:
        return None
    return Reading(
        labels.intent,
        labels.confidence,
        labels.tags,
        labels.language,
        labels.unsure or message.error is not None,
        gate.model,
    )


def _decide(connection: Connection, identity: str, gate: Gate, settings: Settings) -> None:
    state, record, _ = current(connection, identity)
    if state is not State.RECEIVED:
        return  # somebody decided or erased it meanwhile
    demand_in_force(connection, gate.digest)
    row = find_message(connection, identity)
    draft = row["draft"]
    writer = str(draft.get("from_address", ""))
    thread = thread_messages(connection, row["message_id"])
    facts = facts_of_received(
        Inbound(
            reading=Reading.of(row),
            writer=writer,
            subject=str(draft.get("subject", "")),
            text=str(draft.get("text", "")),
            hidden=str(draft.get("hidden", "")),
            automatic=bool(draft.get("automatic")),
            authenticated=draft.get("authenticated"),
            thread_tags=frozenset(tag for one in thread for tag in one["tags"]),
        ),
        person(connection, writer) if writer else None,
        mailbox_by_id(connection, row["mailbox_id"]),
        datetime.now(UTC).astimezone(settings.zone),
        settings.business_hours,
        gate.policy.vocabulary,
    )
    judgement = gate.judge_received(facts)
    decide_inbound(
        connection,
        identity,
        mode=int(judgement.mode),
        seen={name: int(record[name]) for name in _VERSIONS},
        judgement=judgement.as_json(),
        team=judgement.team,
    )
