"""One plain letter for each of its disguises: width, style, accents, look-alikes, hidden marks."""

from __future__ import annotations

import unicodedata
from typing import Final

_INVISIBLE_CATEGORIES: Final = frozenset({"Cf", "Mn", "Me", "Cc", "Cs", "Co"})
_KEPT_CONTROLS: Final = frozenset("\n\t\r")
_OWN_LOOKALIKES: Final[dict[str, str]] = {
    "ı": "i",
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ŧ": "t",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ƒ": "f",
    "‘": "'",
    "’": "'",
    "ʼ": "'",
    "`": "'",
    "´": "'",
    "“": '"',
    "”": '"',
    "–": "-",
    "—": "-",
    "‐": "-",
    "‑": "-",
    "−": "-",
    "·": ".",
    "•": ".",
    "∙": ".",
    "ᴀ": "a",
    "ʙ": "b",
    "ᴄ": "c",
    "ᴅ": "d",
    "ᴇ": "e",
    "ꜰ": "f",
    "ɢ": "g",
    "ʜ": "h",
    "ɪ": "i",
    "ᴊ": "j",
    "ᴋ": "k",
    "ʟ": "l",
    "ᴍ": "m",
    "ɴ": "n",
    "ᴏ": "o",
    "ᴘ": "p",
    "ʀ": "r",
    "ꜱ": "s",
    "ᴛ": "t",
    "ᴜ": "u",
    "ᴠ": "v",
    "ᴡ": "w",
    "ʏ": "y",
    "ᴢ": "z",
}


class _PlainForms(dict[int, str]):
    """Code point to its plain form, worked out on first sight (`str.translate` asks for it)."""

    def __missing__(self, code: int) -> str:
        plain = self[code] = _plain_form(chr(code))
        return plain


def _plain_form(character: str) -> str:
    if character < "\x80":
        if character >= " " or character in _KEPT_CONTROLS:
            return character.lower()
        return ""
    decomposed = unicodedata.normalize("NFKD", character).casefold()
    return "".join(_plain_part(part) for part in decomposed)


def _plain_part(part: str) -> str:
    if part < "\x80":
        return part.lower()
    if part in _OWN_LOOKALIKES:
        return _OWN_LOOKALIKES[part]
    category = unicodedata.category(part)
    if category in _INVISIBLE_CATEGORIES:
        return ""
    if category == "Zs":
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(part))
    return _latin_lookalike(part) or part


def _latin_lookalike(part: str) -> str:
    """The ASCII letters that `part` passes for (Unicode Technical Standard 39), or nothing."""
    if not part.isalpha():
        return ""
    # Imported on the first such character: ordinary mail has none and should not pay for the table.
    from confusable_homoglyphs import confusables

    for form in (part, part.upper()):
        for entry in confusables.is_confusable(form, greedy=True) or ():
            for homoglyph in entry["homoglyphs"]:
                candidate = str(homoglyph["c"])
                if len(candidate) == 1 and candidate.isascii() and candidate.isalpha():
                    return candidate.lower()
    return ""


PLAIN_FORMS: Final[dict[int, str]] = _PlainForms()
"""For `str.translate`: lower case, NFKD without marks, invisible characters gone, look-alikes
mapped to ASCII. Grows by one entry per distinct code point met, so it is bounded by Unicode."""
