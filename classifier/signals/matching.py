"""Finding signals in text: one linear-time pass for all of them, then the places of those found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import re2

from classifier.signals.catalogue import SIGNALS
from classifier.signals.phrases import PhraseFinder
from classifier.signals.signal import Signal
from classifier.text import sentences

_MEMORY_LIMIT: Final = 256 << 20


@dataclass(frozen=True, slots=True)
class SignalMatch:
    """A signal found in a normal form, at the half-open span `start`..`end`."""

    signal: Signal
    start: int
    end: int


class SignalMatcher:
    """Matches a fixed list of signals; holds no state between calls."""

    def __init__(self, signals: Sequence[Signal] = SIGNALS) -> None:
        """Compile `signals`; raises `re2.error` on a pattern RE2 does not take."""
        options = re2.Options()
        options.max_mem = _MEMORY_LIMIT
        options.log_errors = False
        self._signals = tuple(signal for signal in signals if signal.pattern)
        self._set = re2.Set.SearchSet(options)
        for signal in self._signals:
            self._set.Add(signal.pattern)
        self._phrases = PhraseFinder([signal for signal in signals if signal.phrases])
        self._set.Add(self._phrases.letters)
        self._set.Compile()
        self._patterns = [re2.compile(signal.pattern, options) for signal in self._signals]
        self._guards = {
            signal.name: re2.compile(signal.unless, options) for signal in signals if signal.unless
        }

    def find(self, normal: str) -> list[SignalMatch]:
        """All signals in a normal form (`classifier.text.normal_form`), one match per sentence."""
        fired = self._set.Match(normal)
        if not fired:
            return []
        spans = list(sentences(normal))
        patterns = sorted(index for index in fired if index < len(self._signals))
        found = [match for index in patterns for match in self._places(index, normal, spans)]
        for signal, start, end in self._phrases.find(normal) if len(patterns) < len(fired) else ():
            sentence = next((span for span in spans if span[0] <= start < span[1]), (start, end))
            if not self._excused(signal, normal[slice(*sentence)]):
                found.append(SignalMatch(signal, start, end))
        return found

    def _places(
        self, index: int, normal: str, spans: Sequence[tuple[int, int]]
    ) -> Iterator[SignalMatch]:
        pattern, signal = self._patterns[index], self._signals[index]
        for start, end in spans:
            sentence = normal[start:end]
            found = pattern.search(sentence)
            if found is None or self._excused(signal, sentence):
                continue
            yield SignalMatch(signal, start + found.start(), start + found.end())

    def _excused(self, signal: Signal, sentence: str) -> bool:
        guard = self._guards.get(signal.name)
        return guard is not None and guard.search(sentence) is not None


@cache
def signal_matcher() -> SignalMatcher:
    """The matcher of the catalogue, compiled once per process."""
    return SignalMatcher()
