"""The ways in which hands, and those who hide, miswrite a word: pure functions of letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_KEYS: Final = {
    letter: (row, place + row / 2)
    for row, keys in enumerate(("qwertyuiop", "asdfghjkl", "zxcvbnm"))
    for place, letter in enumerate(keys)
}
"""Where the keys of letters are: a finger slips to one that is next."""
_LEET: Final = (
    str.maketrans("0134578@$!|+", "oleastbasiit"),
    str.maketrans("0134578@$!|+", "oieastbasllt"),
)
_RUN: Final = re.compile(r"(.)\1*", re.DOTALL)
_STRETCH: Final = re.compile(r"(.)\1\1", re.DOTALL)


def letters_for_signs(token: str) -> list[str]:
    """`token` with letters for its digits and signs, in each of the ways they are used."""
    return [token.translate(table) for table in _LEET]


def unstretched(word: str) -> Iterator[str]:
    """`word` with its runs of three or more of a letter cut to two, or to one."""
    if not _STRETCH.search(word):
        return
    runs = [run.group() for run in _RUN.finditer(word)]
    for cut in (1, 2):
        yield "".join(run[:cut] if len(run) > 2 else run for run in runs)
    yield "".join(run[0] for run in runs)


def deletions(word: str) -> list[str]:
    """`word` with each of its letters left out."""
    return [word[:place] + word[place + 1 :] for place in range(len(word))]


def one_slip(first: str, second: str) -> bool:
    """Whether one letter left out, put in, put wrong, or swapped with its neighbour parts them."""
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    rest, other = first[start:], second[start:]
    return (
        rest[1:] == other[1:]
        or rest[1:] == other
        or rest == other[1:]
        or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    )


def ease(wrong: str, right: str) -> int:
    """How easily `right` is mistyped as `wrong`: a key that is not next is rarely hit."""
    if len(wrong) != len(right):
        return 4
    places = [index for index, letter in enumerate(wrong) if letter != right[index]]
    if len(places) != 1:
        return 4
    one, other = _KEYS.get(wrong[places[0]]), _KEYS.get(right[places[0]])
    if one is None or other is None:
        return 1
    return 4 if abs(one[0] - other[0]) <= 1 and abs(one[1] - other[1]) <= 1 else 1
