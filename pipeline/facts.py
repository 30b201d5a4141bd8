"""A received message and what the shop knows, to the facts of the reply somebody may write.

This is the question that sorting an inbox asks: were an agent to answer this message, under which
mode would the answer travel? The reply is not written yet, so its own content is taken to be
ordinary; `pipeline.sender` asks again, about the real bytes, before anything leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.mail.message import Message
from policy.facts import Facts, Origin, Unit, Vocabulary

__all__ = [
    "HEADERS_READ",
    "Ledger",
    "Mailbox",
    "ReadLabels",
    "facts_of_reply",
    "is_authenticated",
    "is_automatic",
    "ordinary_reply",
]

HEADERS_READ = ("auto-submitted", "precedence", "content-type", "return-path")
"""The headers that `facts_of_reply` looks at, in lower case."""

_AUTOMATIC_PRECEDENCE = ("bulk", "junk", "list", "auto_reply")
_ROBOTS = ("mailer-daemon@", "postmaster@")


class ReadLabels(Protocol):
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


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The mailbox that would answer."""

    mode: str = "autonomous"
    purpose: str = "support"
    address: str = "support@shop.example"


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the shop knows of people, by address in lower case.

    An empty ledger is knowledge too: nobody is suppressed, erased or in a fraud case. What no
    ledger can tell (a region, an order) stays unknown, and gates where a rule asks for it.
    """

    suppressed: frozenset[str] = frozenset()
    erased: frozenset[str] = frozenset()
    fraud_cases: frozenset[str] = frozenset()
    regions: Mapping[str, str] = field(default_factory=dict)

    def facts_about(self, address: str) -> dict[str, object]:
        """The ledger's facts about the person behind `address`; unknown without an address."""
        if not address:
            return {}
        person = address.lower()
        return {
            "recipient.suppressed": person in self.suppressed,
            "recipient.erased": person in self.erased,
            "case.fraud_open": person in self.fraud_cases,
            "recipient.region": self.regions.get(person),
            "recipient.messages_24h": 0,
            "approval.rejected_before": False,
            "case.other_channel_open": False,
        }


def ordinary_reply(vocabulary: Vocabulary, mailbox: Mailbox) -> Facts:
    """What is known of every reply by an agent from `mailbox`, whatever it answers."""
    ordinary = {
        name: fact.ordinary
        for name, fact in vocabulary.items()
        if fact.origin in {Origin.CONTENT, Origin.REQUEST, Origin.CLOCK}
    }
    return Facts(
        vocabulary,
        {
            **ordinary,
            "kind": "reply",
            "author": "agent",
            "recipient.count": 1,
            "thread.unanswered": True,
            "mailbox.mode": mailbox.mode,
            "mailbox.purpose": mailbox.purpose,
            "mailbox.address": mailbox.address,
        },
    )


def facts_of_reply(
    message: Message, labels: ReadLabels, ordinary: Facts, *,
    ledger: Ledger, thread_tags: frozenset[str] = frozenset(),
) -> Facts:  # fmt: skip
    """The facts of a reply to `message`, of which `ordinary_reply` is known beforehand.

    `thread_tags` are the tags of the other messages of the thread. A message of which something
    could not be read is doubtful, whatever the classifier says of the rest.
    """
    address = (message.reply_to[0] if message.reply_to else message.from_address).strip()
    return ordinary.replace(
        {
            "recipient.address": address or None,
            "recipient.domain": address.rpartition("@")[2] or None,
            "intent": labels.intent,
            "confidence": round(labels.confidence * Unit.PROBABILITY.scale),
            "unsure": labels.unsure or message.error is not None,
            "tags": labels.tags,
            "thread.tags": labels.tags | thread_tags,
            "thread.automatic": is_automatic(message),
            "content.language": labels.language,
            "content.subject": message.subject,
            **ledger.facts_about(address),
        }
    )


def is_automatic(message: Message) -> bool:
    """Whether a machine wrote the message (RFC 3834 section 2, RFC 3464, RFC 2076 `Precedence`)."""
    submitted = message.header("auto-submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return True
    if message.header("precedence").strip().lower() in _AUTOMATIC_PRECEDENCE:
        return True
    if message.header("content-type").lower().lstrip().startswith("multipart/report"):
        return True
    if message.header("return-path").strip() == "<>":
        return True
    return message.from_address.lower().startswith(_ROBOTS)


def is_authenticated(message: Message, trusted: frozenset[str]) -> bool | None:
    """Whether DMARC passed for the From address, by a header of a server in `trusted`.

    None, hence unknown, without such a header: anybody can write one (RFC 8601 section 5).
    """
    for result in message.authentication_results:
        server, _, rest = result.partition(";")
        if server.split() and server.split()[0].lower() in trusted:
            return "dmarc=pass" in rest.replace(" ", "").lower()
    return None
