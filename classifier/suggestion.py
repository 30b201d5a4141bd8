"""Which messages to label next: those the model is unsure of, each unlike the others.

Uncertainty is the smaller the lead of the first intent over the second, and the nearer the fraud
head is to its threshold. Diversity keeps one from labelling ten copies of one question: the next
message is the one whose uncertainty, lessened by its likeness to what was taken, is greatest
(maximal marginal relevance: Carbonell and Goldstein, SIGIR 1998). A random part measures what the
model misses without knowing: uncertainty never finds confident mistakes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from classifier.features import pair_features, units
from classifier.language import SUPPORTED
from classifier.prediction import MessageText, Prediction
from classifier.text import normal_form

__all__ = ["Suggestion", "suggest"]

_DIMENSIONS: Final = 1024
_CONSIDERED: Final = 10
"""How many of the most uncertain are looked at for each one that is wanted."""
_FRAUD: Final = "fraud_risk"
_READ: Final = SUPPORTED | {"und"}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The message at an index; `why` is `uncertain`, `near fraud` or `random`.

    `uncertainty` lies in 0..1, 1 being a tie.
    """

    index: int
    why: str
    uncertainty: float


def suggest(
    messages: Sequence[MessageText],
    predictions: Sequence[Prediction],
    fraud_margins: NDArray[np.float32],
    *,
    count: int,
    random: int = 0,
    seed: int = 0,
) -> list[Suggestion]:
    """At most `count` messages to label, most useful first, then `random` ones.

    `fraud_margins` are each message's distance of the fraud head's log-odds from its threshold;
    infinite where a signal fired. The random ones are drawn from messages without the fraud tag.
    """
    lead = np.array([_lead(one) for one in predictions], dtype=np.float32)
    routing = 1.0 - lead
    fraud = np.exp(-np.abs(np.nan_to_num(fraud_margins, posinf=50.0, neginf=-50.0)))
    readable = np.array([one.language in _READ for one in predictions], dtype=bool)
    # A label in a language that the model does not read would teach it nothing.
    uncertainty = np.where(readable, np.maximum(routing, fraud), 0.0)
    chosen = _spread(messages, uncertainty, count)
    found = [
        Suggestion(
            index,
            "near fraud" if fraud[index] > routing[index] else "uncertain",
            float(uncertainty[index]),
        )
        for index in chosen
    ]
    taken = set(chosen)
    rest = [
        index
        for index, one in enumerate(predictions)
        if index not in taken and _FRAUD not in one.tags
    ]
    drawn = Random(seed).sample(rest, min(random, len(rest)))  # noqa: S311  # not secret
    return found + [
        Suggestion(index, "random", float(uncertainty[index])) for index in sorted(drawn)
    ]


def _lead(prediction: Prediction) -> float:
    first, second = sorted(prediction.probabilities.values())[-2:][::-1]
    return first - second


def _spread(
    messages: Sequence[MessageText], uncertainty: NDArray[np.floating], count: int
) -> list[int]:
    pool = np.argsort(-uncertainty, kind="stable")[: count * _CONSIDERED]
    if not len(pool):
        return []
    vectors = np.stack([_vector(messages[index]) for index in pool.tolist()])
    worth = uncertainty[pool]
    alike = np.zeros(len(pool), dtype=np.float32)
    free = np.ones(len(pool), dtype=bool)
    chosen: list[int] = []
    for _ in range(min(count, len(pool))):
        best = int(np.where(free, worth * (1.0 - alike), -1.0).argmax())
        free[best] = False
        chosen.append(int(pool[best]))
        alike = np.maximum(alike, np.minimum(vectors @ vectors[best], 1.0))
    return chosen


def _vector(message: MessageText) -> NDArray[np.float32]:
    """Words and pairs of a message hashed into a unit vector (feature hashing: ICML 2009)."""
    vector = np.zeros(_DIMENSIONS, dtype=np.float32)
    for text in (message.subject, message.body):
        for unit in units(normal_form(text)):
            for name in (*unit, *pair_features(unit)):
                place = crc32(name.encode())
                vector[place % _DIMENSIONS] += 1.0 if place & 0x8000_0000 else -1.0
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length or 1.0)
