"""Words of a message as a report may show them: enough to judge it, little to misuse."""

import re

from pipeline.mail.card_numbers import redact_card_numbers

__all__ = ["excerpt"]

_ADDRESS = re.compile(r"([\w+])[\w.+-]{0,63}@([\w-]{1,63}(?:\.[\w-]{1,63}){1,5})")
_LONG_NUMBER = re.compile(r"\d(?:[ ./-]?\d){6,}")
_LONGEST = 4_000


def excerpt(text: str, length: int = 180) -> str:
    """The first `length` characters of `text` on one line, its personal numbers masked.

    Addresses keep their first letter and domain; numbers of seven digits or more (telephones,
    accounts, cards) keep their last two digits.
    """
    plain = redact_card_numbers(text[:_LONGEST])[0]
    plain = _ADDRESS.sub(r"\1…@\2", plain)
    plain = _LONG_NUMBER.sub(lambda found: f"…{found[0][-2:]}", plain)
    plain = " ".join(plain.split())
    return plain if len(plain) <= length else f"{plain[: length - 1].rstrip()}…"
