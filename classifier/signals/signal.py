"""What a signal is: a named pattern that sets a tag, with the examples that define it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WITHIN: Final = r"[^.?!]{0,60}?"
"""Up to 60 characters inside one sentence: the gap between the two halves of a pattern."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A pattern over the normal form (`classifier.text`) that sets `tag` on its own.

    `pattern` and `unless` are in RE2 syntax. A match whose sentence also matches `unless` is no
    evidence. Every example must set the signal and no counter-example may: the tests run both.
    """

    name: str
    tag: str
    description: str
    pattern: str
    examples: tuple[str, ...]
    counter_examples: tuple[str, ...]
    unless: str = ""
