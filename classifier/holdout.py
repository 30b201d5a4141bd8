"""How good a model is on text it did not see: leave out templates, learn the rest, measure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.examples import Example
from classifier.generation import composed_examples, lengthy_examples
from classifier.heads import Corpus, Fitted
from classifier.labels import INTENTS, TAGS
from classifier.prediction import MessageText
from classifier.reader import Reader
from classifier.scores import intent_probabilities, score
from classifier.scoring import AdditiveScorer
from classifier.signals.matching import signal_matcher
from classifier.text import NO_SPELLER
from classifier.vectors import NO_VECTORS, WordVectors

_COMPOSED_PER_EXAMPLE: Final = 0.5
_COMPOSED_PER_SUPPORT: Final = 0.25
_LENGTHY: Final = 300
"""Long mails that are measured in each fold."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Examples scored by models that saw no template of theirs.

    `probabilities` is of shape (examples, intents), at temperature 1; `tags`, the log-odds of the
    heads without allowance for length, and `signals`, whether one fired, are of shape (examples,
    tags); `sentences`, how many each has.
    """

    examples: list[Example]
    probabilities: NDArray[np.float32]
    tags: NDArray[np.float32]
    signals: NDArray[np.bool_]
    sentences: NDArray[np.int64]

    @classmethod
    def joined(cls, parts: Sequence[HeldOut]) -> HeldOut:
        """Several as one."""
        return cls(
            [example for part in parts for example in part.examples],
            np.concatenate([part.probabilities for part in parts]),
            np.concatenate([part.tags for part in parts]),
            np.concatenate([part.signals for part in parts]),
            np.concatenate([part.sentences for part in parts]),
        )

    def truth(self) -> NDArray[np.int64]:
        """The index of each example's intent."""
        return np.array([INTENTS.index(example.intent) for example in self.examples])

    def tagged(self, tag: str) -> NDArray[np.bool_]:
        """Whether each example has the tag."""
        return np.array([tag in example.tags for example in self.examples])


def fit_and_hold_out(
    examples: Sequence[Example],
    support: Sequence[Example],
    *,
    folds: int,
    seed: int,
    vectors: WordVectors = NO_VECTORS,
) -> tuple[Fitted, HeldOut, HeldOut]:
    """Fit on `examples`, `support` and mails composed of them, and measure on held-out folds.

    Measured are first the examples and mails composed of them, not the support; then long mails of
    many untagged messages, to see what length does. Mails are composed within a fold, so that no
    part of a mixed mail crosses over.
    """
    texts: list[Example] = []
    fold_of: list[int] = []
    measured: list[int] = []
    long: list[list[Example]] = []
    for fold in range(folds):
        mine = [one for one in examples if _fold(one.template, folds) == fold]
        other = [one for one in support if _fold(one.template, folds) == fold]
        composed = composed_examples(mine, int(len(mine) * _COMPOSED_PER_EXAMPLE), seed)
        measured += range(len(texts), len(texts) + len(mine) + len(composed))
        mixed = composed_examples(other, int(len(other) * _COMPOSED_PER_SUPPORT), seed)
        # Near misses are many in the training text and rare in mail: they would be in every mail.
        untagged = [one for one in (*mine, *other) if not one.tags and one.kind != "negative"]
        long.append(lengthy_examples(untagged, _LENGTHY if untagged else 0, seed))
        texts += [*mine, *composed, *other, *mixed]
        fold_of += [fold] * (len(texts) - len(fold_of))
    corpus = Corpus(texts, vectors)
    parts, long_parts = [], []
    for fold in range(folds):
        seen = [index for index, place in enumerate(fold_of) if place != fold]
        fitted = corpus.fit(seen, seed=seed)
        left_out = [texts[index] for index in measured if fold_of[index] == fold]
        parts.append(_measure(fitted, left_out))
        long_parts.append(_measure(fitted, long[fold]))
    whole = corpus.fit(range(len(texts)), seed=seed)
    return whole, HeldOut.joined(parts), HeldOut.joined(long_parts)


def _measure(fitted: Fitted, examples: list[Example]) -> HeldOut:
    scorer = AdditiveScorer(fitted.vocabulary, fitted.weights)
    messages = [MessageText(one.subject, one.text) for one in examples]
    reading = Reader(scorer, NO_SPELLER).read(messages)
    scores = score(scorer, fitted.bias, reading, np.zeros(len(TAGS), dtype=np.float32))
    matcher = signal_matcher()
    signals = np.zeros((len(examples), len(TAGS)), dtype=bool)
    for row, zones in enumerate(reading.zones):
        for zone in zones:
            for match in matcher.find(zone.normal):
                signals[row, TAGS.index(match.signal.tag)] = True
    probabilities = intent_probabilities(reading, scores, fitted.bias, 1.0)
    return HeldOut(examples, probabilities, scores.tags, signals, reading.counts)


def _fold(template: str, folds: int) -> int:
    return int.from_bytes(hashlib.sha256(template.encode()).digest()[:4], "big") % folds
