"""Why a label: the signals and the words behind it, with their places in the message as given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from classifier.features import WORD, words
from classifier.labels import INTENTS, TAGS
from classifier.prediction import Evidence
from classifier.scoring import AdditiveScorer
from classifier.signals.matching import SignalMatch
from classifier.spelling import Speller
from classifier.text import NormalText, normal_text, sentences

_COLUMNS: Final = {name: index for index, name in enumerate((*INTENTS, *TAGS))}
_MOST: Final = 5


def signal_evidence(
    original: str, zone: str, matches: Sequence[SignalMatch], speller: Speller
) -> Iterator[Evidence]:
    """Evidence of signals found in the normal form of `original`."""
    if not matches:
        return
    normal = normal_text(original, speller)
    for match in matches:
        start, end = normal.span(match.start, match.end)
        yield Evidence(
            match.signal.tag,
            "signal",
            match.signal.name,
            zone,
            start,
            end,
            original[start:end],
            1.0,
        )


def model_evidence(
    scorer: AdditiveScorer,
    speller: Speller,
    zones: Sequence[tuple[str, str, str]],
    labels: Sequence[str],
) -> Iterator[Evidence]:
    """The words that weigh most for each of `labels` (intents or tags), in its best sentence.

    `zones` are (zone, text as given, normal form). At most five words a label, heaviest first;
    words that speak against the label are left out.
    """
    spans = [
        (index, start, end)
        for index, (_, _, text) in enumerate(zones if labels else ())
        for start, end in sentences(text)
        if WORD.search(text, start, end)
    ]
    if not spans:
        return
    units = [words(zones[index][2][start:end]) for index, start, end in spans]
    lengths = np.array([len(unit) for unit in units], dtype=np.float32)
    totals = scorer.sums(units) / np.sqrt(lengths)[:, None]
    normal: dict[int, NormalText] = {}
    for label in labels:
        best = int(totals[:, _COLUMNS[label]].argmax())
        index, start, end = spans[best]
        zone, original, _ = zones[index]
        if index not in normal:
            normal[index] = normal_text(original, speller)
        places = list(WORD.finditer(normal[index].text, start, end))
        scores = scorer.word_scores(units[best])[:, _COLUMNS[label]]
        for place in scores.argsort()[::-1][:_MOST].tolist():
            weight = float(scores[place])
            if weight <= 0:
                break
            first, last = normal[index].span(places[place].start(), places[place].end())
            yield Evidence(
                label, "model", units[best][place], zone, first, last, original[first:last], weight
            )
