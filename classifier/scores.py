"""What the model makes of messages that were read: scores of sentences, and of whole messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.labels import ASKED_FOR, INTENTS, TAGS
from classifier.reading import Reading
from classifier.routing import route
from classifier.scoring import AdditiveScorer

_ASKED_FOR: Final = [TAGS.index(tag) for tag in sorted(ASKED_FOR)]
_FEW: Final = 8
"""Sentences of short mail, for which nothing is allowed: a little padding changes no score."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The model's scores of some messages.

    `sums` are the undivided sums of the scores over each sentence, of shape (sentences, labels):
    intents, then tags; `roots` the square roots of the sentences' numbers of words, by which sums
    are divided. `routed` says which sentences decide the intent, and those tags that are asked for.
    `tags` is of shape (messages, tags): log-odds, of each tag the greatest of any sentence that can
    set it less the allowance for their number, minus infinity in a message without any.
    """

    sums: NDArray[np.float32]
    roots: NDArray[np.float32]
    routed: NDArray[np.bool_]
    tags: NDArray[np.float32]


def allowance(sentences: NDArray[np.int64], slopes: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is taken off the greatest of many scores: of shape (messages, tags).

    The more sentences there are, the higher the greatest score of harmless ones. `slopes` says by
    how much for each doubling of their number, past the few that short mail has.
    """
    doublings = np.log2(np.maximum(sentences, _FEW) / _FEW).astype(np.float32)
    result: NDArray[np.float32] = doublings[:, None] * slopes
    return result


def score(
    scorer: AdditiveScorer, bias: NDArray[np.float32], reading: Reading, slopes: NDArray[np.float32]
) -> Scores:
    """Score messages that were just read; `slopes` as for `allowance`."""
    intents = len(INTENTS)
    sums = scorer.row_sums(reading.rows, reading.lengths)
    roots = np.sqrt(reading.lengths.astype(np.float32))
    starts = reading.counts.cumsum() - reading.counts
    tags = np.full((len(reading.counts), len(bias) - intents), -np.inf, dtype=np.float32)
    filled = reading.counts > 0
    place = np.arange(len(sums)) - np.repeat(starts, reading.counts)
    routed = place < np.repeat(reading.routed, reading.counts)
    if len(sums):
        each = sums[:, intents:] / roots[:, None] + bias[intents:]
        for wish in _ASKED_FOR:
            each[~routed, wish] = -np.inf
        tags[filled] = np.maximum.reduceat(each, starts[filled], axis=0)
        tags -= allowance(reading.counts, slopes)
    return Scores(sums, roots, routed, tags)


def intent_probabilities(
    reading: Reading, scores: Scores, bias: NDArray[np.float32], temperature: float
) -> NDArray[np.float32]:
    """The probability of each intent of each message: shape (messages, intents)."""
    intents = len(INTENTS)
    sums = scores.sums[scores.routed, :intents]
    lengths = reading.lengths[scores.routed].astype(np.float32)
    return route(sums, lengths, reading.routed, bias[:intents], temperature)
