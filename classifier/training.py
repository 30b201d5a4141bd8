"""Training: labelled text to a model folder, deterministically, in under a minute.

`python -m classifier.training data/training build/model` trains the starter model.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.artifact import Artifact, write_artifact
from classifier.calibration import best_temperature, threshold_for_false_alarms
from classifier.examples import Example, read_examples
from classifier.features import units
from classifier.fitting import Fitted, Unit, fit
from classifier.labels import INTENTS, TAGS
from classifier.routing import route
from classifier.scoring import AdditiveScorer
from classifier.text import normal_form

SEED: Final = 20_261_124
FOLDS: Final = 3
TAG_FALSE_ALARMS: Final = 0.02
"""Share of held-out messages without a tag that the tag's model head may flag."""
UNSURE_BELOW: Final = 0.5

_Sentences = tuple[tuple[str, ...], ...]


def train(examples: Sequence[Example], folder: Path, *, version: str = "starter") -> Artifact:
    """Train on `examples` and write a model folder; returns what was written.

    Temperature and thresholds are set on messages of templates that the scoring model did not see
    (leave-templates-out): a heuristic for mail like the training text, not a guarantee.
    """
    texts = [_sentences(example) for example in examples]
    held_out = _held_out_sums(examples, texts)
    probabilities = np.array([row for row, _ in held_out])
    truth = np.array([INTENTS.index(example.intent) for example in examples])
    temperature = best_temperature(probabilities, truth)
    tag_scores = np.array([row for _, row in held_out])
    thresholds = {}
    for column, tag in enumerate(TAGS):
        present = np.array([tag in example.tags for example in examples])
        thresholds[tag] = max(
            threshold_for_false_alarms(tag_scores[~present, column], TAG_FALSE_ALARMS), 0.0
        )
    fitted = _fit(examples, texts)
    artifact = Artifact(
        version=version,
        vocabulary=fitted.vocabulary,
        weights=fitted.weights,
        bias=fitted.bias,
        thresholds=thresholds,
        temperature=temperature,
        unsure_below=UNSURE_BELOW,
        card={
            "examples": len(examples),
            "templates": len({example.template for example in examples}),
            "held_out_accuracy": float((probabilities.argmax(axis=1) == truth).mean()),
        },
    )
    write_artifact(artifact, folder)
    return artifact


def _sentences(example: Example) -> _Sentences:
    return tuple(
        tuple(unit) for zone in (example.subject, example.text) for unit in units(normal_form(zone))
    ) or (("0",),)


def _fit(examples: Sequence[Example], texts: Sequence[_Sentences]) -> Fitted:
    """Fit on whole messages."""
    whole = [
        Unit(text, example.intent, example.tags)
        for example, text in zip(examples, texts, strict=True)
    ]
    return fit(whole, seed=SEED)


def _held_out_sums(
    examples: Sequence[Example], texts: Sequence[_Sentences]
) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Intent probabilities and tag scores of each example, by a model that saw no twin of it."""
    folds = np.array([_fold(example.template) for example in examples])
    result: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = [
        (np.zeros(0, np.float32), np.zeros(0, np.float32))
    ] * len(examples)
    for fold in range(FOLDS):
        seen = np.flatnonzero(folds != fold).tolist()
        fitted = _fit([examples[index] for index in seen], [texts[index] for index in seen])
        scorer = AdditiveScorer(fitted.vocabulary, fitted.weights)
        for index in np.flatnonzero(folds == fold).tolist():
            sums = scorer.sums(texts[index])
            lengths = np.array([len(unit) for unit in texts[index]], dtype=np.float32)
            count = len(INTENTS)
            each = sums[:, count:] / np.sqrt(lengths)[:, None] + fitted.bias[count:]
            result[index] = (
                route(sums[:, :count], lengths, fitted.bias[:count], 1.0),
                each.max(axis=0),
            )
    return result


def _fold(template: str) -> int:
    return int.from_bytes(hashlib.sha256(template.encode()).digest()[:4], "big") % FOLDS


def main(arguments: Sequence[str]) -> int:
    """Train from a folder of .jsonl files (first argument) into a model folder (second)."""
    data, folder = Path(arguments[0]), Path(arguments[1])
    artifact = train(read_examples(data), folder)
    print(f"{folder}: {artifact.card}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
