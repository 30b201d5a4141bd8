"""A message as the model reads it: every zone in normal form, cut into sentences of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.features import units
from classifier.labels import INTENTS
from classifier.prediction import MessageText
from classifier.scoring import AdditiveScorer
from classifier.spelling import Speller
from classifier.text import normal_form

_ROUTED_ZONES = frozenset({"subject", "body"})


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """The zones of a message as (zone, text as given, normal form) and their sentences.

    `units` holds the sentences as words; the first `routed` of them are the subject's and the
    body's, which alone decide the intent. Every sentence counts for the tags.
    """

    zones: tuple[tuple[str, str, str], ...]
    units: tuple[list[str], ...]
    routed: int


@dataclass(frozen=True, slots=True)
class Scores:
    """The model's scores of one message.

    `sums` are the undivided sums of the intents' scores over each routed sentence, of shape
    (sentences, intents), and `lengths` those sentences' numbers of words. `tags` are log-odds: of
    each tag the greatest of any sentence, minus infinity without any.
    """

    sums: NDArray[np.float32]
    lengths: NDArray[np.float32]
    tags: NDArray[np.float32]


def read_text(message: MessageText, speller: Speller) -> ReadMessage:
    """Bring a message into the form the model reads."""
    zones = tuple((zone, text, normal_form(text, speller)) for zone, text in message.zones())
    routed = [unit for zone, _, text in zones if zone in _ROUTED_ZONES for unit in units(text)]
    rest = [unit for zone, _, text in zones if zone not in _ROUTED_ZONES for unit in units(text)]
    return ReadMessage(zones, (*routed, *rest), len(routed))


def score(
    scorer: AdditiveScorer, bias: NDArray[np.float32], messages: Sequence[ReadMessage]
) -> list[Scores]:
    """Score messages in one pass over all their sentences."""
    count = len(INTENTS)
    every = [unit for message in messages for unit in message.units]
    sums = scorer.sums(every)
    lengths = np.fromiter(map(len, every), dtype=np.float32, count=len(every))
    tags = sums[:, count:] / np.sqrt(lengths)[:, None] + bias[count:]
    nothing = np.full(len(bias) - count, -np.inf, dtype=np.float32)
    result = []
    first = 0
    for message in messages:
        last, routed = first + len(message.units), first + message.routed
        result.append(
            Scores(
                sums[first:routed, :count],
                lengths[first:routed],
                tags[first:last].max(axis=0) if last > first else nothing,
            )
        )
        first = last
    return result
