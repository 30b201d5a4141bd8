"""Which words of a text were deleted and which inserted, for a person to read."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

__all__ = ["Piece", "word_difference"]

Change = Literal["same", "deleted", "inserted"]
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_MOST = 1_000_000
"""Comparing takes time with the product of both lengths; above this, whole lines are compared."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Words next to each other that one thing became of."""

    change: Change
    text: str


def word_difference(before: str, after: str) -> list[Piece]:
    """What leads from `before` to `after`, in reading order, what was deleted first.

    The pieces that are not inserted make up `before`, those not deleted `after`. Very long texts
    are compared by lines, and beyond that as wholes.
    """
    found = list(_trimmed(_WORDS.findall(before), _WORDS.findall(after)))
    pieces: list[Piece] = []
    for same, together in groupby(enumerate(found), key=lambda one: _left(found, one[0])):
        run = [piece for _, piece in together]
        if same:
            pieces += _piece("same", [piece.text for piece in run])
        else:
            pieces += _piece("deleted", [one.text for one in run if one.change != "inserted"])
            pieces += _piece("inserted", [one.text for one in run if one.change != "deleted"])
    return pieces


def _left(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a piece was left as it is; a space between two changed words belongs to them."""
    piece = pieces[at]
    between = 0 < at < len(pieces) - 1
    return piece.change == "same" and not (between and piece.text.isspace())


def _trimmed(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    rest = shorter - head
    tail = next((at for at in range(rest) if old[-1 - at] != new[-1 - at]), rest)
    yield from _piece("same", old[:head])
    yield from _compared(old[head : len(old) - tail], new[head : len(new) - tail])
    yield from _piece("same", old[len(old) - tail :])


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    if len(old) * len(new) > _MOST:
        old, new = (_LINES.findall("".join(part)) for part in (old, new))
    if len(old) * len(new) > _MOST:
        yield from _piece("deleted", old)
        yield from _piece("inserted", new)
        return
    # What stands between words starts no match: it is everywhere, and a text that was written
    # anew would be searched once for each of its spaces.
    matcher = SequenceMatcher(_is_between_words, old, new, autojunk=False)
    for _, first, last, start, end in matcher.get_opcodes():
        if old[first:last] == new[start:end]:
            yield from _piece("same", old[first:last])
        else:
            yield from _piece("deleted", old[first:last])
            yield from _piece("inserted", new[start:end])


def _is_between_words(text: str) -> bool:
    return not any(map(str.isalnum, text))


def _piece(change: Change, words: Sequence[str]) -> Iterator[Piece]:
    if words:
        yield Piece(change, "".join(words))
