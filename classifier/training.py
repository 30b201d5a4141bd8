"""Training: labelled text to a model folder, deterministically, in under a minute.

`python -m classifier.training data/training build/model` trains the starter model.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from classifier.artifact import Artifact, write_artifact
from classifier.calibration import (
    best_temperature,
    calibration_error,
    confidence_for_precision,
    threshold_for_false_alarms,
)
from classifier.examples import Example, read_examples
from classifier.features import words
from classifier.generation import background_examples
from classifier.holdout import HeldOut, fit_and_hold_out
from classifier.labels import TAGS
from classifier.patterns import pattern_examples
from classifier.routing import tempered
from classifier.scores import allowance
from classifier.text import normal_form
from classifier.vectors import NO_VECTORS, WordVectors

SEED: Final = 20_261_124
FOLDS: Final = 2
FALSE_ALARMS: Final[Mapping[str, float]] = {"fraud_risk": 0.02, "card_data": 0.002}
"""Share of held-out mails without a tag that the tag's model head may flag; 1 % unless named.

Card numbers are found by their check digit; the head is there for those written brokenly."""
_STEEPEST: Final = 0.2
"""The most that is allowed for a doubling of sentences: a report in a long mail must still stand
out, so the rest of the rise is borne as false alarms on long mail."""
_LEAST_LOG_ODDS: Final = 1.0
"""No head flags below this: the held-out models saw half the text and speak lower than the last."""
SURE_PRECISION: Final = 0.8
"""Of the held-out mails that are not called unsure, at least this share is routed rightly."""


def train(
    examples: Sequence[Example],
    folder: Path,
    *,
    version: str = "starter",
    generate: bool = True,
    folds: int = FOLDS,
    vectors: WordVectors = NO_VECTORS,
) -> Artifact:
    """Train on `examples`, and text generated from them and from patterns; write a model folder.

    With `vectors` words that no example has are known by those that are used alike.

    Temperature and thresholds are set on messages of templates that the scoring model did not see
    (leave-templates-out): a heuristic for mail like the training text, not a guarantee.
    """
    support = [*background_examples(), *(pattern_examples(SEED) if generate else ())]
    with threadpool_limits(1, user_api="blas"):  # its threads cost more than they do: 7 times
        fitted, held_out, long = fit_and_hold_out(
            examples, support, folds=folds, seed=SEED, vectors=vectors
        )
    truth = held_out.truth()
    temperature = best_temperature(held_out.probabilities, truth)
    scaled = tempered(held_out.probabilities, temperature)
    confidence, right = scaled.max(axis=1), scaled.argmax(axis=1) == truth
    rates = [FALSE_ALARMS.get(tag, 0.01) for tag in TAGS]
    slopes = np.array(
        [_slope(held_out, long, column, rate) for column, rate in enumerate(rates)],
        dtype=np.float32,
    )
    for measured in (held_out, long):
        measured.tags[:] -= allowance(measured.sentences, slopes)
    thresholds = {
        tag: _threshold(held_out, column, rates[column]) for column, tag in enumerate(TAGS)
    }
    artifact = Artifact(
        version=version,
        vocabulary=fitted.vocabulary,
        word_counts=count_words([*examples, *support]),
        weights=fitted.weights,
        bias=fitted.bias,
        thresholds=thresholds,
        slopes=dict(zip(TAGS, slopes.tolist(), strict=True)),
        temperature=temperature,
        unsure_below=confidence_for_precision(confidence, right, SURE_PRECISION),
        card={
            "examples": len(examples),
            "templates": len({example.template for example in examples}),
            "generated": len(support),
            "folds": folds,
            "vectors": _provenance(vectors),
            "held_out": {
                "mails": len(held_out.examples),
                "intent_accuracy": round(float(right.mean()), 4),
                "mean_confidence": round(float(confidence.mean()), 4),
                "calibration_error": round(calibration_error(confidence, right)[0], 4),
                "tags": _tag_figures(held_out, thresholds),
                "false_alarms_in_long_mail": _long_false_alarms(long, thresholds),
            },
        },
    )
    write_artifact(artifact, folder)
    return artifact


def _provenance(vectors: WordVectors) -> dict[str, str] | None:
    if vectors is NO_VECTORS:
        return None
    return {"name": vectors.name, "licence": vectors.licence, "sha256": vectors.digest}


def _slope(held_out: HeldOut, long: HeldOut, column: int, rate: float) -> float:
    """By how much a doubling of sentences raises the score that `rate` of untagged mails reach."""
    untagged = ~held_out.tagged(TAGS[column])
    if not untagged.any() or not len(long.sentences):
        return 0.0
    rise = np.quantile(long.tags[:, column], 1 - rate) - np.quantile(
        held_out.tags[untagged, column], 1 - rate
    )
    unit = np.ones(1, dtype=np.float32)
    doublings = (
        allowance(long.sentences, unit).mean()
        - allowance(held_out.sentences[untagged], unit).mean()
    )
    return float(np.clip(rise / max(doublings, 1.0), 0.0, _STEEPEST))


def _threshold(held_out: HeldOut, column: int, rate: float) -> float:
    scores = held_out.tags[~held_out.tagged(TAGS[column]), column]
    return max(threshold_for_false_alarms(scores, rate), _LEAST_LOG_ODDS)


def _tag_figures(held_out: HeldOut, thresholds: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    figures = {}
    for column, tag in enumerate(TAGS):
        present = held_out.tagged(tag)
        model = held_out.tags[:, column] >= thresholds[tag]
        united = model | held_out.signals[:, column]
        if present.any():
            figures[tag] = {
                "positives": int(present.sum()),
                "recall_of_model": round(float(model[present].mean()), 4),
                "recall_of_signals": round(float(held_out.signals[present, column].mean()), 4),
                "recall_united": round(float(united[present].mean()), 4),
                "false_alarms_united": round(float(united[~present].mean()), 4),
            }
    return figures


def _long_false_alarms(long: HeldOut, thresholds: Mapping[str, float]) -> dict[str, float]:
    """Of long mails without any tag, the share that is flagged with each."""
    flagged = long.signals | (long.tags >= np.array([thresholds[tag] for tag in TAGS]))
    return {tag: round(float(flagged[:, column].mean()), 4) for column, tag in enumerate(TAGS)}


def count_words(examples: Sequence[Example]) -> dict[str, int]:
    """The words of `examples` and how often each occurs, in order of the alphabet."""
    counts = Counter(
        word
        for example in examples
        for zone in (example.subject, example.text)
        for word in words(normal_form(zone))
        if word.isascii() and word.isalpha()
    )
    return dict(sorted(counts.items()))


def main(arguments: Sequence[str]) -> int:
    """Train from a folder of .jsonl files (first argument) into a model folder (second)."""
    data, folder = Path(arguments[0]), Path(arguments[1])
    held_out = train(read_examples(data), folder).card["held_out"]
    print(f"{folder}: trained; on templates held out: {held_out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
