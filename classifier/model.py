"""The trained classifier: a folder of plain arrays and a manifest, loaded and applied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.artifact import Artifact, read_artifact
from classifier.cards import find_card_numbers, may_hold_card_number
from classifier.explanation import model_evidence, signal_evidence
from classifier.labels import INTENTS, OUT_OF_SCOPE_INTENTS, TAGS
from classifier.language import SUPPORTED, recognise_language
from classifier.prediction import Evidence, MessageText, Prediction
from classifier.reading import ReadMessage, Scores, read_text, score
from classifier.routing import route
from classifier.scoring import AdditiveScorer
from classifier.signals.matching import signal_matcher
from classifier.spelling import Speller

STARTER_MODEL: Final = Path("build") / "model"
"""Where set-up puts the model trained from the project's own text."""

_OUT_OF_SCOPE = [INTENTS.index(intent) for intent in sorted(OUT_OF_SCOPE_INTENTS)]


class Classifier:
    """Labels messages. One per thread or process: it remembers words as it meets them."""

    def __init__(self, artifact: Artifact) -> None:
        """Take a model read by `classifier.artifact.read_artifact`."""
        self._artifact = artifact
        self._scorer = AdditiveScorer(artifact.vocabulary, artifact.weights)
        self._speller = Speller(artifact.word_counts)
        self._thresholds = np.array([artifact.thresholds[tag] for tag in TAGS], dtype=np.float32)
        self._slopes = np.array([artifact.slopes[tag] for tag in TAGS], dtype=np.float32)
        self._signals = signal_matcher()

    @classmethod
    def load(cls, path: Path | None = None) -> Classifier:
        """Load a model folder, by default the starter model.

        Raises `classifier.artifact.ModelError` when there is none or it is damaged.
        """
        return cls(read_artifact(path if path is not None else STARTER_MODEL))

    @property
    def digest(self) -> str:
        """SHA-256 of the model's arrays and settings, in hexadecimal."""
        return self._artifact.digest

    @property
    def version(self) -> str:
        """The version the model was trained under."""
        return self._artifact.version

    def classify(self, message: MessageText) -> Prediction:
        """Label one message."""
        return self.classify_many([message])[0]

    def classify_many(self, messages: Sequence[MessageText]) -> list[Prediction]:
        """Label messages; the result has one prediction per message, in order."""
        read = [read_text(message, self._speller) for message in messages]
        scores = score(self._scorer, self._artifact.bias, read, self._slopes)
        probabilities = self._route(scores)
        hits = (scores.tags >= self._thresholds).tolist()
        return [
            self._predict(message, each, row, flags)
            for message, each, row, flags in zip(messages, read, probabilities, hits, strict=True)
        ]

    def explain(self, message: MessageText) -> Prediction:
        """The prediction of `classify`, with the words behind the intent among its evidence."""
        prediction = self.classify(message)
        shown = MessageText(message.subject, message.body)
        zones = read_text(shown, self._speller).zones
        found = model_evidence(self._scorer, self._speller, zones, [prediction.intent])
        return replace(prediction, evidence=(*found, *prediction.evidence))

    def deciding_sentence(self, message: MessageText, intent: str) -> list[str]:
        """The words of the sentence that speaks most for `intent`; none in an empty message."""
        read = read_text(message, self._speller)
        scores = score(self._scorer, self._artifact.bias, [read], self._slopes)
        if not len(scores.sums):
            return []
        each = scores.sums[:, INTENTS.index(intent)] / np.sqrt(scores.lengths)
        return read.units[int(each.argmax())]

    def tag_scores(self, messages: Sequence[MessageText]) -> NDArray[np.float32]:
        """The model's log-odds of each tag, signals apart: shape (messages, tags).

        What is allowed for the number of sentences is taken off, so one threshold is for all.
        """
        read = [read_text(message, self._speller) for message in messages]
        return score(self._scorer, self._artifact.bias, read, self._slopes).tags

    def _route(self, scores: Scores) -> list[list[float]]:
        bias = self._artifact.bias[: len(INTENTS)]
        routed = route(scores.sums, scores.lengths, scores.counts, bias, self._artifact.temperature)
        probabilities: list[list[float]] = routed.tolist()
        return probabilities

    def _predict(
        self, message: MessageText, read: ReadMessage, probabilities: list[float], flags: list[bool]
    ) -> Prediction:
        evidence = list(self._signal_evidence(read))
        shown = {each.label for each in evidence}
        flagged = [tag for tag, hit in zip(TAGS, flags, strict=True) if hit and tag not in shown]
        evidence += model_evidence(self._scorer, self._speller, read.zones, flagged)
        confidence = max(probabilities)
        language = recognise_language(f"{message.subject}\n{message.body}")
        foreign = language not in SUPPORTED and bool(read.units)
        return Prediction(
            intent=INTENTS[probabilities.index(confidence)],
            confidence=confidence,
            probabilities=dict(zip(INTENTS, probabilities, strict=True)),
            tags=frozenset(shown.union(flagged)),
            evidence=tuple(evidence),
            language=language,
            unsure=foreign or confidence < self._artifact.unsure_below,
            out_of_scope=sum(probabilities[index] for index in _OUT_OF_SCOPE),
        )

    def _signal_evidence(self, read: ReadMessage) -> Iterator[Evidence]:
        for zone, original, text in read.zones:
            matches = self._signals.find(text)
            if matches:
                yield from signal_evidence(original, zone, matches, self._speller)
            if may_hold_card_number(text):
                for card in find_card_numbers(original):
                    yield Evidence(
                        label="card_data",
                        source="signal",
                        name=f"card_number_{card.network}",
                        zone=zone,
                        start=card.start,
                        end=card.end,
                        text=original[card.start : card.end],
                        weight=1.0,
                    )
