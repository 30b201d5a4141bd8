"""Why a label: the signals and the words behind it, with their places in the message as given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from classifier.features import WORD, word_of
from classifier.labels import INTENTS, TAGS
from classifier.prediction import Evidence
from classifier.scoring import AdditiveScorer
from classifier.signals.matching import SignalMatch
from classifier.spelling import Speller
from classifier.text import normal_text, sentences

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
    best: dict[str, tuple[float, list[Evidence]]] = {}
    for zone, original, _ in zones if labels else ():
        normal = normal_text(original, speller)
        for start, end in sentences(normal.text):
            places = list(WORD.finditer(normal.text, start, end))
            if not places:
                continue
            unit = [word_of(place.group()) for place in places]
            scores = scorer.word_scores(unit)
            totals = scores.sum(axis=0)
            for label in labels:
                column = _COLUMNS[label]
                total = float(totals[column])
                if label in best and total <= best[label][0]:
                    continue
                found = []
                for index in scores[:, column].argsort()[::-1][:_MOST].tolist():
                    weight = float(scores[index, column])
                    if weight <= 0:
                        break
                    first, last = normal.span(places[index].start(), places[index].end())
                    text = original[first:last]
                    found.append(
                        Evidence(label, "model", unit[index], zone, first, last, text, weight)
                    )
                best[label] = total, found
    for label in labels:
        yield from best[label][1] if label in best else ()
