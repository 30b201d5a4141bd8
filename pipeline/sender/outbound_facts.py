"""An outbound message, its content, its people and its labels, to the facts of the policy.

A fact that nobody here can know is left out, hence unknown, hence gates. An agent is believed for
nothing that could free its own message: the order's facts come only from a system's key, and an
intent that it names counts only when the classifier reads the same.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Protocol

from pipeline.mail.addresses import Mailbox
from pipeline.mail.scanning import ContentFacts
from pipeline.store.ledger import Person
from pipeline.store.mailboxes import StoredMailbox
from policy.facts import BoolType, Fact, Facts, NumberType, Origin, SetType, Unit, Vocabulary
from policy.vocabulary import BUILT_IN

__all__ = [
    "ContentLabels",
    "FactError",
    "Outbound",
    "Thread",
    "facts_of",
    "is_staffed",
    "ledger_facts",
    "own_facts",
]

_NEVER = 36_500 * 86_400
"""Seconds since somebody wrote who never did: the longest that the vocabulary knows."""
_TRUE, _FALSE = ("true", "yes"), ("false", "no")


class ContentLabels(Protocol):
    """The part of a prediction that becomes facts; `classifier.prediction.Prediction` has it."""

    @property
    def intent(self) -> str:
        """What the message is about."""

    @property
    def confidence(self) -> float:
        """Calibrated probability of the intent, 0 to 1."""

    @property
    def tags(self) -> frozenset[str]:
        """The tags set."""

    @property
    def language(self) -> str:
        """ISO 639-1 code, or `und`."""

    @property
    def unsure(self) -> bool:
        """Whether a person should route the message."""


class FactError(ValueError):
    """A fact that the caller may not state, or a value that it cannot have."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Thread:
    """What is known of the thread that a message answers; all unknown for a strange thread.

    `answered` is what was read of the very message that is answered, when it came in here.
    """

    tags: frozenset[str] | None
    unanswered: bool | None
    automatic: bool | None
    rejected_before: bool
    answered: ContentLabels | None = None


@dataclass(frozen=True, slots=True)
class Outbound:
    """A message on its way out, as far as facts depend on it.

    `labels` are None when the classifier failed or there is none; `stated` comes from `own_facts`.
    """

    kind: str
    author: str
    intent: str | None
    tags: frozenset[str]
    subject: str
    recipients: int
    content: ContentFacts
    labels: ContentLabels | None
    stated: Mapping[str, object]


def facts_of(
    outbound: Outbound,
    recipient: Mailbox,
    person: Person,
    mailbox: StoredMailbox,
    thread: Thread,
    at: datetime,
    business_hours: str | None,
    vocabulary: Vocabulary,
) -> Facts:
    """The facts of `outbound` for one of its recipients; `at` is the time at the shop."""
    labels = outbound.labels
    # What a reply is about is what the message it answers is about, not how the reply sounds.
    about = thread.answered or labels
    contradicted = about is not None and outbound.intent not in (None, about.intent)
    return Facts(
        vocabulary,
        {
            "kind": outbound.kind,
            "author": outbound.author,
            "recipient.address": recipient.address,
            "recipient.domain": recipient.domain,
            "recipient.count": outbound.recipients,
            "intent": about.intent if about else outbound.intent,
            "confidence": round(about.confidence * Unit.PROBABILITY.scale) if about else None,
            "unsure": (about.unsure or contradicted) if about else None,
            "tags": labels.tags | outbound.tags | _tags_of(thread) if labels else None,
            "mailbox.mode": mailbox.oversight_mode,
            "mailbox.purpose": mailbox.purpose,
            "mailbox.address": mailbox.address,
            **ledger_facts(person),
            "thread.tags": thread.tags,
            "thread.unanswered": thread.unanswered,
            "thread.automatic": thread.automatic,
            "approval.rejected_before": thread.rejected_before,
            "content.subject": outbound.subject,
            "content.language": labels.language if labels else None,
            **outbound.content.as_facts(),
            "time.hour": at.hour,
            "time.business_hours": is_staffed(at, business_hours),
            **outbound.stated,
        },
    )


def _tags_of(thread: Thread) -> frozenset[str]:
    return thread.answered.tags if thread.answered else frozenset()


def ledger_facts(person: Person) -> dict[str, object]:
    """What the ledger knows of the person at the other end."""
    return {
        "recipient.region": person.region,
        "recipient.suppressed": person.suppressed,
        "recipient.consent": person.consent,
        "recipient.consent_age": person.consent_age,
        "recipient.erased": person.erased,
        "recipient.first_contact": person.first_contact,
        "recipient.messages_24h": person.messages_24h,
        "case.fraud_open": person.fraud_open,
        "case.other_channel_open": person.other_channel_open,
        "case.last_channel": person.last_channel or "none",
        "case.last_contact": _NEVER if person.last_contact is None else person.last_contact,
    }


def own_facts(
    stated: Mapping[str, object], author: str, vocabulary: Vocabulary
) -> dict[str, object]:
    """Facts that a caller states, as the vocabulary keeps them; raises FactError.

    A policy's own facts may come from anybody; those of an order only from a system's key.
    """
    values = {}
    for name, value in stated.items():
        fact = vocabulary.get(name)
        sayable = [known for known in vocabulary if _may_state(vocabulary[known], author)]
        if fact is None or name not in sayable:
            near = difflib.get_close_matches(name, sayable, n=1)
            raise FactError(
                f"{name!r} is no fact that this key may state",
                f"did you mean {near[0]}?"
                if near
                else f"it may state {', '.join(sayable) or 'none'}",
            )
        values[name] = _scaled(fact, value)
    return values


def _may_state(fact: Fact, author: str) -> bool:
    if fact.origin is Origin.ORDER:
        return author == "system"
    return fact.origin is Origin.REQUEST and fact.name not in BUILT_IN


def _scaled(fact: Fact, value: object) -> object:
    match fact.type, value:
        case BoolType(), str():
            if value.lower() not in (*_TRUE, *_FALSE):
                raise FactError(f"{value!r} is neither true nor false", "write true or false")
            return value.lower() in _TRUE
        case NumberType(unit=unit, low=low, high=high), bool() | int() | float() | str():
            try:
                number = Decimal(str(value)) * unit.scale
            except InvalidOperation:
                raise FactError(f"{value!r} is no number", "write a number") from None
            if isinstance(value, bool) or number != int(number):
                raise FactError(f"{value!r} is no whole number of steps", "write fewer decimals")
            if not low <= number <= high:
                scale = unit.scale
                raise FactError(
                    f"{value} is out of range", f"write {low / scale:g} to {high / scale:g}"
                )
            return int(number)
        case SetType(), list():
            return frozenset(map(str, value))
    return value


def is_staffed(at: datetime, hours: str | None) -> bool | None:
    """Whether somebody works at the time `at`; None when the `hours` are not known."""
    if hours is None:
        return None
    first, _, last = hours.partition("-")
    return at.weekday() < 5 and int(first) <= at.hour < int(last)
