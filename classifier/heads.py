"""What each head learns from: whole messages, their sentences, and which sentence bears a tag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.examples import Example
from classifier.features import units
from classifier.fitting import Design, Head
from classifier.labels import INTENTS, TAGS
from classifier.text import normal_form
from classifier.vectors import NO_VECTORS, WordVectors

_INTENT_STRENGTH: Final = 0.5
_TAG_STRENGTH: Final = 5.0
_SENTENCE_WEIGHT: Final = 1.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted model: feature names to rows of `weights` (features, labels), `bias` (labels)."""

    vocabulary: dict[str, int]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]


class Corpus:
    """Examples with their features worked out once, of which any part can be learnt from."""

    def __init__(self, examples: Sequence[Example], vectors: WordVectors = NO_VECTORS) -> None:
        """Take examples; those without a word teach nothing."""
        self._examples = list(examples)
        texts = [_sentences(example) for example in self._examples]
        self._parts: list[range] = []
        rows = list(texts)
        for text in texts:
            first = len(rows)
            if len(text) > 1:
                rows += [(sentence,) for sentence in text]
            self._parts.append(range(first, len(rows)))
        self._design = Design(rows, vectors)

    def fit(self, chosen: Sequence[int], *, seed: int) -> Fitted:
        """Fit all heads on the examples at the indices `chosen`."""
        truth = [INTENTS.index(self._examples[index].intent) for index in chosen]
        heads = self._design.heads(
            chosen, truth, len(INTENTS), strength=_INTENT_STRENGTH, seed=seed
        )
        heads += [self._tag_head(tag, chosen, seed) for tag in TAGS]
        return Fitted(
            self._design.vocabulary,
            np.stack([weights for weights, _ in heads], axis=1),
            np.array([bias for _, bias in heads], dtype=np.float32),
        )

    def _tag_head(self, tag: str, chosen: Sequence[int], seed: int) -> Head:
        """Fit a tag twice: the second time on the sentences that the first finds strongest too.

        Every sentence of an untagged message lacks the tag; of a tagged one it is known only that
        some sentence bears it (multiple-instance learning: Andrews et al., NIPS 2003).
        """
        rows = list(chosen)
        present = [tag in self._examples[index].tags for index in chosen]
        weights = [1.0] * len(rows)
        for index, tagged in zip(chosen, list(present), strict=True):
            if not tagged:
                rows += self._parts[index]
        present += [False] * (len(rows) - len(present))
        weights += [_SENTENCE_WEIGHT] * (len(rows) - len(weights))
        first = self._design.head(rows, present, weights, strength=_TAG_STRENGTH, seed=seed)
        for index, tagged in zip(chosen, present, strict=False):
            parts = self._parts[index]
            if tagged and parts:
                rows.append(parts[int(self._design.scores(parts, first).argmax())])
                present.append(True)
                weights.append(1.0)
        return self._design.head(rows, present, weights, strength=_TAG_STRENGTH, seed=seed)


def _sentences(example: Example) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(unit) for zone in (example.subject, example.text) for unit in units(normal_form(zone))
    )
