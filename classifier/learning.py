"""Learning from a shop's own labels: train, hold some back, and compare with what is live.

One in five of the shop's messages, chosen by its text and so always the same ones, is never trained
on. The model that is measured is the one that is written: nothing is trained anew after the
measurement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from classifier.artifact import Artifact, read_artifact, write_artifact
from classifier.calibration import Promise
from classifier.comparison import Comparison, compare
from classifier.digests import text_digest
from classifier.evaluation import Evaluation, evaluate
from classifier.examples import REVIEW, DataError, Example
from classifier.live import Live
from classifier.model import Classifier
from classifier.model_card import markdown_card
from classifier.training import train
from classifier.training_index import write_training_index

__all__ = ["CARD", "Learned", "learn", "split"]

CARD: Final = "card.md"
_HELD_OUT_IN: Final = 5
USUAL_RECALL: Final = 0.95
"""The recall of fraud that is asked for when nobody says which."""
_FRAUD: Final = "fraud_risk"
_EVERYTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Learned:
    """A model that was trained and written.

    `measured` is how it does on the shop's messages held back, and `comparison` how that compares
    with the live model; None without such messages. `known_to_live` counts messages held back that
    were left out of the comparison, because the live model had been trained on them.
    """

    artifact: Artifact
    learned: int
    held_out: int
    known_to_live: int
    measured: Evaluation | None
    comparison: Comparison | None

    def objections(self, live: Live | None) -> list[str]:
        """Why this model is not to replace `live` unasked; empty when nothing speaks against it."""
        if live is None:
            return []
        if self.comparison is not None:
            return self.comparison.objections
        if live.learned and not self.learned:
            return [
                f"version {live.name} learned from {live.learned} labels of yours, this"
                " one from none: give them with --data or --with-reviews"
            ]
        if self.learned:
            return [
                "it cannot be compared: none of your messages was held back that the live version"
                " had not seen; give more labels, or some to measure on with --held-out"
            ]
        return []


def split(own: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """The messages to learn from, and those held back: the same however the list is ordered."""
    learnt: list[Example] = []
    held_out: list[Example] = []
    for example in own:
        place = int(text_digest(example.subject, example.text)[:8], 16) % _HELD_OUT_IN
        (learnt if place else held_out).append(example)
    return learnt, held_out


def learn(
    starter: Sequence[Example],
    own: Sequence[Example],
    folder: Path,
    *,
    version: str,
    held_out: Sequence[Example] | None = None,
    live: Live | None = None,
    recall: float | None = None,
    settings: Mapping[str, Any] = _EVERYTHING,
) -> Learned:
    """Train on `starter` and on a shop's `own` messages; write model, index and card to `folder`.

    `held_out` are messages to measure on instead of one in five of `own`; what stands in both is
    not trained on. With `recall` the threshold of the fraud head is lowered, if need be, to one at
    which the messages held back promise that recall of fraud; when they are too few it stays.
    `settings` go on to `classifier.training.train`. Raises `DataError` when there is nothing to
    train on.
    """
    learnt, kept = split(own) if held_out is None else (_without(own, held_out), list(held_out))
    examples = [*starter, *learnt]
    if not examples:
        raise DataError("there is no labelled message to train on")
    trained = train(examples, folder, version=version, **settings)
    candidate = Classifier(read_artifact(folder))
    measured = evaluate(candidate, kept, recall=recall or USUAL_RECALL) if kept else None
    made = measured.promise if measured is not None and recall is not None else None
    if made is not None and made.threshold < trained.thresholds[_FRAUD]:
        trained = replace(trained, thresholds={**trained.thresholds, _FRAUD: made.threshold})
        write_artifact(trained, folder)
        candidate = Classifier(read_artifact(folder))
        measured = evaluate(candidate, kept)
    fair = [one for one in kept if live is None or not live.knows(one.subject, one.text)]
    comparison = compare(live.classifier, candidate, fair) if live is not None and fair else None
    figures = {
        "learned": len(learnt),
        "reviewed": sum(one.kind == REVIEW for one in learnt),
        "measured": _figures(measured, comparison, live),
        "promise": _promise(made, recall),
    }
    card = {**trained.card, "starter": len(starter), "own": figures}
    write_artifact(replace(trained, card=card), folder)
    artifact = read_artifact(folder)
    write_training_index(folder, artifact, starter, learnt)
    (folder / CARD).write_text(markdown_card(artifact), "utf-8")
    return Learned(artifact, len(learnt), len(kept), len(kept) - len(fair), measured, comparison)


def _promise(made: Promise | None, recall: float | None) -> dict[str, Any] | None:
    if made is None:
        return None
    return {
        "recall": recall,
        "confidence": made.confidence,
        "frauds": made.positives,
        "missed": made.misses,
    }


def _without(own: Sequence[Example], held_out: Sequence[Example]) -> list[Example]:
    kept = {text_digest(one.subject, one.text) for one in held_out}
    return [one for one in own if text_digest(one.subject, one.text) not in kept]


def _figures(
    measured: Evaluation | None, comparison: Comparison | None, live: Live | None
) -> dict[str, Any] | None:
    if measured is None:
        return None
    fraud = measured.tags[_FRAUD].recall
    figures: dict[str, Any] = {
        "messages": measured.mails,
        "intents_right": round(measured.accuracy.value, 4),
        "frauds": fraud.count,
        "frauds_found": fraud.hits,
    }
    if comparison is not None and live is not None:
        figures |= {
            "against": live.name,
            "compared": comparison.intents.count,
            "gains": comparison.intents.gains,
            "losses": comparison.intents.losses,
            "p_value": comparison.intents.p_value,
        }
    return figures
