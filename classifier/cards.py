"""Card numbers in text, however they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import re2

from classifier.text import NormalText, normal_text

_SPELLED: Final[dict[str, str]] = {
    "zero": "0",
    "oh": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
}
_DIGIT: Final = rf"(?:[0-9]|\b(?:{'|'.join(_SPELLED)})\b)"
_GAP: Final = r"[\s.,\-_/*|:;()\[\]]{0,3}"
_CANDIDATE: Final = re.compile(rf"{_DIGIT}(?:{_GAP}{_DIGIT}){{12,40}}")
_SEEN: Final = re2.compile(_CANDIDATE.pattern)
_ONE_DIGIT: Final = re.compile(_DIGIT)
FEWEST_DIGITS: Final = 13
"""No card number is shorter."""
_NETWORKS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("visa", re.compile(r"4(?:\d{12}|\d{15}|\d{18})")),
    (
        "mastercard",
        re.compile(r"(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"),
    ),
    ("amex", re.compile(r"3[47]\d{13}")),
    ("discover", re.compile(r"6(?:011|5\d{2}|4[4-9]\d)\d{12}")),
    ("diners", re.compile(r"3(?:0[0-5]|[68]\d)\d{11}")),
    ("jcb", re.compile(r"35(?:2[89]|[3-8]\d)\d{12}")),
    ("maestro", re.compile(r"(?:50|5[6-8]|6\d)\d{10,17}")),
    ("unionpay", re.compile(r"62\d{14,17}")),
)


@dataclass(frozen=True, slots=True)
class CardNumber:
    """A card number found in a text: half-open span in the original, network, last four digits."""

    start: int
    end: int
    network: str
    last_four: str


def find_card_numbers(text: str) -> list[CardNumber]:
    """Find payment card numbers (ISO/IEC 7812-1): issuer prefix, length and Luhn check agree.

    Sees through full-width and other digits, invisible marks, separators, line breaks and digits
    spelled as English words. Never returns or keeps the whole number.
    """
    return list(_find(normal_text(text)))


def may_hold_card_number(normal: str) -> bool:
    """Whether a normal form (`classifier.text`) has digits enough in a row for a card number."""
    return _SEEN.search(normal) is not None


def count_digits(normal: str) -> int:
    """How many digits a normal form has, figures and English words for them."""
    return len(_ONE_DIGIT.findall(normal))


def passes_luhn(digits: str) -> bool:
    """Whether the check digit of `digits` is right (ISO/IEC 7812-1, annex B)."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _find(normal: NormalText) -> Iterator[CardNumber]:
    for candidate in _CANDIDATE.finditer(normal.text):
        places = list(_ONE_DIGIT.finditer(normal.text, candidate.start(), candidate.end()))
        digits = "".join(_SPELLED.get(place.group(), place.group()) for place in places)
        found = _first_number(digits)
        if found is not None:
            first, length, network = found
            start, end = normal.span(places[first].start(), places[first + length - 1].end())
            yield CardNumber(start, end, network, digits[first + length - 4 : first + length])


def _first_number(digits: str) -> tuple[int, int, str] | None:
    """The first (index, length, network) inside `digits` that is a card number."""
    for first in range(len(digits) - 12):
        for length in range(min(19, len(digits) - first), 12, -1):
            part = digits[first : first + length]
            for network, pattern in _NETWORKS:
                if pattern.fullmatch(part) and passes_luhn(part) and len(set(part)) > 1:
                    return first, length, network
    return None
