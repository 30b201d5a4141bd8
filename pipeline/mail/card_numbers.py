"""Payment card numbers in text, however they are disguised.

A number counts when 13 to 19 digits, in the usual groupings, pass the check digit (ISO/IEC 7812-1
annex B, "Luhn") and start with the range of a card scheme. Width variants, foreign digits, format
characters and tags between the digits do not hide it.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import re2

__all__ = ["contains_card_number", "redact_card_numbers"]

_CANDIDATE = re.compile(r"(?<![0-9])[0-9](?:[ \-./\r\n]{0,2}[0-9]){12,18}")
_LONGEST_TELEPHONE = 15
_ENOUGH_DIGITS = re2.compile(r"[0-9](?:[ \-./\r\n]{0,2}[0-9]){12}")
_TAG_OR_ENTITY = re.compile(
    r"<[^<>]*>|&#(?:[xX](?P<hexadecimal>[0-9a-fA-F]{1,6})|(?P<decimal>[0-9]{1,7}));?"
)
_SCHEMES = re.compile(
    r"4\d{12}(?:\d{3}){0,2}"  # Visa: 13, 16, 19
    r"|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-59]|[689]\d)\d{11,16}"  # Diners Club
    r"|(?:6011|64[4-9]\d|65\d{2})\d{12,15}"  # Discover
    r"|(?:352[89]|35[3-8]\d)\d{12,15}"  # JCB
    r"|62\d{14,17}"  # UnionPay
    r"|(?:5[0678]\d{2}|6[37]\d{2})\d{8,15}"  # Maestro
)


def contains_card_number(text: str) -> bool:
    """Whether a payment card number stands in `text`, which may be HTML."""
    return any(True for _ in _found(text))


def redact_card_numbers(text: str) -> tuple[str, int]:
    """`text` with every card number masked but for its last four digits, and how many there were.

    The last four digits may be shown (PCI DSS v4.0.1, 3.4.1). Works on the text as it is written,
    so disguises inside a number go with it.
    """
    pieces: list[str] = []
    end = count = 0
    for first, last, digits in _found(text):
        pieces += (text[end:first], f"card •••• {digits[-4:]}")
        end = last
        count += 1
    return "".join((*pieces, text[end:])), count


def _found(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end (in `text`) and digits of each card number."""
    if not _has_enough_digits(text):
        return
    plain, places = _undisguised(text)
    position = 0
    while found := _CANDIDATE.search(plain, position):
        match = _best(found, plain)
        if match is None:
            # Another number may start inside the run that was refused.
            position = found.start() + 1
            continue
        first, last, digits = match
        yield (places[first][0], places[last - 1][1], digits) if places else match
        position = last


def _has_enough_digits(text: str) -> bool:
    """Whether `_CANDIDATE` is in the undisguised text: what most texts are asked, and no more."""
    if "<" in text or "&#" in text:
        text = _TAG_OR_ENTITY.sub(_meant, text)
    if not text.isascii():
        text = text.translate(_UNDISGUISED)
    return _ENOUGH_DIGITS.search(text.encode("utf-8", "replace")) is not None


def _meant(disguise: re.Match[str]) -> str:
    """The character that an entity stands for; nothing for a tag."""
    code = disguise["hexadecimal"] or disguise["decimal"]
    if not code:
        return ""
    number = int(code, 16 if disguise["hexadecimal"] else 10)
    return chr(number) if number < 0x110000 else ""


def _best(found: re.Match[str], plain: str) -> tuple[int, int, str] | None:
    """The longest card number that starts where `found` does."""
    start = found.start()
    ends = [start + at + 1 for at, letter in enumerate(found.group()) if letter.isdigit()]
    digits = "".join(letter for letter in found.group() if letter.isdigit())
    for length in range(len(digits), 12, -1):
        number = digits[:length]
        if length <= _LONGEST_TELEPHONE and plain[start - 1 : start] == "+":
            break  # a telephone number (ITU-T E.164)
        if plain[ends[length - 1] : ends[length - 1] + 1].isdigit():
            continue  # the middle of a longer number, such as a parcel's
        if _SCHEMES.fullmatch(number) and _check_digit_fits(number):
            return start, ends[length - 1], number
    return None


def _check_digit_fits(number: str) -> bool:
    if number.count(number[0]) == len(number):
        return False
    doubled = (int(digit) * 2 for digit in number[-2::-2])
    total = sum(map(int, number[::-2])) + sum(
        value - 9 if value > 9 else value for value in doubled
    )
    return total % 10 == 0


def _undisguised(text: str) -> tuple[str, list[tuple[int, int]]]:
    """`text` with every digit as ASCII and nothing between digits but separators.

    Also, for each character kept, the start and end in `text` of what it was made of; nothing
    when that is the text itself.
    """
    if text.isascii() and "<" not in text and "&#" not in text:
        return text, []
    letters: list[str] = []
    places: list[tuple[int, int]] = []
    end = 0
    for disguise in _TAG_OR_ENTITY.finditer(text):
        _append(text, end, disguise.start(), letters, places)
        end = disguise.end()
        if plain := _meant(disguise).translate(_UNDISGUISED):
            letters.append(plain)
            places.append(disguise.span())
    _append(text, end, len(text), letters, places)
    return "".join(letters), places


def _append(
    text: str, start: int, end: int, letters: list[str], places: list[tuple[int, int]]
) -> None:
    for place in range(start, end):
        if plain := _plain(text[place]):
            letters.append(plain)
            places.append((place, place + 1))


@lru_cache(maxsize=4096)
def _plain(letter: str) -> str:
    if letter.isascii():
        return letter
    digit = unicodedata.digit(letter, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(letter)
    if category in ("Cf", "Mn", "Me"):
        return ""
    if category == "Zs":
        return " "
    if category == "Pd":
        return "-"
    return letter if len(folded := unicodedata.normalize("NFKC", letter)) != 1 else folded


class _Undisguised:
    """`_plain` as a table for `str.translate`."""

    def __getitem__(self, code: int) -> str:
        return _plain(chr(code))


_UNDISGUISED = _Undisguised()
