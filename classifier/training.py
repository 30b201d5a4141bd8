"""Training: labelled text to a model folder, deterministically, in under a minute.

`python -m classifier.training data/training build/model` trains the starter model.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.artifact import Artifact, write_artifact
from classifier.calibration import best_temperature, threshold_for_false_alarms
from classifier.examples import Example, read_examples
from classifier.features import units
from classifier.fitting import Fitted, Unit, fit
from classifier.generation import background_examples, composed_examples
from classifier.labels import INTENTS, TAGS
from classifier.patterns import pattern_examples
from classifier.prediction import MessageText
from classifier.reading import Scores, read_text, score
from classifier.routing import route
from classifier.scoring import AdditiveScorer
from classifier.text import normal_form

SEED: Final = 20_261_124
FOLDS: Final = 2
TAG_FALSE_ALARMS: Final = 0.02
"""Share of held-out messages without a tag that the tag's model head may flag."""
UNSURE_BELOW: Final = 0.5
_COMPOSED_PER_EXAMPLE: Final = 0.5
_SENTENCE_WEIGHT: Final = 0.3


def train(
    examples: Sequence[Example], folder: Path, *, version: str = "starter", generate: bool = True
) -> Artifact:
    """Train on `examples`, and text generated from them and from patterns; write a model folder.

    Temperature and thresholds are set on messages of templates that the scoring model did not see
    (leave-templates-out): a heuristic for mail like the training text, not a guarantee.
    """
    every = [*examples, *background_examples(), *(pattern_examples(SEED) if generate else ())]
    held_out = _held_out_scores(examples, every)
    bias = np.zeros(len(INTENTS), dtype=np.float32)
    truth = np.array([INTENTS.index(example.intent) for example in examples])
    probabilities = np.array([route(one.sums, one.lengths, bias, 1.0) for one in held_out])
    tag_scores = np.array([one.tags for one in held_out])
    thresholds = {}
    for column, tag in enumerate(TAGS):
        present = np.array([tag in example.tags for example in examples])
        limit = threshold_for_false_alarms(tag_scores[~present, column], TAG_FALSE_ALARMS)
        thresholds[tag] = max(limit, 0.0)
    fitted = _fit(every)
    artifact = Artifact(
        version=version,
        vocabulary=fitted.vocabulary,
        weights=fitted.weights,
        bias=fitted.bias,
        thresholds=thresholds,
        temperature=best_temperature(probabilities, truth),
        unsure_below=UNSURE_BELOW,
        card={
            "examples": len(examples),
            "templates": len({example.template for example in examples}),
            "held_out_accuracy": float((probabilities.argmax(axis=1) == truth).mean()),
        },
    )
    write_artifact(artifact, folder)
    return artifact


def _fit(examples: Sequence[Example]) -> Fitted:
    """Fit on whole messages and sentences; then again, once the sentence that bears a tag is known.

    The second fit takes, of every tagged message, the sentence the first fit finds strongest as an
    example of the tag (multiple-instance learning: Andrews et al., NIPS 2003).
    """
    composed = composed_examples(examples, int(len(examples) * _COMPOSED_PER_EXAMPLE), SEED)
    texts = [(example, _sentences(example)) for example in (*examples, *composed)]
    texts = [(example, sentences) for example, sentences in texts if sentences]
    whole = [
        Unit(sentences, example.intent, example.tags, frozenset(TAGS) - example.tags)
        for example, sentences in texts
    ]
    parts = [
        Unit((one,), None, frozenset(), frozenset(TAGS) - example.tags, _SENTENCE_WEIGHT)
        for example, sentences in texts
        if len(sentences) > 1
        for one in sentences
    ]
    first = fit([*whole, *parts], seed=SEED)
    scorer = AdditiveScorer(first.vocabulary, first.weights)
    bearing = list(_bearing_sentences(scorer, first, texts))
    return fit([*whole, *parts, *bearing], seed=SEED)


def _bearing_sentences(
    scorer: AdditiveScorer,
    fitted: Fitted,
    texts: Iterable[tuple[Example, tuple[tuple[str, ...], ...]]],
) -> Iterable[Unit]:
    for example, sentences in texts:
        if not example.tags or len(sentences) < 2:
            continue
        lengths = np.array([len(one) for one in sentences], dtype=np.float32)
        scores = scorer.sums(sentences)[:, len(INTENTS) :] / np.sqrt(lengths)[:, None]
        for tag in sorted(example.tags):
            strongest = sentences[int(scores[:, TAGS.index(tag)].argmax())]
            yield Unit((strongest,), None, frozenset({tag}), frozenset())


def _sentences(example: Example) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(unit) for zone in (example.subject, example.text) for unit in units(normal_form(zone))
    )


def _held_out_scores(examples: Sequence[Example], every: Sequence[Example]) -> list[Scores]:
    """The scores of each of `examples` by a model fitted on `every` without any twin of it."""
    result: list[Scores | None] = [None] * len(examples)
    for fold in range(FOLDS):
        fitted = _fit([example for example in every if _fold(example.template) != fold])
        scorer = AdditiveScorer(fitted.vocabulary, fitted.weights)
        known = frozenset(name for name in fitted.vocabulary if name[0] != "_" and " " not in name)
        mine = [i for i, example in enumerate(examples) if _fold(example.template) == fold]
        read = [read_text(MessageText(examples[i].subject, examples[i].text), known) for i in mine]
        for index, scores in zip(mine, score(scorer, fitted.bias, read), strict=True):
            result[index] = _with_bias(scores, fitted.bias)
    return [scores for scores in result if scores is not None]


def _with_bias(scores: Scores, bias: NDArray[np.float32]) -> Scores:
    """The scores with the fold's bias folded into the sums, so that folds can be pooled."""
    added = np.sqrt(scores.lengths)[:, None] * bias[: len(INTENTS)]
    return Scores(scores.sums + added, scores.lengths, scores.tags)


def _fold(template: str) -> int:
    return int.from_bytes(hashlib.sha256(template.encode()).digest()[:4], "big") % FOLDS


def main(arguments: Sequence[str]) -> int:
    """Train from a folder of .jsonl files (first argument) into a model folder (second)."""
    data, folder = Path(arguments[0]), Path(arguments[1])
    artifact = train(read_examples(data), folder)
    print(f"{folder}: {dict(artifact.card)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
