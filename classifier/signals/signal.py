"""What a signal is: a pattern or phrases that set a tag, with the examples that define it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WITHIN: Final = r"[^.?!]{0,60}?"
"""Up to 60 characters inside one sentence: the gap between the two halves of a pattern."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A pattern or phrases over the normal form (`classifier.text`) that set `tag` on their own.

    A signal has either a `pattern`, in RE2 syntax, or `phrases`, matched token by token. A match
    whose sentence also matches `unless` (RE2) is no evidence. Every example must set the signal and
    no counter-example may: the tests run both.
    """

    name: str
    tag: str
    description: str
    examples: tuple[str, ...]
    counter_examples: tuple[str, ...]
    pattern: str = ""
    phrases: tuple[str, ...] = ()
    unless: str = ""
