"""From the scores of sentences to one intent with a probability for each."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.labels import INTENTS

_OTHER = INTENTS.index("other")
_LEAST: Final = 1e-9
_FLOOR: Final = np.float32(1e-3)
"""What a sentence weighs that is nothing but background."""


def softmax(scores: NDArray[np.floating]) -> NDArray[np.float32]:
    """Probabilities along the last axis."""
    raised = np.exp((scores - scores.max(axis=-1, keepdims=True)).astype(np.float32))
    result: NDArray[np.float32] = raised / raised.sum(axis=-1, keepdims=True)
    return result


def tempered(
    probabilities: NDArray[np.floating], temperature: float | NDArray[np.float32]
) -> NDArray[np.float32]:
    """Probabilities along the last axis, their logarithms divided by a temperature."""
    divisor = np.asarray(temperature, dtype=np.float32)
    return softmax(np.log(np.clip(probabilities, _LEAST, 1.0)) / divisor)


def route(
    sums: NDArray[np.float32],
    lengths: NDArray[np.float32],
    counts: NDArray[np.int64],
    bias: NDArray[np.float32],
    temperature: float,
) -> NDArray[np.float32]:
    """The probability of each intent of each message, given the score sums of its sentences.

    `sums` is of shape (sentences, intents), `lengths` holds the sentences' numbers of words, and
    `counts` how many of the sentences are each message's; the result is (messages, intents). The
    whole text and its sentences vote: a sentence counts by how little it is background ("other"),
    so that greetings and small talk do not outvote the one sentence that says what is wanted. What
    they agree on is the flatter the more of them are background, and is as often right: therefore
    the temperature falls with the fourth root of the share that is not. Of what the likelihood of
    templates held out of the project's own text allows (0.25 to 0.5) that power sharpens least; it
    never changes which intent is likeliest. A message without a word is background.
    """
    result = np.zeros((len(counts), len(bias)), dtype=np.float32)
    result[:, _OTHER] = 1.0
    if not len(sums):
        return result
    filled = counts > 0
    starts = (np.cumsum(counts) - counts)[filled]
    total = np.add.reduceat(lengths, starts)
    whole = softmax(np.add.reduceat(sums, starts, axis=0) / np.sqrt(total)[:, None] + bias)
    each = softmax(sums / np.sqrt(lengths)[:, None] + bias)
    said = 1.0 - each[:, _OTHER]
    weight = said**2 * each.max(axis=1) + _FLOOR
    voted = np.add.reduceat(each * weight[:, None], starts, axis=0)
    voted /= np.add.reduceat(weight, starts)[:, None]
    said += _FLOOR
    most = np.maximum.reduceat(said, starts) * counts[filled].astype(np.float32)
    share = np.add.reduceat(said, starts) / most
    result[filled] = tempered((whole + voted) / 2, temperature * np.sqrt(np.sqrt(share))[:, None])
    return result
