"""Fixed phrases in text, token by token, by spaCy's PhraseMatcher over a blank tokenizer.

Tokenizing is the dear part, so RE2 is to look first whether the letters of any phrase are there at
all; spaCy, loaded when that first happens, then says whether they are words of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import re2

from classifier.signals.signal import Signal

__all__ = ["PhraseFinder"]

Found = list[tuple[Signal, int, int]]


class PhraseFinder:
    """Finds the phrases of some signals; needs no trained pipeline, hence no download."""

    def __init__(self, signals: Sequence[Signal]) -> None:
        """Read the phrases of `signals`, each of which has at least one."""
        self._signals = tuple(signals)
        phrases = (phrase for signal in signals for phrase in signal.phrases)
        letters = (re2.escape(phrase).replace(r"\ ", r"[ \n]") for phrase in phrases)
        self.letters = f"(?i)(?:{'|'.join(letters)})"
        """A pattern in RE2 syntax without which a text has no phrase."""

    def find(self, text: str) -> Found:
        """Each phrase in `text` as (signal, start, end), characters from 0, in order of place."""
        # A line break would be a token of its own and part a phrase.
        return self._in_tokens(text.replace("\n", " "))

    @cached_property
    def _in_tokens(self) -> Callable[[str], Found]:
        import spacy
        from spacy.matcher import PhraseMatcher

        language = spacy.blank("en")
        matcher: Any = PhraseMatcher(language.vocab, attr="LOWER")
        by_key: dict[int, Signal] = {}
        for signal in self._signals:
            matcher.add(signal.name, [language.tokenizer(phrase) for phrase in signal.phrases])
            by_key[language.vocab.strings[signal.name]] = signal

        def find(line: str) -> Found:
            document = language.tokenizer(line)
            spans = ((by_key[key], document[first:last]) for key, first, last in matcher(document))
            found = [(signal, span.start_char, span.end_char) for signal, span in spans]
            return sorted(found, key=lambda match: (match[1], match[2], match[0].name))

        return find
