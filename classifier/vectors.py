"""Word vectors that were learned elsewhere: read to train a model, and never to apply it.

A folder in the layout of Model2Vec (van Dongen and Tulkens, 2024): `model.safetensors` holds one
vector per word piece, `tokenizer.json` the pieces, those inside a word begun with `##` (WordPiece:
Wu et al., Google's Neural Machine Translation System, 2016). Nothing in it is executed.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.features import words

__all__ = ["NO_VECTORS", "VectorsError", "WordVectors", "read_vectors"]

_ARRAY: Final = "embeddings"
_NUMBERS: Final = {"F16": np.float16, "F32": np.float32, "F64": np.float64}
_INSIDE: Final = "##"
_LICENCE: Final = re.compile(r"^license: *(\S.*?) *$", re.MULTILINE)


class VectorsError(ValueError):
    """A folder of vectors that cannot be used; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class WordVectors:
    """Vectors of word pieces, of shape (pieces, width), and which row is whose.

    `name`, `licence` ("not stated" where the folder's README.md states none) and `digest` (SHA-256
    of both files, hexadecimal) say in a manifest what a model was trained with.
    """

    name: str
    licence: str
    digest: str
    pieces: Mapping[str, int]
    matrix: NDArray[np.float32]

    def __contains__(self, word: object) -> bool:
        """Whether a word is one piece."""
        return word in self.pieces

    @property
    def words(self) -> list[str]:
        """The pieces that are words as the classifier reads them."""
        return [piece for piece in self.pieces if piece.isascii() and words(piece) == [piece]]

    def of(self, asked: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of words: the sum of a word's pieces, nothing where it has none."""
        result = np.zeros((len(asked), self.matrix.shape[1]), dtype=np.float32)
        for place, word in enumerate(asked):
            result[place] = self.matrix[self._split(word)].sum(axis=0)
        return result

    def _split(self, word: str) -> list[int]:
        """The rows of the longest pieces from the left; none of a word that has a rest."""
        found: list[int] = []
        start = 0
        while start < len(word):
            prefix = _INSIDE if start else ""
            for end in range(len(word), start, -1):
                row = self.pieces.get(prefix + word[start:end])
                if row is not None:
                    break
            else:
                return []
            found.append(row)
            start = end
        return found


NO_VECTORS: Final = WordVectors("", "", "", {}, np.zeros((0, 0), dtype=np.float32))
"""What a model of words, pairs and pieces alone is trained with."""


def read_vectors(folder: Path) -> WordVectors:
    """Read a folder of vectors. Raises `VectorsError`."""
    try:
        raw = (folder / "model.safetensors").read_bytes()
        tokenizer = (folder / "tokenizer.json").read_bytes()
    except OSError as error:
        raise VectorsError(
            f"no vectors can be read from {folder} ({error.strerror}): it has to hold"
            " model.safetensors and tokenizer.json; `make vectors` fetches some to build/vectors"
        ) from error
    try:
        model = json.loads(tokenizer)["model"]
        kind, pieces = model["type"], dict(model["vocab"])
        matrix = _matrix(raw)
        fits = sorted(pieces.values()) == list(range(len(matrix)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VectorsError(f"the vectors in {folder} cannot be read ({error!r})") from error
    if kind != "WordPiece":
        raise VectorsError(f"the tokenizer in {folder} is {kind}; only WordPiece can be read")
    if not fits:
        raise VectorsError(
            f"{folder} holds {len(matrix)} vectors for {len(pieces)} pieces: its two files are not"
            " of one model"
        )
    digest = hashlib.sha256(raw)
    digest.update(tokenizer)
    return WordVectors(folder.resolve().name, _licence(folder), digest.hexdigest(), pieces, matrix)


def _matrix(raw: bytes) -> NDArray[np.float32]:
    """The array of a safetensors file: the length of a JSON header, the header, numbers."""
    begin = 8 + int.from_bytes(raw[:8], "little")
    entry = json.loads(raw[8:begin])[_ARRAY]
    start, end = entry["data_offsets"]
    count, width = entry["shape"]
    array = np.frombuffer(raw, _NUMBERS[entry["dtype"]], math.prod((count, width)), begin + start)
    if end - start != array.nbytes or not np.isfinite(array).all():
        raise ValueError(f"{_ARRAY} is cut short or holds what is no number")
    return array.reshape(count, width).astype(np.float32)


def _licence(folder: Path) -> str:
    """What the head of the folder's README.md, as model cards have it, says of the licence."""
    try:
        found = _LICENCE.search((folder / "README.md").read_text("utf-8"))
    except (OSError, ValueError):
        found = None
    return found[1] if found else "not stated"
