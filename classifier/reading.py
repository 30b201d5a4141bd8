"""A message as the model reads it: every zone in normal form, cut into sentences of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.features import units
from classifier.labels import INTENTS
from classifier.prediction import MessageText
from classifier.scoring import AdditiveScorer
from classifier.spelling import Speller
from classifier.text import normal_form

_FEW: Final = 8
"""Sentences of short mail, for which nothing is allowed: a little padding changes no score."""
_ROUTED_ZONES: Final = frozenset({"subject", "body"})


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
    """The model's scores of some messages.

    `sums` are the undivided sums of the intents' scores over each routed sentence, of shape
    (sentences, intents), `lengths` those sentences' numbers of words, and `counts` the number of
    them in each message. `tags` is of shape (messages, tags): log-odds, of each tag the greatest of
    any sentence less the allowance for their number, minus infinity in a message without any.
    """

    sums: NDArray[np.float32]
    lengths: NDArray[np.float32]
    counts: list[int]
    tags: NDArray[np.float32]


def read_text(message: MessageText, speller: Speller) -> ReadMessage:
    """Bring a message into the form the model reads."""
    zones = tuple((zone, text, normal_form(text, speller)) for zone, text in message.zones())
    routed = [unit for zone, _, text in zones if zone in _ROUTED_ZONES for unit in units(text)]
    rest = [unit for zone, _, text in zones if zone not in _ROUTED_ZONES for unit in units(text)]
    return ReadMessage(zones, (*routed, *rest), len(routed))


def allowance(sentences: NDArray[np.intp], slopes: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is taken off the greatest of many scores: of shape (messages, tags).

    The more sentences there are, the higher the greatest score of harmless ones. `slopes` says by
    how much for each doubling of their number, past the few that short mail has.
    """
    doublings = np.log2(np.maximum(sentences, _FEW) / _FEW).astype(np.float32)
    result: NDArray[np.float32] = doublings[:, None] * slopes
    return result


def score(
    scorer: AdditiveScorer,
    bias: NDArray[np.float32],
    messages: Sequence[ReadMessage],
    slopes: NDArray[np.float32],
) -> Scores:
    """Score messages in one pass over all their sentences; `slopes` as for `allowance`."""
    count = len(INTENTS)
    every = [unit for message in messages for unit in message.units]
    sums = scorer.sums(every)
    lengths = np.fromiter(map(len, every), dtype=np.float32, count=len(every))
    number = np.array([len(message.units) for message in messages], dtype=np.intp)
    routed = np.array([message.routed for message in messages], dtype=np.intp)
    starts = np.cumsum(number) - number
    tags = np.full((len(messages), len(bias) - count), -np.inf, dtype=np.float32)
    if len(every):
        each = sums[:, count:] / np.sqrt(lengths)[:, None] + bias[count:]
        tags[number > 0] = np.maximum.reduceat(each, starts[number > 0], axis=0)
        tags -= allowance(number, slopes)
    place = np.arange(len(every)) - np.repeat(starts, number)
    mine = place < np.repeat(routed, number)
    return Scores(sums[mine, :count], lengths[mine], routed.tolist(), tags)
