"""Finding signals in text: one linear-time pass for all of them, then the places of those found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import re2

from classifier.signals.catalogue import SIGNALS
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
        self._signals = tuple(signals)
        self._set = re2.Set.SearchSet(options)
        for signal in signals:
            self._set.Add(signal.pattern)
        self._set.Compile()
        self._patterns = [re2.compile(signal.pattern, options) for signal in signals]
        self._guards = [
            re2.compile(signal.unless, options) if signal.unless else None for signal in signals
        ]

    def find(self, normal: str) -> list[SignalMatch]:
        """All signals in a normal form (`classifier.text.normal_form`), one match per sentence."""
        fired = self._set.Match(normal)
        if not fired:
            return []
        spans = list(sentences(normal))
        return [match for index in sorted(fired) for match in self._places(index, normal, spans)]

    def _places(
        self, index: int, normal: str, spans: Sequence[tuple[int, int]]
    ) -> Iterator[SignalMatch]:
        pattern, guard = self._patterns[index], self._guards[index]
        for start, end in spans:
            sentence = normal[start:end]
            found = pattern.search(sentence)
            if found is None or (guard is not None and guard.search(sentence)):
                continue
            yield SignalMatch(self._signals[index], start + found.start(), start + found.end())


@cache
def signal_matcher() -> SignalMatcher:
    """The matcher of the catalogue, compiled once per process."""
    return SignalMatcher()
