"""Fitting the linear model with scikit-learn; nothing here is needed to classify."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from classifier.features import unit_features
from classifier.labels import INTENTS, TAGS

_NEVER: Final = -20.0
"""Log-odds of a label without examples."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of text to learn from: its sentences as words, and what is known of it.

    It teaches the intents when `intent` is given, and the tags that are `present` or `absent`.
    """

    sentences: tuple[tuple[str, ...], ...]
    intent: str | None
    present: frozenset[str]
    absent: frozenset[str]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted linear model: feature names to rows, weights (features, labels), bias (labels)."""

    vocabulary: dict[str, int]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Strength:
    """How closely the heads follow the training text: the inverse of the L2 penalty."""

    intents: float = 10.0
    tags: float = 10.0


def fit(units: Sequence[Unit], *, seed: int, strength: Strength | None = None) -> Fitted:
    """Fit the softmax head of intents and one binary head per tag on the same features."""
    strength = strength or Strength()
    rows = [unit_features(unit.sentences) for unit in units]
    vocabulary = _vocabulary(rows)
    matrix, scale = _matrix(rows, vocabulary)
    sample = np.array([unit.weight for unit in units])
    weights = np.zeros((len(vocabulary), len(INTENTS) + len(TAGS)), dtype=np.float32)
    bias = np.full(weights.shape[1], _NEVER, dtype=np.float32)

    chosen = [index for index, unit in enumerate(units) if unit.intent is not None]
    truth = np.array([INTENTS.index(units[index].intent or "") for index in chosen])
    head = _regression(strength.intents, seed)
    head.fit(matrix[chosen], truth, sample_weight=sample[chosen])
    for row, intent in enumerate(head.classes_):
        weights[:, intent] = head.coef_[row] * scale
        bias[intent] = head.intercept_[row]

    for column, tag in enumerate(TAGS, start=len(INTENTS)):
        known = [i for i, unit in enumerate(units) if tag in unit.present or tag in unit.absent]
        present = np.array([tag in units[index].present for index in known])
        if present.any() and not present.all():
            head = _regression(strength.tags, seed)
            head.fit(matrix[known], present, sample_weight=sample[known])
            weights[:, column] = head.coef_[0] * scale
            bias[column] = head.intercept_[0]
    return Fitted(vocabulary, weights, bias)


def _regression(strength: float, seed: int) -> LogisticRegression:
    return LogisticRegression(
        C=strength, class_weight="balanced", max_iter=200, tol=1e-3, random_state=seed
    )


def _vocabulary(rows: Sequence[dict[str, float]]) -> dict[str, int]:
    counts = Counter(name for row in rows for name in row)
    kept = [name for name, count in counts.items() if count >= 2]
    return {name: index for index, name in enumerate(sorted(kept))}


def _matrix(
    rows: Sequence[dict[str, float]], vocabulary: dict[str, int]
) -> tuple[csr_matrix, NDArray[np.float64]]:
    """The design matrix, and the inverse document frequencies already multiplied into it."""
    pointers, columns, values = [0], [], []
    for row in rows:
        for name, value in row.items():
            column = vocabulary.get(name)
            if column is not None:
                columns.append(column)
                values.append(value)
        pointers.append(len(columns))
    frequency = np.bincount(columns, minlength=len(vocabulary))
    scale = np.log((1 + len(rows)) / (1 + frequency)) / 3.0
    data = np.array(values) * scale[columns]
    return csr_matrix((data, columns, pointers), shape=(len(rows), len(vocabulary))), scale
