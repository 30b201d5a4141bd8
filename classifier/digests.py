"""The identity of a message's text: equal for texts that the classifier cannot tell apart."""

from __future__ import annotations

import hashlib

from classifier.features import words
from classifier.text import normal_form

__all__ = ["text_digest"]


def text_digest(subject: str, text: str) -> str:
    """SHA-256 in hexadecimal of the words of subject and text in normal form.

    Case, spacing, punctuation, disguises and the digits of numbers make no difference.
    """
    plain = "\n".join(" ".join(words(normal_form(zone))) for zone in (subject, text))
    return hashlib.sha256(plain.encode()).hexdigest()
