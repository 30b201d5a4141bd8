"""The trained classifier: a folder of plain arrays and a manifest, loaded and applied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import compress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.artifact import STARTER_MODEL, Artifact, read_artifact
from classifier.cards import FEWEST_DIGITS, may_hold_card_number
from classifier.explanation import best_sentence, card_evidence, model_evidence, signal_evidence
from classifier.features import words
from classifier.labels import ASKED_FOR, INTENTS, OUT_OF_SCOPE_INTENTS, TAGS
from classifier.language import SUPPORTED
from classifier.prediction import WRITTEN_ZONES, Evidence, MessageText, Prediction
from classifier.reader import Reader
from classifier.reading import Reading, Zone, batches
from classifier.scores import Scores, intent_probabilities, score
from classifier.scoring import AdditiveScorer
from classifier.signals.matching import signal_matcher
from classifier.spelling import Speller

_OUT_OF_SCOPE = [INTENTS.index(intent) for intent in sorted(OUT_OF_SCOPE_INTENTS)]


class Classifier:
    """Labels messages. One per thread or process: it remembers words as it meets them."""

    def __init__(self, artifact: Artifact) -> None:
        """Take a model read by `classifier.artifact.read_artifact`."""
        self._artifact = artifact
        self._scorer = AdditiveScorer(artifact.vocabulary, artifact.weights)
        self._speller = Speller(artifact.word_counts)
        self._reader = Reader(self._scorer, self._speller)
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
        return [found for batch in batches(messages) for found in self._classify(batch)]

    def explain(self, message: MessageText) -> Prediction:
        """The prediction of `classify`, with the words behind the intent among its evidence."""
        prediction = self.classify(message)
        reading, scores = self._read([MessageText(message.subject, message.body)])
        found = self._model_evidence(reading, scores, 0, [prediction.intent])
        return replace(prediction, evidence=(*found, *prediction.evidence))

    def deciding_sentence(self, message: MessageText, intent: str) -> list[str]:
        """The words of the sentence that speaks most for `intent`; none in an empty message."""
        reading, scores = self._read([MessageText(message.subject, message.body)])
        if not reading.bounds[-1]:
            return []
        zone, within = reading.place(0, best_sentence(reading, scores, 0, intent))
        return words(zone.normal)[within]

    def tag_scores(self, messages: Sequence[MessageText]) -> NDArray[np.float32]:
        """The model's log-odds of each tag, signals apart: shape (messages, tags).

        What is allowed for the number of sentences is taken off, so one threshold is for all.
        """
        found = [self._read(batch)[1].tags for batch in batches(messages)]
        return np.concatenate([np.zeros((0, len(TAGS)), dtype=np.float32), *found])

    def _read(self, messages: Sequence[MessageText]) -> tuple[Reading, Scores]:
        reading = self._reader.read(messages)
        return reading, score(self._scorer, self._artifact.bias, reading, self._slopes)

    def _classify(self, messages: Sequence[MessageText]) -> Iterator[Prediction]:
        model = self._artifact
        reading, scores = self._read(messages)
        routed = intent_probabilities(reading, scores, model.bias, model.temperature)
        best, probabilities = routed.argmax(axis=1).tolist(), routed.tolist()
        hits = (scores.tags >= self._thresholds).tolist()
        spoken = reading.counts.tolist()
        # First the signals of all messages: the states of their automaton stay in the cache.
        signalled = [self._signal_evidence(zones) for zones in reading.zones]
        for place, evidence in enumerate(signalled):
            tags = {found.label for found in evidence}
            flagged = [tag for tag in compress(TAGS, hits[place]) if tag not in tags]
            if flagged:
                evidence += self._model_evidence(reading, scores, place, flagged)
                tags.update(flagged)
            row = probabilities[place]
            confidence = row[best[place]]
            language = reading.languages[place]
            foreign = language not in SUPPORTED and spoken[place] > 0
            yield Prediction(
                intent=INTENTS[best[place]],
                confidence=confidence,
                probabilities=dict(zip(INTENTS, row, strict=True)),
                tags=frozenset(tags),
                evidence=tuple(evidence),
                language=language,
                unsure=foreign or confidence < model.unsure_below,
                out_of_scope=sum(row[index] for index in _OUT_OF_SCOPE),
            )

    def _model_evidence(
        self, reading: Reading, scores: Scores, place: int, labels: Sequence[str]
    ) -> Iterator[Evidence]:
        return model_evidence(self._scorer, self._speller, reading, scores, place, labels)

    def _signal_evidence(self, zones: Sequence[Zone]) -> list[Evidence]:
        evidence: list[Evidence] = []
        for zone in zones:
            matches = self._signals.find(zone.normal)
            if matches and zone.name not in WRITTEN_ZONES:
                matches = [one for one in matches if one.signal.tag not in ASKED_FOR]
            if matches:
                evidence += signal_evidence(zone, matches, self._speller)
            if zone.digits >= FEWEST_DIGITS and may_hold_card_number(zone.normal):
                evidence += card_evidence(zone)
        return evidence
