"""From the scores of sentences to one intent with a probability for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from classifier.labels import INTENTS

_OTHER = INTENTS.index("other")


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    result: NDArray[np.float32] = raised / raised.sum(axis=-1, keepdims=True)
    return result


def route(
    sums: NDArray[np.float32],
    lengths: NDArray[np.float32],
    bias: NDArray[np.float32],
    temperature: float,
) -> NDArray[np.float32]:
    """The probability of each intent of a message given the score sums of its sentences.

    `sums` is of shape (sentences, intents) and `lengths` holds the sentences' numbers of words. The
    whole text and its sentences vote: a sentence counts by how little it is background ("other"),
    so that greetings and small talk do not outvote the one sentence that says what is wanted.
    """
    if not len(sums):
        empty = np.full(len(bias), 0.0, dtype=np.float32)
        empty[_OTHER] = 1.0
        return empty
    whole = softmax((sums.sum(axis=0) / np.sqrt(lengths.sum()) + bias) / np.float32(temperature))
    if len(sums) == 1:
        return whole
    scores = (sums / np.sqrt(lengths)[:, None] + bias) / np.float32(temperature)
    each = softmax(scores.astype(np.float32))
    weight = (1.0 - each[:, _OTHER]) ** 2 * each.max(axis=1) + 1e-3
    voted = (each * weight[:, None]).sum(axis=0) / weight.sum()
    result: NDArray[np.float32] = (whole + voted) / 2
    return result
