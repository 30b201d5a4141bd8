"""A received message, its writer and its thread, to the facts that `on receive` rules read."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.sender.outbound_facts import is_staffed, ledger_facts
from pipeline.store.inbound import Reading
from pipeline.store.ledger import Person
from pipeline.store.mailboxes import StoredMailbox
from policy.facts import Facts, Unit, Vocabulary

__all__ = ["Inbound", "facts_of_received"]


@dataclass(frozen=True, slots=True)
class Inbound:
    """A received message, as far as facts depend on it.

    `reading` is None when the classifier failed; `authenticated` when no server we trust said.
    """

    reading: Reading | None
    writer: str
    subject: str
    text: str
    hidden: str
    automatic: bool
    authenticated: bool | None
    thread_tags: frozenset[str]


def facts_of_received(
    inbound: Inbound,
    person: Person | None,
    mailbox: StoredMailbox,
    at: datetime,
    business_hours: str | None,
    vocabulary: Vocabulary,
) -> Facts:
    """The facts of a message that came in at the time `at` of the shop.

    `recipient.*` speaks of the person at the other end, here the writer. What only an outbound
    message has (its kind, its obligations) is unknown.
    """
    reading = inbound.reading
    return Facts(
        vocabulary,
        {
            "author": "person",
            "recipient.address": inbound.writer or None,
            "recipient.domain": inbound.writer.rpartition("@")[2] or None,
            "intent": reading.intent if reading else None,
            "confidence": round(reading.confidence * Unit.PROBABILITY.scale) if reading else None,
            "unsure": reading.unsure if reading else None,
            "tags": reading.tags if reading else None,
            "mailbox.mode": mailbox.oversight_mode,
            "mailbox.purpose": mailbox.purpose,
            "mailbox.address": mailbox.address,
            **(ledger_facts(person) if person else {}),
            "thread.tags": inbound.thread_tags,
            "thread.unanswered": True,
            "thread.automatic": inbound.automatic,
            "sender.authenticated": inbound.authenticated,
            "content.subject": inbound.subject,
            "content.text": inbound.text,
            "content.language": reading.language if reading else None,
            "content.hidden_text": bool(inbound.hidden.strip()),
            "time.hour": at.hour,
            "time.business_hours": is_staffed(at, business_hours),
        },
    )
