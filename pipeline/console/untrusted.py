"""Text that a stranger wrote, made safe to look at: escaped, and nothing in it hides.

Characters that turn the direction of reading round, take no room, or are no characters at all
could show a reviewer another text than the customer gets, so each is shown by its number.
"""

import unicodedata

from markupsafe import Markup, escape

from pipeline.mail.card_numbers import redact_card_numbers

__all__ = ["visible"]

_PLAIN_CONTROLS = "\t\n\r"
_HIDING = frozenset({"Cf", "Cc", "Co", "Cs", "Cn", "Zl", "Zp"})
_JOINERS = frozenset("\u200d\ufe0f\u00ad")
"""A joiner inside an emoji and a soft hyphen change nothing that a reader relies on."""


def visible(text: str) -> Markup:
    """`text` for a page: card numbers taken out, hidden characters as marks, all else escaped."""
    text, _ = redact_card_numbers(text)
    if text.isascii() and text.isprintable():
        return escape(text)
    return Markup("").join(_shown(character) for character in text)


def _shown(character: str) -> Markup:
    if character in _PLAIN_CONTROLS or character in _JOINERS:
        return escape(character)
    if unicodedata.category(character) in _HIDING:
        name = unicodedata.name(character, "a control character").lower()
        return Markup('<span class="hidden-character" title="{}">U+{:04X}</span>').format(
            name, ord(character)
        )
    return escape(character)
