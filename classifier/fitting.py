"""Fitting the linear model with scikit-learn; nothing here is needed to classify."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from classifier.features import unit_features
from classifier.labels import INTENTS, TAGS


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of text to learn from: sentences as words, an intent or none, tags, and a weight."""

    sentences: tuple[tuple[str, ...], ...]
    intent: str | None
    tags: frozenset[str] | None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted linear model: feature names to rows, weights (features, labels), bias (labels)."""

    vocabulary: dict[str, int]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]


def fit(units: Sequence[Unit], *, seed: int, intent_c: float = 10.0, tag_c: float = 10.0) -> Fitted:
    """Fit the softmax head of intents and one binary head per tag on the same features."""
    rows = [unit_features(unit.sentences) for unit in units]
    vocabulary = _vocabulary(rows)
    matrix, scale = _matrix(rows, vocabulary)
    weights = np.zeros((len(vocabulary), len(INTENTS) + len(TAGS)), dtype=np.float32)
    bias = np.zeros(weights.shape[1], dtype=np.float32)
    sample = np.array([unit.weight for unit in units])
    chosen = np.array([index for index, unit in enumerate(units) if unit.intent is not None])
    intents = np.array([INTENTS.index(units[index].intent or "") for index in chosen])
    head = LogisticRegression(
        C=intent_c, class_weight="balanced", max_iter=150, tol=1e-3, random_state=seed
    ).fit(matrix[chosen], intents, sample_weight=sample[chosen])
    bias[: len(INTENTS)] = -20.0  # an intent without examples is never predicted
    for row, intent in enumerate(head.classes_):
        weights[:, intent] = head.coef_[row] * scale
        bias[intent] = head.intercept_[row]
    labelled = np.array([index for index, unit in enumerate(units) if unit.tags is not None])
    for column, tag in enumerate(TAGS, start=len(INTENTS)):
        present = np.array([tag in (units[index].tags or ()) for index in labelled])
        if not present.any():
            bias[column] = -20.0
            continue
        head = LogisticRegression(
            C=tag_c, class_weight="balanced", max_iter=150, tol=1e-3, random_state=seed
        ).fit(matrix[labelled], present, sample_weight=sample[labelled])
        weights[:, column] = head.coef_[0] * scale
        bias[column] = head.intercept_[0]
    return Fitted(vocabulary, weights, bias)


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
