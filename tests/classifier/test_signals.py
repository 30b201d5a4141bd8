from __future__ import annotations

import pytest

from classifier.labels import TAGS
from classifier.signals.catalogue import SIGNALS
from classifier.signals.matching import signal_matcher
from classifier.signals.signal import Signal
from classifier.text import normal_form

_IDS = [signal.name for signal in SIGNALS]


def _found(text: str) -> set[str]:
    return {match.signal.name for match in signal_matcher().find(normal_form(text))}


@pytest.mark.parametrize("signal", SIGNALS, ids=_IDS)
def test_every_example_sets_its_signal(signal: Signal) -> None:
    missed = [text for text in signal.examples if signal.name not in _found(text)]
    assert not missed


@pytest.mark.parametrize("signal", SIGNALS, ids=_IDS)
def test_no_counter_example_sets_any_signal_of_the_tag(signal: Signal) -> None:
    tag = {other.name for other in SIGNALS if other.tag == signal.tag}
    false_alarms = {text: _found(text) & tag for text in signal.counter_examples}
    assert not any(false_alarms.values()), false_alarms


def test_signals_are_documented_and_named_once() -> None:
    assert len(set(_IDS)) == len(SIGNALS)
    for signal in SIGNALS:
        assert signal.tag in TAGS
        assert signal.description.endswith(".")
        assert signal.examples
        assert signal.counter_examples


def test_a_guard_excuses_only_its_own_sentence() -> None:
    excused = "My fraud alert works great."
    assert not _found(excused)
    assert "card_stolen" in _found(f"{excused} But my credit card was stolen.")


def test_places_are_those_of_the_match() -> None:
    normal = normal_form("Hello. Someone used my card yesterday.")
    (match,) = signal_matcher().find(normal)
    assert normal[match.start : match.end] == "someone used my card"


@pytest.mark.parametrize(("filling", "found"), [(10, True), (58, True), (70, False)])
def test_gaps_are_as_long_as_written(filling: int, found: bool) -> None:
    text = f"I did not recognise {'x' * filling} payment"
    assert ("unrecognised_payment" in _found(text)) is found


def test_the_end_of_a_sentence_is_not_that_of_the_text() -> None:
    assert "stop_sending" in _found("Stop.")
    assert "stop_sending" not in _found(f"Stop. I never get {'x' * 40} offers")
    assert "stop_sending" not in _found("Stop. Where is my parcel?")
