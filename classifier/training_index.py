"""What a model was trained on: which messages it has seen, and which of them a text is nearest to.

Kept beside the model as `examples.npz`. The project's own lines are kept as they are; of a shop's
messages only labels, digest and features stay, so that the file quotes no customer.
"""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from classifier.artifact import Artifact, ModelError
from classifier.digests import text_digest
from classifier.examples import Example
from classifier.features import pair_features, units, word_features
from classifier.text import normal_form

__all__ = ["Neighbour", "TrainingIndex", "write_training_index"]

_FILE: Final = "examples.npz"
_ARRAYS: Final = ("entries", "starts", "rows", "values", "model")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A training message near to a text; `similarity` is the cosine of their features, 0 to 1.

    `text` is empty for a shop's own message, which `template` then names.
    """

    similarity: float
    intent: str
    tags: tuple[str, ...]
    template: str
    text: str


def write_training_index(
    folder: Path, artifact: Artifact, starter: Sequence[Example], own: Sequence[Example]
) -> None:
    """Write the index of the messages that the model in `folder` was trained on."""
    examples = [*starter, *own]
    entries = [
        {
            "digest": text_digest(example.subject, example.text),
            "intent": example.intent,
            "tags": sorted(example.tags),
            "template": example.template,
            "text": example.text if place < len(starter) else "",
        }
        for place, example in enumerate(examples)
    ]
    starts, rows, values = _postings(examples, artifact.vocabulary)
    arrays: dict[str, NDArray[Any]] = {
        "entries": np.frombuffer(json.dumps(entries, ensure_ascii=False).encode(), dtype=np.uint8),
        "starts": starts,
        "rows": rows,
        "values": values,
        "model": np.frombuffer(bytes.fromhex(artifact.digest), dtype=np.uint8),
    }
    np.savez_compressed(folder / _FILE, allow_pickle=False, **arrays)


class TrainingIndex:
    """The messages behind one model. `read` gives None for a model without an index."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], vocabulary: Mapping[str, int]) -> None:
        """Take the arrays of the file and the vocabulary of the model beside it."""
        self._entries = json.loads(arrays["entries"].tobytes())
        self._digests = frozenset(entry["digest"] for entry in self._entries)
        self._starts, self._rows = arrays["starts"], arrays["rows"]
        self._values = arrays["values"].astype(np.float32)
        self._vocabulary = vocabulary
        # Rarity is that of the training messages: a feature of few of them tells most.
        self._rarity = _rarity(np.diff(self._starts), len(self._entries))

    @classmethod
    def read(cls, folder: Path, artifact: Artifact) -> TrainingIndex | None:
        """The index of the model `artifact`, which was read from `folder`.

        Raises `ModelError` when the file is damaged or belongs to another model.
        """
        try:
            with np.load(folder / _FILE, allow_pickle=False) as file:
                arrays = {name: file[name] for name in _ARRAYS}
            if arrays["model"].tobytes().hex() != artifact.digest:
                raise ValueError("it belongs to another model")
            return cls(arrays, artifact.vocabulary)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ModelError(
                f"{folder / _FILE} cannot be used ({error}): train again with `gatepost train`"
            ) from error

    def __len__(self) -> int:
        return len(self._entries)

    def holds(self, subject: str, text: str) -> bool:
        """Whether the model was trained on this message, or one that it cannot tell from it."""
        return text_digest(subject, text) in self._digests

    def nearest(self, sentence: Sequence[str], count: int = 3) -> list[Neighbour]:
        """The `count` training messages nearest to the words of a sentence, nearest first."""
        found = _weights(Counter(_features([sentence])), self._vocabulary, self._rarity)
        length = np.sqrt(sum(value * value for value in found.values()))
        if not length:
            return []
        near = np.zeros(len(self._entries), dtype=np.float32)
        for feature, value in found.items():
            mine = slice(self._starts[feature], self._starts[feature + 1])
            near[self._rows[mine]] += self._values[mine] * np.float32(value / length)
        best = np.argsort(-near, kind="stable")[:count]
        return [self._neighbour(int(place), float(near[place])) for place in best if near[place]]

    def _neighbour(self, place: int, similarity: float) -> Neighbour:
        entry = self._entries[place]
        return Neighbour(
            min(similarity, 1.0),
            entry["intent"],
            tuple(entry["tags"]),
            entry["template"],
            entry["text"],
        )


def _postings(
    examples: Sequence[Example], vocabulary: Mapping[str, int]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float16]]:
    """By feature, the examples that have it and their unit-length weights (compressed columns)."""
    counted = []
    for example in examples:
        sentences = [
            unit for zone in (example.subject, example.text) for unit in units(normal_form(zone))
        ]
        counted.append(Counter(_features(sentences)))
    number = np.zeros(len(vocabulary), dtype=np.int64)
    for counts in counted:
        number[[vocabulary[name] for name in counts if name in vocabulary]] += 1
    rarity = _rarity(number, len(examples))
    columns: list[int] = []
    rows: list[int] = []
    values: list[float] = []
    for row, counts in enumerate(counted):
        found = _weights(counts, vocabulary, rarity)
        length = float(np.sqrt(sum(value * value for value in found.values()))) or 1.0
        columns += found
        rows += [row] * len(found)
        values += [value / length for value in found.values()]
    order = np.argsort(columns, kind="stable")
    starts = np.concatenate([[0], np.cumsum(number)]).astype(np.int32)
    return (
        starts,
        np.array(rows, dtype=np.int32)[order],
        np.array(values, dtype=np.float16)[order],
    )


def _rarity(number: NDArray[Any], total: int) -> NDArray[np.float32]:
    # Words known by vectors alone are in no message: they make a text no less like any of them.
    return np.where(number > 0, np.log((1 + total) / (1 + number)), 0.0).astype(np.float32)


def _features(sentences: Sequence[Sequence[str]]) -> Iterator[str]:
    for sentence in sentences:
        for word in sentence:
            yield from (name for name, _ in word_features(word))
        yield from pair_features(sentence)


def _weights(
    counts: Mapping[str, int], vocabulary: Mapping[str, int], rarity: NDArray[np.float32]
) -> dict[int, float]:
    found = {}
    for name, count in counts.items():
        place = vocabulary.get(name)
        if place is not None:
            # A word has a dozen character sequences, which together count as much as the word.
            share = 0.3 if name.startswith("_") else 1.0
            found[place] = float(share * (1 + np.log(count)) * rarity[place])
    return found
