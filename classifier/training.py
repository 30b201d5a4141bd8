"""Training: labelled text to a model folder, deterministically, in under a minute.

`python -m classifier.training data/training build/model` trains the starter model.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.artifact import Artifact, write_artifact
from classifier.calibration import best_temperature, threshold_for_false_alarms
from classifier.examples import Example, read_examples
from classifier.features import words
from classifier.generation import background_examples, composed_examples
from classifier.heads import Corpus, Fitted
from classifier.labels import INTENTS, TAGS
from classifier.patterns import pattern_examples
from classifier.prediction import MessageText
from classifier.reading import Scores, read_text, score
from classifier.routing import route
from classifier.scoring import AdditiveScorer
from classifier.text import NO_SPELLER, normal_form

SEED: Final = 20_261_124
FOLDS: Final = 2
TAG_FALSE_ALARMS: Final = 0.02
"""Share of held-out messages without a tag that the tag's model head may flag."""
UNSURE_BELOW: Final = 0.5
_COMPOSED_PER_EXAMPLE: Final = 0.5


def train(
    examples: Sequence[Example], folder: Path, *, version: str = "starter", generate: bool = True
) -> Artifact:
    """Train on `examples`, and text generated from them and from patterns; write a model folder.

    Temperature and thresholds are set on messages of templates that the scoring model did not see
    (leave-templates-out): a heuristic for mail like the training text, not a guarantee.
    """
    every = [*examples, *background_examples(), *(pattern_examples(SEED) if generate else ())]
    fitted, held_out = _fit_and_hold_out(examples, every)
    truth = np.array([INTENTS.index(example.intent) for example in examples])
    probabilities, tag_scores = held_out
    thresholds = {}
    for column, tag in enumerate(TAGS):
        present = np.array([tag in example.tags for example in examples])
        limit = threshold_for_false_alarms(tag_scores[~present, column], TAG_FALSE_ALARMS)
        thresholds[tag] = max(limit, 0.0)
    artifact = Artifact(
        version=version,
        vocabulary=fitted.vocabulary,
        word_counts=count_words(every),
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


def _fit_and_hold_out(
    examples: Sequence[Example], every: Sequence[Example]
) -> tuple[Fitted, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """The model of `every`; and of `examples`, by models that saw no twin of them, the
    probabilities of intents and the scores of tags.

    Mails are composed within a fold, so that no half of a spliced mail crosses over.
    """
    folds = [[one for one in every if _fold(one.template) == fold] for fold in range(FOLDS)]
    texts: list[Example] = []
    fold_of: list[int] = []
    for fold, members in enumerate(folds):
        composed = composed_examples(members, int(len(members) * _COMPOSED_PER_EXAMPLE), SEED)
        texts += [*members, *composed]
        fold_of += [fold] * (len(members) + len(composed))
    corpus = Corpus(texts)
    probabilities = np.zeros((len(examples), len(INTENTS)), dtype=np.float32)
    tag_scores = np.zeros((len(examples), len(TAGS)), dtype=np.float32)
    for fold in range(FOLDS):
        seen = [index for index, other in enumerate(fold_of) if other != fold]
        mine = [i for i, example in enumerate(examples) if _fold(example.template) == fold]
        fitted = corpus.fit(seen, seed=SEED)
        scores = _scores(fitted, [examples[index] for index in mine])
        bias = fitted.bias[: len(INTENTS)]
        probabilities[mine] = route(scores.sums, scores.lengths, scores.counts, bias, 1.0)
        tag_scores[mine] = scores.tags
    return corpus.fit(range(len(texts)), seed=SEED), (probabilities, tag_scores)


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


def _scores(fitted: Fitted, examples: Sequence[Example]) -> Scores:
    scorer = AdditiveScorer(fitted.vocabulary, fitted.weights)
    read = [read_text(MessageText(one.subject, one.text), NO_SPELLER) for one in examples]
    return score(scorer, fitted.bias, read)


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
