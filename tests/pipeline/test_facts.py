"""What of a received message becomes facts of the reply."""

from dataclasses import dataclass

import pytest

from pipeline.facts import (
    HEADERS_READ,
    Ledger,
    Mailbox,
    facts_of_reply,
    is_automatic,
    ordinary_reply,
)
from pipeline.mail.message import Message
from policy.vocabulary import BUILT_IN


@dataclass(frozen=True)
class Labels:
    intent: str = "order_status"
    confidence: float = 0.5
    tags: frozenset[str] = frozenset()
    language: str = "en"
    unsure: bool = False


WRITTEN = Message(from_address="Ada@Example.org", subject="Where is it?", text="Where is it?")


def _facts(message: Message = WRITTEN, labels: Labels | None = None, **settings: object) -> dict:
    ordinary = ordinary_reply(BUILT_IN, Mailbox())
    return dict(
        facts_of_reply(message, labels or Labels(), ordinary, **{"ledger": Ledger(), **settings})
    )


def test_every_fact_offered_is_admitted() -> None:
    ordinary = ordinary_reply(BUILT_IN, Mailbox())
    facts = facts_of_reply(WRITTEN, Labels(), ordinary, ledger=Ledger())
    assert ordinary.refused == facts.refused == {}
    assert facts["confidence"] == 5_000
    assert facts["recipient.domain"] == "example.org"


def test_people_are_known_by_address_whatever_its_case() -> None:
    ledger = Ledger(fraud_cases=frozenset({"ada@example.org"}))
    assert _facts(ledger=ledger)["case.fraud_open"] is True
    assert _facts()["case.fraud_open"] is False


def test_what_nobody_can_know_stays_unknown() -> None:
    facts = _facts()
    assert "recipient.region" not in facts
    assert "order.found" not in facts
    assert "recipient.suppressed" not in _facts(Message(text="from nobody"))


def test_a_damaged_message_is_doubtful() -> None:
    assert _facts(Message(from_address="a@b.example", error="half of it is missing"))["unsure"]


def test_thread_tags_are_those_of_all_its_messages() -> None:
    facts = _facts(
        labels=Labels(tags=frozenset({"opt_out"})), thread_tags=frozenset({"fraud_risk"})
    )
    assert facts["tags"] == {"opt_out"}
    assert facts["thread.tags"] == {"opt_out", "fraud_risk"}


@pytest.mark.parametrize(
    ("headers", "automatic"),
    [
        ({}, False),
        ({"auto-submitted": ("no",)}, False),
        ({"auto-submitted": ("auto-replied; owner=x",)}, True),
        ({"precedence": ("Bulk",)}, True),
        ({"content-type": ("multipart/report; report-type=delivery-status",)}, True),
        ({"return-path": ("<>",)}, True),
    ],
)
def test_machines_are_recognised(headers: dict[str, tuple[str, ...]], automatic: bool) -> None:
    assert is_automatic(Message(from_address="a@b.example", headers=headers)) is automatic


def test_no_header_is_read_that_is_not_listed() -> None:
    asked: set[str] = set()

    class Headers(dict[str, tuple[str, ...]]):
        def get(self, name: str, default: object = ()) -> object:  # type: ignore[override]  # spies
            asked.add(name)
            return super().get(name, default)

    _facts(Message(from_address="a@b.example", headers=Headers()))
    assert asked == set(HEADERS_READ)


def test_a_bounce_is_from_a_machine() -> None:
    assert is_automatic(Message(from_address="MAILER-DAEMON@mx.example"))
