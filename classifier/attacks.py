"""Ways to write a sentence so that a filter misses it and a person does not.

Each attack takes a text, a source of randomness and a strength, the share of its words that it
changes (0..1). They measure the classifier; nothing in classifying uses them.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from classifier.generation import SMALL_TALK, corrupt

Attack = Callable[[str, Random, float], str]

STRENGTHS: Final[dict[str, float]] = {"mild": 0.15, "middling": 0.4, "strong": 0.8}

_HOMOGLYPHS: Final = str.maketrans("aceiopsxyABCEHIKMOPTX", "асеіорѕхуАВСЕНІКМОРТХ")
_LEET: Final = str.maketrans("aeiost", "431057")
_OTHER_LEET: Final = str.maketrans("aeis", "@3!$")
_INVISIBLE: Final = ("\u200b", "\u200c", "\u2060", "\u00ad", "\ufeff")
_MARKS: Final = ("\u0301", "\u0308", "\u0336", "\u0323", "\u035c")
_EMOJI: Final = ("🙂", "❗", "💳", "😡", "✨")


def _per_word(change: Callable[[str, Random], str]) -> Attack:
    def attack(text: str, random: Random, strength: float) -> str:
        return " ".join(
            change(word, random)
            if random.random() < strength and any(map(str.isalpha, word))
            else word
            for word in text.split(" ")
        )

    return attack


def _styled(word: str, random: Random) -> str:
    start = random.choice((0x1D41A, 0x1D44E, 0x1D5BA, 0x1D68A))
    return "".join(
        chr(start + ord(letter) - 97)
        if "a" <= letter <= "z" and start + ord(letter) - 97 != 0x1D455
        else letter
        for letter in word.lower()
    )


def _full_width(word: str, _: Random) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in word)


def _sprinkled(signs: tuple[str, ...]) -> Callable[[str, Random], str]:
    def change(word: str, random: Random) -> str:
        return "".join(letter + random.choice(signs) for letter in word)

    return change


def _spread(gap: str) -> Callable[[str, Random], str]:
    def change(word: str, _: Random) -> str:
        return gap.join(word) if len(word) > 3 else word

    return change


def _leet(word: str, random: Random) -> str:
    return word.lower().translate(random.choice((_LEET, _OTHER_LEET)))


def _references(word: str, random: Random) -> str:
    form = random.choice(("&#{};", "&#x{:x};"))
    return "".join(form.format(ord(letter)) for letter in word)


def _shouted(word: str, random: Random) -> str:
    return "".join(letter.upper() if random.random() < 0.5 else letter for letter in word)


def _stretched(word: str, random: Random) -> str:
    place = random.randrange(len(word))
    return word[: place + 1] + word[place] * random.randrange(2, 5) + word[place + 1 :]


def _padded(text: str, random: Random, strength: float) -> str:
    talk = [line.format(number=7, day=5) for line in SMALL_TALK]
    before = [random.choice(talk) for _ in range(int(strength * 15))]
    after = [random.choice(talk) for _ in range(int(strength * 15))]
    return " ".join((*before, text, *after))


ATTACKS: Final[dict[str, Attack]] = {
    "homoglyphs": _per_word(lambda word, _: word.translate(_HOMOGLYPHS)),
    "invisible characters": _per_word(_sprinkled(_INVISIBLE)),
    "full width": _per_word(_full_width),
    "styled letters": _per_word(_styled),
    "combining marks": _per_word(_sprinkled(_MARKS)),
    "spaced letters": _per_word(_spread(" ")),
    "dotted letters": _per_word(_spread(".")),
    "leetspeak": _per_word(_leet),
    "typos": lambda text, random, strength: corrupt(text, random, strength),
    "character references": _per_word(_references),
    "case and emoji": _per_word(lambda word, r: _shouted(word, r) + r.choice(_EMOJI)),
    "stretched letters": _per_word(_stretched),
    "padding": _padded,
}
"""The attacks by name."""
