"""The trained classifier: a folder of plain arrays and a manifest, loaded and applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.artifact import Artifact, read_artifact
from classifier.cards import find_card_numbers
from classifier.explanation import model_evidence, signal_evidence
from classifier.features import units, words
from classifier.labels import INTENTS, OUT_OF_SCOPE_INTENTS, TAGS
from classifier.language import SUPPORTED, recognise_language
from classifier.prediction import Evidence, MessageText, Prediction
from classifier.routing import route
from classifier.scoring import AdditiveScorer
from classifier.signals.matching import SignalMatch, signal_matcher
from classifier.text import normal_form

STARTER_MODEL: Final = Path("build") / "model"
"""Where set-up puts the model trained from the project's own text."""


class Classifier:
    """Labels messages. One per thread or process: it remembers words as it meets them."""

    def __init__(self, artifact: Artifact) -> None:
        """Take a model read by `classifier.artifact.read_artifact`."""
        self._artifact = artifact
        self._scorer = AdditiveScorer(artifact.vocabulary, artifact.weights)
        self._known = artifact.known_words
        self._thresholds = np.array([artifact.thresholds[tag] for tag in TAGS], dtype=np.float32)
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

    def explain(self, message: MessageText) -> Prediction:
        """The prediction of `classify`, with the words behind the intent among its evidence."""
        prediction = self.classify(message)
        zones = [
            (zone, text, normal_form(text, self._known))
            for zone, text in message.zones()
            if zone in ("subject", "body")
        ]
        found = model_evidence(self._scorer, self._artifact, zones, prediction.intent)
        return replace(prediction, evidence=(*found, *prediction.evidence))

    def classify_many(self, messages: Sequence[MessageText]) -> list[Prediction]:
        """Label messages; the result has one prediction per message, in order."""
        normal = [
            [(zone, text, normal_form(text, self._known)) for zone, text in message.zones()]
            for message in messages
        ]
        found: list[list[str]] = []
        places: list[tuple[int, int]] = []
        for zones in normal:
            main = [
                unit
                for zone, _, text in zones
                if zone in ("subject", "body")
                for unit in units(text)
            ]
            rest = [
                unit
                for zone, _, text in zones
                if zone not in ("subject", "body")
                for unit in units(text)
            ]
            places.append((len(main), len(rest)))
            found += main
            found += rest
        sums = self._scorer.sums(found)
        lengths = np.array([len(unit) for unit in found], dtype=np.float32)
        predictions = []
        first = 0
        for message, zones, (main_count, rest_count) in zip(messages, normal, places, strict=True):
            last = first + main_count + rest_count
            predictions.append(
                self._predict(message, zones, sums[first:last], lengths[first:last], main_count)
            )
            first = last
        return predictions

    def _predict(
        self,
        message: MessageText,
        zones: Sequence[tuple[str, str, str]],
        sums: NDArray[np.float32],
        lengths: NDArray[np.float32],
        main_count: int,
    ) -> Prediction:
        bias, count = self._artifact.bias, len(INTENTS)
        probabilities = route(
            sums[:main_count, :count],
            lengths[:main_count],
            bias[:count],
            self._artifact.temperature,
        )
        tag_scores = np.full(len(TAGS), -np.inf, dtype=np.float32)
        if len(sums):
            tag_scores = (sums[:, count:] / np.sqrt(lengths)[:, None] + bias[count:]).max(axis=0)
        evidence: list[Evidence] = []
        tags = {tag for tag, hit in zip(TAGS, tag_scores >= self._thresholds, strict=True) if hit}
        for tag in sorted(tags):
            evidence += model_evidence(self._scorer, self._artifact, zones, tag)
        for zone, original, text in zones:
            matches: list[SignalMatch] = self._signals.find(text)
            tags |= {match.signal.tag for match in matches}
            evidence += signal_evidence(original, zone, matches, self._known)
            for card in find_card_numbers(original) if _may_hold_card(text) else ():
                tags.add("card_data")
                evidence.append(
                    Evidence(
                        "card_data",
                        "signal",
                        f"card_number_{card.network}",
                        zone,
                        card.start,
                        card.end,
                        original[card.start : card.end],
                        1.0,
                    )
                )
        best = int(probabilities.argmax())
        language = recognise_language(f"{message.subject}\n{message.body}")
        confidence = float(probabilities[best])
        return Prediction(
            intent=INTENTS[best],
            confidence=confidence,
            probabilities=dict(zip(INTENTS, map(float, probabilities), strict=True)),
            tags=frozenset(tags),
            evidence=tuple(evidence),
            language=language,
            unsure=confidence < self._artifact.unsure_below
            or (language not in SUPPORTED and bool(words(normal_form(message.body)))),
            out_of_scope=float(
                sum(probabilities[INTENTS.index(intent)] for intent in OUT_OF_SCOPE_INTENTS)
            ),
        )


def _may_hold_card(text: str) -> bool:
    digits = sum(map(text.count, "0123456789"))
    return digits >= 12 or any(word in text for word in ("four", "five", "three"))
