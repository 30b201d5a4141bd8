"""Why a label: the signals and the words behind it, with their places in the message as given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from classifier.cards import find_card_numbers
from classifier.features import WORD, word_of
from classifier.labels import ASKED_FOR, INTENTS, TAGS
from classifier.prediction import Evidence
from classifier.reading import Reading, Zone
from classifier.scores import Scores
from classifier.scoring import AdditiveScorer
from classifier.signals.matching import SignalMatch
from classifier.spelling import Speller
from classifier.text import NormalText, normal_text

_COLUMNS: Final = {name: index for index, name in enumerate((*INTENTS, *TAGS))}
_MOST: Final = 5


def signal_evidence(
    zone: Zone, matches: Sequence[SignalMatch], speller: Speller
) -> Iterator[Evidence]:
    """Evidence of signals found in the normal form of a zone."""
    normal = normal_text(zone.original, speller)
    for match in matches:
        start, end = normal.span(match.start, match.end)
        yield _signalled(match.signal.tag, match.signal.name, zone, start, end)


def card_evidence(zone: Zone) -> Iterator[Evidence]:
    """Evidence of the payment card numbers in a zone."""
    for card in find_card_numbers(zone.original):
        name = f"card_number_{card.network}"
        yield _signalled("card_data", name, zone, card.start, card.end)


def _signalled(label: str, name: str, zone: Zone, start: int, end: int) -> Evidence:
    return Evidence(label, "signal", name, zone.name, start, end, zone.original[start:end], 1.0)


def best_sentence(reading: Reading, scores: Scores, message: int, label: str) -> int:
    """Which sentence of a message, of those that can, speaks most for an intent or tag."""
    mine = reading.sentences(message)
    if label in ASKED_FOR:
        mine = slice(mine.start, mine.start + int(reading.routed[message]))
    each = scores.sums[mine, _COLUMNS[label]] / scores.roots[mine]
    return int(mine.start) + int(each.argmax())


def model_evidence(
    scorer: AdditiveScorer,
    speller: Speller,
    reading: Reading,
    scores: Scores,
    message: int,
    labels: Sequence[str],
) -> Iterator[Evidence]:
    """The words that weigh most for each of `labels` (intents or tags), in its best sentence.

    At most five words a label, heaviest first; words that speak against the label are left out.
    """
    if reading.bounds[message] == reading.bounds[message + 1]:
        return
    normal: dict[str, NormalText] = {}
    for label in labels:
        sentence = best_sentence(reading, scores, message, label)
        zone, within = reading.place(message, sentence)
        if zone.name not in normal:
            normal[zone.name] = normal_text(zone.original, speller)
        read = normal[zone.name]
        unit = list(islice(WORD.finditer(read.text), within.start, within.stop))
        words = [word_of(place.group()) for place in unit]
        weights = scorer.word_scores(reading.rows_of(sentence), _COLUMNS[label])
        for place in weights.argsort()[::-1][:_MOST].tolist():
            weight = float(weights[place])
            if weight <= 0:
                break
            start, end = read.span(*unit[place].span())
            original = zone.original[start:end]
            yield Evidence(label, "model", words[place], zone.name, start, end, original, weight)
