"""A model on disk: `arrays.npz` and `manifest.json`; nothing in it is ever executed."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from classifier.versions import VersionError, live_folder

STARTER_MODEL: Final = Path("build") / "model"
"""Where set-up puts the model trained from the project's own text."""

FORMAT: Final = 3
_ARRAYS: Final = "arrays.npz"
_MANIFEST: Final = "manifest.json"
_NAMES: Final = ("vocabulary", "words", "word_counts", "weights", "bias")


class ModelError(ValueError):
    """There is no model at a path, or it cannot be trusted; the message says how to mend it."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """Everything the classifier applies.

    `word_counts` are the words of the training text as written and how often each occurs.
    `weights` has one row per feature and one column per intent, then per tag; `bias` one entry per
    column. `thresholds` are the least scores (log-odds) at which the model sets each tag, less
    `slopes` for each doubling of a message's sentences (`classifier.scores.allowance`). Below
    `unsure_below` a probability is too low to route on. `card` is the model card's facts.
    """

    version: str
    vocabulary: dict[str, int]
    word_counts: Mapping[str, int]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    thresholds: Mapping[str, float]
    slopes: Mapping[str, float]
    temperature: float
    unsure_below: float
    card: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""


def write_artifact(artifact: Artifact, folder: Path) -> str:
    """Write a model folder, whole or not at all; returns its digest."""
    folder.mkdir(parents=True, exist_ok=True)
    names = sorted(artifact.vocabulary, key=artifact.vocabulary.__getitem__)
    arrays: dict[str, NDArray[Any]] = {
        "vocabulary": np.frombuffer("\n".join(names).encode(), dtype=np.uint8),
        "words": np.frombuffer("\n".join(artifact.word_counts).encode(), dtype=np.uint8),
        "word_counts": np.array(list(artifact.word_counts.values()), dtype=np.int32),
        "weights": artifact.weights.astype(np.float16),
        "bias": artifact.bias.astype(np.float32),
    }
    settings = {
        "format": FORMAT,
        "version": artifact.version,
        "thresholds": dict(artifact.thresholds),
        "slopes": dict(artifact.slopes),
        "temperature": artifact.temperature,
        "unsure_below": artifact.unsure_below,
        "card": dict(artifact.card),
    }
    digest = _digest(arrays, settings)
    file = folder / f".{os.getpid()}.{_ARRAYS}"
    np.savez_compressed(file, allow_pickle=False, **arrays)
    file.replace(folder / _ARRAYS)
    manifest = folder / f".{os.getpid()}.{_MANIFEST}"
    manifest.write_text(json.dumps({**settings, "digest": digest}, indent=1) + "\n", "utf-8")
    manifest.replace(folder / _MANIFEST)
    return digest


def read_artifact(folder: Path) -> Artifact:
    """Read a model folder, of several versions the live one, and check its digest.

    Raises `ModelError`.
    """
    try:
        folder = live_folder(folder)
        settings = json.loads((folder / _MANIFEST).read_text("utf-8"))
        with np.load(folder / _ARRAYS, allow_pickle=False) as file:
            arrays = {name: file[name] for name in _NAMES}
    except FileNotFoundError:
        raise ModelError(
            f"there is no model in {folder}: train one with `gatepost train`"
        ) from None
    except VersionError as error:
        raise ModelError(str(error)) from error
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"the model in {folder} cannot be read ({error}): train it again with `gatepost train`"
        ) from error
    digest = settings.pop("digest", "")
    if settings.get("format") != FORMAT or _digest(arrays, settings) != digest:
        raise ModelError(
            f"the model in {folder} was altered or is of another format:"
            " train it again with `gatepost train`"
        )
    names = arrays["vocabulary"].tobytes().decode().split("\n")
    words = arrays["words"].tobytes().decode().split("\n")
    return Artifact(
        version=settings["version"],
        vocabulary={name: index for index, name in enumerate(names)},
        word_counts=dict(zip(words, arrays["word_counts"].tolist(), strict=True)),
        weights=arrays["weights"].astype(np.float32),
        bias=arrays["bias"],
        thresholds=settings["thresholds"],
        slopes=settings["slopes"],
        temperature=settings["temperature"],
        unsure_below=settings["unsure_below"],
        card=settings["card"],
        digest=digest,
    )


def _digest(arrays: Mapping[str, NDArray[Any]], settings: Mapping[str, Any]) -> str:
    total = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for name in sorted(arrays):
        array = arrays[name]
        total.update(f"{name} {array.dtype} {array.shape}".encode())
        total.update(array.tobytes())
    return total.hexdigest()
