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
    scorer: AdditiveScorer, speller: Speller, zones: Sequence[tuple[str, str, str]], label: str
) -> Iterator[Evidence]:
    """The words that weigh most for an intent or tag (`label`), in the sentence that says it most.

    `zones` are (zone, text as given, normal form). At most five words, heaviest first; words that
    speak against the label are left out.
    """
    column = _COLUMNS[label]
    best: tuple[float, list[Evidence]] | None = None
    for zone, original, _ in zones:
        normal = normal_text(original, speller)
        for start, end in sentences(normal.text):
            places = list(WORD.finditer(normal.text, start, end))
            if not places:
                continue
            unit = [word_of(place.group()) for place in places]
            scores = scorer.word_scores(unit)[:, column]
            total = float(scores.sum())
            if best is not None and total <= best[0]:
                continue
            found = []
            for index in sorted(range(len(unit)), key=lambda i: -scores[i])[:_MOST]:
                if scores[index] <= 0:
                    break
                first, last = normal.span(places[index].start(), places[index].end())
                found.append(
                    Evidence(
                        label,
                        "model",
                        unit[index],
                        zone,
                        first,
                        last,
                        original[first:last],
                        float(scores[index]),
                    )
                )
            best = (total, found)
    yield from best[1] if best else ()
