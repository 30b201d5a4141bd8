"""Mail that comes in: read, classified, tied to its thread and person, decided, kept.

A message that is tagged as fraud opens a fraud case for its sender, so that whatever is about to
go to that person, in any thread, waits for people until they close the case.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy import Connection
from uuid_utils import uuid7

from pipeline.facts import is_authenticated, is_automatic
from pipeline.mail.message import Message
from pipeline.mail.reading import read_message
from pipeline.sender.acceptance import Acceptance
from pipeline.sender.gate import Gate
from pipeline.sender.inbound_facts import Inbound, facts_of_received
from pipeline.sender.settings import Settings
from pipeline.store.database import Store
from pipeline.store.execution import SYSTEM, RefusedError, Who, current
from pipeline.store.inbound import (
    NewInbound,
    Reading,
    decide_inbound,
    find_by_header_id,
    insert_inbound,
)
from pipeline.store.ledger import open_case, person
from pipeline.store.mailboxes import find_mailbox, mailbox_by_id
from pipeline.store.messages import find_message, in_state, thread_changed, thread_messages
from pipeline.store.writer import StoreUnavailableError
from policy.lifecycle import State

__all__ = ["Received", "Receiving"]

_log = structlog.get_logger()
_VERSIONS = ("facts", "content", "policy")
_FRAUD = "fraud_risk"
_SHOWN_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class Received:
    """The id of a message that is in the store, and whether it was there before (`repeated`)."""

    id: str
    repeated: bool


class Receiving:
    """Takes in mail for the shop's mailboxes; judges it by the policy in force."""

    def __init__(self, store: Store, acceptance: Acceptance, settings: Settings) -> None:
        self._store = store
        self._acceptance = acceptance
        self._settings = settings
        self._trusted = frozenset(name.lower() for name in settings.trusted_mail_servers)

    async def receive(self, raw: bytes, to: str, who: Who, key: str) -> Received:
        """Keep and decide the message `raw` (RFC 5322) that came for the mailbox `to`.

        The same message twice is one. Raises NotFoundError for an unknown mailbox, and
        StoreUnavailableError.
        """
        message = await asyncio.to_thread(read_message, raw)
        reading = await asyncio.to_thread(_read, self._acceptance.gate, message)
        received = await self._store.write(
            lambda connection: _keep(connection, raw, message, reading, to, who, key, self._trusted)
        )
        if not received.repeated:
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
        gate, settings = self._acceptance.gate, self._settings
        await self._store.write(lambda connection: _decide(connection, identity, gate, settings))


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
    )


def _keep(
    connection: Connection,
    raw: bytes,
    message: Message,
    reading: Reading | None,
    to: str,
    who: Who,
    key: str,
    trusted: frozenset[str],
) -> Received:
    identity = str(uuid7())
    box = find_mailbox(connection, to)
    header_id = f"<{message.message_id}>" if message.message_id else ""
    if header_id and (before := find_by_header_id(connection, [header_id])) is not None:
        if before["inbound"]:
            return Received(before["id"], repeated=True)
        header_id = ""  # somebody wrote one of our own ids; the message is kept under another
    message_id = header_id or f"<{identity}@{box.address.rpartition('@')[2]}>"
    parents = [f"<{one}>" for one in (message.in_reply_to, *reversed(message.references)) if one]
    parent = find_by_header_id(connection, parents)
    thread_id = parent["thread_id"] if parent is not None else (parents or [message_id])[-1]
    tags = reading.tags if reading else frozenset[str]()
    fraud = _FRAUD in tags
    insert_inbound(
        connection,
        NewInbound(
            id=identity,
            mailbox_id=box.id,
            taken_in_by=key,
            message_id=message_id,
            thread_id=thread_id,
            shown=_shown(message, trusted),
            reading=reading,
            automatic=is_automatic(message),
            tags=sorted(tags),
            fraud=fraud,
            raw=raw,
        ),
        who,
    )
    thread_changed(connection, thread_id, SYSTEM, besides=identity, fraud=fraud)
    if fraud and message.from_address:
        open_case(
            connection, message.from_address, "fraud", f"message {identity} is tagged {_FRAUD}",
            SYSTEM,
        )  # fmt: skip
    return Received(identity, repeated=False)


def _shown(message: Message, trusted: frozenset[str]) -> Mapping[str, object]:
    """The readable parts that people and agents are shown."""
    name = f"{message.from_name} " if message.from_name else ""
    return {
        "from": f"{name}<{message.from_address}>",
        "from_address": message.from_address,
        "to": list(message.to),
        "cc": list(message.cc),
        "subject": message.subject,
        "text": message.text[:_SHOWN_CHARACTERS],
        "quoted": message.quoted[:_SHOWN_CHARACTERS],
        "hidden": message.hidden_text[:_SHOWN_CHARACTERS],
        "error": message.error,
        "authenticated": is_authenticated(message, trusted),
    }


def _decide(connection: Connection, identity: str, gate: Gate, settings: Settings) -> None:
    state, record, _ = current(connection, identity)
    if state is not State.RECEIVED:
        return  # somebody decided or erased it meanwhile
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
