"""Finding signals in text: one linear-time pass for many of them, then the places of those found.

New text makes new states of the pass's automaton, which costs more than passing through known ones.
A gap of at most so many characters has a state for each, and each again for all that may stand
before it: here the pass lets gaps be of any length, and what it finds is looked for as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import re2

from classifier.signals.catalogue import SIGNALS
from classifier.signals.phrases import PhraseFinder
from classifier.signals.signal import Signal
from classifier.text import sentences

_MEMORY_LIMIT: Final = 128 << 20
_IN_ONE_PASS: Final = 22
"""Patterns of one automaton: two such have far fewer states than one for all, and are as fast where
all states are known. Neighbours in the catalogue share words, hence states."""
_GAP: Final = re.compile(r"(?<!\\)\{0,\d{2,}\}\??")
_ANCHOR: Final = re.compile(r"(?<!\[)\^|\$")


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
        self._phrases = PhraseFinder([signal for signal in signals if signal.phrases])
        patterns = [*(_loosened(signal.pattern) for signal in self._signals), self._phrases.letters]
        self._passes = [
            (first, _pass(patterns[first : first + _IN_ONE_PASS], options))
            for first in range(0, len(patterns), _IN_ONE_PASS)
        ]
        self._patterns = [re2.compile(signal.pattern, options) for signal in self._signals]
        self._guards = {
            signal.name: re2.compile(signal.unless, options) for signal in signals if signal.unless
        }

    def find(self, normal: str) -> list[SignalMatch]:
        """All signals in a normal form (`classifier.text.normal_form`), one match per sentence."""
        text = normal.encode()
        fired = [
            first + index for first, one in self._passes for index in sorted(one.Match(text) or ())
        ]
        if not fired:
            return []
        spans = list(sentences(normal))
        patterns = [index for index in fired if index < len(self._signals)]
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


def _loosened(pattern: str) -> str:
    """A pattern that matches wherever `pattern` does, with gaps of any length.

    One that looks at the ends of the text stays as it is: its sentences have ends of their own.
    """
    return pattern if _ANCHOR.search(pattern) else _GAP.sub("*", pattern)


def _pass(patterns: Sequence[str], options: re2.Options) -> re2.Set:
    made = re2.Set.SearchSet(options)
    for pattern in patterns:
        made.Add(pattern)
    made.Compile()
    return made


@cache
def signal_matcher() -> SignalMatcher:
    """The matcher of the catalogue, compiled once per process."""
    return SignalMatcher()
