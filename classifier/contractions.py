"""Contractions of English, with and without their apostrophes, and what they stand for."""

from __future__ import annotations

import re
from typing import Final

from classifier.tracking import Step

CONTRACTIONS: Final[dict[str, str]] = {
    "dont": "do not",
    "didnt": "did not",
    "doesnt": "does not",
    "havent": "have not",
    "hasnt": "has not",
    "hadnt": "had not",
    "wasnt": "was not",
    "werent": "were not",
    "isnt": "is not",
    "arent": "are not",
    "wont": "will not",
    "cant": "can not",
    "cannot": "can not",
    "couldnt": "could not",
    "wouldnt": "would not",
    "shouldnt": "should not",
    "aint": "is not",
    "im": "i am",
    "ive": "i have",
}
"""Contractions without their apostrophe, and what they stand for in the normal form."""

_SUFFIXES: Final[dict[str, str]] = {
    "'ve": " have",
    "'re": " are",
    "'ll": " will",
    "'m": " am",
    "'d": " would",
    "'s": "s",
}
_CONTRACTION: Final = re.compile(
    r"\b(?:(?:do|did|does|have|has|had|was|were|is|are|wo|ca|could|would|should|ai)n'?t|cannot"
    r"|i'?ve|i'?m)\b|(?<=[a-z])'(?:ve|re|ll|m|d|s)\b"
)


def _written_out(match: re.Match[str]) -> str:
    found = match.group()
    if found in _SUFFIXES:
        return _SUFFIXES[found]
    return CONTRACTIONS[found.replace("'", "")]


WRITE_OUT: Final[Step] = (_CONTRACTION, _written_out)
"""Writes contractions out in lower-case text."""
