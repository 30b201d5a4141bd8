"""What goes into the classifier and what comes out of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

ZONES: Final[tuple[str, ...]] = ("subject", "body", "quoted", "signature", "hidden")
"""The parts of a message that are read apart, in the order in which they are scored."""


WRITTEN_ZONES: Final[frozenset[str]] = frozenset({"subject", "body"})
"""The zones of what the writer says now."""


@dataclass(frozen=True, slots=True)
class MessageText:
    """The decoded text of one message, by zone.

    `body` is the new visible text; `quoted` what the writer quotes of earlier mail; `hidden` what
    a mail reader does not show. All are Unicode strings of any length; empty means absent.
    """

    subject: str
    body: str
    quoted: str = ""
    signature: str = ""
    hidden: str = ""

    def zones(self) -> Iterator[tuple[str, str]]:
        """Yield (zone name, text) of the zones that have text, in the order of `ZONES`."""
        for zone in ZONES:
            text: str = getattr(self, zone)
            if text:
                yield zone, text


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for a label, with the place in the message that gave it.

    `text` is `zone[start:end]` of the message as given, not of its normal form. For a signal
    `name` is the signal's name and `weight` is 1; for the model `name` is the word or word pair
    and `weight` its share of the label's score in log-odds.
    """

    label: str
    source: Literal["signal", "model"]
    name: str
    zone: str
    start: int
    end: int
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """The labels of one message.

    `confidence` and `probabilities` are calibrated and lie in 0..1; `probabilities` has every
    intent and sums to 1. `language` is an ISO 639-1 code or `und`. `unsure` means that a person
    should route the message; tags are set all the same. `out_of_scope` in 0..1 is the probability
    that the message is nothing a shop's intents cover.
    """

    intent: str
    confidence: float
    probabilities: Mapping[str, float]
    tags: frozenset[str]
    evidence: tuple[Evidence, ...]
    language: str
    unsure: bool
    out_of_scope: float
